//! Tokens in a file that only its owner can read and write.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::access::AccessToken;
use super::source::Tokens;
use super::store::{StoreLock, TokenKey, TokenStore};
use crate::Secret;
use crate::clock::BoxFuture;
use crate::error::Error;
use crate::local;
use crate::secret::request_json;

/// The version of the file's format.
const VERSION: u64 = 1;
/// What the name of a file ends with that is written beside.
const BESIDE: &str = ".tmp";
/// How long writing may take: what is older was left by a process that was killed.
const LEFT_AFTER: Duration = Duration::from_secs(60);

/// Keeps tokens in a file: mode 0600, replaced as a whole, safe with several processes at once.
///
/// The file holds the tokens of any number of Tapis and logins. Beside it stands a lock file, which
/// has the same name with `.lock` behind it and is never removed. Folders that are missing are made,
/// for nobody but their owner.
///
/// A file that holds something else, or tokens in a format that is not known, is an error and is
/// left as it is. On Unix so is one that is a link, that belongs to somebody else (but for root), or
/// that others may write to.
#[derive(Debug, Clone)]
pub struct FileTokenStore {
    path: PathBuf,
}

/// What is in the file. Tokens are written as they are: that is what the file is for.
#[derive(Debug, Serialize, Deserialize)]
struct Content {
    version: u64,
    entries: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    base_url: String,
    grant: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client: Option<String>,
    subject: String,
    access_token: Secret,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh_token: Option<Secret>,
}

impl Entry {
    fn is_under(&self, key: &TokenKey) -> bool {
        let own = (&self.base_url, &self.grant, &self.client, &self.subject);
        own == (&key.base_url, &key.grant, &key.client, &key.subject)
    }
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
        doing: &'static str,
        work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, Error>> {
        let path = self.path.clone();
        Box::pin(local::blocking(move || {
            work(&path).map_err(|error| local::fault(&path, doing, error))
        }))
    }
}

impl TokenStore for FileTokenStore {
    fn load<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<Option<Tokens>, Error>> {
        let key = key.clone();
        self.blocking("read the token file", move |path| {
            let entry = read(path)?.entries.into_iter().find(|entry| entry.is_under(&key));
            // A token that cannot be read is no token.
            Ok(entry.and_then(|entry| {
                let access = AccessToken::read(entry.access_token, Timestamp::now()).ok()?;
                Some(Tokens { access, refresh: entry.refresh_token })
            }))
        })
    }

    fn save<'a>(
        &'a self,
        key: &'a TokenKey,
        tokens: &'a Tokens,
    ) -> BoxFuture<'a, Result<(), Error>> {
        let key = key.clone();
        let (access_token, refresh_token) =
            (tokens.access.secret().clone(), tokens.refresh.clone());
        self.blocking("write the token file", move |path| {
            let mut content = read(path)?;
            content.entries.retain(|entry| !entry.is_under(&key));
            let TokenKey { base_url, grant, client, subject } = key;
            content.entries.push(Entry {
                base_url,
                grant,
                client,
                subject,
                access_token,
                refresh_token,
            });
            write(path, &content)
        })
    }

    fn clear<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<(), Error>> {
        let key = key.clone();
        self.blocking("write the token file", move |path| {
            let mut content = read(path)?;
            let before = content.entries.len();
            content.entries.retain(|entry| !entry.is_under(&key));
            if content.entries.len() == before { Ok(()) } else { write(path, &content) }
        })
    }

    fn try_lock(&self) -> BoxFuture<'_, Result<Option<StoreLock>, Error>> {
        self.blocking("lock the token file", |path| {
            make_folder(path)?;
            let path = beside(path, ".lock")?;
            let file = open(OpenOptions::new().create(true).write(true).truncate(false), &path)?;
            match file.try_lock() {
                // Closing the file lets the lock go.
                Ok(()) => Ok(Some(StoreLock::new(file))),
                Err(TryLockError::WouldBlock) => Ok(None),
                Err(TryLockError::Error(error)) => Err(error),
            }
        })
    }
}

fn read(path: &Path) -> io::Result<Content> {
    #[derive(Deserialize)]
    struct Head {
        version: u64,
    }
    let mut bytes = Zeroizing::new(Vec::new());
    match open(OpenOptions::new().read(true), path) {
        Ok(mut file) => file.read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Content { version: VERSION, entries: Vec::new() });
        }
        Err(error) => return Err(error),
    };
    // What serde says of a file could repeat a part of it.
    let other = |_| refused("it holds something else; name another file or remove this one");
    let Head { version } = serde_json::from_slice(&bytes).map_err(other)?;
    if version != VERSION {
        return Err(refused(format!(
            "its format is version {version}, of which this program knows {VERSION}; \
             name another file or remove this one"
        )));
    }
    serde_json::from_slice(&bytes).map_err(other)
}

/// Writes beside and renames, so that a reader sees the old file or the new one.
fn write(path: &Path, content: &Content) -> io::Result<()> {
    make_folder(path)?;
    let (json, _) = request_json(content).map_err(io::Error::other)?;
    let mark = format!(".{:x}-{:x}{BESIDE}", std::process::id(), fastrand::u64(..));
    let new = beside(path, mark)?;
    let written =
        open(OpenOptions::new().create_new(true).write(true), &new).and_then(|mut file| {
            file.write_all(&json)?;
            file.sync_all()?;
            fs::rename(&new, path)?;
            file.metadata()?.modified()
        });
    match written {
        Ok(now) => remove_left(path, now),
        Err(_) => drop(fs::remove_file(&new)),
    }
    written.map(drop)
}

/// Removes what processes that were killed have left beside the file; `now` is by the clock of the
/// file system. What cannot be removed stays: nobody looks at it.
fn remove_left(path: &Path, now: SystemTime) {
    let (Some(name), Some(folder)) = (path.file_name().and_then(OsStr::to_str), folder(path))
    else {
        return;
    };
    let is_left = |entry: &fs::DirEntry| {
        let other = entry.file_name();
        let mark = other.to_str().and_then(|other| other.strip_prefix(name)?.strip_prefix('.'));
        let is_ours = mark.and_then(|mark| mark.strip_suffix(BESIDE)?.split_once('-')).is_some_and(
            |(process, random)| {
                [process, random].iter().all(|part| u64::from_str_radix(part, 16).is_ok())
            },
        );
        let age = || now.duration_since(entry.metadata().ok()?.modified().ok()?).ok();
        is_ours && age().is_some_and(|age| age > LEFT_AFTER)
    };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten().filter(is_left) {
        let _ = fs::remove_file(entry.path());
    }
}

fn make_folder(path: &Path) -> io::Result<()> {
    let Some(folder) = folder(path) else { return Ok(()) };
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn folder(path: &Path) -> Option<&Path> {
    let folder = path.parent()?;
    Some(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
}

/// The path with `end` behind the whole name, which no end of the name's own can make the same.
fn beside(path: &Path, end: impl AsRef<OsStr>) -> io::Result<PathBuf> {
    let mut name = path.file_name().ok_or_else(|| refused("the path names no file"))?.to_owned();
    name.push(end);
    Ok(path.with_file_name(name))
}

/// Opens a file that nobody but its owner may read or write, and that is really one: not a link to
/// somewhere else, nor anything that could keep whoever opens it waiting.
fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    }
    // The flag says the same, in words that the system chooses, and where there is one.
    if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) {
        return Err(refused("it is a symbolic link"));
    }
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(refused("it is not a regular file"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        owned(metadata.uid(), metadata.mode(), effective_user()?).map_err(refused)?;
    }
    Ok(file)
}

/// Whether nobody but the user `ours`, and root, can have written what is in a file.
#[cfg(unix)]
fn owned(owner: u32, mode: u32, ours: u32) -> Result<(), String> {
    if owner != ours && owner != 0 {
        return Err(format!("it belongs to another user, with the id {owner}"));
    }
    match mode & 0o777 {
        mode if mode & 0o022 != 0 => Err(format!(
            "others may write to it (mode {mode:04o}); look at it, then `chmod 600` it or remove it"
        )),
        _ => Ok(()),
    }
}

/// The user as whom this process makes things, a pipe being the one that leaves nothing behind.
#[cfg(unix)]
fn effective_user() -> io::Result<u32> {
    use std::os::fd::OwnedFd;
    use std::os::unix::fs::MetadataExt as _;
    let (reader, _) = io::pipe()?;
    Ok(File::from(OwnedFd::from(reader)).metadata()?.uid())
}

fn refused(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
