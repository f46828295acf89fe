//! Finds operations by name.

use std::fmt;

use super::{INTERFACE, Operation, Service};

/// Whether `wanted` names the operation `id` of `service`: as `getSystem` or `get_system`, with or
/// without the service, as in `systems.getSystem`.
pub(crate) fn names(wanted: &str, service: &str, id: &str) -> bool {
    match wanted.split_once('.') {
        Some((wanted_service, wanted)) => wanted_service == service && is_same(wanted, id),
        None => is_same(wanted, id),
    }
}

/// Whether an operation, or one of its aliases, has this name.
pub(crate) fn is_called(wanted: &str, service: &Service, operation: &Operation) -> bool {
    operation.ids().any(|id| names(wanted, service.name, id))
}

/// Documents and Rust spell names differently: `getSystem`, `get_system`.
fn is_same(one: &str, other: &str) -> bool {
    letters(one).eq(letters(other))
}

fn letters(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(|&c| c != '_' && c != '-').flat_map(char::to_lowercase)
}

/// The name of an unknown operation.
#[derive(Debug)]
pub(crate) struct UnknownOperation {
    wanted: String,
    likely: Option<String>,
}

impl fmt::Display for UnknownOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no operation {:?}", self.wanted)?;
        match &self.likely {
            Some(likely) => write!(f, "; did you mean {likely:?}?"),
            None => Ok(()),
        }
    }
}

/// Rejects the name of an unknown operation.
pub(crate) fn known(wanted: &str) -> Result<(), UnknownOperation> {
    let names_of = |id: &'static str, service: &'static str| match wanted.contains('.') {
        true => format!("{service}.{id}"),
        false => id.to_owned(),
    };
    let mut likely: Option<(f64, String)> = None;
    for service in &INTERFACE.services {
        for operation in &service.operations {
            if is_called(wanted, service, operation) {
                return Ok(());
            }
            let name = names_of(operation.id, service.name);
            let text = |name: &str| letters(name).collect::<String>();
            let alike = strsim::normalized_damerau_levenshtein(&text(wanted), &text(&name));
            if alike >= 0.6 && likely.as_ref().is_none_or(|(most, _)| alike > *most) {
                likely = Some((alike, name));
            }
        }
    }
    let likely = likely.map(|(_, name)| name);
    Err(UnknownOperation { wanted: wanted.to_owned(), likely })
}

/// As [`known`], for tests in Rust: an assertion about an unknown operation would pass without
/// testing anything.
#[track_caller]
#[expect(clippy::panic, reason = "a test has to stop here")]
pub(crate) fn demand(wanted: &str) {
    if let Err(unknown) = known(wanted) {
        panic!("{unknown}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn both_spellings_and_the_service_in_front_are_understood() {
        for wanted in ["getSystems", "get_systems", "systems.getSystems", "systems.get_systems"] {
            assert!(names(wanted, "systems", "getSystems"), "{wanted}");
            assert!(known(wanted).is_ok(), "{wanted}");
        }
        assert!(names("create_token", "authenticator", "create_token"));
        assert!(names("createToken", "authenticator", "create_token"));
        assert!(!names("apps.getSystems", "systems", "getSystems"));
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_likeliest_one() {
        let refused = |wanted: &str| known(wanted).map_err(|error| error.to_string());
        let text =
            "there is no operation \"sytems.getSystems\"; did you mean \"systems.getSystems\"?";
        assert_eq!(refused("sytems.getSystems"), Err(text.to_owned()));
        let text = "there is no operation \"get_sytem\"; did you mean \"getSystem\"?";
        assert_eq!(refused("get_sytem"), Err(text.to_owned()));
        assert_eq!(refused("explode"), Err("there is no operation \"explode\"".to_owned()));
    }

    #[test]
    fn no_two_operations_of_a_service_differ_in_the_spelling_alone() {
        for service in &INTERFACE.services {
            let mut seen = HashSet::new();
            for operation in &service.operations {
                let name: String = letters(operation.id).collect();
                assert!(seen.insert(name), "{}.{}", service.name, operation.id);
            }
        }
    }
}
