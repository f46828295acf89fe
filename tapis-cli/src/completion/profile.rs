//! The profile whose names are offered.

use std::time::Instant;

use tapis_client::files::TapisPath;

use crate::config::{Config, Profile};
use crate::names::{self, Kind};

/// The profile that the command line is for.
#[derive(Clone)]
pub(super) struct Named {
    name: String,
    profile: Profile,
    until: Instant,
}

impl Named {
    pub(super) fn of(words: &[&str], until: Instant) -> Option<Self> {
        let config = Config::read().ok()?;
        let option = |name: &str| {
            words.iter().enumerate().find_map(|(place, word)| match word.strip_prefix(name)? {
                "" => words.get(place + 1).map(|value| (*value).to_owned()),
                value => value.strip_prefix('=').map(str::to_owned),
            })
        };
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let name = option("--profile").or_else(|| variable("TAPIS_PROFILE"));
        let name = name.or_else(|| config.current().map(str::to_owned))?;
        let profile = config.profile(&name)?;
        let url = option("--url").or_else(|| variable("TAPIS_BASE_URL"));
        match url.is_some() && url != profile.base_url {
            // The names of one Tapis are not those of another.
            true => None,
            false => Some(Self { name, profile, until }),
        }
    }

    pub(super) fn names(&self, kind: Kind) -> Vec<String> {
        names::known(&self.name, &self.profile, kind, self.until)
    }

    pub(super) fn entries(&self, directory: &TapisPath) -> Vec<String> {
        names::entries(&self.name, &self.profile, directory, self.until)
    }
}
