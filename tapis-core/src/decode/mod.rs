//! Decodes JSON with errors that name the JSON path and never the content.

mod choice;
mod foreign;
mod place;
mod strict;

use serde::de::DeserializeOwned;

pub use choice::{choice, form};
pub(crate) use foreign::Foreign;
pub use strict::{from_json, from_value, reply_from_json, request_from, strict};

/// Decodes JSON; an error names the JSON path and never the content.
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| describe(body, &error))
}

/// The description of `error`, from decoding `body`, with the JSON path.
pub(crate) fn describe(body: &[u8], error: &serde_json::Error) -> String {
    let (place, message) = located(&place::of(body, error), &error.to_string());
    if place.is_empty() && message.starts_with("trailing characters") {
        return "unexpected data after the end of the JSON".to_owned();
    }
    let (place, why) = (one_line(&place), without_content(&message));
    if place.is_empty() { why } else { format!("{place}: {why}") }
}

/// The JSON path of an error, empty for the whole body, and its message.
fn located(path: &str, message: &str) -> (String, String) {
    // JSON that ends within a key has a path without a name.
    let outer = path.trim_end_matches(['?', '.']);
    // The path reported by `form` continues where this path ends.
    let (inner, message) = message
        .strip_prefix("in `")
        .and_then(|rest| rest.split_once("`: "))
        .unwrap_or(("", message));
    let separator =
        if outer.is_empty() || inner.is_empty() || inner.starts_with('[') { "" } else { "." };
    (format!("{outer}{separator}{inner}"), message.to_owned())
}

/// The path on one line and of limited length. Its names come from the server.
fn one_line(place: &str) -> String {
    const LIMIT: usize = 200;
    let mut line: String =
        place.chars().take(LIMIT).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if place.chars().nth(LIMIT).is_some() {
        line.push('…');
    }
    line
}

/// serde's message without the quoted value.
fn without_content(message: &str) -> String {
    if message.starts_with("missing field") {
        return message.to_owned();
    }
    let (found, expected) = match message.split_once(", expected ") {
        Some((found, expected)) => (found, Some(expected)),
        None => (message, None),
    };
    let found = found.split(['"', '`']).next().unwrap_or_default().trim_end();
    match expected {
        Some(expected) => format!("{found}, expected {expected}"),
        None => found.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer};

    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Demanding {
        id: String,
        #[serde(default)]
        inner: Vec<Union>,
    }

    /// Has only one form.
    #[allow(dead_code)]
    struct Union(Demanding);

    impl<'de> Deserialize<'de> for Union {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            choice(deserializer, |value| form(value).map(Self))
        }
    }

    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Reply<T> {
        result: Vec<T>,
    }

    fn why<T: DeserializeOwned>(json: &str) -> String {
        decode::<T>(json.as_bytes()).err().unwrap()
    }

    #[test]
    fn what_cannot_be_read_is_told_by_place_and_not_by_content() {
        let json = r#"{"result":[{"id":"a"},{"id":{"token":"planted"}}]}"#;
        let told = "result[1].id: invalid type: map, expected a string at line 1 column 28";
        assert_eq!(why::<Reply<Demanding>>(json), told);
        for (json, told) in [
            (r#"{"id":5}"#, "id: invalid type: integer, expected a string at line 1 column 7"),
            ("{}", "missing field `id` at line 1 column 2"),
            ("<html>planted", "expected value at line 1 column 1"),
            (r#"{"id":"x""#, "EOF while parsing an object at line 1 column 9"),
            (r#"{"id":"x"} planted"#, "unexpected data after the end of the JSON"),
        ] {
            assert_eq!(why::<Demanding>(json), told);
        }
        assert_eq!(
            without_content("unknown variant `planted`, expected `a`"),
            "unknown variant, expected `a`"
        );
    }

    #[test]
    fn a_place_is_one_line_of_bounded_length_whatever_the_server_calls_it() {
        let place = why::<BTreeMap<String, i64>>("{\"a\\r\\nb\": \"x\"}");
        assert!(place.starts_with("a  b: "), "{place:?}");
        let long = why::<BTreeMap<String, i64>>(&format!("{{\"{}\": \"x\"}}", "é".repeat(500)));
        assert!(long.chars().count() < 260 && long.contains('…'), "{long:?}");
    }

    #[test]
    fn the_place_within_a_form_of_a_union_is_told_as_well() {
        let one = |json| why::<Reply<Union>>(&format!(r#"{{"result":[{json}]}}"#));
        for (json, place) in [
            (r#"{"id":null}"#, "result[0].id: invalid type: null, expected a string"),
            ("{}", "result[0]: missing field `id`"),
            (
                r#"{"id":"a","inner":[{"id":["planted"]}]}"#,
                "result[0].inner[0].id: invalid type: sequence, expected a string",
            ),
            (r#"{"id":"a","inner":[{}]}"#, "result[0].inner[0]: missing field `id`"),
        ] {
            let told = one(json);
            assert!(told.starts_with(place), "{told}");
            assert!(!told.contains("planted"), "{told}");
        }
        let alone = why::<Union>(r#"{"id":null}"#);
        assert!(alone.starts_with("id: invalid type: null"), "{alone}");
    }
}
