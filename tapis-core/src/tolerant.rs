//! Tolerant decoding of values that differ from the documents, and serialisation that serde lacks.

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A field that can be sent as an explicit `null`, which differs from an absent field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Nullable<T> {
    /// `null`.
    Null,
    /// A value.
    Value(T),
}

impl<T> Nullable<T> {
    /// The value, unless it is null.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Null => None,
            Self::Value(value) => Some(value),
        }
    }
}

impl<T> From<T> for Nullable<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl<T: Serialize> Serialize for Nullable<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Nullable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Null, Self::Value))
    }
}

/// For serde's `deserialize_with`: keeps a `null` apart from an absent field.
pub fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Nullable<T>>, D::Error> {
    Nullable::deserialize(deserializer).map(Some)
}

/// A scalar that some services write as another scalar type.
pub trait Lenient: Sized {
    /// The documented type.
    const EXPECTED: &'static str;

    /// From `true` or `false`.
    fn from_bool(_: bool) -> Option<Self> {
        None
    }

    /// From a whole number.
    fn from_integer(_: i64) -> Option<Self> {
        None
    }

    /// From any other number.
    fn from_number(_: f64) -> Option<Self> {
        None
    }

    /// From text.
    fn from_text(text: &str) -> Option<Self>;

    /// From `null`.
    fn from_null() -> Option<Self> {
        None
    }
}

impl Lenient for bool {
    const EXPECTED: &'static str = "a boolean, also as text";

    fn from_bool(value: bool) -> Option<Self> {
        Some(value)
    }

    fn from_text(text: &str) -> Option<Self> {
        match text {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        }
    }
}

impl Lenient for i64 {
    const EXPECTED: &'static str = "a whole number, also as text";

    fn from_integer(value: i64) -> Option<Self> {
        Some(value)
    }

    fn from_number(value: f64) -> Option<Self> {
        // Above 2^53 a float does not represent every whole number.
        #[allow(clippy::cast_possible_truncation)]
        (value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0).then_some(value as i64)
    }

    fn from_text(text: &str) -> Option<Self> {
        let text = text.trim();
        text.parse().ok().or_else(|| Self::from_number(text.parse().ok()?))
    }
}

impl Lenient for i32 {
    const EXPECTED: &'static str = i64::EXPECTED;

    fn from_integer(value: i64) -> Option<Self> {
        value.try_into().ok()
    }

    fn from_number(value: f64) -> Option<Self> {
        i64::from_number(value).and_then(Self::from_integer)
    }

    fn from_text(text: &str) -> Option<Self> {
        i64::from_text(text).and_then(Self::from_integer)
    }
}

impl Lenient for f64 {
    const EXPECTED: &'static str = "a number, also as text";

    fn from_integer(value: i64) -> Option<Self> {
        #[allow(clippy::cast_precision_loss)]
        Some(value as f64)
    }

    fn from_number(value: f64) -> Option<Self> {
        Some(value)
    }

    fn from_text(text: &str) -> Option<Self> {
        text.trim().parse().ok().filter(|number: &f64| number.is_finite())
    }
}

impl Lenient for f32 {
    const EXPECTED: &'static str = f64::EXPECTED;

    fn from_integer(value: i64) -> Option<Self> {
        f64::from_integer(value).and_then(Self::from_number)
    }

    fn from_number(value: f64) -> Option<Self> {
        #[allow(clippy::cast_possible_truncation)]
        Some(value as Self)
    }

    fn from_text(text: &str) -> Option<Self> {
        f64::from_text(text).and_then(Self::from_number)
    }
}

impl Lenient for String {
    const EXPECTED: &'static str = "text, also a number or a boolean";

    fn from_bool(value: bool) -> Option<Self> {
        Some(value.to_string())
    }

    fn from_integer(value: i64) -> Option<Self> {
        Some(value.to_string())
    }

    fn from_number(value: f64) -> Option<Self> {
        Some(value.to_string())
    }

    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl<T: Lenient> Lenient for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn from_bool(value: bool) -> Option<Self> {
        T::from_bool(value).map(Some)
    }

    fn from_integer(value: i64) -> Option<Self> {
        T::from_integer(value).map(Some)
    }

    fn from_number(value: f64) -> Option<Self> {
        T::from_number(value).map(Some)
    }

    fn from_text(text: &str) -> Option<Self> {
        T::from_text(text).map(Some)
    }

    fn from_null() -> Option<Self> {
        Some(T::from_null())
    }
}

impl<T: Lenient> Lenient for Nullable<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn from_bool(value: bool) -> Option<Self> {
        T::from_bool(value).map(Self::Value)
    }

    fn from_integer(value: i64) -> Option<Self> {
        T::from_integer(value).map(Self::Value)
    }

    fn from_number(value: f64) -> Option<Self> {
        T::from_number(value).map(Self::Value)
    }

    fn from_text(text: &str) -> Option<Self> {
        T::from_text(text).map(Self::Value)
    }

    fn from_null() -> Option<Self> {
        Some(Self::Null)
    }
}

/// For serde's `deserialize_with`: reads a scalar from any scalar type that can represent it.
pub fn lenient<'de, D: Deserializer<'de>, T: Lenient>(deserializer: D) -> Result<T, D::Error> {
    struct Visitor<T>(PhantomData<T>);

    impl<T: Lenient> Visitor<T> {
        fn accept<E: de::Error>(
            self,
            value: Option<T>,
            unexpected: de::Unexpected<'_>,
        ) -> Result<T, E> {
            value.ok_or_else(|| E::invalid_value(unexpected, &self))
        }
    }

    impl<T: Lenient> de::Visitor<'_> for Visitor<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(T::EXPECTED)
        }

        fn visit_bool<E: de::Error>(self, value: bool) -> Result<T, E> {
            self.accept(T::from_bool(value), de::Unexpected::Bool(value))
        }

        fn visit_i64<E: de::Error>(self, value: i64) -> Result<T, E> {
            self.accept(T::from_integer(value), de::Unexpected::Signed(value))
        }

        fn visit_u64<E: de::Error>(self, value: u64) -> Result<T, E> {
            let read = match i64::try_from(value) {
                Ok(value) => T::from_integer(value),
                Err(_) => T::from_text(&value.to_string()),
            };
            self.accept(read, de::Unexpected::Unsigned(value))
        }

        fn visit_f64<E: de::Error>(self, value: f64) -> Result<T, E> {
            self.accept(T::from_number(value), de::Unexpected::Float(value))
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            self.accept(T::from_text(text), de::Unexpected::Str(text))
        }

        fn visit_unit<E: de::Error>(self) -> Result<T, E> {
            self.accept(T::from_null(), de::Unexpected::Unit)
        }
    }

    deserializer.deserialize_any(Visitor(PhantomData))
}

/// A list that is read without its `null`s, so that one such entry does not make a whole page
/// unreadable. An object without members is an empty list, because Streams sends one if there are
/// no instruments.
#[derive(Debug)]
pub struct Members<T>(Vec<T>);

impl<T> From<Members<T>> for Vec<T> {
    fn from(members: Members<T>) -> Self {
        members.0
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Members<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Visitor<T> {
            type Value = Members<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Members<T>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = list.next_element::<Option<T>>()? {
                    members.extend(member);
                }
                Ok(Members(members))
            }

            fn visit_map<A: de::MapAccess<'de>>(
                self,
                mut object: A,
            ) -> Result<Members<T>, A::Error> {
                match object.next_key::<de::IgnoredAny>()? {
                    None => Ok(Members(Vec::new())),
                    Some(_) => Err(de::Error::invalid_type(de::Unexpected::Map, &self)),
                }
            }
        }

        deserializer.deserialize_any(Visitor(PhantomData))
    }
}

/// For serde's `deserialize_with`: an optional list without the `null`s in it.
pub fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    Option::<Members<T>>::deserialize(deserializer).map(|list| list.map(Vec::from))
}

/// A scalar in any scalar type that can represent it, as a member of a list.
#[derive(Debug)]
pub struct Scalar<T>(T);

impl<T> From<Members<Scalar<T>>> for Vec<T> {
    fn from(members: Members<Scalar<T>>) -> Self {
        members.0.into_iter().map(|scalar| scalar.0).collect()
    }
}

impl<'de, T: Lenient> Deserialize<'de> for Scalar<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        lenient(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read<T: Lenient>(json: &str) -> Result<T, serde_json::Error> {
        lenient(&mut serde_json::Deserializer::from_str(json))
    }

    #[test]
    fn scalars_are_read_in_the_forms_that_services_send() {
        assert!(read::<bool>("\"true\"").unwrap());
        assert!(!read::<bool>("false").unwrap());
        assert_eq!(read::<Option<bool>>("null").unwrap(), None);
        assert_eq!(read::<Option<Nullable<bool>>>("null").unwrap(), Some(Nullable::Null));
        assert_eq!(read::<Nullable<i64>>("\"7\"").unwrap(), Nullable::Value(7));
        assert_eq!(read::<i64>("\"22\"").unwrap(), 22);
        assert_eq!(read::<i64>("22.0").unwrap(), 22);
        assert_eq!(read::<i64>("1e3").unwrap(), 1000);
        assert_eq!(read::<i64>("\"22.0\"").unwrap(), 22);
        assert_eq!(read::<i32>("\" 7 \"").unwrap(), 7);
        assert_eq!(read::<String>("22").unwrap(), "22");
        assert_eq!(read::<String>("4.5").unwrap(), "4.5");
        assert_eq!(read::<f64>("\"4.5\"").unwrap(), 4.5);
    }

    #[test]
    fn what_means_nothing_is_refused_by_name() {
        for (error, expected) in [
            (read::<bool>("\"yes\"").unwrap_err(), "a boolean, also as text"),
            (read::<i64>("2.5").unwrap_err(), "a whole number, also as text"),
            (read::<i64>("\"1e300\"").unwrap_err(), "a whole number, also as text"),
            (read::<i32>("2147483648").unwrap_err(), "a whole number, also as text"),
            (read::<i64>("null").unwrap_err(), "a whole number, also as text"),
            (read::<f64>("\"inf\"").unwrap_err(), "a number, also as text"),
        ] {
            assert!(error.to_string().contains(expected), "{error}");
        }
    }

    #[test]
    fn a_list_is_read_without_the_nulls_in_it() {
        let read = |json| serde_json::from_str::<Members<String>>(json).map(Vec::from);
        assert_eq!(read(r#"["a",null,"b",null]"#).unwrap(), ["a", "b"]);
        assert!(read("[null]").unwrap().is_empty() && read("{}").unwrap().is_empty());
        assert!(read(r#"["a",5]"#).is_err() && read("null").is_err());
        assert!(read(r#"{"a":"b"}"#).is_err() && read(r#""a""#).is_err());
        let numbers: Members<Scalar<i32>> = serde_json::from_str(r#"[1,2.0,"3",null]"#).unwrap();
        assert_eq!(Vec::<i32>::from(numbers), [1, 2, 3]);
    }

    proptest! {
        #[test]
        fn a_whole_number_reads_the_same_as_number_and_as_text(number: i64) {
            prop_assert_eq!(read::<i64>(&number.to_string()).unwrap(), number);
            prop_assert_eq!(read::<i64>(&format!("\"{number}\"")).unwrap(), number);
            prop_assert_eq!(read::<String>(&number.to_string()).unwrap(), number.to_string());
        }

        #[test]
        fn any_text_stays_the_same(text: String) {
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(read::<String>(&json).unwrap(), text);
        }

        #[test]
        fn no_json_makes_reading_panic(json in "[\\PC]{0,40}") {
            let _ = (read::<bool>(&json), read::<i64>(&json), read::<f64>(&json), read::<String>(&json));
        }
    }
}
