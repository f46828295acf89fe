//! Globus transfers and listings by way of Tapis: the Tapis v3 Globus proxy service.
//!
//! [`Client`] has a method for each operation of the service; applications reach it through the
//! `tapis-client` crate.

#[allow(missing_docs, clippy::all, clippy::pedantic, deprecated)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}

pub use generated::{Client, calls, operations, types};
