//! Applications that jobs run: the Tapis v3 Apps service.
//!
//! [`Client`] has a method for each operation of the service; applications reach it through the
//! `tapis-client` crate. On top of them, with the feature `definitions`, apps
//! are applied and checked from files.

#[cfg(feature = "definitions")]
mod definition;

#[allow(missing_docs, clippy::all, clippy::pedantic, deprecated)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}

pub use generated::{Client, builder, operations, types};
