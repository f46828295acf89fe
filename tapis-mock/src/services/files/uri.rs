//! The URIs of transfers.

use crate::reply::Failure;

/// The URI of a source or destination.
pub(super) struct Uri {
    scheme: &'static str,
    /// The system, or the host of a web URL.
    pub(super) system: String,
    /// The text after the following slash, including a trailing slash.
    pub(super) path: String,
}

impl Uri {
    pub(super) fn read(text: &str) -> Result<Self, Failure> {
        let schemes = ["tapis://", "http://", "https://"];
        let known = schemes.into_iter().find_map(|s| Some((s, text.strip_prefix(s)?)));
        let known = known.filter(|(_, rest)| !rest.trim_start_matches('/').is_empty());
        let (scheme, rest) =
            known.ok_or_else(|| Failure::bad_request(format!("Invalid transfer URI: {text}")))?;
        let (system, path) = rest.split_once('/').unwrap_or((rest, ""));
        Ok(Self { scheme, system: system.to_owned(), path: path.to_owned() })
    }

    pub(super) fn is_tapis(&self) -> bool {
        self.scheme == "tapis://"
    }

    pub(super) fn text(&self) -> String {
        format!("{}{}/{}", self.scheme, self.system, self.path)
    }
}
