//! The envelope that most services put around a result, and what comes without one.

use std::fmt;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::{self, DeserializeOwned, Deserializer, IgnoredAny, MapAccess};
use serde_json::Value;

use crate::call::Call;
use crate::decode::{decode, describe};
use crate::error::{Error, ErrorKind};
use crate::exec::{self, Reply};
use crate::object::{Object, Properties, read_object};

/// What is needed of an envelope to have its result.
struct Envelope<T> {
    /// Read on its own where it is absent or `null`.
    result: Option<T>,
    failed: Failed,
}

impl<T: DeserializeOwned> Object for Envelope<T> {
    const NAME: &'static str = "Envelope";
    const PROPERTIES: &'static [&'static str] = &["result", "status"];

    fn place(name: &str) -> usize {
        match name {
            "result" => 0,
            "status" => 1,
            _ => usize::MAX,
        }
    }

    fn read<'de, A: MapAccess<'de>>(mut properties: Properties<A>) -> Result<Self, A::Error> {
        let (mut result, mut failed) = (None, None);
        while let Some(place) = properties.next_place::<Self>()? {
            match place {
                0 => properties.optional(&mut result)?,
                1 => properties.required(&mut failed)?,
                _ => properties.skip()?,
            }
        }
        Ok(Self { result, failed: failed.unwrap_or(Failed(false)) })
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Envelope<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_object(deserializer)
    }
}

/// Whether the `status` of an envelope, which may be of any type, is `error`.
struct Failed(bool);

impl<'de> Deserialize<'de> for Failed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Failed;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a status")
            }

            fn visit_str<E>(self, status: &str) -> Result<Failed, E> {
                Ok(Failed(status == "error"))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Failed, E> {
                Ok(Failed(false))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Failed, E> {
                Ok(Failed(false))
            }

            fn visit_u64<E>(self, _: u64) -> Result<Failed, E> {
                Ok(Failed(false))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Failed, E> {
                Ok(Failed(false))
            }

            fn visit_unit<E>(self) -> Result<Failed, E> {
                Ok(Failed(false))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<Failed, A::Error> {
                IgnoredAny.visit_seq(seq).map(|_| Failed(false))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Failed, A::Error> {
                IgnoredAny.visit_map(map).map(|_| Failed(false))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

/// The `status` of an envelope whose `result` could not be read.
#[derive(Deserialize)]
struct Verdict {
    #[serde(default)]
    status: Value,
}

impl Verdict {
    /// Whether the body, where no envelope is expected, is nothing but an envelope that tells of a
    /// failure. A document of the user's own may well have a `status` of its own.
    fn is_bare_failure(body: &Bytes) -> bool {
        const ENVELOPE: [&str; 7] =
            ["build", "commit", "message", "metadata", "result", "status", "version"];
        let Ok(Value::Object(object)) = serde_json::from_slice(body) else { return false };
        object.get("status").is_some_and(|status| status == "error")
            && ["message", "version"].iter().all(|key| object.contains_key(*key))
            && object.keys().all(|key| ENVELOPE.contains(&key.as_str()))
    }

    /// Whether the envelope's `result` is the text `null`, which stands for none.
    fn has_null_text(body: &Bytes) -> bool {
        #[derive(Deserialize)]
        struct Result {
            result: String,
        }
        serde_json::from_slice::<Result>(body).is_ok_and(|envelope| envelope.result == "null")
    }

    fn is_error(body: &Bytes) -> bool {
        serde_json::from_slice::<Self>(body).is_ok_and(|verdict| verdict.status == "error")
    }
}

/// What an envelope says beside its result.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) message: Option<String>,
    pub(crate) version: Option<String>,
    /// `null` where it says nothing.
    pub(crate) metadata: Value,
}

impl Said {
    /// Reads an envelope whose result has been read. It is read twice, because few callers ask for
    /// more than the result.
    pub(crate) fn read(body: &[u8]) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Beside {
            message: Value,
            version: Value,
            metadata: Value,
        }

        let text = |value: Value| match value {
            Value::String(text) => Some(text),
            Value::Null => None,
            other => Some(other.to_string()),
        };
        // A body without an envelope says nothing.
        let beside: Beside = serde_json::from_slice(body).unwrap_or_default();
        Self {
            message: text(beside.message),
            version: text(beside.version),
            metadata: beside.metadata,
        }
    }
}

/// Whether the reply is an envelope, where it might be anything.
pub(crate) fn is_one(reply: &Reply) -> bool {
    let is_envelope = serde_json::from_slice::<Value>(&reply.body)
        .is_ok_and(|value| value.get("status").is_some() && value.get("result").is_some());
    is_envelope || Verdict::is_error(&reply.body)
}

/// The result in an envelope.
pub(crate) fn result<T: DeserializeOwned>(call: &Call, reply: &Reply) -> Result<T, Error> {
    if reply.body.trim_ascii().is_empty() {
        return nothing().map_err(|why| unreadable(call, reply, why));
    }
    let envelope: Envelope<T> = match serde_json::from_slice(&reply.body) {
        Ok(envelope) => envelope,
        // A failure in the guise of a success has another result, or none.
        Err(_) if Verdict::is_error(&reply.body) => return Err(exec::failed_success(call, reply)),
        Err(_) if Verdict::has_null_text(&reply.body) => {
            return nothing().map_err(|why| unreadable(call, reply, why));
        }
        Err(error) => return Err(unreadable(call, reply, describe(&reply.body, &error))),
    };
    if envelope.failed.0 {
        return Err(exec::failed_success(call, reply));
    }
    match envelope.result {
        Some(result) => Ok(result),
        None => nothing().map_err(|why| unreadable(call, reply, why)),
    }
}

/// Nothing is expected of the body but that it may say it failed after all.
pub(crate) fn acknowledgement(call: &Call, reply: &Reply) -> Result<(), Error> {
    match serde_json::from_slice::<Envelope<IgnoredAny>>(&reply.body) {
        Ok(envelope) if envelope.failed.0 => Err(exec::failed_success(call, reply)),
        _ => Ok(()),
    }
}

/// What came without an envelope.
pub(crate) fn none<T: DeserializeOwned>(call: &Call, reply: &Reply) -> Result<T, Error> {
    no_failure(call, reply)?;
    let result = if reply.body.trim_ascii().is_empty() { nothing() } else { decode(&reply.body) };
    result.map_err(|why| unreadable(call, reply, why))
}

/// Where nothing, or something without an envelope, is expected, an envelope may still come that tells
/// of a failure.
pub(crate) fn no_failure(call: &Call, reply: &Reply) -> Result<(), Error> {
    match Verdict::is_bare_failure(&reply.body) {
        true => Err(exec::failed_success(call, reply)),
        false => Ok(()),
    }
}

/// What stands for an absent result: nothing of anything, an empty collection, or an object
/// without fields.
fn nothing<T: DeserializeOwned>() -> Result<T, String> {
    ["null", "{}", "[]"]
        .iter()
        // From bytes, for which the type's reader is there already.
        .find_map(|json| serde_json::from_slice(json.as_bytes()).ok())
        .ok_or_else(|| "the reply holds no result".to_owned())
}

#[cold]
fn unreadable(call: &Call, reply: &Reply, why: String) -> Error {
    Error::new(ErrorKind::Decoding, why)
        .with_reply(reply.status, &reply.headers, &reply.body)
        .with_attempts(reply.attempts)
        .with_operation(call.operation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Optional {
        name: Option<String>,
    }

    #[derive(Debug, Deserialize)]
    struct Demanding {
        #[allow(dead_code)]
        id: String,
    }

    #[test]
    fn an_absent_result_is_an_empty_one_where_there_is_such_a_thing() {
        assert_eq!(nothing::<Vec<String>>().unwrap(), Vec::<String>::new());
        assert_eq!(nothing::<BTreeMap<String, i64>>().unwrap(), BTreeMap::new());
        assert_eq!(nothing::<Optional>().unwrap(), Optional { name: None });
        assert_eq!(nothing::<Value>().unwrap(), Value::Null);
        assert!(nothing::<Demanding>().is_err());
        assert!(nothing::<String>().is_err());
    }

    #[test]
    fn only_a_status_that_is_the_text_error_is_a_failure() {
        let failed =
            |json: &str| serde_json::from_str::<Envelope<IgnoredAny>>(json).unwrap().failed.0;
        assert!(failed(r#"{"result":[1],"status":"error"}"#));
        let others =
            [r#""success""#, "null", "true", "1", "-1", "1.5", r#"["error"]"#, r#"{"error":1}"#];
        for status in others {
            assert!(!failed(&format!(r#"{{"status":{status},"result":{{}}}}"#)), "{status}");
        }
        assert!(!failed("{}"));
    }

    #[test]
    fn what_an_envelope_says_beside_its_result_may_be_of_any_type() {
        let said = Said::read(
            br#"{"message":["a"],"version":null,"metadata":{"recordCount":1},"result":{}}"#,
        );
        assert_eq!((said.message.as_deref(), said.version), (Some(r#"["a"]"#), None));
        assert_eq!(said.metadata["recordCount"], 1);
        assert_eq!(Said::read(b"not JSON").message, None);
    }
}
