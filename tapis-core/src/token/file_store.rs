//! Tokens in a file that only its owner can read and write.

use std::fs::{OpenOptions, TryLockError};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::access::AccessToken;
use super::private_file::{self, beside, make_folder, open, refused};
use super::store::{StoreLock, TokenKey, TokenStore};
use super::tokens::Tokens;
use crate::clock::BoxFuture;
use crate::error::Error;
use crate::local;
use crate::secret::Secret;
use crate::secret::request_json;

/// The version of the file's format.
const VERSION: u64 = 1;

/// Stores tokens in a file with mode 0600, which is always replaced as a whole and safe with
/// several processes.
///
/// The file holds the tokens for any number of Tapis installations and logins. A lock file with the
/// suffix `.lock` beside it is never removed. Missing directories are created, accessible only to
/// their owner.
///
/// A file with other content, or with an unknown format version, is an error and is not changed. On
/// Unix a symbolic link is an error too, and so is a file that belongs to another user (except
/// root) or that others can write to.
#[derive(Debug, Clone)]
pub struct FileTokenStore {
    path: PathBuf,
}

/// The content of the file, with the tokens in plain text.
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
    /// Stores tokens in the file at `path`, which need not exist; its directory is created when the
    /// first tokens are stored.
    #[doc(alias = "token cache")]
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Runs `work` on a thread that may block.
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
            // A token that cannot be decoded is treated as missing.
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
                // Closing the file releases the lock.
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
    // serde's message could contain a part of the file.
    let other = |_| refused("it is not a token file; use another file or remove this one");
    let Head { version } = serde_json::from_slice(&bytes).map_err(other)?;
    if version != VERSION {
        return Err(refused(format!(
            "its format has version {version}, but this program supports only {VERSION}; use \
             another file or remove this one"
        )));
    }
    serde_json::from_slice(&bytes).map_err(other)
}

fn write(path: &Path, content: &Content) -> io::Result<()> {
    let (json, _) = request_json(content).map_err(io::Error::other)?;
    private_file::replace(path, &json)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::token::access::tests::jwt;
    use serde_json::json;

    fn key(subject: &str) -> TokenKey {
        TokenKey {
            base_url: "https://tacc.tapis.io".to_owned(),
            grant: "device_code".to_owned(),
            client: Some("cli".to_owned()),
            subject: subject.to_owned(),
        }
    }

    fn tokens(id: &str) -> Tokens {
        let access = AccessToken::read(jwt(&json!({"jti": id})), Timestamp::now()).unwrap();
        Tokens { access, refresh: Some(format!("refresh {id}").into()) }
    }

    async fn id(store: &FileTokenStore, key: &TokenKey) -> Option<String> {
        store.load(key).await.unwrap().map(|tokens| tokens.access.jti().unwrap().to_owned())
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let mut names: Vec<String> =
            entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn an_entry_is_found_under_its_whole_name_only() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileTokenStore::new(folder.path().join("tokens.json"));
        store.save(&key("alice"), &tokens("old")).await.unwrap();
        store.save(&key("alice"), &tokens("a")).await.unwrap();
        store.save(&key("bob"), &tokens("b")).await.unwrap();
        let found = store.load(&key("alice")).await.unwrap().unwrap();
        assert_eq!(found.access.jti(), Some("a"));
        assert_eq!(found.refresh.unwrap().expose_secret(), "refresh a");
        assert_eq!(id(&store, &key("bob")).await.as_deref(), Some("b"));
        for other in [
            TokenKey { base_url: "https://dev.tapis.io".to_owned(), ..key("alice") },
            TokenKey { grant: "password".to_owned(), ..key("alice") },
            TokenKey { client: None, ..key("alice") },
            key("carol"),
        ] {
            assert_eq!(id(&store, &other).await, None, "{other}");
        }
        store.clear(&key("alice")).await.unwrap();
        assert_eq!(id(&store, &key("alice")).await, None);
        assert_eq!(id(&store, &key("bob")).await.as_deref(), Some("b"));
    }

    #[tokio::test]
    async fn what_is_no_token_file_is_an_error_and_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.json");
        let store = FileTokenStore::new(&path);
        for (content, why) in [
            ("", "not a token file"),
            ("planted notes", "not a token file"),
            ("{\"my\": \"planted notes\"}", "not a token file"),
            ("[]", "not a token file"),
            ("{\"version\": 1, \"entries\": {\"planted\": 1}}", "not a token file"),
            ("{\"version\": 2, \"entries\": [\"planted\"]}", "version 2"),
        ] {
            fs::write(&path, content).unwrap();
            for error in [
                store.load(&key("alice")).await.unwrap_err(),
                store.save(&key("alice"), &tokens("a")).await.unwrap_err(),
                store.clear(&key("alice")).await.unwrap_err(),
            ] {
                let text = error.to_string();
                assert!(text.contains(why) && text.contains("notes.json"), "{text}");
                assert!(!format!("{text} {error:?}").contains("planted"), "{text}");
            }
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
        assert_eq!(names(folder.path()), ["notes.json"]);
    }

    #[tokio::test]
    async fn the_lock_is_one_processs_at_a_time_and_never_waits() {
        let folder = tempfile::tempdir().unwrap();
        // The lock file must differ from the token file, whatever its name.
        for name in ["tokens.json", "tokens.lock", "tokens"] {
            let path = folder.path().join(name);
            let (one, other) = (FileTokenStore::new(&path), FileTokenStore::new(&path));
            let lock = one.try_lock().await.unwrap();
            assert!(lock.is_some());
            assert!(other.try_lock().await.unwrap().is_none());
            one.save(&key("alice"), &tokens("a")).await.unwrap();
            drop(lock);
            assert!(other.try_lock().await.unwrap().is_some());
            assert_eq!(id(&other, &key("alice")).await.as_deref(), Some("a"));
        }
    }

    #[tokio::test]
    async fn what_a_killed_process_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        let long_ago = SystemTime::now() - Duration::from_secs(3600);
        for (name, modified) in [
            ("tokens.json.1f-2e.tmp", long_ago),
            ("tokens.json.3-4.tmp", SystemTime::now()),
            ("tokens.json.old.tmp", long_ago),
            ("tokens.json.bak-copy.tmp", long_ago),
            ("other.json.1f-2e.tmp", long_ago),
        ] {
            let file = File::create(folder.path().join(name)).unwrap();
            file.set_modified(modified).unwrap();
        }
        FileTokenStore::new(&path).save(&key("alice"), &tokens("a")).await.unwrap();
        assert_eq!(
            names(folder.path()),
            [
                "other.json.1f-2e.tmp",
                "tokens.json",
                "tokens.json.3-4.tmp",
                "tokens.json.bak-copy.tmp",
                "tokens.json.old.tmp",
            ]
        );
    }

    #[cfg(unix)]
    mod unix {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        use std::process::Command;

        use super::*;

        fn mode(path: &Path) -> u32 {
            fs::metadata(path).unwrap().permissions().mode() & 0o777
        }

        #[tokio::test]
        async fn the_file_and_the_folders_made_for_it_are_their_owners_alone() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("deep/down/tokens.json");
            let store = FileTokenStore::new(&path);
            drop(store.try_lock().await.unwrap());
            store.save(&key("alice"), &tokens("a")).await.unwrap();
            assert_eq!(mode(&path), 0o600);
            assert_eq!(mode(&path.with_file_name("tokens.json.lock")), 0o600);
            assert_eq!(mode(&folder.path().join("deep")), 0o700);
            assert_eq!(mode(&folder.path().join("deep/down")), 0o700);
        }

        #[tokio::test]
        async fn a_file_that_others_may_write_to_is_refused_and_left_as_it_is() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("tokens.json");
            let store = FileTokenStore::new(&path);
            store.save(&key("alice"), &tokens("planted")).await.unwrap();
            for open in [0o666, 0o620, 0o602] {
                fs::set_permissions(&path, fs::Permissions::from_mode(open)).unwrap();
                let error = store.load(&key("alice")).await.unwrap_err().to_string();
                assert!(error.contains("other users can write to it"), "{error}");
                assert!(store.save(&key("alice"), &tokens("b")).await.is_err());
            }
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            assert_eq!(id(&store, &key("alice")).await.as_deref(), Some("planted"));
        }

        #[tokio::test]
        async fn a_link_is_not_followed() {
            let folder = tempfile::tempdir().unwrap();
            let (real, link) = (folder.path().join("real"), folder.path().join("link"));
            FileTokenStore::new(&real).save(&key("alice"), &tokens("a")).await.unwrap();
            let before = fs::read(&real).unwrap();
            symlink(&real, &link).unwrap();
            let store = FileTokenStore::new(&link);
            let error = store.load(&key("alice")).await.unwrap_err().to_string();
            assert!(error.contains("symbolic link"), "{error}");
            assert!(store.save(&key("alice"), &tokens("b")).await.is_err());
            assert!(store.clear(&key("alice")).await.is_err());
            assert_eq!(fs::read(&real).unwrap(), before);
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());

            let target = folder.path().join("target");
            symlink(&target, folder.path().join("real.lock")).unwrap();
            assert!(FileTokenStore::new(&real).try_lock().await.is_err());
            assert!(!target.exists());
        }

        #[tokio::test]
        async fn what_could_keep_a_reader_waiting_is_refused() {
            let folder = tempfile::tempdir().unwrap();
            let pipe = folder.path().join("pipe");
            for name in [pipe.clone(), folder.path().join("tokens.json.lock")] {
                assert!(Command::new("mkfifo").arg(&name).status().unwrap().success());
            }
            let store = FileTokenStore::new(&pipe);
            let error = store.load(&key("alice")).await.unwrap_err().to_string();
            assert!(error.contains("not a regular file"), "{error}");
            assert!(store.save(&key("alice"), &tokens("a")).await.is_err());
            assert!(
                FileTokenStore::new(folder.path().join("tokens.json")).try_lock().await.is_err()
            );
            assert!(FileTokenStore::new("/dev/null").load(&key("alice")).await.is_err());
            assert!(FileTokenStore::new(folder.path()).load(&key("alice")).await.is_err());
        }
    }
}
