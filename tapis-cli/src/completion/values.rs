//! What the values of arguments can be.

use std::ffi::OsStr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use clap_complete::engine::{CompletionCandidate, PathCompleter, ValueCompleter};

use super::profile::Named;
use super::remote;
use crate::config::Config;
use crate::names::{self, Kind};

/// How long Tab may take, of the 300 milliseconds that nobody notices, to find new names.
const PATIENCE: Duration = Duration::from_millis(270);

/// What a value can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Values {
    Profiles,
    Names(Kind),
    /// One of these.
    Listed(Vec<String>),
    /// A file of this machine behind this mark, if there is one: `@` of `@FILE`.
    Files(&'static str),
    /// `tapis://SYSTEM/PATH`.
    Addresses,
    AddressesOrFiles,
    FilesOr(Kind),
    /// The values of a path in their order.
    Path(Vec<Values>),
    Unknown,
}

/// What is to be completed, and for whom.
#[derive(Clone)]
pub(super) struct Question {
    profile: Option<Named>,
    /// Whether the shell inserts names without quotes.
    plain: bool,
    /// The part of the word that begins the name of a file.
    file: Arc<OnceLock<String>>,
}

impl Question {
    pub(super) fn new(words: &[&str], begin: Instant) -> Self {
        let profile = Named::of(words, begin + PATIENCE);
        Self { profile, plain: false, file: Arc::default() }
    }

    pub(super) fn with_plain_names(self) -> Self {
        Self { plain: true, ..self }
    }

    /// The part of the word that begins the name of a file, if it can be one.
    pub(super) fn into_file(self) -> Option<String> {
        self.file.get().cloned()
    }

    fn candidates(&self, values: &Values, place: usize, typed: &str) -> Vec<CompletionCandidate> {
        let names = |kind| self.profile.as_ref().map(|one| one.names(kind)).unwrap_or_default();
        match values {
            Values::Profiles => {
                of_plain_names(Config::read().map(|config| config.names()).unwrap_or_default())
            }
            Values::Names(kind) => of_plain_names(names(*kind)),
            Values::Listed(values) => values.iter().map(CompletionCandidate::new).collect(),
            Values::Files("") => self.files(typed, ""),
            Values::Files(mark) => match typed.split_once(mark) {
                Some((before, file)) => self.files(file, &format!("{before}{mark}")),
                None => Vec::new(),
            },
            Values::Addresses => remote::candidates(typed, self.profile.as_ref()),
            Values::AddressesOrFiles => {
                let mut found = remote::candidates(typed, self.profile.as_ref());
                if !typed.starts_with("tapis:") {
                    found.extend(self.files(typed, ""));
                }
                found
            }
            Values::FilesOr(kind) => {
                let mut found = self.files(typed, "");
                found.extend(of_plain_names(names(*kind)));
                found
            }
            Values::Path(places) => match places.get(place) {
                Some(values) => self.candidates(values, 0, typed),
                None => Vec::new(),
            },
            Values::Unknown => Vec::new(),
        }
    }

    /// Leaves local files to the shell, if it can complete them.
    fn files(&self, typed: &str, before: &str) -> Vec<CompletionCandidate> {
        if !self.plain {
            // Set once at most, because one word is completed.
            let _ = self.file.set(typed.to_owned());
            return Vec::new();
        }
        let found = PathCompleter::any().complete(OsStr::new(typed)).into_iter();
        found.map(|one| one.add_prefix(before)).collect()
    }
}

/// The values of one argument.
pub(super) struct Completer {
    pub(super) values: Values,
    pub(super) question: Question,
}

impl ValueCompleter for Completer {
    fn complete(&self, current: &OsStr) -> Vec<CompletionCandidate> {
        self.complete_at(0, current)
    }

    fn complete_at(&self, place: usize, current: &OsStr) -> Vec<CompletionCandidate> {
        let Some(typed) = current.to_str() else { return Vec::new() };
        // An option is not worth waiting for names.
        if typed.starts_with('-') {
            return Vec::new();
        }
        let mut all = self.question.candidates(&self.values, place, typed);
        all.retain(|one| {
            let value = one.get_value().to_string_lossy();
            value.starts_with(typed) && (!self.question.plain || needs_no_quotes(&value))
        });
        all
    }
}

fn needs_no_quotes(value: &str) -> bool {
    value.chars().all(|c| c.is_ascii_alphanumeric() || "._-/:@=".contains(c))
}

fn of_plain_names(names: Vec<String>) -> Vec<CompletionCandidate> {
    names.into_iter().filter(|name| names::is_plain(name)).map(CompletionCandidate::new).collect()
}
