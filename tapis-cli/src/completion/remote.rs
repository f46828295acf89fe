//! Addresses of files on systems.

use clap_complete::engine::CompletionCandidate;
use tapis_client::files::TapisPath;

use super::profile::Named;
use crate::names::{self, Kind};

const SCHEME: &str = "tapis://";

/// The addresses that begin with what was typed: of systems, or of the entries of a directory.
pub(super) fn candidates(typed: &str, profile: Option<&Named>) -> Vec<CompletionCandidate> {
    let Some(place) = typed.strip_prefix(SCHEME) else {
        let begins = SCHEME.starts_with(typed);
        return begins.then(|| CompletionCandidate::new(SCHEME)).into_iter().collect();
    };
    let Some(profile) = profile else { return Vec::new() };
    let Some((system, path)) = place.split_once('/') else {
        let systems = profile.names(Kind::Systems).into_iter();
        let found = systems.filter(|name| name.starts_with(place));
        return found.map(|name| CompletionCandidate::new(format!("{SCHEME}{name}/"))).collect();
    };
    let begin = path.rfind('/').map_or(0, |slash| slash + 1);
    let (above, begin) = path.split_at(begin);
    let directory = match TapisPath::new(system, above) {
        Ok(directory) if names::is_plain(system) => directory,
        _ => return Vec::new(),
    };
    // As of local files, hidden ones are offered to those who ask for them.
    let fits = |name: &String| {
        name.starts_with(begin) && (begin.starts_with('.') || !name.starts_with('.'))
    };
    let entries = profile.entries(&directory).into_iter().filter(fits);
    let address = |name| CompletionCandidate::new(format!("{SCHEME}{system}/{above}{name}"));
    entries.map(address).collect()
}

/// Of the rest of an address, what is not the same in a whole directory.
pub(super) fn last_part(value: &str) -> &str {
    let end = value.len() - usize::from(value.ends_with('/'));
    match (value.starts_with("//"), value[..end].rfind('/')) {
        (true, Some(slash)) if slash + 1 < end => &value[slash + 1..],
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_shows_the_last_parts_of_addresses() {
        for (value, shown) in [
            ("//cluster/", "cluster/"),
            ("//cluster/data/", "data/"),
            ("//cluster/data/in.txt", "in.txt"),
            ("//", "//"),
            ("get-system", "get-system"),
        ] {
            assert_eq!(last_part(value), shown);
        }
    }

    #[test]
    fn an_address_begins_with_its_scheme() {
        for typed in ["", "t", "tapis:", "tapis:/"] {
            assert_eq!(candidates(typed, None), [CompletionCandidate::new(SCHEME)], "{typed}");
        }
        for typed in ["x", "tapis://", "tapis://s/a", "tapis:///"] {
            assert!(candidates(typed, None).is_empty(), "{typed}");
        }
    }
}
