//! Addresses of files: `tapis://SYSTEM/PATH`, paths of this machine, and `-`.

use std::ffi::OsStr;
use std::fmt;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::str::FromStr;

use tapis_client::files::{InvalidPath, TapisPath};

use crate::failure::Failure;

/// What an address of a file on a system begins with.
const SCHEME: &str = "tapis:";

/// A path on a system, as `tapis://SYSTEM/PATH`. The path is not decoded: `%20` is these three
/// characters. Repeated slashes and `.` are removed, and a slash at the end is kept, because it
/// makes a target a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) path: TapisPath,
    /// Whether it is a directory by its form: it ends with a slash, or is the root of the system.
    pub(super) is_directory: bool,
}

impl Address {
    /// The address that an argument of the command line holds.
    pub(super) fn read(text: &str) -> Result<Self, Failure> {
        text.parse().map_err(|error: InvalidPath| {
            Failure::usage(error.to_string()).with_hint(match as_scp_has_it(text) {
                Some(address) => format!("write {address}"),
                None => "write tapis://SYSTEM/PATH, such as tapis://my-system/data/in.txt".into(),
            })
        })
    }
}

impl FromStr for Address {
    type Err = InvalidPath;

    fn from_str(text: &str) -> Result<Self, InvalidPath> {
        let path: TapisPath = text.parse()?;
        let is_directory = path.is_root() || text.ends_with('/');
        Ok(Self { path, is_directory })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slash = if self.is_directory && !self.path.is_root() { "/" } else { "" };
        write!(f, "{}{slash}", self.path)
    }
}

/// The source or target of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// `-`: standard input or output.
    Standard,
    /// A path of this machine.
    Local(PathBuf),
    /// A path on a system.
    System(Address),
}

impl Place {
    /// The place that an argument of the command line names.
    pub(super) fn read(argument: &OsStr) -> Result<Self, Failure> {
        let Some(text) = argument.to_str() else { return Ok(Self::Local(argument.into())) };
        match text {
            "-" => Ok(Self::Standard),
            "" => Err(Failure::usage("a source or target is empty")),
            _ if begins_with_scheme(text) => {
                Address::read(text).map(Self::System).map_err(|failure| {
                    failure.with_hint(
                        "write tapis://SYSTEM/PATH, or ./ before the name of a local file",
                    )
                })
            }
            _ => Ok(Self::Local(argument.into())),
        }
    }

    /// What to write if a path on a system is meant.
    pub(super) fn hint(&self) -> String {
        let address = match self {
            Self::Local(path) if !path.exists() => path.to_str().and_then(as_scp_has_it),
            _ => None,
        };
        match address {
            Some(address) => format!("write {address}"),
            None => "a place on a system is tapis://SYSTEM/PATH".to_owned(),
        }
    }

    /// Whether it is a directory by its form.
    pub(super) fn is_directory(&self) -> bool {
        match self {
            Self::Standard => false,
            Self::Local(path) => ends_with_separator(path),
            Self::System(address) => address.is_directory,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Standard => f.write_str("-"),
            Self::Local(path) => write!(f, "{}", path.display()),
            Self::System(address) => write!(f, "{address}"),
        }
    }
}

/// Whether the text starts like an address; the rest can be invalid.
fn begins_with_scheme(text: &str) -> bool {
    text.get(..SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCHEME))
}

/// The address for `SYSTEM:PATH`, as scp and rsync have it; a single letter is a drive.
fn as_scp_has_it(text: &str) -> Option<String> {
    let (system, path) = text.split_once(':')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let is_system = system.len() > 1 && system != "tapis" && system.chars().all(is_name);
    (is_system && !path.starts_with("//"))
        .then(|| format!("tapis://{system}/{}", path.trim_start_matches('/')))
}

fn ends_with_separator(path: &Path) -> bool {
    let last = path.as_os_str().as_encoded_bytes().last().copied();
    last.is_some_and(|last| last == b'/' || char::from(last) == MAIN_SEPARATOR)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_that_is_wrong_says_what_is_wrong() {
        for (text, why) in [
            ("data", "does not have the form"),
            ("tapis:/s/a", "does not have the form"),
            ("TAPIS://s/a", "does not have the form"),
            ("tapis://", "the id of the system is missing"),
            ("tapis:///data", "the id of the system is missing"),
            ("tapis://s/a/../b", "`..`"),
            ("tapis://s/a\u{1b}[31m", "control characters"),
        ] {
            let error = text.parse::<Address>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn a_path_is_as_it_is_and_a_slash_at_its_end_makes_it_a_directory() {
        for (text, path, is_directory) in [
            ("tapis://s/a%20b", "a%20b", false),
            ("tapis://s/a b?c#d", "a b?c#d", false),
            ("tapis://s//a/./b", "a/b", false),
            ("tapis://s/a/", "a", true),
            ("tapis://s/", "", true),
            ("tapis://s", "", true),
        ] {
            let address = Address::read(text).unwrap();
            assert_eq!((address.path.path(), address.is_directory), (path, is_directory), "{text}");
        }
    }

    #[test]
    fn places_are_told_apart() {
        let local = |text: &str| Place::Local(text.into());
        for (text, place) in [
            ("-", Place::Standard),
            ("./-", local("./-")),
            ("a.txt", local("a.txt")),
            ("C:\\data", local("C:\\data")),
            ("./tapis://s/a", local("./tapis://s/a")),
            ("tapis://s/a", Place::System("tapis://s/a".parse().unwrap())),
        ] {
            assert_eq!(Place::read(text.as_ref()).unwrap(), place, "{text}");
        }
        for text in ["", "tapis:x", "Tapis://s/a", "tapis://"] {
            assert!(Place::read(text.as_ref()).is_err(), "{text}");
        }
    }

    #[test]
    fn an_address_as_scp_has_it_is_recognised() {
        for (text, address) in [
            ("cluster:/data/a.csv", Some("tapis://cluster/data/a.csv")),
            ("cluster:a.csv", Some("tapis://cluster/a.csv")),
            ("cluster:", Some("tapis://cluster/")),
            ("C:\\data", None),
            ("http://example.org/a", None),
            ("tapis:x", None),
            ("a b:c", None),
            ("data", None),
        ] {
            assert_eq!(as_scp_has_it(text).as_deref(), address, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_as_the_same_address(
            system in "[a-zA-Z0-9._-]{1,20}",
            segments in prop::collection::vec("[^/\\p{C}]{1,12}", 0..6),
            slash in any::<bool>(),
        ) {
            let text = format!("tapis://{system}/{}{}", segments.join("/"), if slash { "/" } else { "" });
            let Ok(address) = text.parse::<Address>() else { return Ok(()) };
            prop_assert_eq!(address.to_string().parse::<Address>().unwrap(), address);
        }
    }
}
