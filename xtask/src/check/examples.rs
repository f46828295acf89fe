//! The examples of operations, and the links to related helpers. Doctests compile the examples and
//! rustdoc resolves the links, so this check only verifies their positions.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tapis_codegen::naming;
use tapis_specs::reader::{Document, EXAMPLE, SEE_ALSO};

use super::Section;

pub(crate) fn check(documents: &BTreeMap<String, Document>) -> Section {
    let mut section = Section::new("Examples of operations");
    let mut rows = Vec::new();
    let mut total = [0, 0];
    for (service, document) in documents {
        let mut examples = Vec::new();
        let mut linked = 0;
        let mut pointers = BTreeSet::new();
        for operation in document.operations().iter().chain(document.named_operations()) {
            pointers.insert(operation.pointer.as_str());
        }
        for operation in document.named_operations() {
            let method = naming::snake(&operation.id);
            let call = format!("t.{}.{method}(", naming::snake(service));
            let code: String = operation.example.split_whitespace().collect();
            if code.contains(&call) {
                examples.push(method.clone());
            } else if !code.is_empty() {
                section.finding(format!("{service}: the example of {method} has no {call}…)"));
            }
            linked += usize::from(!operation.see_also.is_empty());
            // The service crates cannot link to `tapis_client`, which depends on them.
            let named = |line: &&String| line.contains("](") || line.contains("tapis_client");
            for line in operation.see_also.iter().filter(|line| !named(line)) {
                section.finding(format!("{service}: {SEE_ALSO} of {method} has no link: {line}"));
            }
        }
        for (pointer, mark) in marks(document.value()) {
            if !pointers.contains(pointer.as_str()) {
                section.finding(format!("{service}: {mark} at {pointer}, which is no operation"));
            }
        }
        total[0] += examples.len();
        total[1] += linked;
        if !examples.is_empty() || linked > 0 {
            let counts = [examples.len(), linked].map(|count| count.to_string());
            let [count, linked] = counts;
            rows.push([service.clone(), count, linked, examples.join(", ")]);
        }
    }
    section.table(["service", "examples", "see also", "examples of"], &rows);
    section.line(format!("{} examples, {} operations with links", total[0], total[1]));
    section
}

/// The extensions with the JSON pointers of the objects that have them. An extension of the wrong
/// type is reported as one at a wrong position.
fn marks(document: &Value) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    let mut pending = vec![(String::new(), document)];
    while let Some((pointer, value)) = pending.pop() {
        if let Value::Object(object) = value {
            for mark in [EXAMPLE, SEE_ALSO] {
                match object.get(mark) {
                    Some(value) if has_its_type(mark, value) => found.push((pointer.clone(), mark)),
                    Some(_) => found.push((format!("{pointer}/{mark}"), mark)),
                    None => {}
                }
            }
            pending.extend(object.iter().map(|(key, value)| {
                let key = key.replace('~', "~0").replace('/', "~1");
                (format!("{pointer}/{key}"), value)
            }));
        } else if let Value::Array(items) = value {
            let items = items.iter().enumerate();
            pending.extend(items.map(|(index, value)| (format!("{pointer}/{index}"), value)));
        }
    }
    found
}

fn has_its_type(mark: &str, value: &Value) -> bool {
    match mark {
        EXAMPLE => value.is_string(),
        _ => value.as_array().is_some_and(|lines| lines.iter().all(Value::is_string)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn section(operation: Value, schema: Value) -> Section {
        let document =
            json!({"paths": {"/a": {"get": operation}}, "components": {"schemas": {"A": schema}}});
        let service = "globus-proxy".to_owned();
        check(&BTreeMap::from([(service.clone(), Document::read(service, document))]))
    }

    #[test]
    fn an_example_calls_its_operation() {
        let operation = |example: &str| json!({"operationId": "getA", EXAMPLE: example});
        let found =
            section(operation("let a = t\n    .globus_proxy\n    .get_a().await?;"), json!({}));
        assert!(found.findings.is_empty(), "{:?}", found.findings);
        assert!(found.to_string().ends_with("1 examples, 0 operations with links\n"));
        let found = section(operation("t.globus_proxy.get_b().await?;"), json!({}));
        assert_eq!(
            found.findings,
            ["globus-proxy: the example of get_a has no t.globus_proxy.get_a(…)"]
        );
    }

    #[test]
    fn what_to_see_has_a_link() {
        let operation = |line: &str| json!({"operationId": "getA", SEE_ALSO: [line]});
        assert!(section(operation("[`b`](crate::b) is easier."), json!({})).findings.is_empty());
        assert_eq!(
            section(operation("See b."), json!({})).findings,
            ["globus-proxy: x-tapis-see-also of get_a has no link: See b."]
        );
    }

    #[test]
    fn the_marks_stand_at_operations_and_have_their_type() {
        let found = section(json!({"operationId": "getA"}), json!({EXAMPLE: "t"}));
        assert_eq!(
            found.findings,
            ["globus-proxy: x-tapis-example at /components/schemas/A, which is no operation"]
        );
        let found = section(json!({"operationId": "getA", SEE_ALSO: "[`b`](b)"}), json!({}));
        assert_eq!(
            found.findings,
            [
                "globus-proxy: x-tapis-see-also at /paths/~1a/get/x-tapis-see-also, which is no operation"
            ]
        );
    }
}
