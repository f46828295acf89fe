//! The canonical text of a JSON document: keys sorted, two-space indentation, LF, a final newline.
//!
//! Written out by hand because `serde_json`'s map order depends on a Cargo feature that any
//! dependency may switch on.

use std::fmt::Write as _;

use serde_json::Value;

/// The canonical text of `value`.
#[must_use]
pub fn to_string(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, 0);
    out.push('\n');
    out
}

fn write(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort_unstable();
            block(out, '{', '}', depth, keys.into_iter(), |out, key| {
                let _ = write!(out, "{}: ", Value::from(key.as_str()));
                write(out, &map[key], depth + 1);
            });
        }
        Value::Array(items) if !items.is_empty() => {
            block(out, '[', ']', depth, items.iter(), |out, item| {
                write(out, item, depth + 1);
            });
        }
        // `serde_json` writes scalars and empty containers in one way only.
        other => {
            let _ = write!(out, "{other}");
        }
    }
}

fn block<T>(
    out: &mut String,
    open: char,
    close: char,
    depth: usize,
    items: impl Iterator<Item = T>,
    mut each: impl FnMut(&mut String, T),
) {
    out.push(open);
    for (index, item) in items.enumerate() {
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        indent(out, depth + 1);
        each(out, item);
    }
    out.push('\n');
    indent(out, depth);
    out.push(close);
}

fn indent(out: &mut String, depth: usize) {
    for _ in 0..depth {
        out.push_str("  ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_sorted_and_arrays_keep_their_order() {
        let text = to_string(&json!({"b": [2, 1, {}], "a": {"z": "é\n", "y": null}, "c": []}));
        assert_eq!(
            text,
            "{\n  \"a\": {\n    \"y\": null,\n    \"z\": \"é\\n\"\n  },\n  \"b\": [\n    2,\n    1,\n    {}\n  ],\n  \"c\": []\n}\n"
        );
    }
}
