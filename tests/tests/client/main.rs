//! The client against the mock and against servers that misbehave: one program, because each costs
//! a link. What needs a process to itself has a file of its own beside this folder.
#![allow(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

mod clocks;
mod data;
mod definitions;
mod dynamic;
mod files;
mod folders;
mod http_settings;
mod job_outputs;
mod job_requests;
mod jobs;
mod logins;
mod operation_examples;
mod paging;
mod reading;
mod redirects;
mod refusals;
mod runtimes;
mod session;
mod storages;
mod stores;
mod tails;
mod transport;
mod verify;
mod waiters;
mod waiting;
