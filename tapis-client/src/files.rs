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
//! ```no_run
//! # async fn example(t: tapis_client::Tapis) -> Result<(), tapis_client::Error> {
//! let data = t.files.at("tapis://my-system/data");
//! data.join("in.txt").upload().from_path("in.txt").await?;
//! let mut entries = data.list();
//! while let Some(entry) = entries.next().await? {
//!     println!("{} {:?} bytes", entry.path, entry.size);
//! }
//! data.join("out.txt").download().to_path("out.txt").await?;
//! # Ok(())
//! # }
//! ```
//!
//! Files are streamed in constant memory. After a broken connection, a download resumes, and an upload from a file or
//! from memory starts again. The guide has a chapter *Files*.

#[doc(inline)]
pub use tapis_files::*;
