//! Events and their subscriptions: the Tapis v3 Notifications service.
//!
//! [`Client`] has a method for each operation of the service; applications reach it through the
//! `tapis-client` crate.

#[allow(missing_docs, clippy::all, clippy::pedantic, deprecated)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}

pub use generated::{Client, calls, operations, types};
