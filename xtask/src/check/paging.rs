//! The operations that have a parameter for paging: how each pages, or why it does not.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tapis_codegen::facts;

use super::reasons::PAGING_PARAMETERS;
use super::{Reasons, Section};
use crate::walk;

pub(crate) fn check(documents: &BTreeMap<String, Value>, reasons: &Reasons) -> Section {
    let mut section = Section::new("Paging");
    let mut rows = Vec::new();
    let mut listed = BTreeSet::new();
    for (service, document) in documents {
        for (_, _, operation) in walk::named_operations(document) {
            let id = walk::operation_id(operation);
            let parameters = parameters(operation);
            if parameters.is_empty() {
                continue;
            }
            let key = (service.clone(), id.to_owned());
            let kind = match (facts::paging(operation), reasons.paging.get(&key)) {
                (Some(kind), _) => kind.name().to_owned(),
                (None, Some(reason)) => format!("none: {reason}"),
                (None, None) => {
                    section.finding(format!(
                        "{service}: {id} takes {} and no overlay says why it does not page",
                        parameters.join(", ")
                    ));
                    "none".to_owned()
                }
            };
            rows.push([service.clone(), id.to_owned(), parameters.join(" "), kind]);
            listed.insert(key);
        }
    }
    // Those whose parameters an overlay has taken away.
    for ((service, id), reason) in reasons.paging.iter().filter(|(key, _)| !listed.contains(key)) {
        rows.push([service.clone(), id.clone(), "(removed)".into(), format!("none: {reason}")]);
    }
    rows.sort();
    section.table(["service", "operation", "parameters", "kind"], &rows);
    section.line(format!("{} operations", rows.len()));
    section
}

/// The parameters of the operation that are for paging.
fn parameters(operation: &Value) -> Vec<&str> {
    operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|parameter| parameter["in"] == "query")
        .filter_map(|parameter| parameter["name"].as_str())
        .filter(|name| PAGING_PARAMETERS.contains(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
        let section = check(&BTreeMap::from([("t".to_owned(), document)]), &reasons);
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
