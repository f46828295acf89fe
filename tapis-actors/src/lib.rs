//! Functions that wake up when a message arrives: the Tapis v3 Actors service.
//!
//! [`Client`] has a method for each operation of the service; applications reach it through the
//! `tapis-client` crate. In addition, executions can be [waited for](Client::wait_execution), and
//! [run](Client::run) returns their results.

mod execution;
mod wait;

#[allow(missing_docs, clippy::all, clippy::pedantic, deprecated)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}

pub use generated::{Client, calls, operations, types};
pub use wait::ExecutionOutput;
