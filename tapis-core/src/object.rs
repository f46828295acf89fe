//! Reading and writing of JSON objects.
//!
//! serde's derive generates ten functions to read a struct, the longest of them twice, as it also
//! reads arrays. The services have hundreds of structs, and each program that depends on this
//! project compiles all of them. Here the common code exists once, and each struct has one function
//! for reading and one for writing.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess};
use serde::ser::{SerializeStruct, Serializer};
use serde::{Deserialize, Serialize};

use crate::tolerant::{Lenient, Members, Nullable, lenient, nullable};

/// A struct that is read from a JSON object; implemented by `object!`.
pub trait Object: Sized {
    /// Its name in errors.
    const NAME: &'static str;

    /// The names of its properties.
    const PROPERTIES: &'static [&'static str];

    /// Creates the object from the properties that are present.
    ///
    /// # Errors
    /// A required property is absent, or a value has the wrong type.
    fn read<'de, A: MapAccess<'de>>(properties: Properties<A>) -> Result<Self, A::Error>;
}

/// Reads an object.
pub fn read_object<'de, D: Deserializer<'de>, T: Object>(deserializer: D) -> Result<T, D::Error> {
    struct Visitor<T>(PhantomData<T>);

    impl<'de, T: Object> de::Visitor<'de> for Visitor<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "struct {}", T::NAME)
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::read(Properties { map })
        }
    }

    deserializer.deserialize_struct(T::NAME, T::PROPERTIES, Visitor(PhantomData))
}

/// The properties of an object that is being read. The methods that read a value are named for the
/// kinds of properties that `object!` knows.
pub struct Properties<A> {
    map: A,
}

impl<'de, A: MapAccess<'de>> Properties<A> {
    /// Which property comes next, by its place among the `names`; a higher number than any has when it
    /// is none of them.
    pub fn next_place(
        &mut self,
        names: &'static [&'static str],
    ) -> Result<Option<usize>, A::Error> {
        self.map.next_key_seed(Name(names))
    }

    /// Passes over a value.
    pub fn skip(&mut self) -> Result<(), A::Error> {
        self.map.next_value::<IgnoredAny>().map(drop)
    }

    // Into a place that is given, and not inlined: were the values returned, the optimiser would carry
    // all of them from one property to the next; and a struct has many properties of few types.

    /// A value that has to be there.
    #[inline(never)]
    pub fn required<T: Deserialize<'de>>(&mut self, into: &mut Option<T>) -> Result<(), A::Error> {
        *into = Some(self.map.next_value()?);
        Ok(())
    }

    /// A value that may be `null` or absent.
    #[inline(never)]
    pub fn optional<T: Deserialize<'de>>(&mut self, into: &mut Option<T>) -> Result<(), A::Error> {
        *into = self.map.next_value()?;
        Ok(())
    }

    /// A value whose absence says something else than `null`.
    #[inline(never)]
    pub fn nullable<T: Deserialize<'de>>(
        &mut self,
        into: &mut Option<Nullable<T>>,
    ) -> Result<(), A::Error> {
        struct Seed<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Seed<T> {
            type Value = Option<Nullable<T>>;

            fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
                nullable(from)
            }
        }

        *into = self.map.next_value_seed(Seed(PhantomData))?;
        Ok(())
    }

    /// A scalar that comes in any form that means it, or not at all.
    #[inline(never)]
    pub fn lenient<T: Lenient>(&mut self, into: &mut Option<T>) -> Result<(), A::Error> {
        *into = self.scalar()?;
        Ok(())
    }

    /// A scalar that has to be there, and comes in any form that means it.
    #[inline(never)]
    pub fn required_lenient<T: Lenient>(&mut self, into: &mut Option<T>) -> Result<(), A::Error> {
        *into = Some(self.scalar()?);
        Ok(())
    }

    fn scalar<T: Lenient>(&mut self) -> Result<T, A::Error> {
        struct Seed<T>(PhantomData<T>);

        impl<'de, T: Lenient> DeserializeSeed<'de> for Seed<T> {
            type Value = T;

            fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<T, D::Error> {
                lenient(from)
            }
        }

        self.map.next_value_seed(Seed(PhantomData))
    }

    /// A list that may be absent; the `null`s in it are passed over.
    #[inline(never)]
    pub fn list<T: Deserialize<'de>>(&mut self, into: &mut Option<Vec<T>>) -> Result<(), A::Error> {
        *into = self.map.next_value::<Option<Members<T>>>()?.map(Vec::from);
        Ok(())
    }
}

/// Reads the name of a property as its place among these.
struct Name(&'static [&'static str]);

impl Name {
    fn place(&self, name: &str) -> usize {
        self.0.iter().position(|known| *known == name).unwrap_or(usize::MAX)
    }
}

impl<'de> DeserializeSeed<'de> for Name {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl de::Visitor<'_> for Name {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("field identifier")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<usize, E> {
        Ok(self.place(name))
    }

    fn visit_bytes<E: de::Error>(self, name: &[u8]) -> Result<usize, E> {
        Ok(self.place(std::str::from_utf8(name).unwrap_or_default()))
    }
}

/// The value of a required property.
pub fn present<T, E: de::Error>(value: Option<T>, name: &'static str) -> Result<T, E> {
    value.ok_or_else(|| E::missing_field(name))
}

/// An object that is being written. The methods that write a value are named for the kinds of
/// properties that `object!` knows. After a failure nothing more is written, and `end` returns it: a branch
/// for each property is what costs most to compile.
pub struct Written<O: SerializeStruct>(Result<O, O::Error>);

impl<O: SerializeStruct> Written<O> {
    /// Begins an object of as many properties as there are.
    pub fn new<S: Serializer<SerializeStruct = O, Ok = O::Ok, Error = O::Error>>(
        serializer: S,
        name: &'static str,
        there: &[bool],
    ) -> Self {
        let length = there.iter().filter(|there| **there).count();
        Self(serializer.serialize_struct(name, length))
    }

    /// A value that is always there.
    pub fn required<T: Serialize>(&mut self, name: &'static str, value: &T) {
        if let Ok(object) = &mut self.0
            && let Err(error) = object.serialize_field(name, value)
        {
            self.0 = Err(error);
        }
    }

    /// A value that may be left out.
    pub fn optional<T: Serialize>(&mut self, name: &'static str, value: &Option<T>) {
        if value.is_some() {
            self.required(name, value);
        } else if let Ok(object) = &mut self.0
            && let Err(error) = object.skip_field(name)
        {
            self.0 = Err(error);
        }
    }

    /// Ends the object.
    pub fn end(self) -> Result<O::Ok, O::Error> {
        self.0?.end()
    }
}

/// Declares how a struct is read from and written to JSON: its properties in order, each with its
/// position, kind, field and name.
///
/// The kinds are `required`; `optional`, which may be `null` or absent and is omitted without a
/// value; `nullable`, which distinguishes the two; `lenient`, an optional scalar in any scalar
/// type, and `required_lenient`; and `list`, an optional list that is read without its `null`s.
/// Unknown properties are skipped, and the last of two values of one property is kept.
///
/// ```
/// #[derive(Debug, PartialEq)]
/// struct Host {
///     id: String,
///     port: Option<i32>,
/// }
///
/// tapis_core::object! {
///     Host { 0 required id "id", 1 optional port "port" }
/// }
///
/// let host: Host = serde_json::from_str(r#"{"id": "a", "port": null, "other": 1}"#)?;
/// assert_eq!(host, Host { id: "a".to_owned(), port: None });
/// assert_eq!(serde_json::to_string(&host)?, r#"{"id":"a"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! object {
    ($name:ident { $($place:literal $kind:ident $field:ident $wire:literal),* $(,)? }) => {
        impl $crate::rt::Object for $name {
            const NAME: &'static str = ::std::stringify!($name);
            const PROPERTIES: &'static [&'static str] = &[$($wire),*];

            fn read<'de, A: $crate::rt::serde::de::MapAccess<'de>>(
                mut properties: $crate::rt::Properties<A>,
            ) -> ::std::result::Result<Self, A::Error> {
                $(let mut $field = ::std::option::Option::None;)*
                while let ::std::option::Option::Some(place) =
                    properties.next_place(Self::PROPERTIES)?
                {
                    let read = match place {
                        $($place => properties.$kind(&mut $field),)*
                        _ => properties.skip(),
                    };
                    // One `?` for all of them: each costs as much to compile as the reading.
                    read?;
                }
                ::std::result::Result::Ok(Self {
                    $($field: $crate::object!(@read $kind $field $wire),)*
                })
            }
        }

        impl<'de> $crate::rt::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::rt::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::rt::read_object(deserializer)
            }
        }

        impl $crate::rt::serde::Serialize for $name {
            fn serialize<S: $crate::rt::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                let there = [$($crate::object!(@there $kind self.$field)),*];
                let mut object =
                    $crate::rt::Written::new(serializer, ::std::stringify!($name), &there);
                $($crate::object!(@write $kind object $wire self.$field);)*
                object.end()
            }
        }
    };
    (@read required $field:ident $wire:literal) => { $crate::rt::present($field, $wire)? };
    (@read required_lenient $field:ident $wire:literal) => { $crate::rt::present($field, $wire)? };
    (@read $kind:ident $field:ident $wire:literal) => { $field };
    (@there required $value:expr) => { true };
    (@there required_lenient $value:expr) => { true };
    (@there $kind:ident $value:expr) => { $value.is_some() };
    (@write required $object:ident $wire:literal $value:expr) => {
        $object.required($wire, &$value)
    };
    (@write required_lenient $object:ident $wire:literal $value:expr) => {
        $object.required($wire, &$value)
    };
    (@write $kind:ident $object:ident $wire:literal $value:expr) => {
        $object.optional($wire, &$value)
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::collection::vec;
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};
    use serde_test::Token;

    #[derive(Clone, Debug, PartialEq)]
    struct Host {
        id: String,
        type_: Option<String>,
        port: Option<i32>,
        jump: Option<Box<Host>>,
        note: Option<Nullable<String>>,
        on: Option<bool>,
        tags: Option<Vec<String>>,
    }

    crate::object! {
        Host {
            0 required id "id", 1 optional type_ "type", 2 optional port "port",
            3 optional jump "jump", 4 nullable note "note", 5 lenient on "on",
            6 list tags "tags"
        }
    }

    /// The same as serde's derive has it.
    mod derived {
        use super::*;
        use crate::tolerant::list;

        #[derive(Debug, Deserialize, Serialize)]
        pub(super) struct Host {
            id: String,
            #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
            type_: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            port: Option<i32>,
            #[serde(skip_serializing_if = "Option::is_none")]
            jump: Option<Box<Host>>,
            #[serde(
                default,
                deserialize_with = "nullable",
                skip_serializing_if = "Option::is_none"
            )]
            note: Option<Nullable<String>>,
            #[serde(
                default,
                deserialize_with = "lenient",
                skip_serializing_if = "Option::is_none"
            )]
            on: Option<bool>,
            #[serde(default, deserialize_with = "list", skip_serializing_if = "Option::is_none")]
            tags: Option<Vec<String>>,
        }
    }

    /// A thing with a number for its name.
    #[derive(Debug, PartialEq)]
    struct Numbered {
        id: i64,
    }

    crate::object! {
        Numbered { 0 required_lenient id "id" }
    }

    fn read(json: &str) -> Result<Host, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    /// No arrays: the derive reads them as structs too.
    fn any_value() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-z]{0,3}".prop_map(Value::from),
            Just(json!("true")),
        ];
        scalar.prop_recursive(3, 24, 6, |inner| {
            let name = prop::sample::select(vec![
                "id", "type", "port", "jump", "note", "on", "tags", "type_", "other",
            ]);
            let object = vec((name, inner.clone()), 0..7).prop_map(|pairs| {
                let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value));
                Value::Object(pairs.collect::<Map<_, _>>())
            });
            // Mostly something that can be a host.
            (object, prop::option::weighted(0.8, "[a-z]{1,3}")).prop_map(|(mut object, id)| {
                if let Some(id) = id {
                    object["id"] = id.into();
                }
                object
            })
        })
    }

    proptest! {
        #[test]
        fn what_the_derive_reads_and_writes_is_read_and_written_alike(value in any_value()) {
            let json = value.to_string();
            let derived = serde_json::from_str::<derived::Host>(&json);
            match (read(&json), derived) {
                (Ok(host), Ok(derived)) => {
                    let written = serde_json::to_string(&host).unwrap();
                    prop_assert_eq!(&written, &serde_json::to_string(&derived).unwrap());
                    prop_assert_eq!(read(&written).unwrap(), host);
                }
                (Err(told), Err(error)) => prop_assert_eq!(told, error.to_string()),
                (host, derived) => prop_assert!(false, "{:?} but {:?}", host, derived),
            }
        }
    }

    #[test]
    fn properties_come_in_any_order_among_unknown_ones() {
        let host = read(r#"{"x":{"id":[]},"on":"true","jump":{"y":1,"id":"b"},"id":"a"}"#).unwrap();
        assert_eq!((host.id.as_str(), host.on), ("a", Some(true)));
        assert_eq!(host.jump.unwrap().id, "b");
    }

    #[test]
    fn a_number_that_identifies_is_read_in_any_form_and_has_to_be_there() {
        for json in [r#"{"id":7}"#, r#"{"id":7.0}"#, r#"{"id":"7"}"#] {
            assert_eq!(serde_json::from_str::<Numbered>(json).unwrap(), Numbered { id: 7 });
        }
        assert_eq!(serde_json::to_string(&Numbered { id: 7 }).unwrap(), r#"{"id":7}"#);
        for json in ["{}", r#"{"id":null}"#, r#"{"id":7.5}"#] {
            assert!(serde_json::from_str::<Numbered>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_list_loses_its_nulls_and_may_be_null_itself() {
        let tags = |json| read(json).unwrap().tags;
        let some = Some(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(tags(r#"{"id":"x","tags":["a",null,"b"]}"#), some);
        assert_eq!(tags(r#"{"id":"x","tags":null}"#), None);
        assert_eq!(tags(r#"{"id":"x"}"#), None);
    }

    #[test]
    fn an_array_is_no_object() {
        let told = read(r#"["a",null,null,null,null,null,null]"#).unwrap_err();
        assert_eq!(told, "invalid type: sequence, expected struct Host at line 1 column 1");
    }

    #[test]
    fn of_two_values_the_last_is_kept() {
        assert_eq!(read(r#"{"id":"a","id":"b","port":1,"port":null}"#).unwrap().id, "b");
    }

    #[test]
    fn formats_that_write_the_length_first_are_told_the_right_one() {
        let host = read(r#"{"id":"a","port":1,"note":null}"#).unwrap();
        serde_test::assert_ser_tokens(
            &host,
            &[
                Token::Struct { name: "Host", len: 3 },
                Token::Str("id"),
                Token::Str("a"),
                Token::Str("port"),
                Token::Some,
                Token::I32(1),
                Token::Str("note"),
                Token::Some,
                Token::None,
                Token::StructEnd,
            ],
        );
    }
}
