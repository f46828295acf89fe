//! Operations that change something and take several strings from their path: for each, a reason
//! decides whether the arguments are named or positional.

use std::collections::BTreeMap;

use serde_json::Value;
use tapis_specs::reader::{self, Document, Method, RawOperation};

use super::{Reasons, Section};

const ARGUMENTS: &str = "x-tapis-arguments";

pub(crate) fn check(documents: &BTreeMap<String, Document>, reasons: &Reasons) -> Section {
    let mut section = Section::new("Arguments by name or by position");
    let mut rows = Vec::new();
    for (service, document) in documents {
        for operation in reader::operations(document.value()).flat_map(RawOperation::named) {
            let texts = path_texts(document, operation.value);
            let decides = operation.method != Method::Get && texts.len() > 1;
            if operation.value.get(ARGUMENTS).is_none() && !decides {
                continue;
            }
            let (id, value) = (operation.id(), operation.value);
            rows.push(row(service, id, value, texts, reasons, &mut section));
        }
        for (name, schema) in document.schemas() {
            if schema.get(ARGUMENTS).is_some() {
                rows.push(row(service, name, schema, Vec::new(), reasons, &mut section));
            }
        }
    }
    section.table(["service", "operation or body", "texts", "arguments", "because"], &rows);
    section.line(format!("{} operations and bodies", rows.len()));
    section
}

fn row(
    service: &str,
    name: &str,
    value: &Value,
    texts: Vec<&str>,
    reasons: &Reasons,
    section: &mut Section,
) -> [String; 5] {
    let reason = reasons.arguments.get(&(service.to_owned(), name.to_owned()));
    let how = value[ARGUMENTS].as_str().unwrap_or_default();
    if !["named", "positional"].contains(&how) {
        section.finding(format!(
            "{service}: {name} changes something and takes {}, and no overlay says whether its \
             arguments are `named` or `positional` (`{ARGUMENTS}`)",
            texts.join(", ")
        ));
    } else if reason.is_none() {
        section
            .finding(format!("{service}: no overlay says why the arguments of {name} are {how}"));
    }
    let cells = [service, name, &texts.join(", "), how, reason.map_or("", String::as_str)];
    cells.map(str::to_owned)
}

/// The names of the path parameters that are strings of any value.
fn path_texts<'a>(document: &Document, operation: &'a Value) -> Vec<&'a str> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters
        .filter(|parameter| parameter["in"] == "path")
        .filter(|parameter| is_text(document, &parameter["schema"]))
        .filter_map(|parameter| parameter["name"].as_str())
        .collect()
}

fn is_text(document: &Document, schema: &Value) -> bool {
    let schema = document.resolve(schema);
    schema["type"] == "string" && schema.get("enum").is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document(method: &str, arguments: Value, second: Value) -> BTreeMap<String, Document> {
        let parameters = json!([
            {"name": "a", "in": "path", "schema": {"$ref": "#/components/schemas/Name"}},
            {"name": "b", "in": "path", "schema": second},
        ]);
        let mut operation = json!({"operationId": "give", "parameters": parameters});
        if !arguments.is_null() {
            operation[ARGUMENTS] = arguments;
        }
        let document = json!({
            "paths": {"/{a}/{b}": {method: operation}},
            "components": {"schemas": {"Name": {"type": "string"}}},
        });
        BTreeMap::from([("t".to_owned(), Document::read("t", document))])
    }

    fn reasons() -> Reasons {
        let mut reasons = Reasons::default();
        reasons.arguments.insert(("t".into(), "give".into()), "They look alike.".into());
        reasons
    }

    #[test]
    fn two_texts_in_the_path_of_a_change_need_a_decision() {
        let text = json!({"type": "string"});
        let findings = check(&document("post", Value::Null, text.clone()), &reasons()).findings;
        assert_eq!(
            findings,
            [
                "t: give changes something and takes a, b, and no overlay says whether its arguments are \
              `named` or `positional` (`x-tapis-arguments`)"
            ]
        );
        let unknown = check(&document("post", json!("sorted"), text.clone()), &reasons()).findings;
        assert_eq!(unknown, findings);
        for decided in ["named", "positional"] {
            let section = check(&document("post", json!(decided), text.clone()), &reasons());
            assert!(section.findings.is_empty(), "{:?}", section.findings);
        }
        assert!(check(&document("get", Value::Null, text), &reasons()).findings.is_empty());
    }

    #[test]
    fn a_choice_is_not_taken_for_a_name() {
        let choice = json!({"type": "string", "enum": ["x", "y"]});
        assert!(check(&document("post", Value::Null, choice), &reasons()).findings.is_empty());
    }

    #[test]
    fn a_decision_has_a_reason() {
        let documents = document("post", json!("named"), json!({"type": "string"}));
        assert_eq!(
            check(&documents, &Reasons::default()).findings,
            ["t: no overlay says why the arguments of give are named"]
        );
    }
}
