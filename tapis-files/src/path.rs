//! A path on a system.

use std::fmt;
use std::str::FromStr;

const SCHEME: &str = "tapis://";

/// A path on a system: parsed from and printed as `tapis://system/a/b`.
///
/// The path is relative to the system's `rootDir`; an empty path is that directory itself.
///
/// Paths are normalised in the same way as by the Files service: leading, trailing and repeated
/// slashes and `.` are removed. Invalid are a path with `..` or control characters, a blank path,
/// and a path whose first segment has only dots, such as `...`, because the service would treat it
/// as the root directory.
///
/// ```
/// use tapis_files::TapisPath;
///
/// let path: TapisPath = "tapis://my-system/data//run 1/in.txt".parse()?;
/// assert_eq!((path.system(), path.path()), ("my-system", "data/run 1/in.txt"));
/// assert_eq!(path.parent().unwrap().join("out.txt")?.to_string(), "tapis://my-system/data/run 1/out.txt");
/// assert_eq!(TapisPath::new("my-system", "/data/")?.to_string(), "tapis://my-system/data");
/// # Ok::<(), tapis_files::InvalidPath>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TapisPath {
    system: String,
    path: String,
}

/// The error for a text that is not a valid path on a system; it states the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidPath(String);

impl InvalidPath {
    pub(crate) fn new(why: String) -> Self {
        Self(why)
    }
}

impl fmt::Display for InvalidPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidPath {}

impl TapisPath {
    /// Creates the path `path` on the system `system`.
    ///
    /// # Errors
    /// [`InvalidPath`] if the system is empty or contains a slash, a backslash, whitespace or
    /// control characters, or if the path is invalid; see [`TapisPath`].
    pub fn new(system: impl Into<String>, path: impl AsRef<str>) -> Result<Self, InvalidPath> {
        let system = system.into();
        if system.is_empty() {
            let why = "the id of the system is missing: a path has the form tapis://system/path";
            return Err(InvalidPath(why.to_owned()));
        }
        if matches!(system.as_str(), "." | "..")
            || system.contains(|c: char| c.is_control() || c.is_whitespace() || "/\\".contains(c))
        {
            return Err(InvalidPath(format!("{system:?} is not a valid system id")));
        }
        Ok(Self { system, path: not_the_root(clean(path.as_ref())?)? })
    }

    /// The id of the system.
    #[must_use]
    pub fn system(&self) -> &str {
        &self.system
    }

    /// The path, without leading and trailing slashes; empty for the root directory.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether this is the root directory of the system, its `rootDir`.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.path.is_empty()
    }

    /// The last segment; `None` for the root directory.
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        self.path.rsplit('/').next().filter(|name| !name.is_empty())
    }

    /// The parent directory; `None` for the root directory.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        let path = self.path.rsplit_once('/').map_or("", |(parent, _)| parent).to_owned();
        Some(Self { system: self.system.clone(), path })
    }

    /// Returns this path with `path` appended.
    ///
    /// # Errors
    /// [`InvalidPath`] as for [`new`](Self::new).
    pub fn join(&self, path: impl AsRef<str>) -> Result<Self, InvalidPath> {
        let below = clean(path.as_ref())?;
        let path = match (self.path.is_empty(), below.is_empty()) {
            (_, true) => self.path.clone(),
            (true, false) => below,
            (false, false) => format!("{}/{below}", self.path),
        };
        Ok(Self { system: self.system.clone(), path: not_the_root(path)? })
    }

    /// Returns this path relative to the directory `top`: empty if both are equal, `None` if this
    /// path is not in `top`.
    #[must_use]
    pub fn below<'a>(&'a self, top: &Self) -> Option<&'a str> {
        if self.system != top.system {
            return None;
        }
        if top.is_root() {
            return Some(&self.path);
        }
        let rest = self.path.strip_prefix(&top.path)?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
    }
}

fn clean(path: &str) -> Result<String, InvalidPath> {
    let mut clean = String::with_capacity(path.len());
    for segment in path.split('/').filter(|segment| !matches!(*segment, "" | ".")) {
        if segment == ".." {
            return Err(InvalidPath(format!("{path:?} contains `..`, which is not allowed")));
        }
        if segment.chars().any(char::is_control) {
            return Err(InvalidPath(format!("{path:?} contains control characters")));
        }
        if !clean.is_empty() {
            clean.push('/');
        }
        clean.push_str(segment);
    }
    Ok(clean)
}

/// Rejects a path that the service would treat as the root directory, or read without its first segment.
fn not_the_root(path: String) -> Result<String, InvalidPath> {
    let first = path.split('/').next().unwrap_or_default();
    if !first.is_empty() && first.chars().all(|c| c == '.') {
        let why =
            "begins with a segment of dots alone, which the service treats as the root directory";
        return Err(InvalidPath(format!("{path:?} {why}")));
    }
    if !path.is_empty() && path.trim().is_empty() {
        let why = "is blank, which the service treats as the root directory";
        return Err(InvalidPath(format!("{path:?} {why}")));
    }
    Ok(path)
}

impl fmt::Display for TapisPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}/{}", self.system, self.path)
    }
}

impl FromStr for TapisPath {
    type Err = InvalidPath;

    fn from_str(text: &str) -> Result<Self, InvalidPath> {
        let rest = text.strip_prefix(SCHEME).ok_or_else(|| {
            InvalidPath(format!("{text:?} does not have the form tapis://system/path"))
        })?;
        let (system, path) = rest.split_once('/').unwrap_or((rest, ""));
        Self::new(system, path)
    }
}

/// Implements `TryFrom` for strings by `FromStr`.
macro_rules! from_text {
    ($path:ty) => {
        from_text!($path, &str, String, &String);
    };
    ($path:ty, $($text:ty),*) => {$(
        impl TryFrom<$text> for $path {
            type Error = InvalidPath;

            fn try_from(text: $text) -> Result<Self, InvalidPath> {
                text.parse()
            }
        }
    )*};
}
pub(crate) use from_text;

from_text!(TapisPath);

impl From<&TapisPath> for TapisPath {
    fn from(path: &TapisPath) -> Self {
        path.clone()
    }
}

/// A system and a path on it.
impl<S: Into<String>, P: AsRef<str>> TryFrom<(S, P)> for TapisPath {
    type Error = InvalidPath;

    fn try_from((system, path): (S, P)) -> Result<Self, InvalidPath> {
        Self::new(system, path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_path_is_refused_and_says_why() {
        for (text, why) in [
            ("my-system/a", "does not have the form"),
            ("https://my-system/a", "does not have the form"),
            ("tapis://", "system is missing"),
            ("tapis:///a", "system is missing"),
            ("tapis://../a", "not a valid system id"),
            ("tapis://my system/a", "not a valid system id"),
            ("tapis://a\\b/c", "not a valid system id"),
            ("tapis://s/a/../b", "`..`"),
            ("tapis://s/..", "`..`"),
            ("tapis://s/a\nb", "control characters"),
            ("tapis://s/...", "dots alone"),
            ("tapis://s//.../", "dots alone"),
            ("tapis://s/..../x", "dots alone"),
            ("tapis://s/ ", "is blank"),
        ] {
            let error = text.parse::<TapisPath>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn names_of_dots_are_names_behind_the_first_one() {
        for text in ["tapis://s/a/...", "tapis://s/.Trash", "tapis://s/...a/b", "tapis://s/a/ "] {
            assert_eq!(text.parse::<TapisPath>().unwrap().to_string(), text);
        }
        let top = TapisPath::new("s", "a").unwrap();
        assert_eq!(top.join("...").unwrap().path(), "a/...");
        assert!(TapisPath::new("s", "").unwrap().join("...").is_err());
    }

    #[test]
    fn only_what_is_below_a_directory_is_seen_from_it() {
        let path = |text: &str| text.parse::<TapisPath>().unwrap();
        for (of, from, seen) in [
            ("tapis://s/a/b/c", "tapis://s/a", Some("b/c")),
            ("tapis://s/a", "tapis://s/a", Some("")),
            ("tapis://s/ab", "tapis://s/a", None),
            ("tapis://s/a", "tapis://s/", Some("a")),
            ("tapis://s/a", "tapis://other/", None),
        ] {
            assert_eq!(path(of).below(&path(from)), seen, "{of} from {from}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_parses_to_the_same(
            system in "[a-zA-Z0-9._-]{1,20}",
            segments in prop::collection::vec("[^/\\p{C}]{1,12}", 0..6),
        ) {
            let Ok(path) = TapisPath::new(system, segments.join("/")) else { return Ok(()) };
            prop_assert_eq!(path.to_string().parse::<TapisPath>().unwrap(), path);
        }

        #[test]
        fn no_text_makes_it_panic_or_leads_up(text in "\\PC*") {
            if let Ok(path) = format!("tapis://{text}").parse::<TapisPath>() {
                prop_assert!(path.path().split('/').all(|segment| segment != ".."));
                prop_assert!(!path.path().contains("//") && !path.path().starts_with('/'));
            }
        }

        #[test]
        fn joining_what_is_seen_from_a_directory_leads_back(
            top in "[a-z]{0,3}(/[a-z]{1,3}){0,3}", below in "[a-z]{1,3}(/[a-z]{1,3}){0,3}",
        ) {
            let top = TapisPath::new("s", top).unwrap();
            let path = top.join(&below).unwrap();
            prop_assert_eq!(path.below(&top), Some(below.as_str()));
        }
    }
}
