//! The operations with paging parameters: how each pages and in which order, or why it does not.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tapis_specs::reader::{Document, Location, Operation};

use super::reasons::PAGING_PARAMETERS;
use super::{Reasons, Section};

pub(crate) fn check(documents: &BTreeMap<String, Document>, reasons: &Reasons) -> Section {
    let mut section = Section::new("Paging");
    let mut rows = Vec::new();
    let mut listed = BTreeSet::new();
    for (service, document) in documents {
        for operation in document.named_operations() {
            let order = order(service, document, operation, &mut section);
            let parameters = parameters(operation);
            if parameters.is_empty() {
                continue;
            }
            let id = &operation.id;
            let key = (service.clone(), id.clone());
            let kind = match (operation.paging, reasons.paging.get(&key)) {
                (Some(kind), _) => format!("{kind:?}"),
                (None, Some(reason)) => format!("none: {reason}"),
                (None, None) => {
                    section.finding(format!(
                        "{service}: {id} takes {} and no overlay says why it does not page",
                        parameters.join(", ")
                    ));
                    "none".to_owned()
                }
            };
            rows.push([service.clone(), id.clone(), parameters.join(" "), kind, order]);
            listed.insert(key);
        }
    }
    // The operations whose paging parameters an overlay has removed.
    for ((service, id), reason) in reasons.paging.iter().filter(|(key, _)| !listed.contains(key)) {
        let kind = format!("none: {reason}");
        rows.push([service.clone(), id.clone(), "(removed)".into(), kind, String::new()]);
    }
    rows.sort();
    section.table(["service", "operation", "parameters", "kind", "order"], &rows);
    section.line(format!("{} operations", rows.len()));
    section
}

/// The order of the operation's pages, which the service must support.
fn order(
    service: &str,
    document: &Document,
    operation: &Operation,
    section: &mut Section,
) -> String {
    let order = &operation.page_order;
    if order.is_empty() {
        return String::new();
    }
    let mut finding = |what: &str| {
        let id = &operation.id;
        section.finding(format!("{service}: {id} has x-tapis-page-order and {what}"));
    };
    if operation.paging.is_none() {
        finding("does not page");
    }
    if !query(operation).any(|name| name == "orderBy") {
        finding("no parameter orderBy");
    }
    let entry = entry(document, operation);
    for term in order {
        let name = term.split('(').next().unwrap_or_default();
        if entry.is_none_or(|entry| entry["properties"].get(name).is_none()) {
            finding(&format!("its entries have no {name}"));
        }
    }
    order.join(",")
}

/// The schema of an entry in the operation's list.
fn entry<'a>(document: &'a Document, operation: &'a Operation) -> Option<&'a Value> {
    let reply = document.resolve(&operation.successes().next()?.content.first()?.schema);
    let list = document.resolve(&reply["properties"]["result"]);
    Some(document.resolve(&list["items"]))
}

/// The paging parameters of the operation.
fn parameters(operation: &Operation) -> Vec<&str> {
    query(operation).filter(|name| PAGING_PARAMETERS.contains(name)).collect()
}

/// The names of the operation's query parameters.
fn query(operation: &Operation) -> impl Iterator<Item = &str> {
    let parameters = operation.parameters.iter().filter(|p| p.location == Location::Query);
    parameters.map(|parameter| parameter.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pages_have_an_order_that_the_service_can_make() {
        let list = |order: &str, parameters: &[&str]| {
            let parameters: Vec<Value> =
                parameters.iter().map(|name| json!({"name": name, "in": "query"})).collect();
            let result = json!({"type": "array", "items": {"$ref": "#/components/schemas/Bird"}});
            json!({"get": {"operationId": order, "x-tapis-page-order": order,
                "parameters": parameters,
                "responses": {"200": {"content": {"application/json": {
                    "schema": {"properties": {"result": result}}}}}}}})
        };
        let document = json!({
            "paths": {
                "/a": list("ring,year", &["limit", "skip", "orderBy"]),
                "/b": list("ring", &["limit", "skip"]),
                "/c": list("year", &["orderBy"]),
                "/d": list("colour", &["limit", "skip", "orderBy"]),
            },
            "components": {"schemas": {"Bird": {"properties": {"ring": {}, "year": {}}}}},
        });
        let documents = BTreeMap::from([("t".to_owned(), Document::read("t", document))]);
        let section = check(&documents, &Reasons::default());
        assert_eq!(
            section.findings,
            [
                "t: ring has x-tapis-page-order and no parameter orderBy",
                "t: year has x-tapis-page-order and does not page",
                "t: colour has x-tapis-page-order and its entries have no colour",
            ]
        );
        assert!(section.to_string().contains("ring,year"));
    }

    #[test]
    fn what_does_not_page_needs_a_reason() {
        let query = |names: &[&str]| {
            let parameters: Vec<Value> =
                names.iter().map(|name| json!({"name": name, "in": "query"})).collect();
            parameters
        };
        let document = json!({"paths": {
            "/a": {"get": {"operationId": "list", "parameters": query(&["limit", "skip"])}},
            "/b": {"get": {"operationId": "search", "parameters": query(&["skip"])}},
            "/c": {"get": {"operationId": "get", "parameters": query(&["select"])}},
            "/d": {"get": {"operationId": "rows", "parameters": query(&["limit", "skip"]),
                "x-tapis-paging": "none"}},
        }});
        let mut reasons = Reasons::default();
        reasons.paging.insert(("t".into(), "rows".into()), "One table.".into());
        reasons.paging.insert(("t".into(), "gone".into()), "Unknown to it.".into());
        let documents = BTreeMap::from([("t".to_owned(), Document::read("t", document))]);
        let section = check(&documents, &reasons);
        assert_eq!(
            section.findings,
            ["t: search takes skip and no overlay says why it does not page"]
        );
        let text = section.to_string();
        for part in ["LimitSkip", "none: One table.", "none: Unknown to it.", "4 operations"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
