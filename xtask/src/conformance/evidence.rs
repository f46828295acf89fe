//! The evidence of a rule.

use serde::Deserialize;

/// One piece of evidence.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Evidence {
    /// `owner/repository@commit path:line`, or `path:line-line`.
    Source(String),
    /// A file below `tests/conformance/exchanges` that holds a recorded exchange.
    Exchange(String),
    /// The address of a public report, or its title.
    Report(String),
}

impl Evidence {
    /// Whether it refers to lines of a source.
    #[must_use]
    pub fn is_source(&self) -> bool {
        matches!(self, Self::Source(_))
    }

    /// The missing part, if there is one.
    pub(super) fn fault(&self) -> Option<String> {
        match self {
            Self::Source(text) => source_fault(text).map(|fault| format!("{text:?} {fault}")),
            Self::Exchange(text) | Self::Report(text) if text.trim().is_empty() => {
                Some("the evidence is empty".to_owned())
            }
            Self::Exchange(_) | Self::Report(_) => None,
        }
    }
}

impl std::fmt::Display for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Source(text) | Self::Exchange(text) | Self::Report(text)) = self;
        f.write_str(text)
    }
}

fn source_fault(text: &str) -> Option<&'static str> {
    let Some((repository, place)) = text.split_once(' ') else {
        return Some("has no path after the commit");
    };
    let commit = repository.split_once('@').map(|(_, commit)| commit).unwrap_or_default();
    if !(7..=40).contains(&commit.len()) || !commit.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Some("names no commit, as in owner/repository@commit");
    }
    let lines = place.rsplit_once(':').map(|(_, lines)| lines).unwrap_or_default();
    let (first, last) = lines.split_once('-').unwrap_or((lines, lines));
    match (first.parse::<u32>(), last.parse::<u32>()) {
        (Ok(first), Ok(last)) if 0 < first && first <= last => None,
        _ => Some("names no line, as in path:12 or path:12-34"),
    }
}
