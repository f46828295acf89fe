//! Pipelines of tasks, their runs and archives: the Tapis v3 Workflows service.
//!
//! [`Client`] has a method for each operation of the service; applications reach it through the
//! `tapis-client` crate. In addition, runs can be [waited for](Client::wait_run).

mod task;
mod wait;

#[allow(missing_docs, clippy::all, clippy::pedantic, deprecated)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}

pub use generated::{Client, calls, operations, types};
