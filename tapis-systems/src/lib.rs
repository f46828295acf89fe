//! Hosts and storage for jobs and files: the Tapis v3 Systems service.
//!
//! [`Client`] has a method for each operation of the service. [`Client::set_credential`] stores the credential
//! with which Tapis logs in to a system, and [`Client::check_credential`] tests it. Applications reach this
//! crate through `tapis-client`. The guide of the project has a chapter *Systems, apps and definitions*.

mod credential;

#[allow(missing_docs, clippy::all, clippy::pedantic, deprecated)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}

pub use credential::{CheckCredential, CredentialStatus, SetCredential};
pub use generated::{Client, calls, operations, types};
