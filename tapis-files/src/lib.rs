//! Files on systems: the Tapis v3 Files service.
//!
//! [`Client`] has a method for each operation of the service. [`Client::at`] returns a [`RemotePath`]: a path on a
//! system, with methods for common tasks:
//!
//! | task | method |
//! |---|---|
//! | upload a file | [`RemotePath::upload`], or [`Client::upload`] for short |
//! | download a file | [`RemotePath::download`], or [`Client::download`] |
//! | list a directory, inspect a path | [`RemotePath::list`], [`RemotePath::stat`], [`RemotePath::exists`] |
//! | create a directory | [`RemotePath::mkdir`] |
//! | move, copy, delete | [`RemotePath::mv`], [`RemotePath::cp`], [`RemotePath::rm`] |
//! | share by a link | [`RemotePath::post_it`] |
//! | upload or download a directory | [`RemotePath::upload_folder`], [`RemotePath::download_folder`] |
//! | copy between systems | [`Client::transfer`], [`Client::wait_transfer`] |
//!
//! Files are streamed in constant memory. After a broken connection, a download resumes, and an upload from a file or
//! from memory starts again. The guide of the project has a chapter *Files*. Applications reach this crate through
//! `tapis-client`.

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
