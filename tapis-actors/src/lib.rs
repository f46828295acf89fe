//! Functions that run for each message: the Tapis v3 Actors service, formerly Abaco.
//!
//! [`Client`] has a method for each operation of the service. [`Client::run`] sends a message and returns
//! the result of its execution, and [`Client::wait_execution`] waits for an execution. Applications reach
//! this crate through `tapis-client`. The guide of the project has a chapter *Pods, workflows, actors,
//! streams and PgREST*.

mod execution;
mod wait;

#[allow(missing_docs, clippy::all, clippy::pedantic, deprecated)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}

pub use generated::{Client, calls, operations, types};
pub use wait::ExecutionOutput;
