//! Pipelines of tasks, their runs and archives: the Tapis v3 Workflows service.
//!
//! [`Client`] has a method for each operation of the service, and [`Client::wait_run`] waits for the end
//! of a run. Applications reach this crate through `tapis-client`. The guide of the project has a chapter
//! *Pods, workflows, actors, streams and PgREST*.

mod task;
mod wait;

#[allow(missing_docs, clippy::all, clippy::pedantic, deprecated)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}

pub use generated::{Client, calls, operations, types};
