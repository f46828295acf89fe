//! Applications that jobs run: the Tapis v3 Apps service.
//!
//! [`Client`] has a method for each operation of the service. Applications reach this crate through
//! `tapis-client`. The guide of the project has a chapter *Systems, apps and definitions*.

#[allow(missing_docs, clippy::all, clippy::pedantic, deprecated)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}

pub use generated::{Client, calls, operations, types};
