//! Tokens for services: the Tapis v3 Tokens service.
//!
//! [`Client`] has a method for each operation of the service; applications reach it through the
//! `tapis-client` crate. Services log in with [`ServiceAccount`].

#[allow(missing_docs, clippy::all, clippy::pedantic, deprecated)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}

mod service_account;

pub use generated::{Client, calls, operations, types};
pub use service_account::ServiceAccount;
