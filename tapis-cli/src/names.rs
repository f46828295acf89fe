//! The names that a shell completes: of systems, apps, jobs and the like, and of the entries of directories, in caches for
//! each profile.
//!
//! Pressing Tab never logs in and waits for a short time only. What is missing is fetched by a process of its own, which goes
//! on after that time and leaves the names for the next Tab.

mod cache;

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use etcetera::BaseStrategy as _;
use tapis_client::Tapis;
use tapis_client::files::TapisPath;
use tapis_client::files::types::{FileInfo, FileType};
use tapis_core::rt::is_harmful;

use self::cache::Cache;
use crate::arguments::Globals;
use crate::config::{self, Profile};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session;

/// The environment variable that names the shell that asks for completions. A process that fetches names
/// does not have it.
pub(crate) const COMPLETION: &str = "_TAPIS_COMPLETE";
/// How long fetching may take.
const LIMIT: Duration = Duration::from_secs(10);
/// How many names are fetched.
const MOST: usize = 500;
/// How many entries of a directory are fetched.
const MOST_ENTRIES: usize = 2000;
/// The hidden command that fetches names.
pub(crate) const COMMAND: &str = "__names";

/// What has names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Systems,
    Apps,
    Jobs,
    Pods,
    Groups,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Systems, Self::Apps, Self::Jobs, Self::Pods, Self::Groups];

    /// Its name on the command line of [`COMMAND`] and in the cache.
    fn name(self) -> &'static str {
        match self {
            Self::Systems => "systems",
            Self::Apps => "apps",
            Self::Jobs => "jobs",
            Self::Pods => "pods",
            Self::Groups => "groups",
        }
    }

    /// The service, the operation that lists, whether it has pages, and the attribute with the name.
    fn listed(self) -> (&'static str, &'static str, bool, &'static str) {
        match self {
            Self::Systems => ("systems", "getSystems", true, "id"),
            Self::Apps => ("apps", "getApps", true, "id"),
            Self::Jobs => ("jobs", "getJobList", true, "uuid"),
            Self::Pods => ("pods", "list_pods", false, "pod_id"),
            Self::Groups => ("workflows", "listGroups", false, "id"),
        }
    }

    fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What a parameter of an operation names.
    pub(crate) fn of_parameter(name: &str) -> Option<Self> {
        match name {
            "systemId" => Some(Self::Systems),
            "appId" => Some(Self::Apps),
            "jobUuid" => Some(Self::Jobs),
            "pod_id" => Some(Self::Pods),
            "group_id" => Some(Self::Groups),
            _ => None,
        }
    }
}

/// Whether a shell takes the name for nothing but a word: neither an expansion, nor an option, nor several words, nor
/// anything that a terminal obeys. Names of systems, apps and the like are completed if they are of this form.
pub(crate) fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-~".contains(c))
}

/// Whether an entry of a directory can be a part of an address, and does nothing to a terminal. The shell quotes it.
fn is_entry(name: &str) -> bool {
    let name = name.strip_suffix('/').unwrap_or(name);
    let acts = |c: char| is_harmful(c) || c.is_control() || c == '/';
    !matches!(name, "" | "." | "..") && !name.contains(acts)
}

/// The names that are known at a profile, as new as they can be within the time.
pub(crate) fn known(
    profile_name: &str,
    profile: &Profile,
    kind: Kind,
    until: Instant,
) -> Vec<String> {
    let mut names = renewed("names", profile_name, profile, kind.name(), until);
    names.retain(|name| is_plain(name));
    names
}

/// The entries of a directory, as new as they can be within the time; those of directories end with a slash.
pub(crate) fn entries(
    profile_name: &str,
    profile: &Profile,
    directory: &TapisPath,
    until: Instant,
) -> Vec<String> {
    let mut names = renewed("entries", profile_name, profile, &directory.to_string(), until);
    names.retain(|name| is_entry(name));
    names
}

fn renewed(
    folder: &str,
    profile_name: &str,
    profile: &Profile,
    wanted: &str,
    until: Instant,
) -> Vec<String> {
    let Ok(path) = path(folder, profile_name) else { return Vec::new() };
    let cache = Cache::read(&path, profile);
    if cache.is_fresh(wanted, SystemTime::now()) {
        return cache.names(wanted, SystemTime::now());
    }
    let Ok(mut process) = fetch_elsewhere(profile_name, wanted) else { return Vec::new() };
    let has_ended = || !matches!(process.try_wait(), Ok(None));
    wait(until, Instant::now, std::thread::sleep, has_ended);
    Cache::read(&path, profile).names(wanted, SystemTime::now())
}

/// Starts a process that fetches the names.
fn fetch_elsewhere(profile: &str, wanted: &str) -> std::io::Result<std::process::Child> {
    Command::new(std::env::current_exe()?)
        .args(["--profile", profile, COMMAND, wanted])
        .env_remove(COMPLETION)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

/// Waits until something has ended, or the time is over.
fn wait(
    until: Instant,
    now: impl Fn() -> Instant,
    mut pause: impl FnMut(Duration),
    mut has_ended: impl FnMut() -> bool,
) {
    const PAUSE: Duration = Duration::from_millis(5);
    while !has_ended() {
        let left = until.saturating_duration_since(now());
        if left.is_zero() {
            return;
        }
        pause(left.min(PAUSE));
    }
}

/// Fetches names with the stored token and writes them to the cache.
pub(crate) async fn fetch(globals: &Globals, wanted: &str) -> Result<(), Failure> {
    let (name, profile) = session::profile(globals)?.ok_or_else(session::no_address)?;
    let t = session::with_stored_token(&profile)?
        .ok_or_else(|| Failure::new(Exit::Login, "no token is stored"))?;
    let fetched = async {
        match (Kind::read(wanted), wanted.parse()) {
            (Some(kind), _) => Ok(("names", fetch_names(&t, kind).await?)),
            (None, Ok(directory)) => Ok(("entries", fetch_entries(&t, &directory).await?)),
            (None, Err(_)) => Err(Failure::usage("unknown kind of names")),
        }
    };
    let fetched = tokio::time::timeout(LIMIT, fetched).await;
    let (folder, names) =
        fetched.map_err(|_| Failure::new(Exit::Unreachable, "fetching names timed out"))??;
    let path = path(folder, &name)?;
    let mut cache = Cache::read(&path, &profile);
    cache.set(wanted, names, SystemTime::now());
    config::write_private(&path, cache.to_text().as_bytes())
}

async fn fetch_names(t: &Tapis, kind: Kind) -> Result<Vec<String>, Failure> {
    let (service, operation, has_pages, attribute) = kind.listed();
    let mut call = t.operation(service, operation)?;
    if has_pages {
        call = call.argument("limit", MOST);
    }
    let list = call.await?;
    let names = list.as_array().into_iter().flatten().filter_map(|one| one[attribute].as_str());
    Ok(names.take(MOST).map(str::to_owned).collect())
}

async fn fetch_entries(t: &Tapis, directory: &TapisPath) -> Result<Vec<String>, Failure> {
    let (mut entries, mut names) = (t.files.at(directory).list(), Vec::new());
    while let Some(info) = entries.next().await? {
        names.extend(entry(&info, directory));
        if names.len() >= MOST_ENTRIES {
            break;
        }
    }
    Ok(names)
}

/// The name of an entry; none of a file that was listed instead of a directory.
fn entry(info: &FileInfo, directory: &TapisPath) -> Option<String> {
    let path = TapisPath::new(directory.system(), &info.path).ok()?;
    let name = path.below(directory).filter(|name| is_entry(name))?;
    let slash = if info.type_ == Some(FileType::Dir) { "/" } else { "" };
    Some(format!("{name}{slash}"))
}

fn path(folder: &str, profile: &str) -> Result<PathBuf, Failure> {
    let strategy = etcetera::choose_base_strategy();
    match strategy {
        // The name of a profile can be anything, and not all of it can be the name of a file.
        Ok(strategy) if is_plain(profile) => {
            Ok(strategy.cache_dir().join("tapis").join(folder).join(format!("{profile}.json")))
        }
        _ => Err(Failure::new(Exit::Failed, "the names of this profile are not kept")),
    }
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
    fn an_entry_of_a_directory_is_one_name_that_does_nothing_to_a_terminal() {
        for name in ["in.txt", "dir/", "a b", "$(touch x)", "-rf", "it's", "naïve 名", ".x"] {
            assert!(is_entry(name), "{name}");
        }
        for name in [
            "",
            "/",
            ".",
            "..",
            "../",
            "a/b",
            "a\nb",
            "a\tb",
            "\u{1b}[31m",
            "\u{9b}m",
            "txt\u{202e}exe",
        ] {
            assert!(!is_entry(name), "{name:?}");
        }
    }

    #[test]
    fn waiting_ends_with_what_is_waited_for_or_with_the_time() {
        use std::cell::Cell;

        let begin = Instant::now();
        for (ends_after, waited) in [(0, 0), (12, 15), (270, 270), (5000, 270)] {
            let now = Cell::new(begin);
            let pause = |time| now.set(now.get() + time);
            let has_ended = || now.get() >= begin + Duration::from_millis(ends_after);
            wait(begin + Duration::from_millis(270), || now.get(), pause, has_ended);
            assert_eq!((now.get() - begin).as_millis(), waited, "{ends_after}");
        }
    }
}
