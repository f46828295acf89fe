//! Runs the Rust code of the README and of the guide, each block by itself against a mock of its own, and
//! compares what it prints with the output in the text.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what cannot be set up fails the test")]

mod links;
mod support;

#[allow(
    unused,
    clippy::all,
    clippy::pedantic,
    clippy::todo,
    reason = "a snippet shows a part of a program"
)]
mod snippets {
    include!(concat!(env!("OUT_DIR"), "/snippets.rs"));
}
