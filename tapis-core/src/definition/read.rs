//! The forms in which a definition is written.

use std::path::Path;

use serde_json::Value;

use crate::error::Error;
use crate::error_kind::ErrorKind;

/// The form of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// JSON.
    Json,
    /// YAML.
    Yaml,
    /// TOML.
    Toml,
}

impl Format {
    /// The form that the ending of a file's name tells.
    pub(super) fn of(path: &Path) -> Result<Self, Error> {
        let ending = path.extension().and_then(|ending| ending.to_str());
        match ending.map(str::to_ascii_lowercase).as_deref() {
            Some("json") => Ok(Self::Json),
            Some("yaml" | "yml") => Ok(Self::Yaml),
            Some("toml") => Ok(Self::Toml),
            _ => {
                let path = path.display();
                let message = format!("{path}: the name has to end in .json, .yaml, .yml or .toml");
                Err(Error::new(ErrorKind::Input, message))
            }
        }
    }
}

/// The content; or why there is none, with the line, and without quoting what may be secret.
pub(super) fn value(text: &str, format: Format) -> Result<Value, String> {
    match format {
        Format::Json => serde_json::from_str(text)
            .map_err(|error| told("JSON", Some((error.line(), error.column())))),
        Format::Yaml => serde_saphyr::from_str(text).map_err(|error| {
            let place = error.location().map(|place| (place.line(), place.column()));
            told("YAML", place.map(|(line, column)| (number(line), number(column))))
        }),
        Format::Toml => toml::from_str(text)
            .map_err(|error| told("TOML", error.span().map(|span| place(text, span.start)))),
    }
}

fn number(n: impl TryInto<usize>) -> usize {
    n.try_into().unwrap_or_default()
}

fn told(format: &str, place: Option<(usize, usize)>) -> String {
    match place {
        Some((line, column)) => format!("it is not {format}: see line {line}, column {column}"),
        None => format!("it is not {format}"),
    }
}

fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
    (before.matches('\n').count() + 1, column + 1)
}
