//! What calls give: how many operations give what, and no result without a type unless an overlay
//! says why.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tapis_codegen::Reply;

use super::{Section, fields};
use crate::walk;

pub(crate) fn check(documents: &BTreeMap<String, Value>) -> Section {
    let mut section = Section::new("Replies");
    let mut rows = Vec::new();
    let mut total = [0; 6];
    for (service, document) in documents {
        let mut counts = [0; 6];
        for (id, reply) in fields::replies(document) {
            let kind = match &reply {
                Reply::Enveloped(Some(_)) => 0,
                Reply::Enveloped(None) => 1,
                Reply::Json(_) => 2,
                Reply::Bytes => 3,
                Reply::Empty => 4,
            };
            counts[kind] += 1;
            if let Reply::Enveloped(Some(schema)) | Reply::Json(schema) = &reply {
                match typing(document, schema) {
                    Typing::Typed => {}
                    Typing::Reasoned => counts[5] += 1,
                    Typing::Untyped => section.finding(format!(
                        "{service}: {id} gives an untyped result and no overlay says why (`x-tapis-untyped`)"
                    )),
                }
            }
        }
        for (sum, count) in total.iter_mut().zip(counts) {
            *sum += count;
        }
        rows.push(row(service, counts));
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

fn row(name: &str, counts: [usize; 6]) -> [String; 7] {
    let mut row: [String; 7] = Default::default();
    name.clone_into(&mut row[0]);
    for (cell, count) in row[1..].iter_mut().zip(counts) {
        *cell = count.to_string();
    }
    row
}

/// Whether a schema says what its values are.
#[derive(Debug, PartialEq, Eq)]
enum Typing {
    Typed,
    /// It does not, and says why.
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
    if let Some(name) = walk::schema_ref(schema) {
        // A schema that leads back to itself has a type on the way.
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
        // One part that has a type gives it to the whole.
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
        let section = check(&BTreeMap::from([("t".to_owned(), document)]));
        assert_eq!(section.findings.len(), 1);
        assert!(section.findings[0].starts_with("t: getA gives an untyped result"));
    }
}
