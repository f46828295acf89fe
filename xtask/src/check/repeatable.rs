//! The operations whose idempotence differs from the HTTP rule for their method.

use std::collections::BTreeMap;

use tapis_specs::reader::Document;

use super::{Reasons, Section};

pub(crate) fn check(documents: &BTreeMap<String, Document>, reasons: &Reasons) -> Section {
    let mut section = Section::new("Repeatable or not, against HTTP's rule");
    let mut rows = Vec::new();
    for (service, document) in documents {
        for operation in document.named_operations() {
            let (id, method) = (&operation.id, operation.method);
            let repeatable = operation.repeatable;
            if repeatable == method.is_idempotent() {
                continue;
            }
            let reason = reasons.repeatable.get(&(service.clone(), id.clone()));
            if reason.is_none() {
                section.finding(format!(
                    "{service}: no overlay says why {id} is{} repeatable",
                    if repeatable { "" } else { " not" }
                ));
            }
            rows.push([
                service.clone(),
                id.clone(),
                method.to_string(),
                if repeatable { "yes" } else { "no" }.to_owned(),
                reason.cloned().unwrap_or_default(),
            ]);
        }
    }
    section.table(["service", "operation", "method", "repeat", "because"], &rows);
    section.line(format!("{} operations", rows.len()));
    section
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_deviations_are_listed_and_each_needs_a_reason() {
        let document = json!({"paths": {
            "/a": {"get": {"operationId": "start", "x-tapis-repeatable": false}},
            "/b": {"get": {"operationId": "read", "x-tapis-repeatable": true}},
            "/c": {"post": {"operationId": "search", "x-tapis-repeatable": true}},
        }});
        let mut reasons = Reasons::default();
        reasons.repeatable.insert(("t".into(), "search".into()), "It only reads.".into());
        let documents = BTreeMap::from([("t".to_owned(), Document::read("t", document))]);
        let section = check(&documents, &reasons);
        assert_eq!(section.findings, ["t: no overlay says why start is not repeatable"]);
        let text = section.to_string();
        assert!(text.contains("It only reads.") && !text.contains("read "), "{text}");
        assert!(text.ends_with("2 operations\n"), "{text}");
    }
}
