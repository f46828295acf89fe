//! Jobs on the systems: the Tapis v3 Jobs service.
//!
//! [`Client`] has a method for each operation of the service; applications reach it through the
//! `tapis-client` crate. On top of them, jobs are [run](Client::run), [waited for](Client::wait),
//! [watched](Client::watch) and [followed](Client::tail), and what they have written is
//! [listed](Client::outputs) and [downloaded](Client::download_output).

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
