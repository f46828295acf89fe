//! The list of operations, and which of them are implemented.

use crate::behaviour::Behaviour;
use crate::document::INTERFACE;

/// An operation of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationInfo {
    /// The service that it belongs to.
    pub service: &'static str,
    /// Its name.
    pub id: &'static str,
    /// Its HTTP method.
    pub method: &'static str,
    /// Its path, with parameters in braces.
    pub path: &'static str,
    /// Whether the mock implements it. Otherwise the reply is an example that matches the document,
    /// with the header `x-tapis-mock: example`.
    pub behaves: bool,
}

/// All operations of the mock, by service.
#[must_use]
pub fn operations() -> Vec<OperationInfo> {
    let services = INTERFACE.services.iter();
    services
        .flat_map(|service| {
            service.operations.iter().map(|operation| OperationInfo {
                service: service.name,
                id: operation.id,
                method: operation.method.as_str(),
                path: operation.template,
                behaves: Behaviour::of(operation.at).acts(),
            })
        })
        .collect()
}
