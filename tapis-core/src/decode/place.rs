//! The JSON path of a decoding error. `serde_path_to_error` is not used, because a second reader
//! would be compiled for each of hundreds of types.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;

/// Returns the JSON path of the value in `body` that caused `error`; empty for the whole body.
pub(super) fn of(body: &[u8], error: &serde_json::Error) -> String {
    // Text that is not JSON fails at the same position, whatever type it is decoded as.
    if error.classify() != Category::Data
        && let Err(place) = skim(body)
    {
        return place;
    }
    skim(&broken_off(body, error)).err().unwrap_or_default()
}

/// Reads JSON only to find the position where that fails.
fn skim(text: &[u8]) -> Result<(), String> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    match serde_path_to_error::deserialize::<_, Skimmed>(&mut reader) {
        Ok(Skimmed) => Ok(()),
        Err(error) => Err(error.path().to_string()),
    }
}

/// The text up to the value that the error is about, cut off in the middle of that value.
///
/// When serde finds a wrong value, it reports the line and column after the text that it has read:
/// before a list or an object, after any other value, and after the whole object if a field is
/// missing.
///
/// serde tells the line and the column behind what has been read when it finds a value to be wrong:
/// in front of a list or an object, behind anything else, and behind the whole object where a field
/// is missing.
fn broken_off<'a>(body: &'a [u8], error: &serde_json::Error) -> Cow<'a, [u8]> {
    let line = match error.line() {
        0 | 1 => 0,
        line => {
            let mut ends = body.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
            ends.nth(line - 2).map_or(body.len(), |(end, _)| end + 1)
        }
    };
    let (read, rest) = body.split_at(line.saturating_add(error.column()).min(body.len()));
    match (read.last(), rest.first()) {
        (_, Some(b'[' | b'{')) => Cow::Borrowed(&body[..=read.len()]),
        // A part of a number may itself be a number, except here.
        (Some(b'0'..=b'9'), _) => {
            let number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
            let start = read.iter().rposition(|byte| !number(byte)).map_or(0, |last| last + 1);
            Cow::Owned([&read[..start], b"-"].concat())
        }
        (Some(b'"' | b'}' | b']' | b'a'..=b'z'), _) => Cow::Borrowed(&read[..read.len() - 1]),
        _ => Cow::Borrowed(read),
    }
}

/// Any value, without keeping it. serde's `IgnoredAny` would skip the value at once, without a
/// position inside it.
struct Skimmed;

impl<'de> Deserialize<'de> for Skimmed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Skimmed {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E: Error>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self, A::Error> {
        while object.next_entry::<Self, Self>()?.is_some() {}
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// Has a field for which every kind of value is wrong.
    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code)]
    struct Demanding {
        text: String,
        #[serde(default)]
        number: i8,
        #[serde(default)]
        list: Vec<Self>,
        #[serde(default)]
        named: BTreeMap<String, Self>,
        #[serde(default)]
        pair: Option<(bool, f64)>,
        #[serde(default)]
        nested: Option<Box<Self>>,
    }

    /// The JSON path from a reader that tracks it while it decodes the type.
    fn tracked(text: &str) -> Option<String> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let error = serde_path_to_error::deserialize::<_, Demanding>(&mut reader).err()?;
        Some(error.path().to_string())
    }

    fn error(text: &str) -> Option<String> {
        Some(serde_json::from_str::<Demanding>(text).err()?.to_string())
    }

    fn found(text: &str) -> Option<String> {
        let error = serde_json::from_str::<Demanding>(text).err()?;
        Some(of(text.as_bytes(), &error))
    }

    #[test]
    fn the_place_is_that_of_the_value_that_is_wrong() {
        for (text, place) in [
            (r#"{"text":"a","number":1234}"#, "number"),
            (r#"{"text":"a","number":-12.5e3}"#, "number"),
            (r#"{"text":"a","number":"x"}"#, "number"),
            (r#"{"text":"a","number":true}"#, "number"),
            (r#"{"text":"a","number":null}"#, "number"),
            (r#"{"text":"a","number":[1]}"#, "number"),
            (r#"{"text":"a","number": {"a":1}}"#, "number"),
            (r#"{"text":"a","list":[{"text":"b"},{"text":7}]}"#, "list[1].text"),
            (r#"{"text":"a","list":[{"text":"b"},{}]}"#, "list[1]"),
            (r#"{"text":"a","pair":[true]}"#, "pair"),
            (r#"{"text":"a","pair":[true,1,2]}"#, "pair[2]"),
            (r#"{"text":"a","pair":[1,1]}"#, "pair[0]"),
            (r#"{"text":"a","named":{"k \" {":{"text":[]}}}"#, "named.k \" {.text"),
            (r#"{"text":"a","text":"b"}"#, ""),
            ("{\n\"text\":\"a\",\n\n\"nested\":\n{\"text\":\n5}}", "nested.text"),
            ("[]", ""),
            ("5", ""),
            ("{}", ""),
        ] {
            assert_eq!(found(text).unwrap().trim_end_matches(['?', '.']), place, "{text}");
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(|number| json!(number)),
            "[a\"\\\\{}\\[\\]:, \n]{0,4}".prop_map(Value::from),
        ];
        scalar.prop_recursive(5, 40, 4, |inner| {
            let name = prop_oneof![
                5 => Just("text".to_owned()),
                1 => Just("number".to_owned()),
                1 => Just("list".to_owned()),
                1 => Just("named".to_owned()),
                1 => Just("pair".to_owned()),
                1 => Just("nested".to_owned()),
                1 => "[a\".{]{0,3}",
            ];
            prop_oneof![
                1 => proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                3 => proptest::collection::btree_map(name, inner, 0..4)
                    .prop_map(|fields| json!(fields)),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_place_is_what_reading_the_type_with_track_of_it_tells(value in value(), pretty: bool) {
            let text = match pretty {
                true => serde_json::to_string_pretty(&value).unwrap(),
                false => value.to_string(),
            };
            let (found, tracked) = (found(&text), tracked(&text));
            // The reader that tracks the path reports the list, not the first item after its end.
            prop_assume!(!error(&text).is_some_and(|why| why.starts_with("trailing")));
            let plain = |place: Option<String>| {
                place.map(|place| place.trim_end_matches(['?', '.']).to_owned())
            };
            prop_assert_eq!(plain(found), plain(tracked), "{}", text);
        }
    }
}
