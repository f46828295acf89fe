//! Templates of bodies, to be filled in.

use std::fmt::Write as _;

use serde_json::Value;
use tapis_specs::reader::{BodyKind, Document, Operation};

use crate::schema::{is_required, merged, ordered, strings, variants};

/// The maximum depth of nested objects. Deeper objects are written as `{}`.
const DEPTH: usize = 4;

/// The maximum length of a comment line in characters.
const WIDTH: usize = 100;

/// Returns a template of the JSON body as YAML; `None` if the operation has no JSON body.
pub(crate) fn body(document: &Document, operation: &Operation) -> Option<String> {
    let body = operation.body().filter(|body| body.kind == BodyKind::Json)?;
    let schema = chosen(document, &body.schema);
    let mut writer = Writer { document, text: String::new() };
    let _ = writeln!(writer.text, "# The body of {}.", operation.id);
    match schema["type"].as_str() {
        Some("object") if schema["properties"].is_object() => {
            writer.object(&schema, Level { indent: "", depth: DEPTH, out: false });
        }
        _ => {
            let value = placeholder(&schema);
            let _ = writeln!(writer.text, "{value}");
        }
    }
    Some(writer.text)
}

/// Returns the merged schema; for a union, its first variant.
fn chosen(document: &Document, schema: &Value) -> Value {
    let flat = merged(document, schema);
    let first = variants(&flat).and_then(|variants| variants.first());
    match first {
        Some(variant) => merged(document, variant),
        None => flat,
    }
}

struct Writer<'d> {
    document: &'d Document,
    text: String,
}

/// The position of a property in the template.
#[derive(Clone, Copy)]
struct Level<'l> {
    indent: &'l str,
    depth: usize,
    /// Whether the property is commented out.
    out: bool,
}

impl Writer<'_> {
    fn object(&mut self, schema: &Value, level: Level<'_>) {
        let (needed, others): (Vec<_>, Vec<_>) =
            ordered(schema).into_iter().partition(|(name, _)| is_required(schema, name));
        for (name, property) in needed {
            self.property(name, property, level);
        }
        for (name, property) in others {
            self.property(name, property, Level { out: true, ..level });
        }
    }

    fn property(&mut self, name: &str, property: &Value, level: Level<'_>) {
        let schema = chosen(self.document, property);
        let Level { indent, depth, out } = level;
        for line in wrapped(&self.prose(property, &schema)) {
            let _ = writeln!(self.text, "{indent}# {line}");
        }
        let mark = if out { "#" } else { "" };
        let key = Value::from(name);
        let names = ordered(&schema);
        // A mapping with only commented lines would be null.
        let written = out || names.iter().any(|(name, _)| is_required(&schema, name));
        if depth > 0 && !names.is_empty() && written {
            let _ = writeln!(self.text, "{mark}{indent}{}:", plain_key(name, &key));
            let deeper = format!("{indent}  ");
            self.object(&schema, Level { indent: &deeper, depth: depth - 1, out });
        } else {
            let value = placeholder(&schema);
            let _ = writeln!(self.text, "{mark}{indent}{}: {value}", plain_key(name, &key));
        }
    }

    /// The comment of a property: its description, its values, the attributes of a list's entries.
    fn prose(&self, property: &Value, schema: &Value) -> String {
        let said = |schema: &Value| schema["description"].as_str().map(str::to_owned);
        let mut text =
            said(property).or_else(|| said(schema)).unwrap_or_default().trim().to_owned();
        let values: Vec<&str> = strings(&schema["enum"]).collect();
        if !values.is_empty() {
            let _ = write!(text, " One of {}.", values.join(", "));
        }
        let item = chosen(self.document, &schema["items"]);
        let members: Vec<String> = ordered(&item)
            .into_iter()
            .map(|(name, _)| match is_required(&item, name) {
                true => format!("{name} (required)"),
                false => name.clone(),
            })
            .collect();
        if !members.is_empty() {
            let _ = write!(text, " Each has {}.", members.join(", "));
        }
        if schema["format"] == "password" {
            text.push_str(" A secret.");
        }
        text.trim().to_owned()
    }
}

/// The key in YAML, in quotes if YAML could read it as another type.
fn plain_key(name: &str, quoted: &Value) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    match plain
        && !matches!(name, "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null")
    {
        true => name.to_owned(),
        false => quoted.to_string(),
    }
}

/// Returns a placeholder: the default, the first value of an enumeration, or an empty value. JSON is valid YAML.
fn placeholder(schema: &Value) -> Value {
    let of_type = match schema["type"].as_str() {
        Some("string") => "".into(),
        Some("integer" | "number") => 0.into(),
        Some("boolean") => false.into(),
        Some("array") => Value::Array(Vec::new()),
        Some("object") => Value::Object(serde_json::Map::new()),
        _ => Value::Null,
    };
    let default = schema.get("default").filter(|default| !default.is_null());
    default.or_else(|| schema["enum"].get(0)).cloned().unwrap_or(of_type)
}

/// Wraps a text into lines of at most [`WIDTH`] characters.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{catalog, check};

    fn document() -> Document {
        Document::read(
            "s",
            json!({"paths": {"/v3/s": {"post": {
                "operationId": "make",
                "requestBody": {"content": {"application/json": {"schema": {
                    "type": "object",
                    "required": ["kind", "login"],
                    "properties": {
                        "count": {"type": "integer", "default": 3, "description": "How many."},
                        "kind": {"type": "string", "enum": ["A", "B"]},
                        "login": {
                            "type": "object",
                            "required": ["password"],
                            "properties": {
                                "password": {"type": "string", "format": "password"},
                                "note": {"type": "string"},
                            },
                        },
                        "parts": {"type": "array", "items": {
                            "type": "object", "required": ["id"],
                            "properties": {"id": {"type": "string"}, "size": {"type": "integer"}},
                        }},
                    },
                }}}},
            }}}}),
        )
    }

    #[test]
    fn required_attributes_come_first_and_others_are_commented_out() {
        let document = document();
        let text = body(&document, document.operation("make").unwrap()).unwrap();
        let expected = r#"# The body of make.
# One of A, B.
kind: "A"
login:
  # A secret.
  password: ""
#  note: ""
# How many.
#count: 3
# Each has id (required), size.
#parts: []
"#;
        assert_eq!(text, expected);
    }

    /// Removes the comment marks of attributes; a line of prose has a blank after its mark, or blanks before it.
    fn all_set(text: &str) -> String {
        let lines = text.lines().skip(1).map(|line| match line.strip_prefix('#') {
            Some(rest) if !rest.starts_with(' ') || rest.starts_with("  ") => rest,
            _ => line,
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn every_template_fits_its_operation_as_it_is_and_with_everything_set() {
        let mut templates = 0;
        for service in crate::services() {
            let known = catalog::service(service).unwrap();
            for operation in known.operations() {
                let Some(text) = body(&known.document, operation.described) else { continue };
                templates += 1;
                for text in [text.clone(), all_set(&text)] {
                    let value: Value = serde_saphyr::from_str(&text)
                        .unwrap_or_else(|error| panic!("{}: {error}\n{text}", operation.known));
                    // A template with only comments is an empty body.
                    let value = if value.is_null() { json!({}) } else { value };
                    let schema = &operation.described.body().unwrap().schema;
                    let fit = check::body(&known.document, schema, &value);
                    assert_eq!(fit, Ok(()), "{}\n{text}", operation.known);
                }
            }
        }
        assert!(templates > 150, "{templates}");
    }
}
