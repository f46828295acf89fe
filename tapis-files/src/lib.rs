//! Files on the systems: listing, moving, transferring: the Tapis v3 Files service.
//!
//! [`Client`] has a method for each operation of the service; applications reach it through the
//! `tapis-client` crate. On top of them, [`Client::at`] gives a [`RemotePath`], which lists, uploads
//! and downloads files and whole folders, and [`Client::transfer`] moves them between systems.

mod content;
mod download;
mod entry;
mod folder;
mod listing;
mod moving;
mod path;
mod postit;
mod range;
mod remote;
mod remove;
mod system;
mod transfer;
mod transfer_uri;
mod upload;

#[allow(missing_docs, clippy::all, clippy::pedantic, deprecated)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}

pub use content::Content;
pub use download::{Download, DownloadToPath, Downloaded};
pub use folder::{FolderProgress, FolderSummary, FolderTransfer, SkipReason, Skipped, Symlinks};
pub use generated::{Client, calls, operations, types};
pub use listing::Entries;
pub use moving::MoveCopy;
pub use path::{InvalidPath, TapisPath};
pub use postit::NewPostIt;
pub use remote::{RemotePath, Stat};
pub use remove::Remove;
pub use tapis_core::local::Progress;
pub use transfer::Transfer;
pub use transfer_uri::{InvalidUri, TransferUri};
pub use upload::{Upload, UploadFrom, Uploaded};
