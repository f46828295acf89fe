//! Generated values that match their schema, and are the same for the same seed.

use serde_json::{Map, Value, json};
use tapis_specs::reader::{TIMESTAMP, is_timestamp, resolve};

use super::array;

/// Below this depth, nested objects are omitted unless they are required.
const DEEP: usize = 6;
/// Below this depth, everything is omitted.
const TOO_DEEP: usize = 16;

/// Generates values for the schemas of one document.
pub(crate) struct Examples<'a> {
    document: &'a Value,
    seed: u64,
}

impl<'a> Examples<'a> {
    /// Values that depend on the seed and on their purpose, such as the operation.
    pub(crate) fn new(document: &'a Value, seed: u64, purpose: &str) -> Self {
        Self { document, seed: mix(seed, purpose) }
    }

    /// A value of this schema.
    pub(crate) fn value(&self, schema: &Value) -> Value {
        self.make(schema, "value", self.seed, 0)
    }

    fn make(&self, schema: &Value, name: &str, seed: u64, depth: usize) -> Value {
        let schema = resolve(self.document, schema);
        if depth > TOO_DEEP {
            return Value::Null;
        }
        if let Some(choice) = choose(array(schema.get("enum")), seed) {
            return choice.clone();
        }
        for alternatives in ["oneOf", "anyOf"] {
            if let Some(first) = array(schema.get(alternatives)).first() {
                let mut value = self.make(first, name, seed, depth);
                mark_kind(schema, first, &mut value);
                return value;
            }
        }
        if schema.get("allOf").is_some() {
            return self.merged(schema, name, seed, depth);
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("object") => Value::Object(self.object(schema, seed, depth)),
            Some("array") => self.list(schema, name, seed, depth),
            Some("string") => text(schema, name, seed).into(),
            Some("integer") => integer(schema, seed).into(),
            Some("number") => (integer(schema, seed) as f64).into(),
            Some("boolean") => seed.is_multiple_of(2).into(),
            _ if schema.get("properties").is_some() => {
                Value::Object(self.object(schema, seed, depth))
            }
            _ => json!({}),
        }
    }

    /// A schema composed of parts, all of which apply.
    fn merged(&self, schema: &Value, name: &str, seed: u64, depth: usize) -> Value {
        let mut merged = Map::new();
        for part in array(schema.get("allOf")) {
            match self.make(part, name, seed, depth) {
                Value::Object(fields) => merged.extend(fields),
                // A single value with a description around it.
                other => return other,
            }
        }
        merged.extend(self.object(schema, seed, depth));
        Value::Object(merged)
    }

    fn object(&self, schema: &Value, seed: u64, depth: usize) -> Map<String, Value> {
        let required = array(schema.get("required"));
        let mut fields = Map::new();
        for (name, property) in
            schema.get("properties").and_then(Value::as_object).into_iter().flatten()
        {
            let needed = required.iter().any(|known| known == name.as_str());
            if needed || depth < DEEP || is_scalar(resolve(self.document, property)) {
                let value = self.make(property, name, mix(seed, name), depth + 1);
                fields.insert(name.clone(), value);
            }
        }
        if let Some(values @ Value::Object(_)) = schema.get("additionalProperties")
            && fields.is_empty()
            && depth < DEEP
        {
            fields.insert("key".into(), self.make(values, "key", mix(seed, "key"), depth + 1));
        }
        fields
    }

    fn list(&self, schema: &Value, name: &str, seed: u64, depth: usize) -> Value {
        let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or_default();
        let least = usize::try_from(least).unwrap_or_default();
        let length = if depth < DEEP { least.max(1) } else { least };
        let items = schema.get("items").unwrap_or(&Value::Null);
        let singular = name.strip_suffix('s').unwrap_or(name);
        (0..length)
            .map(|index| self.make(items, singular, mix(seed, &index.to_string()), depth + 1))
            .collect()
    }
}

/// A number from a seed and a text. It must not change between releases, so it does not use the
/// standard library.
pub(crate) fn mix(seed: u64, text: &str) -> u64 {
    // FNV-1a, with a final mix so that similar texts differ.
    let start = 0xcbf2_9ce4_8422_2325 ^ seed;
    let sum = text
        .bytes()
        .fold(start, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    (sum ^ (sum >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Sets the property that selects one of several schemas.
fn mark_kind(schema: &Value, chosen: &Value, value: &mut Value) {
    let Some(discriminator) = schema.get("discriminator") else { return };
    let field = discriminator.get("propertyName").and_then(Value::as_str);
    let target = chosen.get("$ref").and_then(Value::as_str);
    let mapping = discriminator.get("mapping").and_then(Value::as_object);
    if let (Some(field), Some(target), Some(mapping), Value::Object(fields)) =
        (field, target, mapping, value)
        && let Some((word, _)) = mapping.iter().find(|(_, known)| *known == target)
    {
        fields.insert(field.to_owned(), word.clone().into());
    }
}

fn is_scalar(schema: &Value) -> bool {
    let scalar = |kind: &str| matches!(kind, "string" | "integer" | "number" | "boolean");
    schema.get("type").and_then(Value::as_str).is_some_and(scalar)
}

fn choose(values: &[Value], seed: u64) -> Option<&Value> {
    let count = u64::try_from(values.len()).ok().filter(|count| *count > 0)?;
    values.get(usize::try_from(seed % count).ok()?)
}

fn integer(schema: &Value, seed: u64) -> i64 {
    let bound = |name: &str| schema.get(name).and_then(Value::as_i64);
    let low = bound("minimum").unwrap_or(1);
    let high = bound("maximum").unwrap_or_else(|| low.saturating_add(99)).max(low);
    let span = high.abs_diff(low).saturating_add(1).max(1);
    low.saturating_add_unsigned(seed % span)
}

fn text(schema: &Value, name: &str, seed: u64) -> String {
    let short = seed % 10_000;
    if is_timestamp(schema) {
        let day = seed % 28 + 1;
        return match schema.get(TIMESTAMP).and_then(Value::as_str) {
            // February 2027 starts with a Monday.
            Some("http-date") => format!("Mon, {:02} Feb 2027 12:00:00 GMT", seed % 4 * 7 + 1),
            Some("naive" | "actors") => format!("2027-02-{day:02}T12:00:00"),
            Some("spaced") => format!("2027-02-{day:02} 12:00:00"),
            _ => format!("2027-02-{day:02}T12:00:00Z"),
        };
    }
    match schema.get("format").and_then(Value::as_str) {
        Some("date") => return format!("2026-01-{:02}", seed % 28 + 1),
        Some("uuid") => {
            let bits = (u128::from(seed) << 64) | u128::from(mix(seed, name));
            return uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid().to_string();
        }
        Some("byte") => return "ZXhhbXBsZQ==".to_owned(),
        _ => {}
    }
    let length =
        |name: &str| schema.get(name).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    let mut text = format!("{name}-{short}");
    text.retain(|c| c.is_ascii_alphanumeric() || c == '-');
    if let Some(least) = length("minLength") {
        while text.len() < least {
            text.push('x');
        }
    }
    text.truncate(length("maxLength").unwrap_or(usize::MAX));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_value_and_another_another() {
        let document = json!({});
        let schema = json!({ "type": "object", "properties": { "id": { "type": "string" } } });
        let make = |seed| Examples::new(&document, seed, "getSystem").value(&schema);
        assert_eq!(make(1), make(1));
        assert_ne!(make(1), make(2));
    }
}
