//! Tokens in a file that only its owner can read.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::access::AccessToken;
use super::source::Tokens;
use super::store::{StoreLock, TokenStore};
use crate::Secret;
use crate::clock::BoxFuture;
use crate::error::{Error, ErrorKind};
use crate::local;
use crate::secret::request_json;

/// Keeps tokens in a file: mode 0600, replaced as a whole, safe with several processes at once.
///
/// The file holds the tokens of any number of Tapis and logins. Beside it stands a lock file
/// that is never removed.
#[derive(Debug, Clone)]
pub struct FileTokenStore {
    path: PathBuf,
}

/// What is in the file. Tokens are written as they are: that is what the file is for.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Content(BTreeMap<String, Entry>);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    access_token: Secret,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh_token: Option<Secret>,
}

impl FileTokenStore {
    /// Keeps tokens in the file at `path`, which need not exist yet; its folder is made when the
    /// first tokens are kept.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Runs `work` where it may block.
    fn blocking<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, Error>> {
        let path = self.path.clone();
        Box::pin(async move {
            let work = move || {
                work(&path).map_err(|error| {
                    Error::new(
                        ErrorKind::Configuration,
                        format!("cannot {what} the token file {}: {error}", path.display()),
                    )
                })
            };
            local::blocking(work).await
        })
    }
}

impl TokenStore for FileTokenStore {
    fn load<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Tokens>, Error>> {
        let key = key.to_owned();
        self.blocking("read", move |path| {
            let entry = read(path)?.0.remove(&key);
            // A token that cannot be read is no token.
            Ok(entry.and_then(|entry| {
                let access = AccessToken::read(entry.access_token, Timestamp::now()).ok()?;
                Some(Tokens { access, refresh: entry.refresh_token })
            }))
        })
    }

    fn save<'a>(&'a self, key: &'a str, tokens: &'a Tokens) -> BoxFuture<'a, Result<(), Error>> {
        let key = key.to_owned();
        let entry = Entry {
            access_token: tokens.access.secret().clone(),
            refresh_token: tokens.refresh.clone(),
        };
        self.blocking("write", move |path| {
            // A file that cannot be read is replaced: it holds nothing that a login cannot give.
            let mut content = read(path).unwrap_or_default();
            content.0.insert(key, entry);
            write(path, &content)
        })
    }

    fn clear<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        let key = key.to_owned();
        self.blocking("write", move |path| {
            let mut content = read(path)?;
            match content.0.remove(&key) {
                Some(_) => write(path, &content),
                None => Ok(()),
            }
        })
    }

    fn lock(&self) -> BoxFuture<'_, Result<StoreLock, Error>> {
        self.blocking("lock", |path| {
            make_folder(path)?;
            let file =
                private(OpenOptions::new().create(true).write(true), &path.with_extension("lock"))?;
            file.lock()?;
            // Closing the file lets the lock go.
            Ok(StoreLock::new(file))
        })
    }
}

fn read(path: &Path) -> io::Result<Content> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&Zeroizing::new(bytes))
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it holds something else")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Content::default()),
        Err(error) => Err(error),
    }
}

/// Writes beside and renames, so that a reader sees the old file or the new one.
fn write(path: &Path, content: &Content) -> io::Result<()> {
    make_folder(path)?;
    let (json, _) = request_json(content).map_err(io::Error::other)?;
    let beside = path.with_extension(format!("{}.{:x}.tmp", std::process::id(), fastrand::u64(..)));
    let written = private(OpenOptions::new().create_new(true).write(true), &beside)
        .and_then(|mut file| file.write_all(&json).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

fn make_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

/// Opens a file that nobody but its owner may read or write.
fn private(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}
