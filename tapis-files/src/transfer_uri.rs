//! The source and the destination of a transfer.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crate::path::from_text;
use crate::{InvalidPath, TapisPath};

/// The source or destination of a transfer: a path on a system, as a [`TapisPath`] or a string such
/// as `tapis://system/path`. A source can also be an `http` or `https` URL.
///
/// A slash at the end of a string is kept, because it marks a destination as a directory.
///
/// ```
/// use tapis_files::TransferUri;
///
/// let uri: TransferUri = "tapis://my-system/data//in/".parse()?;
/// assert_eq!(uri.to_string(), "tapis://my-system/data/in/");
/// # Ok::<(), tapis_files::InvalidPath>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferUri(Place);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Path { path: TapisPath, is_directory: bool },
    Web(String),
}

/// The error for an invalid source or destination of a transfer.
pub type InvalidUri = InvalidPath;

impl TransferUri {
    pub(crate) fn is_web_address(&self) -> bool {
        matches!(self.0, Place::Web(_))
    }

    /// Whether a file goes into it under its own name.
    pub(crate) fn is_directory(&self) -> bool {
        matches!(&self.0, Place::Path { path, is_directory } if *is_directory || path.is_root())
    }

    pub(crate) fn make_directory(&mut self) {
        if let Place::Path { is_directory, .. } = &mut self.0 {
            *is_directory = true;
        }
    }
}

impl fmt::Display for TransferUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Path { path, is_directory } => {
                let slash = if *is_directory && !path.is_root() { "/" } else { "" };
                write!(f, "{path}{slash}")
            }
            Place::Web(address) => f.write_str(address),
        }
    }
}

impl From<TapisPath> for TransferUri {
    fn from(path: TapisPath) -> Self {
        Self(Place::Path { path, is_directory: false })
    }
}

impl From<&TapisPath> for TransferUri {
    fn from(path: &TapisPath) -> Self {
        path.clone().into()
    }
}

impl FromStr for TransferUri {
    type Err = InvalidPath;

    fn from_str(text: &str) -> Result<Self, InvalidPath> {
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let Some(host) = host else {
            let path = text.parse()?;
            return Ok(Self(Place::Path { path, is_directory: text.ends_with('/') }));
        };
        if host.is_empty() || host.starts_with('/') {
            return Err(InvalidPath::new(format!("{text:?} has no host")));
        }
        if text.contains(|c: char| c.is_control() || c.is_whitespace()) {
            return Err(InvalidPath::new(format!(
                "{text:?} contains whitespace or control characters: percent-encode them"
            )));
        }
        Ok(Self(Place::Web(text.to_owned())))
    }
}

from_text!(TransferUri);

/// Converts a system and a path on it; a slash at the end of the path is kept.
impl<S: Into<String>, P: AsRef<str>> TryFrom<(S, P)> for TransferUri {
    type Error = InvalidPath;

    fn try_from((system, path): (S, P)) -> Result<Self, InvalidPath> {
        let is_directory = path.as_ref().ends_with('/');
        Ok(Self(Place::Path { path: TapisPath::new(system, path)?, is_directory }))
    }
}

impl From<Infallible> for InvalidPath {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_at_the_end_and_a_web_address_are_kept() {
        for (text, printed) in [
            ("tapis://s/a", "tapis://s/a"),
            ("tapis://s//a//", "tapis://s/a/"),
            ("tapis://s/", "tapis://s/"),
            ("tapis://s", "tapis://s/"),
            ("https://example.org/a%20b?c=d", "https://example.org/a%20b?c=d"),
        ] {
            assert_eq!(text.parse::<TransferUri>().unwrap().to_string(), printed);
        }
        assert_eq!(TransferUri::try_from(("s", "a/")).unwrap().to_string(), "tapis://s/a/");
        assert_eq!(
            TransferUri::from(TapisPath::new("s", "a/").unwrap()).to_string(),
            "tapis://s/a"
        );
        for text in ["ftp://a/b", "https://", "http:///a", "https://a/b c", "tapis://s/...", "a/b"]
        {
            assert!(text.parse::<TransferUri>().is_err(), "{text}");
        }
    }
}
