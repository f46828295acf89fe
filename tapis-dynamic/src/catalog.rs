//! The services with their documents, each of which is parsed when it is first used.

use std::sync::OnceLock;

use tapis_core::{Error, ErrorKind};
use tapis_specs::reader::{self, Document};

use crate::suggest::suggestion;
use crate::table;

/// A service with its operations.
pub(crate) struct Service {
    pub(crate) document: Document,
    operations: OnceLock<Vec<Operation>>,
}

/// An operation, as described in the document and as the request pipeline needs it.
pub(crate) struct Operation {
    pub(crate) described: &'static reader::Operation,
    pub(crate) known: tapis_core::Operation,
}

static LOADED: [OnceLock<Service>; tapis_specs::SERVICES.len()] =
    [const { OnceLock::new() }; tapis_specs::SERVICES.len()];

/// Returns the service with this name; `_` is accepted for `-`.
pub(crate) fn service(name: &str) -> Result<&'static Service, Error> {
    let wanted = name.replace('_', "-");
    let names = tapis_specs::SERVICES;
    let slot = names.iter().position(|known| *known == wanted);
    let Some((slot, name)) = slot.and_then(|index| LOADED.get(index).zip(names.get(index))) else {
        let suggestion = suggestion(&wanted, names.iter().copied());
        return Err(input(format!("there is no service {name:?}{suggestion}")));
    };
    Ok(slot.get_or_init(|| Service::read(name)))
}

impl Service {
    fn read(name: &str) -> Self {
        let text = tapis_specs::document(name).unwrap_or_default();
        let value = serde_json::from_str(text).unwrap_or_default();
        Self { document: Document::read(name, value), operations: OnceLock::new() }
    }

    /// The operations, in the order of their paths.
    pub(crate) fn operations(&'static self) -> &'static [Operation] {
        self.operations.get_or_init(|| {
            let service = self.document.service();
            let operations = self.document.named_operations();
            operations
                .map(|described| Operation { described, known: table::known(service, described) })
                .collect()
        })
    }

    /// Returns the operation with this id; snake case and kebab case are accepted too.
    pub(crate) fn operation(&'static self, id: &str) -> Result<&'static Operation, Error> {
        let all = self.operations();
        let exact = all.iter().find(|operation| operation.described.id == id);
        let wanted = plain(id);
        exact.or_else(|| all.iter().find(|known| plain(&known.described.id) == wanted)).ok_or_else(
            || {
                let ids = all.iter().map(|operation| operation.described.id.as_str());
                let suggestion = suggestion(id, ids);
                let service = self.document.service();
                input(format!("{service} has no operation {id:?}{suggestion}"))
            },
        )
    }
}

/// The id in lower case without the separators between its words.
fn plain(id: &str) -> String {
    id.chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect()
}

pub(crate) fn input(message: String) -> Error {
    Error::new(ErrorKind::Input, message)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_found_in_every_spelling() {
        let systems = service("systems").unwrap();
        for id in ["getSystem", "get_system", "get-system"] {
            assert_eq!(systems.operation(id).unwrap().described.id, "getSystem");
        }
        assert!(std::ptr::eq(service("globus_proxy").unwrap(), service("globus-proxy").unwrap()));
    }

    #[test]
    fn an_unknown_name_is_an_error_with_the_most_similar_one() {
        for (service_name, id, message) in [
            ("system", "getSystem", "there is no service \"system\"; did you mean systems?"),
            (
                "systems",
                "getSytem",
                "systems has no operation \"getSytem\"; did you mean getSystem?",
            ),
            ("systems", "xyz", "systems has no operation \"xyz\""),
        ] {
            let error = service(service_name).and_then(|s| s.operation(id)).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::Input);
            assert!(error.to_string().contains(message), "{error}");
        }
    }

    #[test]
    fn no_two_operations_of_a_service_have_one_spelling() {
        for name in tapis_specs::SERVICES {
            let operations = service(name).unwrap().operations();
            let spellings: BTreeSet<_> =
                operations.iter().map(|o| plain(&o.described.id)).collect();
            assert_eq!(spellings.len(), operations.len(), "{name}");
        }
    }
}
