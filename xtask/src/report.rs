//! The changes between two versions of a derived document, described for callers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;
use tapis_specs::reader::{self, RawOperation, referenced};

use crate::walk;

/// One difference.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Change {
    text: String,
    breaking: bool,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        if self.breaking {
            f.write_str("   [breaks callers]")?;
        }
        Ok(())
    }
}

/// The differences from `old` to `new`, in a stable order.
pub(crate) fn changes(old: &Value, new: &Value) -> Vec<Change> {
    let (old, new) = (facts(old), facts(new));
    let mut changes = Vec::new();
    for (key, was) in &old {
        match new.get(key) {
            None => changes.push(Change { text: was.line('-', key), breaking: true }),
            Some(is) if !is.says_the_same_as(was) => changes.push(Change {
                text: format!("~ {key}: {was} → {is}"),
                // An operation that moves keeps its name, and callers use only the name.
                breaking: (is.value != was.value && !key.starts_with("operation"))
                    || (is.demanded && !was.demanded)
                    || (was.promised && !is.promised),
            }),
            Some(_) => {}
        }
    }
    for (key, is) in new.iter().filter(|(key, _)| !old.contains_key(*key)) {
        // New required items of something new break no caller.
        let breaking = is.demanded && old.contains_key(&is.owner);
        changes.push(Change { text: is.line('+', key), breaking });
    }
    changes
}

/// The facts by key, such as `parameter getBird(ring)`.
type Facts = BTreeMap<String, Fact>;

#[derive(Default)]
struct Fact {
    value: String,
    /// Whether a caller must supply it.
    demanded: bool,
    /// Whether a reply always has it.
    promised: bool,
    /// The key of the item that it belongs to.
    owner: String,
}

impl Fact {
    fn says_the_same_as(&self, other: &Self) -> bool {
        (&self.value, self.demanded, self.promised)
            == (&other.value, other.demanded, other.promised)
    }

    fn line(&self, sign: char, key: &str) -> String {
        if self.value.is_empty() {
            format!("{sign} {key}")
        } else {
            format!("{sign} {key}: {self}")
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.value)?;
        f.write_str(if self.demanded || self.promised { " (required)" } else { "" })
    }
}

/// Whether a schema is sent, received or both.
#[derive(Clone, Copy)]
struct Ways {
    sent: bool,
    received: bool,
}

const SENT: Ways = Ways { sent: true, received: false };
const RECEIVED: Ways = Ways { sent: false, received: true };

fn facts(document: &Value) -> Facts {
    let mut facts = Facts::new();
    let (mut sent, mut received) = (BTreeSet::new(), BTreeSet::new());
    for operation in reader::operations(document).flat_map(RawOperation::named) {
        walk::reach(document, &operation.value["parameters"], &mut sent);
        walk::reach(document, &operation.value["requestBody"], &mut sent);
        walk::reach(document, &operation.value["responses"], &mut received);
        let value = format!("{} {}", operation.method, operation.path);
        let key = format!("operation {}", operation.id());
        facts.insert(key, Fact { value, ..Fact::default() });
        self::operation(&operation, &mut facts);
    }
    for (name, value) in document["components"]["schemas"].as_object().into_iter().flatten() {
        let ways = Ways { sent: sent.contains(name), received: received.contains(name) };
        let key = format!("schema {name}");
        facts.insert(key.clone(), Fact { value: type_of(value), ..Fact::default() });
        schema(value, name, &key, ways, &mut facts);
    }
    facts
}

fn operation(operation: &RawOperation<'_>, facts: &mut Facts) {
    let (id, operation) = (operation.id(), operation.value);
    let owner = format!("operation {id}");
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let place = format!("{id}({})", parameter["name"].as_str().unwrap_or_default());
        let key = format!("parameter {place}");
        let within = parameter["in"].as_str().unwrap_or_default();
        let fact = Fact {
            value: format!("{within} {}", type_of(&parameter["schema"])),
            demanded: parameter["required"] == true,
            owner: owner.clone(),
            ..Fact::default()
        };
        facts.insert(key.clone(), fact);
        schema(&parameter["schema"], &place, &key, SENT, facts);
    }
    let body = &operation["requestBody"];
    for (media, content) in body["content"].as_object().into_iter().flatten() {
        let key = format!("body {id}: {media}");
        let fact = Fact {
            value: type_of(&content["schema"]),
            demanded: body["required"] == true,
            owner: owner.clone(),
            ..Fact::default()
        };
        facts.insert(key.clone(), fact);
        schema(&content["schema"], &format!("{id} body"), &key, SENT, facts);
    }
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        if !status.starts_with('2') {
            continue;
        }
        for (media, content) in response["content"].as_object().into_iter().flatten() {
            let key = format!("reply {id}: {media}");
            let value = type_of(&content["schema"]);
            facts.insert(key.clone(), Fact { value, owner: owner.clone(), ..Fact::default() });
            schema(&content["schema"], &format!("{id} reply"), &key, RECEIVED, facts);
        }
    }
}

fn schema(value: &Value, place: &str, owner: &str, ways: Ways, facts: &mut Facts) {
    if !value.is_object() {
        return;
    }
    for value in value["enum"].as_array().into_iter().flatten() {
        let fact = Fact { owner: owner.to_owned(), ..Fact::default() };
        facts.insert(format!("enum value {place}: {value}"), fact);
    }
    for (name, inner) in value["properties"].as_object().into_iter().flatten() {
        let place = format!("{place}.{name}");
        let key = format!("field {place}");
        let required = value["required"].as_array().is_some_and(|r| r.iter().any(|r| r == name));
        let fact = Fact {
            value: type_of(inner),
            demanded: ways.sent && required,
            promised: ways.received && required,
            owner: owner.to_owned(),
        };
        facts.insert(key.clone(), fact);
        schema(inner, &place, &key, ways, facts);
    }
    for key in ["items", "additionalProperties"] {
        schema(&value[key], place, owner, ways, facts);
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        for inner in value[key].as_array().into_iter().flatten() {
            schema(inner, place, owner, ways, facts);
        }
    }
}

fn type_of(schema: &Value) -> String {
    if let Some(name) = referenced(schema) {
        return name.to_owned();
    }
    for (key, sign) in [("allOf", " & "), ("anyOf", " | "), ("oneOf", " | ")] {
        if let Some(members) = schema[key].as_array() {
            return members.iter().map(type_of).collect::<Vec<_>>().join(sign);
        }
    }
    let name = schema["type"].as_str().unwrap_or("any");
    // Callers have one type for timestamps, whatever their format.
    let timestamp = reader::is_timestamp(schema).then_some("date-time");
    match (name, timestamp.or_else(|| schema["format"].as_str())) {
        ("array", _) => format!("[{}]", type_of(&schema["items"])),
        ("object", _) if schema["additionalProperties"].is_object() => {
            format!("{{{}}}", type_of(&schema["additionalProperties"]))
        }
        (name, Some(format)) => format!("{name}/{format}"),
        (name, None) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn additions_are_harmless_unless_they_are_demanded() {
        let document = |parameters: Value, schema: Value| {
            json!({"paths": {"/a": {"get": {"operationId": "a", "parameters": parameters,
                "responses": {"200": {"content": {"application/json": {"schema": schema}}}}}}}})
        };
        let string = json!({"type": "string"});
        let p = |name: &str, required: bool| json!({"name": name, "in": "query", "required": required, "schema": string});
        let old =
            document(json!([p("kept", false)]), json!({"properties": {"x": string, "y": string}}));
        let new = document(
            json!([p("kept", true), p("new", false), p("must", true)]),
            json!({"properties": {"x": {"type": "integer"}, "z": {"type": "string", "enum": ["v"]}}}),
        );
        let lines: Vec<String> = changes(&old, &new).iter().map(Change::to_string).collect();
        assert_eq!(
            lines,
            [
                "~ field a reply.x: string → integer   [breaks callers]",
                "- field a reply.y: string   [breaks callers]",
                "~ parameter a(kept): query string → query string (required)   [breaks callers]",
                "+ enum value a reply.z: \"v\"",
                "+ field a reply.z: string",
                "+ parameter a(must): query string (required)   [breaks callers]",
                "+ parameter a(new): query string",
            ]
        );
        assert!(changes(&old, &old).is_empty());
    }
}
