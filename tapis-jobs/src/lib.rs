//! Jobs on systems: the Tapis v3 Jobs service.
//!
//! [`Client`] has a method for each operation of the service, and methods for common tasks:
//!
//! | task | method |
//! |---|---|
//! | submit a job and wait for its end | [`Client::run`], [`Client::wait`] |
//! | follow its status and history | [`Client::watch`] |
//! | read an output file while the job writes it | [`Client::tail`] |
//! | list and download its output | [`Client::outputs`], [`Client::download_output`] |
//! | cancel it, run it again | [`Client::cancel`], [`Client::resubmit_with`] |
//!
//! The guide of the project has a chapter *Jobs from A to Z*. Applications reach this crate through `tapis-client`,
//! whose `JobRequest` builds a request from the definition of an app.

mod added;
mod download;
mod failed;
mod location;
mod log;
mod output;
mod request;
mod tail;
mod unpack;
mod wait;
mod watch;

#[allow(missing_docs, clippy::all, clippy::pedantic, deprecated)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}

pub use download::{OutputDownload, OutputStream};
pub use failed::JobFailed;
pub use generated::{Client, calls, operations, types};
pub use output::{Output, Outputs};
pub use watch::JobChange;
