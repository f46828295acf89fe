//! Long-running containers, their volumes, images and templates: the Tapis v3 Pods service.
//!
//! [`Client`] has a method for each operation of the service. [`Client::wait_available`] and
//! [`Client::wait_stopped`] wait for pods. Applications reach this crate through `tapis-client`. The guide
//! of the project has a chapter *Pods, workflows, actors, streams and PgREST*.

mod commands;
mod wait;

#[allow(missing_docs, clippy::all, clippy::pedantic, deprecated)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}

pub use generated::{Client, calls, operations, types};
