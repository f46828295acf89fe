//! JSON documents in collections, for metadata: the Tapis v3 Meta service.
//!
//! [`Client`] has a method for each operation of the service. Applications reach this crate through
//! `tapis-client`.

#[allow(missing_docs, clippy::all, clippy::pedantic, deprecated)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}

pub use generated::{Client, calls, operations, types};
