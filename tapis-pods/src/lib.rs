//! Long-running containers, their volumes, images and templates: the Tapis v3 Pods service.
//!
//! [`Client`] has a method for each operation of the service; applications reach it through the
//! `tapis-client` crate. In addition, pods can be [waited for](Client::wait_available).

mod commands;
mod wait;

#[allow(missing_docs, clippy::all, clippy::pedantic, deprecated)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}

pub use generated::{Client, calls, operations, types};
