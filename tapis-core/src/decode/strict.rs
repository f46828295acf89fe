//! Strict decoding of JSON that a program or a person wrote. Unknown attributes are rejected,
//! because the service would reject them too, or ignore a typing error.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::decode;
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::secret::{REDACTED, request_json};
use crate::text::printable;

/// Decodes the body of a request from JSON text.
///
/// # Errors
/// [`ErrorKind::Input`] with the JSON path: the text is not JSON, a value has the wrong type, a
/// required field is missing, an attribute is unknown, or a secret is `[redacted]`.
pub fn from_json<T: DeserializeOwned + Serialize>(text: &str) -> Result<T, Error> {
    let read = || {
        let value = decode(text.as_bytes())?;
        strict_text(text.as_bytes(), &value)
    };
    read().map_err(|why| Error::new(ErrorKind::Input, why))
}

/// As [`from_json`], from a value.
///
/// # Errors
/// As [`from_json`].
pub fn from_value<T: DeserializeOwned + Serialize>(value: &Value) -> Result<T, Error> {
    strict(value).map_err(|why| Error::new(ErrorKind::Input, why))
}

/// Decodes a reply from JSON text. Unknown attributes are ignored, as in replies of a service.
///
/// # Errors
/// [`ErrorKind::Input`] with the JSON path: the text is not JSON, a value has the wrong type, or a
/// required field is missing.
pub fn reply_from_json<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    decode(text.as_bytes()).map_err(|why| Error::new(ErrorKind::Input, why))
}

/// Creates a request from a reply with the given `fields`. Secrets are omitted, and so are empty
/// lists of fields in `non_empty`, where the service does not allow them.
///
/// # Errors
/// [`ErrorKind::Input`]: the reply lacks `required` fields (the error names all of them), or a
/// value is not allowed in the request (the error names its JSON path).
pub fn request_from<R: Serialize, T: DeserializeOwned>(
    reply: &R,
    fields: &[&str],
    non_empty: &[&str],
    required: &[&str],
) -> Result<T, Error> {
    let fail = |why: String| Error::new(ErrorKind::Input, why);
    // A secret is serialised as `[redacted]` here.
    let mut value = serde_json::to_value(reply).map_err(|error| fail(error.to_string()))?;
    remove_secrets(&mut value);
    if let Value::Object(object) = &mut value {
        object.retain(|name, value| {
            let refused =
                value.as_array().is_some_and(Vec::is_empty) && non_empty.contains(&name.as_str());
            fields.contains(&name.as_str()) && !refused
        });
    }
    let absent = |name: &&&str| value.get(name).is_none_or(Value::is_null);
    let missing: Vec<&str> = required.iter().filter(absent).copied().collect();
    if !missing.is_empty() {
        return Err(fail(format!(
            "the reply lacks fields that the request requires: {}",
            missing.join(", ")
        )));
    }
    decode(value.to_string().as_bytes()).map_err(fail)
}

fn remove_secrets(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|_, value| !is_redacted(value));
            object.values_mut().for_each(remove_secrets);
        }
        Value::Array(items) => {
            items.retain(|value| !is_redacted(value));
            items.iter_mut().for_each(remove_secrets);
        }
        _ => {}
    }
}

fn is_redacted(value: &Value) -> bool {
    value.as_str() == Some(REDACTED)
}

/// Decodes a value as a type that must know all of its attributes. The error has the JSON path and
/// does not quote the content.
///
/// # Errors
/// What is wrong.
pub fn strict<T: DeserializeOwned + Serialize>(value: &Value) -> Result<T, String> {
    strict_text(value.to_string().as_bytes(), value)
}

fn strict_text<T: DeserializeOwned + Serialize>(text: &[u8], value: &Value) -> Result<T, String> {
    let read: T = decode(text).map_err(|why| named::<T>(text, why))?;
    // The type knows what it serialises again. This also rejects `[redacted]` as a secret.
    let (json, _) = request_json(&read).map_err(|error| error.to_string())?;
    let known = decode(&json)?;
    match unknown(String::new(), value, Some(&known)) {
        Some(path) => Err(format!("unknown attribute {path}")),
        None => Ok(read),
    }
}

/// The error with the name of an attribute that the type itself rejects. Decoders of replies omit
/// names, which come from the server; these come from the caller.
fn named<T: DeserializeOwned>(text: &[u8], why: String) -> String {
    let Some((place, _)) = why.split_once("unknown field") else { return why };
    let Err(error) = serde_json::from_slice::<T>(text) else { return why };
    let error = error.to_string();
    let name = error.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`'));
    let Some((name, _)) = name else { return why };
    match place.trim_end_matches([':', ' ']) {
        "" => format!("unknown attribute {}", printable(name)),
        path => format!("unknown attribute {path}.{}", printable(name)),
    }
}

/// The JSON path of the first attribute of the value that `known` does not have.
fn unknown(path: String, value: &Value, known: Option<&Value>) -> Option<String> {
    match (value, known) {
        // A null is not sent.
        (Value::Null, None) => None,
        (_, None) => Some(path),
        (Value::Object(fields), Some(known)) if known.is_object() => {
            fields.iter().find_map(|(name, value)| {
                let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                unknown(below, value, known.get(name))
            })
        }
        (Value::Array(items), Some(Value::Array(known))) => {
            let pairs = items.iter().zip(known).enumerate();
            pairs
                .into_iter()
                .find_map(|(at, (item, known))| unknown(format!("{path}[{at}]"), item, Some(known)))
        }
        _ => None,
    }
}

/// Declares how programs create a struct from JSON: strictly for the body of a request, otherwise
/// as a reply.
#[doc(hidden)]
#[macro_export]
macro_rules! from_json {
    (request $name:ident) => {
        impl $name {
            /// Decodes JSON text.
            ///
            /// # Errors
            ///
            /// [`Input`]($crate::ErrorKind::Input) with the JSON path: a value has the wrong type,
            /// a required field is missing, an attribute is unknown, or a secret is `[redacted]`.
            #[inline]
            pub fn from_json(text: &str) -> ::std::result::Result<Self, $crate::rt::Error> {
                $crate::rt::from_json(text)
            }
        }

        impl ::std::convert::TryFrom<$crate::rt::serde_json::Value> for $name {
            type Error = $crate::rt::Error;

            #[inline]
            fn try_from(
                value: $crate::rt::serde_json::Value,
            ) -> ::std::result::Result<Self, $crate::rt::Error> {
                $crate::rt::from_value(&value)
            }
        }
    };
    (reply $name:ident) => {
        impl $name {
            /// Decodes JSON text, for tests. Unknown attributes are ignored.
            ///
            /// # Errors
            ///
            /// [`Input`]($crate::ErrorKind::Input) with the JSON path: a value has the wrong type,
            /// or a required field is missing.
            #[inline]
            pub fn from_json(text: &str) -> ::std::result::Result<Self, $crate::rt::Error> {
                $crate::rt::reply_from_json(text)
            }
        }
    };
}

/// Declares that a request can be created from a reply, from the fields that both have.
#[doc(hidden)]
#[macro_export]
macro_rules! from_reply {
    (
        $reply:ident => $request:ident
        [$($field:literal),*] non_empty [$($non_empty:literal),*] requires [$($required:literal),*]
    ) => {
        /// Copies the attributes that the request also has. Attributes that only the service sets
        /// are omitted, and so are secrets.
        ///
        /// # Errors
        ///
        /// [`Input`]($crate::ErrorKind::Input); the error names every required attribute that the
        /// reply lacks.
        impl ::std::convert::TryFrom<$reply> for $request {
            type Error = $crate::rt::Error;

            #[inline]
            fn try_from(reply: $reply) -> ::std::result::Result<Self, $crate::rt::Error> {
                $crate::rt::request_from(
                    &reply,
                    &[$($field),*],
                    &[$($non_empty),*],
                    &[$($required),*],
                )
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Host {
        id: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        port: Option<i64>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        queues: Vec<Queue>,
        #[serde(skip_serializing_if = "Option::is_none")]
        key: Option<Secret>,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Queue {
        name: String,
    }

    #[test]
    fn what_a_type_does_not_know_is_refused_with_its_path_and_without_its_value() {
        for (value, why) in [
            (json!({"id": "a", "prot": "planted"}), "unknown attribute prot"),
            (
                json!({"id": "a", "queues": [{"name": "q"}, {"name": "r", "max": 1}]}),
                "unknown attribute queues[1].max",
            ),
            (json!({"id": "a", "port": "planted"}), "port: invalid type"),
            (json!({"port": 1}), "missing field `id`"),
            (json!({"id": "a", "key": "[redacted]"}), "key: `[redacted]` stands for a secret"),
        ] {
            for error in [
                from_value::<Host>(&value).unwrap_err(),
                from_json::<Host>(&value.to_string()).unwrap_err(),
            ] {
                assert!(error.is_input() && error.message().contains(why), "{value}: {error}");
                assert!(!format!("{error:?}").contains("planted"), "{error:?}");
            }
        }
        let error = from_json::<Host>("{\"id\": ").unwrap_err();
        assert!(error.is_input(), "{error}");
    }

    #[test]
    fn an_attribute_that_the_type_itself_refuses_is_named() {
        #[derive(Debug, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Closed {
            #[serde(skip_serializing_if = "Option::is_none")]
            image: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            inner: Option<Box<Closed>>,
        }
        for (text, why) in [
            (r#"{"imagee": "planted"}"#, "unknown attribute imagee"),
            (r#"{"inner": {"imagee": "planted"}}"#, "unknown attribute inner.imagee"),
        ] {
            let error = from_json::<Closed>(text).unwrap_err();
            assert_eq!(error.message(), why);
        }
    }

    #[test]
    fn a_request_of_a_reply_has_no_secrets_and_names_all_that_is_missing() {
        #[derive(Serialize)]
        struct Reply {
            id: Option<&'static str>,
            name: Option<&'static str>,
            uuid: &'static str,
            key: Secret,
            hosts: Vec<Host>,
            tags: [u8; 0],
            notes: [u8; 0],
        }
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Request {
            id: String,
            name: String,
            key: Option<Secret>,
            hosts: Vec<Host>,
            tags: Option<Vec<u8>>,
            notes: Option<Vec<u8>>,
        }
        let host = Host {
            id: "h".to_owned(),
            port: None,
            queues: Vec::new(),
            key: Some("planted".into()),
        };
        let made = |id, name| {
            let hosts = vec![host.clone()];
            let key = "planted".into();
            let reply = Reply { id, name, uuid: "u", key, hosts, tags: [], notes: [] };
            let fields = ["id", "name", "key", "hosts", "tags", "notes"];
            request_from::<_, Request>(&reply, &fields, &["tags"], &["id", "name"])
        };
        let request = made(Some("a"), Some("b")).unwrap();
        assert_eq!((request.id.as_str(), request.name.as_str()), ("a", "b"));
        assert_eq!((request.tags, request.notes), (None, Some(Vec::new())));
        assert!(request.key.is_none() && request.hosts[0].key.is_none());
        let error = made(None, None).unwrap_err();
        assert!(error.is_input(), "{error}");
        assert_eq!(error.message(), "the reply lacks fields that the request requires: id, name");
    }

    #[test]
    fn null_is_left_out() {
        let host: Host = from_value(&json!({"id": "a", "port": null, "other": null})).unwrap();
        assert_eq!((host.id.as_str(), host.port), ("a", None));
    }

    #[test]
    fn a_reply_may_hold_more_than_its_type() {
        let queue: Queue = reply_from_json(r#"{"name": "q", "more": 1}"#).unwrap();
        assert_eq!(queue.name, "q");
        assert!(reply_from_json::<Queue>("{}").unwrap_err().message().contains("name"));
    }
}
