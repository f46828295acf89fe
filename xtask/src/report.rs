//! What changed between two versions of a derived document, as a caller would put it.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

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
            None => {
                changes.push(Change { text: format!("- {key}: {}", was.value), breaking: true })
            }
            Some(is) if is.value != was.value || is.demanded != was.demanded => {
                let now_demanded = is.demanded && !was.demanded;
                changes.push(Change {
                    text: format!("~ {key}: {was} → {is}"),
                    // An operation that moves keeps its name, and the caller sees the name alone.
                    breaking: (is.value != was.value && !key.starts_with("operation"))
                        || now_demanded,
                });
            }
            Some(_) => {}
        }
    }
    for (key, is) in &new {
        if !old.contains_key(key) {
            changes.push(Change { text: format!("+ {key}: {is}"), breaking: is.demanded });
        }
    }
    changes
}

#[derive(Default)]
struct Fact {
    value: String,
    /// Whether a caller has to supply it.
    demanded: bool,
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.value)?;
        f.write_str(if self.demanded { " (required)" } else { "" })
    }
}

fn facts(document: &Value) -> BTreeMap<String, Fact> {
    let mut facts = BTreeMap::new();
    for (path, method, operation) in walk::named_operations(document) {
        let id = walk::operation_id(operation);
        let value = format!("{} {path}", method.to_uppercase());
        facts.insert(format!("operation {id}"), Fact { value, demanded: false });
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap_or_default();
            let place = format!("{id}({name})");
            let value = format!(
                "{} {}",
                parameter["in"].as_str().unwrap_or_default(),
                type_of(&parameter["schema"])
            );
            let demanded = parameter["required"] == true;
            facts.insert(format!("parameter {place}"), Fact { value, demanded });
            schema(&parameter["schema"], &place, false, &mut facts);
        }
        for (media, content) in
            operation["requestBody"]["content"].as_object().into_iter().flatten()
        {
            let value = format!("{media} {}", type_of(&content["schema"]));
            facts.insert(format!("body {id}: {media}"), Fact { value, demanded: false });
            schema(&content["schema"], &format!("{id} body"), true, &mut facts);
        }
        for (status, response) in operation["responses"].as_object().into_iter().flatten() {
            if !status.starts_with('2') {
                continue;
            }
            for (media, content) in response["content"].as_object().into_iter().flatten() {
                let value = format!("{media} {}", type_of(&content["schema"]));
                facts.insert(format!("reply {id}: {media}"), Fact { value, demanded: false });
                schema(&content["schema"], &format!("{id} reply"), false, &mut facts);
            }
        }
    }
    for (name, value) in document["components"]["schemas"].as_object().into_iter().flatten() {
        schema(value, name, true, &mut facts);
    }
    facts
}

fn schema(value: &Value, place: &str, sent: bool, facts: &mut BTreeMap<String, Fact>) {
    if !value.is_object() {
        return;
    }
    for value in value["enum"].as_array().into_iter().flatten() {
        facts.insert(format!("enum value {place}: {value}"), Fact::default());
    }
    for (name, inner) in value["properties"].as_object().into_iter().flatten() {
        let place = format!("{place}.{name}");
        let required = value["required"].as_array().is_some_and(|r| r.iter().any(|r| r == name));
        let fact = Fact { value: type_of(inner), demanded: sent && required };
        facts.insert(format!("field {place}"), fact);
        schema(inner, &place, sent, facts);
    }
    for key in ["items", "additionalProperties"] {
        schema(&value[key], place, sent, facts);
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        for inner in value[key].as_array().into_iter().flatten() {
            schema(inner, place, sent, facts);
        }
    }
}

fn type_of(schema: &Value) -> String {
    if let Some(name) = walk::schema_ref(schema) {
        return name.to_owned();
    }
    if let [one] = schema["allOf"].as_array().map(Vec::as_slice).unwrap_or_default() {
        return type_of(one);
    }
    let name = schema["type"].as_str().unwrap_or("any");
    match (name, schema["format"].as_str()) {
        ("array", _) => format!("[{}]", type_of(&schema["items"])),
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
                "+ enum value a reply.z: \"v\": ",
                "+ field a reply.z: string",
                "+ parameter a(must): query string (required)   [breaks callers]",
                "+ parameter a(new): query string",
            ]
        );
        assert!(changes(&old, &old).is_empty());
    }
}
