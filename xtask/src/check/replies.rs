//! Checks the results of operations: counts their kinds, rejects results without a type unless an
//! overlay has a reason, and rejects required fields that do not identify anything.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tapis_specs::reader::{Document, Reply, referenced};

use super::Section;
use crate::derive::Input;

pub(crate) fn check(
    documents: &BTreeMap<String, Document>,
    inputs: &BTreeMap<String, Input>,
) -> Section {
    let mut section = Section::new("Replies");
    let identities = identities(inputs);
    let mut rows = Vec::new();
    let mut total = [0; 6];
    for (service, document) in documents {
        let mut counts = [0; 6];
        for operation in document.named_operations() {
            let kind = match &operation.reply {
                Reply::Enveloped(Some(_)) => 0,
                Reply::Enveloped(None) => 1,
                Reply::Json(_) => 2,
                Reply::Bytes => 3,
                Reply::Empty => 4,
            };
            counts[kind] += 1;
            if let Some(schema) = operation.reply.schema() {
                match typing(document.value(), schema) {
                    Typing::Typed => {}
                    Typing::Reasoned => counts[5] += 1,
                    Typing::Untyped => section.finding(format!(
                        "{service}: {} gives an untyped result and no overlay says why (`x-tapis-untyped`)",
                        operation.id
                    )),
                }
            }
        }
        for (sum, count) in total.iter_mut().zip(counts) {
            *sum += count;
        }
        rows.push(row(service, counts));
        for (place, names) in demands(document) {
            if !identities.contains(&names) {
                let names = names.join(", ");
                section.finding(format!(
                    "{service}: a reply has to hold {place}'s {names}, and no overlay says that this identifies it (`x-tapis-identity`)"
                ));
            }
        }
    }
    rows.push(row("total", total));
    section.table(
        ["service", "result", "nothing", "bare JSON", "bytes", "empty", "of these untyped"],
        &rows,
    );
    section.line(
        "(a result or nothing in the envelope; JSON, bytes or nothing without it; untyped with a reason)",
    );
    section
}

/// The lists of identifying fields in overlays.
fn identities(inputs: &BTreeMap<String, Input>) -> BTreeSet<Vec<&str>> {
    let mut found = BTreeSet::new();
    for overlay in inputs.values().filter_map(|input| input.overlay.as_ref()) {
        let mut pending: Vec<&Value> = overlay.updates().collect();
        while let Some(value) = pending.pop() {
            found.extend(value.get("x-tapis-identity").map(texts));
            match value {
                Value::Object(object) => pending.extend(object.values()),
                Value::Array(items) => pending.extend(items),
                _ => {}
            }
        }
    }
    found
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The required fields of replies: each object that has any, at any depth, with their names.
fn demands(document: &Document) -> Vec<(String, Vec<&str>)> {
    let mut found = Vec::new();
    let mut passed = BTreeSet::new();
    for operation in document.named_operations() {
        for media in operation.successes().flat_map(|response| &response.content) {
            let place = format!("{}.content.{}.schema", operation.id, media.media_type);
            demanded(document.value(), &media.schema, &place, &mut passed, &mut found);
        }
    }
    found
}

fn demanded<'a>(
    document: &'a Value,
    value: &'a Value,
    place: &str,
    passed: &mut BTreeSet<&'a str>,
    found: &mut Vec<(String, Vec<&'a str>)>,
) {
    if let Some(name) = referenced(value) {
        if passed.insert(name) {
            demanded(document, &document["components"]["schemas"][name], name, passed, found);
        }
        return;
    }
    // `required` among properties is the name of a property, not a list.
    found.extend(
        value
            .get("required")
            .filter(|names| names.is_array())
            .map(|n| (place.to_owned(), texts(n))),
    );
    match value {
        Value::Object(object) => {
            // The schema in `not` does not require anything.
            let parts = object.iter().filter(|(key, _)| !key.starts_with("x-") && *key != "not");
            for (key, inner) in parts {
                let place = format!("{place}.{key}");
                demanded(document, inner, &place, passed, found);
            }
        }
        Value::Array(items) => {
            items.iter().for_each(|item| demanded(document, item, place, passed, found));
        }
        _ => {}
    }
}

fn row(name: &str, counts: [usize; 6]) -> [String; 7] {
    let mut row: [String; 7] = Default::default();
    name.clone_into(&mut row[0]);
    for (cell, count) in row[1..].iter_mut().zip(counts) {
        *cell = count.to_string();
    }
    row
}

/// Whether a schema determines the type of its values.
#[derive(Debug, PartialEq, Eq)]
enum Typing {
    Typed,
    /// It does not, and has a reason.
    Reasoned,
    Untyped,
}

fn typing(document: &Value, schema: &Value) -> Typing {
    typing_once(document, schema, &mut BTreeSet::new())
}

fn typing_once<'a>(
    document: &'a Value,
    schema: &'a Value,
    passed: &mut BTreeSet<&'a str>,
) -> Typing {
    if schema["x-tapis-untyped"].as_str().is_some_and(|reason| !reason.trim().is_empty()) {
        return Typing::Reasoned;
    }
    if let Some(name) = referenced(schema) {
        // A schema that leads back to itself has passed a type on the way.
        return if passed.insert(name) {
            typing_once(document, &document["components"]["schemas"][name], passed)
        } else {
            Typing::Typed
        };
    }
    let parts = |key: &str| schema[key].as_array().filter(|parts| !parts.is_empty());
    if let Some(parts) = parts("allOf")
        && schema.get("properties").is_none()
    {
        // One part with a type determines the type of the whole.
        let all: Vec<Typing> =
            parts.iter().map(|part| typing_once(document, part, passed)).collect();
        return [Typing::Typed, Typing::Reasoned]
            .into_iter()
            .find(|typing| all.contains(typing))
            .unwrap_or(Typing::Untyped);
    }
    if parts("oneOf").or_else(|| parts("anyOf")).is_some() {
        return Typing::Typed;
    }
    let fields = schema["properties"].as_object().is_some_and(|fields| !fields.is_empty());
    match schema["type"].as_str() {
        Some("array") => typing_once(document, &schema["items"], passed),
        Some("object") | None if fields => Typing::Typed,
        Some("object") | None => match &schema["additionalProperties"] {
            values @ Value::Object(object) if !object.is_empty() => {
                typing_once(document, values, passed)
            }
            _ => Typing::Untyped,
        },
        Some(_) => Typing::Typed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::derive::OverlayFile;
    use crate::sources::Source;
    use serde_json::json;

    #[test]
    fn a_result_is_typed_by_fields_scalars_lists_maps_choices_and_references() {
        let document = json!({"components": {"schemas": {"S": {"properties": {"id": {}}}}}});
        let reference = json!({"$ref": "#/components/schemas/S"});
        for schema in [
            json!({"type": "string"}),
            json!({"type": "object", "properties": {"id": {}}}),
            json!({"type": "array", "items": reference}),
            json!({"type": "object", "additionalProperties": {"type": "string"}}),
            json!({"oneOf": [reference, {"type": "string"}]}),
            json!({"allOf": [reference], "nullable": true}),
            reference.clone(),
        ] {
            assert_eq!(typing(&document, &schema), Typing::Typed, "{schema}");
        }
    }

    #[test]
    fn objects_lists_and_maps_of_anything_are_untyped() {
        let document = json!({"components": {"schemas": {"S": {"type": "object"}}}});
        for schema in [
            json!({}),
            json!({"nullable": true}),
            json!({"type": "object"}),
            json!({"type": "object", "additionalProperties": true}),
            json!({"type": "array", "items": {"type": "object"}}),
            json!({"$ref": "#/components/schemas/S"}),
            json!({"allOf": [{"$ref": "#/components/schemas/S"}]}),
        ] {
            assert_eq!(typing(&document, &schema), Typing::Untyped, "{schema}");
        }
    }

    #[test]
    fn a_reason_excuses_and_an_empty_one_does_not() {
        let schema = |reason: &str| json!({"type": "object", "x-tapis-untyped": reason});
        assert_eq!(typing(&Value::Null, &schema("The user's own.")), Typing::Reasoned);
        assert_eq!(typing(&Value::Null, &schema(" ")), Typing::Untyped);
    }

    #[test]
    fn an_untyped_result_is_a_finding_that_names_the_operation() {
        let document = json!({"paths": {"/a": {"get": {"operationId": "getA", "responses": {"200": {
            "content": {"application/json": {"schema": {"type": "object"}}}
        }}}}}});
        let section = check(
            &BTreeMap::from([("t".to_owned(), Document::read("t", document))]),
            &BTreeMap::new(),
        );
        assert_eq!(section.findings.len(), 1);
        assert!(section.findings[0].starts_with("t: getA gives an untyped result"));
    }

    #[test]
    fn what_a_reply_has_to_hold_on_any_level_is_a_finding_unless_it_identifies() {
        let strict = json!({"type": "object", "properties": {"size": {}}, "required": ["size"]});
        let reference = json!({"$ref": "#/components/schemas/S"});
        for nested in [
            json!({"type": "object", "properties": {"s": reference}}),
            json!({"type": "array", "items": reference}),
            json!({"type": "object", "additionalProperties": reference}),
            json!({"oneOf": [reference, {"type": "string"}]}),
            json!({"allOf": [reference]}),
        ] {
            let response = json!({"content": {"application/json": {"schema": nested}}});
            let document = json!({
                "paths": {"/a": {"get": {"operationId": "getA", "responses": {"200": response}}}},
                "components": {"schemas": {"S": strict}},
            });
            let section = check(
                &BTreeMap::from([("t".to_owned(), Document::read("t", document))]),
                &BTreeMap::new(),
            );
            let findings = &section.findings;
            assert_eq!(findings.len(), 1, "{findings:?}");
            assert!(findings[0].starts_with("t: a reply has to hold S's size"), "{findings:?}");
        }
    }

    #[test]
    fn an_identity_of_an_overlay_may_be_demanded() {
        let overlay = "overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions:\n- target: $\n  description: It is.\n  update: {components: {schemas: {S: {x-tapis-identity: [id, uuid]}}}}\n";
        let overlay = OverlayFile::parse("t.yaml", overlay).unwrap();
        let source = Source { address: String::new(), aliases: Vec::new() };
        let input = Input { interface: json!({}), kept: None, overlay: Some(overlay), source };
        let inputs = BTreeMap::from([("t".to_owned(), input)]);
        assert_eq!(identities(&inputs), BTreeSet::from([vec!["id", "uuid"]]));
    }
}
