//! Unions of types, which are read as a whole before they are decoded.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, Error, MapAccess, SeqAccess, Visitor,
};
use serde_json::Value;

use super::located;

/// Decodes JSON as the type that `choose` selects. The error has the JSON path of the union.
pub fn choice<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    choose: fn(Value) -> Result<T, String>,
) -> Result<T, D::Error> {
    // A visitor instead of `Value::deserialize`, because the deserializer adds the position to the
    // errors of visitors.
    deserializer.deserialize_any(Choice(choose))
}

/// Decodes one variant of a union; the error has the JSON path within the variant.
pub fn form<T: DeserializeOwned>(value: Value) -> Result<T, String> {
    serde_path_to_error::deserialize(value).map_err(
        |error: serde_path_to_error::Error<serde_json::Error>| match located(
            &error.path().to_string(),
            &error.inner().to_string(),
        ) {
            (place, message) if place.is_empty() => message,
            (place, message) => format!("in `{place}`: {message}"),
        },
    )
}

struct Choice<T>(fn(Value) -> Result<T, String>);

impl<T> Choice<T> {
    fn choose<E: Error>(self, value: Value) -> Result<T, E> {
        (self.0)(value).map_err(E::custom)
    }
}

impl<'de, T> Visitor<'de> for Choice<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<T, E> {
        self.choose(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<T, E> {
        self.choose(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<T, E> {
        self.choose(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<T, E> {
        self.choose(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<T, E> {
        self.choose(value.into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<T, E> {
        self.choose(value.into())
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        self.choose(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        let value = Value::deserialize(SeqAccessDeserializer::new(list))?;
        self.choose(value)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<T, A::Error> {
        let value = Value::deserialize(MapAccessDeserializer::new(object))?;
        self.choose(value)
    }
}
