//! Extracts the message from the body of a failure, in any form.

use serde_json::Value;

use crate::refusal::Form;
use crate::text::printable;

/// The maximum length of a shown message.
const MESSAGE_LIMIT: usize = 1000;
/// The number of bytes of a text that are examined: enough for the shown message, including blanks
/// and secrets.
const TEXT_LIMIT: usize = 64 * 1024;
/// The maximum length of JSON that is parsed, in bytes: the parsed value needs many times as much
/// memory.
const JSON_LIMIT: usize = 256 * 1024;
/// The number of entries that are shown from a list of messages.
const ENTRIES: usize = 20;
/// How deep a message is searched for in JSON of an unknown form.
const DEPTH: usize = 4;
/// The names of message fields in the services' replies, the most specific first.
const NAMES: [&str; 8] = [
    "message",
    "detail",
    "error_description",
    "error",
    "msg",
    "faultstring",
    "description",
    "title",
];

/// The parsed body of a failure.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) version: Option<String>,
    pub(crate) form: Form,
}

impl Failure {
    /// Reads a body of any form: an envelope, other JSON, plain text, an HTML page, or nothing. The
    /// content type is ignored, because it is often wrong.
    ///
    /// `scrub` removes secrets from each text before it is shortened or combined with others.
    pub(crate) fn read(body: &[u8], scrub: &dyn Fn(String) -> String) -> Self {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        if let Some(what) = not_text(body) {
            return Self { message: format!("{what} ({} bytes)", body.len()), ..Self::default() };
        }
        let text = String::from_utf8_lossy(body);
        let text = text.trim();
        if text.starts_with('<') {
            return Self {
                message: page(&scrub(cut(text).to_owned())),
                version: None,
                form: Form::Page,
            };
        }
        let Some(json) = json(text) else {
            return Self { message: shorten(&scrub(cut(text).to_owned())), ..Self::default() };
        };
        let version = json.get("version").and_then(Value::as_str).map(str::to_owned);
        let message = message_in(&json, scrub, DEPTH).unwrap_or_else(|| match &json {
            // A text that is known to have no information is not repeated.
            Value::Object(object) if object.keys().all(|key| ENVELOPE.contains(&key.as_str())) => {
                String::new()
            }
            other => say(other, scrub),
        });
        Self { message, version, form: Form::Json }
    }
}

/// The members that the common envelope may have.
pub(crate) const ENVELOPE: [&str; 7] =
    ["build", "commit", "message", "metadata", "result", "status", "version"];

/// The JSON of a failure. Some services write text that is not JSON, such as `NaN`, or that JSON
/// cannot represent, such as half of a surrogate pair; these parts are replaced or removed.
fn json(text: &str) -> Option<Value> {
    if !text.starts_with(['{', '[', '"']) || text.len() > JSON_LIMIT {
        return None;
    }
    serde_json::from_str(text).or_else(|_| serde_json::from_str(&repaired(text))).ok()
}

/// The text with `null` for numbers that JSON lacks, and without halves of surrogate pairs.
fn repaired(text: &str) -> String {
    let mut repaired = String::with_capacity(text.len());
    let mut rest = text;
    let mut quoted = false;
    while let Some(first) = rest.chars().next() {
        let length = match (quoted, first) {
            (false, '"') => {
                quoted = true;
                1
            }
            (true, '"') => {
                quoted = false;
                1
            }
            (true, '\\') => {
                if let Some(length) = lone_surrogate(rest) {
                    repaired.push_str("\\ufffd");
                    rest = rest.get(length..).unwrap_or_default();
                    continue;
                }
                // A complete surrogate pair is kept.
                if unicode_escape(rest).is_some_and(|unit| (0xd800..0xdc00).contains(&unit)) {
                    12
                } else {
                    2
                }
            }
            (false, _) => {
                let number = ["NaN", "-Infinity", "Infinity"];
                if let Some(number) = number.iter().find(|number| rest.starts_with(**number)) {
                    repaired.push_str("null");
                    rest = rest.get(number.len()..).unwrap_or_default();
                    continue;
                }
                first.len_utf8()
            }
            (true, _) => first.len_utf8(),
        };
        let (taken, left) = rest.split_at_checked(length).unwrap_or((rest, ""));
        repaired.push_str(taken);
        rest = left;
    }
    repaired
}

/// The length of the escape at the start of `text`, if it is half of a surrogate pair.
fn lone_surrogate(text: &str) -> Option<usize> {
    let is_second =
        |text: &str| unicode_escape(text).is_some_and(|unit| (0xdc00..0xe000).contains(&unit));
    let unit = unicode_escape(text)?;
    let lone = match unit {
        0xd800..0xdc00 => !text.get(6..).is_some_and(is_second),
        0xdc00..0xe000 => true,
        _ => false,
    };
    lone.then_some(6)
}

fn unicode_escape(text: &str) -> Option<u32> {
    u32::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

/// The message in JSON of an unknown structure: the text under one of the known names, or in a
/// nested value.
fn message_in(json: &Value, scrub: &dyn Fn(String) -> String, depth: usize) -> Option<String> {
    let under = match json {
        Value::Object(object) => {
            let named = NAMES.iter().filter_map(|name| object.get(*name));
            let named = named.map(|value| say(value, scrub)).find(|said| !said.is_empty());
            if named.is_some() {
                return named;
            }
            // Some services write their message into the envelope's result.
            if let Some(Value::String(text)) = object.get("result")
                && !text.is_empty()
                && text != "null"
            {
                return Some(say(&Value::String(text.clone()), scrub));
            }
            object.values().collect::<Vec<_>>()
        }
        Value::Array(items) => items.iter().take(ENTRIES).collect(),
        _ => return None,
    };
    let depth = depth.checked_sub(1)?;
    let nested = under.into_iter().filter(|value| value.is_object() || value.is_array());
    nested.filter_map(|value| message_in(value, scrub, depth)).next()
}

fn say(value: &Value, scrub: &dyn Fn(String) -> String) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => shorten(&scrub(cut(text).to_owned())),
        Value::Array(items) => {
            let each = items.iter().take(ENTRIES).map(|item| say(item, scrub));
            let each: Vec<String> = each.filter(|text| !text.is_empty()).collect();
            shorten(&each.join("; "))
        }
        // FastAPI's structure for a rejected value.
        Value::Object(object) if object.contains_key("msg") => {
            let path = object.get("loc").and_then(Value::as_array).into_iter().flatten();
            let path: Vec<String> = path.map(|part| say(part, scrub)).collect();
            let message = object.get("msg").map(|text| say(text, scrub)).unwrap_or_default();
            if path.is_empty() { message } else { format!("{}: {message}", path.join(".")) }
        }
        // In JSON, a secret would be escaped differently.
        Value::Object(_) => shorten(&scrubbed(value, scrub).to_string()),
        other => other.to_string(),
    }
}

/// The value with secrets removed from every text in it, including names.
fn scrubbed(value: &Value, scrub: &dyn Fn(String) -> String) -> Value {
    match value {
        Value::String(text) => scrub(cut(text).to_owned()).into(),
        Value::Array(items) => items.iter().map(|item| scrubbed(item, scrub)).collect(),
        Value::Object(object) => object
            .iter()
            .map(|(name, item)| (scrub(name.clone()), scrubbed(item, scrub)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// The description of a body that cannot be shown.
fn not_text(body: &[u8]) -> Option<&'static str> {
    if body.starts_with(&[0x1f, 0x8b]) {
        return Some("gzip data");
    }
    // Every other byte of UTF-16 is null, and no text that can be shown has null bytes.
    body.iter().take(64).any(|byte| *byte == 0).then_some("data that is not text")
}

/// The title of an HTML page, or its heading.
fn page(html: &str) -> String {
    // Only ASCII characters change, so positions are the same in both texts.
    let lower = html.to_ascii_lowercase();
    let inside = |tag: &str| {
        let start = lower.find(&format!("<{tag}"))?;
        let start = start + lower[start..].find('>')? + 1;
        let end = start + lower[start..].find(&format!("</{tag}"))?;
        Some(shorten(&html[start..end]))
    };
    let title = inside("title").or_else(|| inside("h1")).filter(|title| !title.is_empty());
    title.map_or_else(|| "a page of HTML".to_owned(), |title| format!("a page of HTML: {title}"))
}

/// The start of the text, at most `TEXT_LIMIT` bytes.
fn cut(text: &str) -> &str {
    // A character has at most four bytes.
    let ends = (0..4).map(|back| TEXT_LIMIT - back);
    ends.filter_map(|end| text.get(..end)).next().unwrap_or(text)
}

/// One line of bounded length.
fn shorten(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // The authenticator repeats the client's key after its id.
    let line = match line.split_once("Invalid client credentials: ") {
        Some((before, rest)) => {
            let id = rest.split(',').next().unwrap_or_default();
            format!("{before}Invalid client credentials: {id}, [redacted]")
        }
        None => line,
    };
    let line = printable(&line);
    match line.char_indices().nth(MESSAGE_LIMIT) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_found_in_every_form() {
        for (body, message) in [
            (r#"{"message":"m","status":"error","version":"1"}"#, "m"),
            (r#"{"message":["a","b"]}"#, "a; b"),
            (r#"{"message":{"db":"down"}}"#, r#"{"db":"down"}"#),
            (r#"{"detail":"Method Not Allowed"}"#, "Method Not Allowed"),
            (
                r#"{"detail":[{"loc":["body","x"],"msg":"field required"}]}"#,
                "body.x: field required",
            ),
            (r#""bare""#, "bare"),
            ("TAPIS_SECURITY_JWT  is\n missing", "TAPIS_SECURITY_JWT is missing"),
            ("<html><head><TITLE>502 Bad\nGateway</TITLE>", "a page of HTML: 502 Bad Gateway"),
            ("<html>\u{130}<h1>Oops</h1>", "a page of HTML: Oops"),
            ("<html>", "a page of HTML"),
            ("", ""),
            ("{\"message\":null}", ""),
        ] {
            assert_eq!(Failure::read(body.as_bytes(), &|text| text).message, message, "{body}");
        }
    }

    #[test]
    fn a_secret_is_taken_out_before_the_text_changes() {
        let secrets = [crate::Secret::from("two  \"spaces")];
        for body in [
            r#"{"message":"it was two  \"spaces."}"#,
            r#"{"message":{"why":["two  \"spaces"]}}"#,
            r#"{"message":["two  \"spaces"]}"#,
            "it was two  \"spaces",
        ] {
            let failure =
                Failure::read(body.as_bytes(), &|text| crate::secret::scrub(text, &secrets));
            assert!(failure.message.contains("[redacted]"), "{failure:?}");
            assert!(!failure.message.contains("spaces"), "{failure:?}");
        }
    }

    #[test]
    fn an_echoed_client_key_is_left_out() {
        let body = r#"{"message":"Invalid client credentials: myid, THEKEY. session: <S>"}"#;
        let failure = Failure::read(body.as_bytes(), &|text| text);
        assert_eq!(failure.message, "Invalid client credentials: myid, [redacted]");
    }

    #[test]
    fn json_that_is_not_quite_json_still_gives_its_text() {
        for (body, message) in [
            ("\u{feff}{\"message\":\"boom\"}", "boom"),
            (r#"{"message":"boom","x":NaN,"y":-Infinity}"#, "boom"),
            (r#"{"message":"NaN stays","x":[Infinity]}"#, "NaN stays"),
            (
                r#"{"message":"half \ud800 and \udc00, whole \ud83d\ude00, \\ud800"}"#,
                "half \u{fffd} and \u{fffd}, whole \u{1f600}, \\ud800",
            ),
            (r#"{"errors":[{"message":"boom"}]}"#, "boom"),
            (r#"{"fault":{"faultstring":"boom"}}"#, "boom"),
            (r#"{"result":"boom","message":null}"#, "boom"),
            (r#"{"result":null,"message":null,"status":"error"}"#, ""),
            (r#"{"why":"boom"}"#, r#"{"why":"boom"}"#),
        ] {
            let failure = Failure::read(body.as_bytes(), &|text| text);
            assert_eq!(failure.message, message, "{body}");
            assert_eq!(failure.form, Form::Json, "{body}");
        }
    }

    #[test]
    fn a_long_text_is_cut_at_a_letter_before_anything_is_made_of_it() {
        for filler in ["x", "é", "€", "\u{1f600}"] {
            let text = filler.repeat(TEXT_LIMIT);
            let cut = cut(&text);
            assert!(cut.len() <= TEXT_LIMIT && cut.len() > TEXT_LIMIT - 4, "{filler}");
        }
        assert_eq!(cut("short"), "short");
    }

    #[test]
    fn what_is_no_text_is_named() {
        let gzip = Failure::read(&[0x1f, 0x8b, 8, 0, 1], &|text| text);
        assert_eq!(gzip.message, "gzip data (5 bytes)");
        let wide = Failure::read(b"{\0\"\0", &|text| text);
        assert_eq!(wide.message, "data that is not text (4 bytes)");
    }

    #[test]
    fn nothing_that_moves_a_terminals_cursor_or_turns_text_round_gets_through() {
        let body = "{\"message\":\"boom \\u001b[31mred\\u001b[0m \u{202e}x\\u0000\"}";
        let message = Failure::read(body.as_bytes(), &|text| text).message;
        assert_eq!(message, "boom \u{fffd}[31mred\u{fffd}[0m \u{fffd}x\u{fffd}");
    }

    #[test]
    fn a_secret_that_is_a_name_is_taken_out_as_well() {
        let secrets = [crate::Secret::from("hunter22")];
        let body = br#"{"message":{"hunter22":{"hunter22":1}}}"#;
        let failure = Failure::read(body, &|text| crate::secret::scrub(text, &secrets));
        assert!(!failure.message.contains("hunter22"), "{failure:?}");
    }

    proptest::proptest! {
        #[test]
        fn no_body_makes_reading_panic(body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = Failure::read(&body, &|text| text);
        }

        #[test]
        fn no_page_makes_reading_panic(body in "<(title|TITLE|h1|[a-zé])?[>< ]{0,3}\\PC{0,40}(</title>)?") {
            let _ = Failure::read(body.as_bytes(), &|text| text);
        }

        #[test]
        fn no_json_makes_repairing_panic_or_differ(text in "[{}\\[\\]\"\\\\uNaInfty0-9dce:, é-]{0,60}", value: Vec<String>) {
            let _ = repaired(&text);
            let good = serde_json::to_string(&value).unwrap();
            proptest::prop_assert_eq!(repaired(&good), good);
        }
    }
}
