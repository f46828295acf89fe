//! Whether what was said is what was heard.

use serde_json::Value;

use super::maker::UNKNOWN;

/// Compares the leaves of what a service sent with those of what was made of it: gives the number
/// of leaves that were compared, and what is missing, different or made up.
pub(crate) fn leaves(sent: &Value, kept: &Value) -> (usize, Vec<String>) {
    let mut faults = Vec::new();
    let compared = within(sent, kept, "", &mut |sent, kept, place| {
        if kept.is_none_or(|kept| plain(kept) != plain(sent)) {
            let kept = kept.map_or("nothing".to_owned(), Value::to_string);
            faults.push(format!("{place} was {sent} and became {kept}"));
        }
    });
    within(kept, sent, "", &mut |kept, sent, place| {
        if sent.is_none_or(Value::is_null) {
            faults.push(format!("{place} was not sent and became {kept}"));
        }
    });
    (compared, faults)
}

/// Calls `check` with each documented leaf of `value` and with what stands there in `other`.
fn within(
    value: &Value,
    other: &Value,
    place: &str,
    check: &mut dyn FnMut(&Value, Option<&Value>, &str),
) -> usize {
    let nothing = Value::Null;
    match value {
        Value::Null => 0,
        Value::Object(object) => object
            .iter()
            .filter(|(key, _)| *key != UNKNOWN)
            .map(|(key, inner)| {
                let other = other.get(key).unwrap_or(&nothing);
                within(inner, other, &format!("{place}/{key}"), check)
            })
            .sum(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, inner)| {
                let other = other.get(index).unwrap_or(&nothing);
                within(inner, other, &format!("{place}/{index}"), check)
            })
            .sum(),
        scalar => {
            check(scalar, Some(other).filter(|other| !other.is_null()), place);
            1
        }
    }
}

/// A scalar as text, whatever form it has.
fn plain(scalar: &Value) -> String {
    match scalar {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The pairs of a query, decoded. A plus is a plus: a space has to come as `%20`.
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = query
        .split('&')
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, "(no value)"));
            (decode(name), decode(value))
        })
        .collect();
    pairs.sort();
    pairs
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A value as it has to stand in a path: everything but what RFC 3986 calls unreserved is escaped.
pub(crate) fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

/// The parts of a multipart body: the head's name and whether it has a file name, and the content.
pub(crate) fn parts(content_type: &str, body: &[u8]) -> Option<Vec<(String, bool, String)>> {
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=")?.trim_matches('"');
    let body = String::from_utf8(body.to_vec()).ok()?;
    let body = body.strip_suffix(&format!("\r\n--{boundary}--\r\n"))?;
    let mut parts = Vec::new();
    for part in format!("\r\n{body}").split(&format!("\r\n--{boundary}\r\n")).skip(1) {
        let (head, content) = part.split_once("\r\n\r\n")?;
        let disposition =
            head.lines().find(|line| line.to_lowercase().starts_with("content-disposition:"))?;
        let name = disposition.split("; name=\"").nth(1)?.split('"').next()?;
        let is_file = disposition.contains("; filename=\"");
        parts.push((name.to_owned(), is_file, content.to_owned()));
    }
    Some(parts)
}
