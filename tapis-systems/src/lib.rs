//! Hosts and storage that jobs and files are on: the Tapis v3 Systems service.
//!
//! [`Client`] has a method for each operation of the service; applications reach it through the
//! `tapis-client` crate. On top of them, systems get [credentials](Client::set_credential) and
//! [check](Client::check_credential) them.

mod credential;

#[allow(missing_docs, clippy::all, clippy::pedantic, deprecated)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}

pub use credential::{CheckCredential, CredentialStatus, SetCredential};
pub use generated::{Client, calls, operations, types};
