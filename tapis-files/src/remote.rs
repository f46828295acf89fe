//! A path on a system, and the operations on it.

use std::fmt;

use tapis_core::{BoxFuture, Error, ErrorKind, Timestamp};

use crate::entry::Position;
use crate::types::{FileInfo, MkdirRequest};
use crate::{Client, TapisPath};

/// A path on a system, and the operations on it. Created by [`Client::at`]; nothing is sent until
/// one of its methods is awaited.
#[derive(Clone, Debug)]
pub struct RemotePath {
    pub(crate) client: Client,
    /// An error is reported when the path is used.
    path: Result<TapisPath, String>,
}

/// The properties of a file or directory on any type of storage.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Stat {
    /// The path.
    pub path: TapisPath,
    /// Whether the path is a directory.
    pub is_dir: bool,
    /// The size in bytes; `None` for a directory, and if the storage does not report it.
    pub size: Option<u64>,
    /// The time of the last modification; `None` for a directory, and if the storage does not
    /// report it.
    pub modified: Option<Timestamp>,
}

impl Stat {
    pub(crate) fn file(path: TapisPath, entry: &FileInfo) -> Self {
        let size = entry.size.and_then(|size| u64::try_from(size).ok());
        Self { path, is_dir: false, size, modified: entry.last_modified.clone() }
    }

    fn directory(path: TapisPath) -> Self {
        Self { path, is_dir: true, size: None, modified: None }
    }
}

impl Client {
    /// Returns a path for operations on it: `t.files.at(("my-system", "data/in.txt"))`, or
    /// `t.files.at("tapis://my-system/data/in.txt")`. If the path is invalid, every operation on it
    /// fails with `Input`, before anything is sent.
    pub fn at<P>(&self, path: P) -> RemotePath
    where
        P: TryInto<TapisPath>,
        P::Error: fmt::Display,
    {
        let path = path.try_into().map_err(|error| error.to_string());
        RemotePath { client: self.clone(), path }
    }
}

impl RemotePath {
    /// Returns the system and the path on it.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if the path given to [`Client::at`] or [`join`](Self::join) was invalid.
    pub fn path(&self) -> Result<&TapisPath, Error> {
        self.path.as_ref().map_err(|why| Error::new(ErrorKind::Input, why))
    }

    /// Returns the path, unless it is the system's root directory.
    pub(crate) fn named(&self, doing: &str) -> Result<&TapisPath, Error> {
        let path = self.path()?;
        if path.is_root() {
            let message = format!("{path} is the root directory and cannot be {doing}");
            return Err(Error::new(ErrorKind::Input, message));
        }
        Ok(path)
    }

    /// Returns this path with `path` appended.
    #[must_use]
    pub fn join(&self, path: impl AsRef<str>) -> Self {
        let joined = match &self.path {
            Ok(top) => top.join(path).map_err(|error| error.to_string()),
            Err(why) => Err(why.clone()),
        };
        Self { client: self.client.clone(), path: joined }
    }

    /// Returns the type, size and modification time of the file or directory, from its listing: `GET
    /// /v3/files/ops/{systemId}/{path}`. It works on every type of storage and follows symbolic
    /// links. For files on a Linux host, `get_stat_info` returns more. In a bucket, a key is a file,
    /// and a prefix of keys up to a slash is a directory.
    ///
    /// # Errors
    /// `NotFound` if the path or the system does not exist, `Permission` if the caller may not read it, `Input` for
    /// an invalid path.
    #[doc(alias = "file size")]
    #[doc(alias = "file info")]
    pub fn stat(&self) -> BoxFuture<'static, Result<Stat, Error>> {
        Box::pin(self.clone().look())
    }

    async fn look(self) -> Result<Stat, Error> {
        let path = self.path()?.clone();
        let listing = self.client.list_files(path.system(), path.path());
        // The listing of a directory begins with an entry in it, the listing of a file with the file itself.
        let entries = listing.limit(1).await?;
        match entries.first().map(|entry| (entry, Position::of(entry, &path))) {
            Some((file, Position::Own)) if !path.is_root() => Ok(Stat::file(path, file)),
            Some((_, Position::SamePrefix)) => self.look_behind_others(path).await,
            _ => Ok(Stat::directory(path)),
        }
    }

    /// Searches for `path` in a bucket whose listing begins with other keys of the same prefix.
    async fn look_behind_others(&self, path: TapisPath) -> Result<Stat, Error> {
        let missing = || Error::new(ErrorKind::NotFound, format!("{path} does not exist"));
        let listing = self.client.list_files(path.system(), path.path());
        let mut entries = listing.limit(1000).items();
        let last = format!("{}/", path.path());
        loop {
            let entry = match entries.next().await {
                Ok(Some(entry)) => entry,
                // A bucket returns 404 for the page after a full last page.
                Ok(None) => return Err(missing()),
                Err(error) if is_missing(&error) => return Err(missing()),
                Err(error) => return Err(error),
            };
            match Position::of(&entry, &path) {
                Position::Own => return Ok(Stat::file(path, &entry)),
                Position::Below(_) | Position::Directory => return Ok(Stat::directory(path)),
                // Keys are sorted, so all later ones are greater too.
                _ if entry.path > last => return Err(missing()),
                _ => {}
            }
        }
    }

    /// Returns the same as [`stat`](Self::stat), but `None` if the path does not exist.
    ///
    /// # Errors
    /// `NotFound` if the system does not exist or is disabled, and otherwise the errors of [`stat`](Self::stat).
    pub fn stat_opt(&self) -> BoxFuture<'static, Result<Option<Stat>, Error>> {
        let stat = self.stat();
        Box::pin(async move {
            match stat.await {
                Ok(stat) => Ok(Some(stat)),
                Err(error) if is_missing(&error) => Ok(None),
                Err(error) => Err(error),
            }
        })
    }

    /// Whether the path exists: `GET /v3/files/ops/{systemId}/{path}`.
    ///
    /// # Errors
    /// `NotFound` if the system does not exist or is disabled, and otherwise the errors of
    /// [`stat`](Self::stat).
    pub fn exists(&self) -> BoxFuture<'static, Result<bool, Error>> {
        let stat = self.stat_opt();
        Box::pin(async move { Ok(stat.await?.is_some()) })
    }

    /// Creates the directory and its missing parents; succeeds if it exists. `POST
    /// /v3/files/ops/{systemId}`.
    ///
    /// # Errors
    /// `Input` for an invalid path and for the root directory, otherwise the kinds of
    /// [`Client::mkdir`](crate::Client::mkdir).
    #[doc(alias = "create directory")]
    pub fn mkdir(&self) -> BoxFuture<'static, Result<(), Error>> {
        let this = self.clone();
        Box::pin(async move {
            let path = this.named("created")?;
            let body = MkdirRequest::new(path.path());
            this.client.mkdir(path.system(), body).await
        })
    }
}

/// Whether an error means that the path does not exist. The status is not enough: a system that does not exist or is
/// disabled also causes a 404, and some types of storage a 500. The id in the message distinguishes them. A web page
/// comes from a proxy, not from Files.
pub(crate) fn is_missing(error: &Error) -> bool {
    const SYSTEM: [&str; 3] = ["FILES_SYS_", "SYSAPI_", "SYSLIB_"];
    const PATH: [&str; 7] = [
        "FILES_PATH_NOT_FOUND",
        "FILES_CLIENT_SSH_NOT_FOUND",
        "FILES_CONT_NO_FILEINFO",
        "FILES_CLIENT_S3_NOFILE",
        "FILES_CLIENT_IRODS_NOT_FOUND",
        "FILES_IRODS_FILE_NOT_FOUND",
        "FILES_CLIENT_GLOBUS_NOT_FOUND",
    ];
    let message = error.message();
    match error.status().map(|status| status.as_u16()) {
        _ if !error.is_not_found() => false,
        None | Some(404) => {
            let is_page = error.body().trim_ascii_start().starts_with(b"<");
            !is_page && !SYSTEM.iter().any(|id| message.contains(id))
        }
        Some(_) => PATH.iter().any(|id| message.contains(id)),
    }
}
