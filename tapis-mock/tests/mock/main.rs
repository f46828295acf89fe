//! The mock, over HTTP: one program, because each costs a link.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop here")]

mod actors;
mod apps;
mod authenticator;
mod control;
mod deployed;
#[cfg(unix)]
mod escapes;
mod faults;
mod files;
mod first_floor;
mod job_history;
mod job_output;
mod job_search;
mod job_submit;
mod jobs;
mod meta;
mod notifications;
mod pods;
mod resources;
mod sk;
mod sk_vault;
mod streams;
mod support;
mod systems;
mod tenants;
mod tool;
mod workflows;
