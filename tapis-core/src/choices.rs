//! Enumerations and unions that keep unknown values.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserializer};

/// An enumeration of strings that the service can extend; created by `open_enum!`.
pub trait OpenEnum: Sized {
    /// The value for `text`; unknown text is kept.
    fn from_text(text: &str) -> Self;

    /// The text of the value.
    fn as_text(&self) -> &str;
}

/// Compares an enumeration with its text, and returns its text, also inside an `Option`.
///
/// ```
/// use tapis_core::{Is as _, OpenEnum};
/// # #[derive(Debug)]
/// # struct Status(String);
/// # impl OpenEnum for Status {
/// #     fn from_text(text: &str) -> Self { Self(text.to_owned()) }
/// #     fn as_text(&self) -> &str { &self.0 }
/// # }
/// let status: Option<Status> = Some(Status::from_text("FINISHED"));
/// assert!(status.is("FINISHED"));
/// assert!(!None::<Status>.is("FINISHED"));
/// assert_eq!(status.text(), "FINISHED");
/// assert_eq!(None::<Status>.text(), "");
/// ```
pub trait Is {
    /// Whether there is a value with this text.
    fn is(&self, text: &str) -> bool;

    /// The text of the value; empty if there is no value.
    fn text(&self) -> &str;
}

impl<T: OpenEnum> Is for T {
    fn is(&self, text: &str) -> bool {
        self.as_text() == text
    }

    fn text(&self) -> &str {
        self.as_text()
    }
}

impl<T: OpenEnum> Is for Option<T> {
    fn is(&self, text: &str) -> bool {
        self.as_ref().is_some_and(|value| value.as_text() == text)
    }

    fn text(&self) -> &str {
        self.as_ref().map_or("", T::as_text)
    }
}

/// An unknown value of an enumeration, unchanged; read it with `as_str()`. Parse the text with the
/// enumeration instead of creating this type directly: a known value then never becomes an
/// `UnknownText`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnknownText(String);

impl UnknownText {
    /// For `open_enum!`, which calls it only if no known value has this text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Deserialises an open enumeration without allocating a `String` for a known value.
pub fn deserialize_open_enum<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: OpenEnum,
{
    struct Visitor<T>(PhantomData<T>);

    impl<T: OpenEnum> de::Visitor<'_> for Visitor<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("text")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            Ok(T::from_text(text))
        }

        // Some services have enumerations with a value that was meant to be a boolean.
        fn visit_bool<E: de::Error>(self, value: bool) -> Result<T, E> {
            Ok(T::from_text(if value { "true" } else { "false" }))
        }

        fn visit_i64<E: de::Error>(self, value: i64) -> Result<T, E> {
            Ok(T::from_text(&value.to_string()))
        }

        fn visit_u64<E: de::Error>(self, value: u64) -> Result<T, E> {
            Ok(T::from_text(&value.to_string()))
        }
    }

    deserializer.deserialize_any(Visitor(PhantomData))
}

/// Declares an enumeration of strings that the service can extend.
///
/// ```
/// tapis_core::open_enum! {
///     /// Colours.
///     pub enum Colour {
///         /// `red`
///         Red = "red"
///     }
/// }
/// let unknown: Colour = serde_json::from_str("\"mauve\"").unwrap();
/// assert_eq!(unknown.as_str(), "mauve");
/// assert_eq!(serde_json::to_string(&unknown).unwrap(), "\"mauve\"");
/// assert!(Colour::Red == "red");
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! open_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal),* $(,)? }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)*
            #[doc(hidden)]
            UnknownValue($crate::rt::UnknownText),
        }

        impl $name {
            /// The text of the value.
            #[inline]
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::UnknownValue(text) => text.as_str(),
                }
            }
        }

        impl $crate::OpenEnum for $name {
            #[inline]
            fn from_text(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    _ => Self::UnknownValue($crate::rt::UnknownText::new(text)),
                }
            }

            #[inline]
            fn as_text(&self) -> &str {
                self.as_str()
            }
        }

        impl ::std::convert::From<&str> for $name {
            #[inline]
            fn from(text: &str) -> Self {
                $crate::OpenEnum::from_text(text)
            }
        }

        impl ::std::convert::From<::std::string::String> for $name {
            #[inline]
            fn from(text: ::std::string::String) -> Self {
                $crate::OpenEnum::from_text(&text)
            }
        }

        impl ::std::cmp::PartialEq<str> for $name {
            #[inline]
            fn eq(&self, text: &str) -> bool {
                self.as_str() == text
            }
        }

        impl ::std::cmp::PartialEq<&str> for $name {
            #[inline]
            fn eq(&self, text: &&str) -> bool {
                self.as_str() == *text
            }
        }

        impl ::std::fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::rt::serde::Serialize for $name {
            #[inline]
            fn serialize<S: $crate::rt::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::rt::serde::Deserialize<'de> for $name {
            #[inline]
            fn deserialize<D: $crate::rt::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::rt::deserialize_open_enum(deserializer)
            }
        }

        impl $crate::rt::ParameterValue for $name {
            #[inline]
            fn write(&self, values: &mut ::std::vec::Vec<::std::string::String>) {
                values.push(::std::string::ToString::to_string(self.as_str()));
            }
        }
    };
}

/// Declares a union of types, distinguished by one property.
#[doc(hidden)]
#[macro_export]
macro_rules! tagged_union {
    (
        $(#[$meta:meta])*
        pub enum $name:ident by $property:literal { $($tag:literal => $variant:ident($inner:ty)),* $(,)? }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, $crate::rt::serde::Serialize)]
        #[serde(crate = "::tapis_core::rt::serde", untagged)]
        #[non_exhaustive]
        pub enum $name {
            $(
                #[doc = concat!("Where `", $property, "` is `", $tag, "`.")]
                $variant($inner),
            )*
            /// An unknown variant, unchanged.
            UnknownValue($crate::rt::serde_json::Value),
        }

        impl<'de> $crate::rt::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::rt::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::rt::choice(deserializer, |value| {
                    match value.get($property).and_then($crate::rt::serde_json::Value::as_str) {
                        $(
                            ::std::option::Option::Some($tag) => $crate::rt::form(value).map(Self::$variant),
                        )*
                        _ => ::std::result::Result::Ok(Self::UnknownValue(value)),
                    }
                })
            }
        }
    };
}

#[cfg(test)]
#[expect(unreachable_pub)] // the macro declares what others export
mod tests {
    use std::collections::BTreeMap;

    open_enum! {
        /// Two values.
        pub enum Kind {
            /// `a`
            A = "a",
            /// `B B`
            BB = "B B",
        }
    }

    #[test]
    fn unknown_values_are_kept_and_sent_back() {
        let kinds: Vec<Kind> =
            serde_json::from_str(r#"["a","B B","new","UnknownValue",true]"#).unwrap();
        assert_eq!(kinds[0], Kind::A);
        assert_eq!(kinds[1], Kind::BB);
        assert!(kinds[2] == "new" && kinds[2] == *"new");
        assert_eq!(
            serde_json::to_string(&kinds).unwrap(),
            r#"["a","B B","new","UnknownValue","true"]"#
        );
    }

    #[test]
    fn an_enumeration_can_be_the_key_of_a_map() {
        let map: BTreeMap<Kind, i32> = serde_json::from_str(r#"{"a":1,"new":2}"#).unwrap();
        assert_eq!(map[&Kind::A], 1);
        assert_eq!(serde_json::to_string(&map).unwrap(), r#"{"a":1,"new":2}"#);
    }

    #[test]
    fn an_object_is_no_value_and_the_error_says_so() {
        let error = serde_json::from_str::<Kind>("{}").unwrap_err().to_string();
        assert!(error.contains("expected text"), "{error}");
    }
}
