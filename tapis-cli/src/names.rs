//! The names that a shell completes: systems, apps and jobs, in a cache for each profile.
//!
//! Pressing Tab never logs in and waits for a short time only. What is missing is fetched by a process of its own, which goes
//! on after that time and leaves the names for the next Tab.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use etcetera::BaseStrategy as _;
use serde_json::Value;

use crate::arguments::Globals;
use crate::config::{self, Profile};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session;

/// How long Tab may take to find new names.
const PATIENCE: Duration = Duration::from_millis(300);
/// How long cached names are used, in seconds.
const FRESH: u64 = 120;
/// How long fetching may take.
const LIMIT: Duration = Duration::from_secs(10);
/// How many names are fetched.
const MOST: usize = 500;
/// The hidden command that fetches names.
pub(crate) const COMMAND: &str = "__names";

/// What has names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Systems,
    Apps,
    Jobs,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Systems, Self::Apps, Self::Jobs];

    /// The service, which is its name on the command line, the operation that lists and the attribute with the name.
    fn listed(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Systems => ("systems", "getSystems", "id"),
            Self::Apps => ("apps", "getApps", "id"),
            Self::Jobs => ("jobs", "getJobList", "uuid"),
        }
    }

    fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.listed().0 == name)
    }

    /// What a parameter of an operation names.
    pub(crate) fn of_parameter(name: &str) -> Option<Self> {
        match name {
            "systemId" => Some(Self::Systems),
            "appId" => Some(Self::Apps),
            "jobUuid" => Some(Self::Jobs),
            _ => None,
        }
    }
}

/// Whether a shell takes the name for nothing but a word: neither an expansion, nor an option, nor several words, nor
/// anything that a terminal obeys. Completions have no other names.
pub(crate) fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-~".contains(c))
}

/// The names that are known at a profile, as new as they can be within a short time.
pub(crate) fn known(profile_name: &str, profile: &Profile, kind: Kind) -> Vec<String> {
    let Ok(path) = path(profile_name) else { return Vec::new() };
    let mut cache = Cache::read(&path, profile);
    if !cache.is_fresh(kind) && fetch_elsewhere(profile_name, kind).is_ok() {
        cache = Cache::read(&path, profile);
    }
    cache.names(kind)
}

/// Starts a process that fetches the names, and waits for it for a short time.
fn fetch_elsewhere(profile: &str, kind: Kind) -> std::io::Result<()> {
    let begin = Instant::now();
    let mut process = Command::new(std::env::current_exe()?)
        .args(["--profile", profile, COMMAND, kind.listed().0])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    while begin.elapsed() < PATIENCE && process.try_wait()?.is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// Fetches the names with the stored token and writes them to the cache.
pub(crate) async fn fetch(globals: &Globals, kind: &str) -> Result<(), Failure> {
    let kind = Kind::read(kind).ok_or_else(|| Failure::usage("unknown kind of names"))?;
    let (name, profile) = session::profile(globals)?.ok_or_else(session::no_address)?;
    let path = path(&name)?;
    let t = session::with_stored_token(&profile)?
        .ok_or_else(|| Failure::new(Exit::Login, "no token is stored"))?;
    let (service, operation, attribute) = kind.listed();
    let call = t.operation(service, operation)?.argument("limit", MOST).with_timeout(LIMIT);
    let list = call.await?;
    let entries = list.as_array().into_iter().flatten();
    let names = entries.filter_map(|entry| entry[attribute].as_str()).map(str::to_owned).collect();
    let mut cache = Cache::read(&path, &profile);
    cache.set(kind, names);
    config::write_private(&path, cache.to_text().as_bytes())
}

fn path(profile: &str) -> Result<PathBuf, Failure> {
    let strategy = etcetera::choose_base_strategy();
    match strategy {
        // The name of a profile can be anything, and not all of it can be the name of a file.
        Ok(strategy) if is_plain(profile) => {
            Ok(strategy.cache_dir().join("tapis/names").join(format!("{profile}.json")))
        }
        _ => Err(Failure::new(Exit::Failed, "the names of this profile are not kept")),
    }
}

/// The names of one user at one Tapis.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
struct Cache {
    base_url: Option<String>,
    username: Option<String>,
    kinds: BTreeMap<String, Kept>,
}

#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
struct Kept {
    /// When they were fetched, in seconds since 1970.
    fetched: u64,
    names: Vec<String>,
}

impl Cache {
    /// What is kept for the profile; nothing if it is another user's, or cannot be read.
    fn read(path: &std::path::Path, profile: &Profile) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let cache: Self = serde_json::from_str(&text).unwrap_or_default();
        match cache.base_url == profile.base_url && cache.username == profile.username {
            true => cache,
            false => Self {
                base_url: profile.base_url.clone(),
                username: profile.username.clone(),
                ..Self::default()
            },
        }
    }

    fn is_fresh(&self, kind: Kind) -> bool {
        let kept = self.kinds.get(kind.listed().0);
        kept.is_some_and(|kept| now().checked_sub(kept.fetched).is_some_and(|age| age < FRESH))
    }

    fn names(&self, kind: Kind) -> Vec<String> {
        let names = self.kinds.get(kind.listed().0).into_iter().flat_map(|kept| &kept.names);
        names.filter(|name| is_plain(name)).cloned().collect()
    }

    fn set(&mut self, kind: Kind, names: Vec<String>) {
        self.kinds.insert(kind.listed().0.to_owned(), Kept { fetched: now(), names });
    }

    fn to_text(&self) -> String {
        serde_json::to_value(self).as_ref().map(Value::to_string).unwrap_or_default()
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_that_is_a_plain_word_in_any_shell_is_completed() {
        for name in ["frontera", "my-system_2.0", "a~b", "4f2c-007"] {
            assert!(is_plain(name), "{name}");
        }
        for name in [
            "",
            "-rf",
            "~root",
            ".x",
            "$(touch x)",
            "`touch x`",
            "a b",
            "a;b",
            "a|b",
            "a&b",
            "a>b",
            "a*",
            "a?",
            "[a]",
            "{a,b}",
            "a'b",
            "a\"b",
            "a\\b",
            "a\nb",
            "a\tb",
            "a\u{1b}[31m",
            "a\u{b}b",
            "a#",
            "!a",
            "a=b",
            "a:b",
            "é",
            "a\u{202e}b",
        ] {
            assert!(!is_plain(name), "{name:?}");
        }
    }

    #[test]
    fn names_of_another_user_and_of_a_broken_file_are_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        let profile = |user: &str| Profile {
            base_url: Some("https://a".into()),
            username: Some(user.into()),
            ..Profile::default()
        };
        let mut cache = Cache::read(&path, &profile("jane"));
        assert!(!cache.is_fresh(Kind::Systems));
        cache.set(Kind::Systems, vec!["one".into(), "$(touch x)".into()]);
        config::write_private(&path, cache.to_text().as_bytes()).unwrap();
        let jane = Cache::read(&path, &profile("jane"));
        assert!(jane.is_fresh(Kind::Systems) && !jane.is_fresh(Kind::Jobs));
        assert_eq!(jane.names(Kind::Systems), ["one"]);
        assert!(Cache::read(&path, &profile("john")).names(Kind::Systems).is_empty());
        std::fs::write(&path, "{").unwrap();
        assert!(Cache::read(&path, &profile("jane")).names(Kind::Systems).is_empty());
    }
}
