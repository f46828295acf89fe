//! The envelope around most results, and replies without one.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, DeserializeOwned, Deserializer, IgnoredAny, MapAccess};
use serde_json::Value;

use crate::call::Call;
use crate::decode::{Foreign, describe};
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::exec::{self, Reply};
use crate::failure::ENVELOPE;
use crate::object::{Object, Properties, read_object};
use crate::refusal;

/// The fields of an envelope that are needed for its result.
struct Envelope<T> {
    /// The default value if it is absent or `null`.
    result: Option<T>,
    failed: Failed,
}

impl<T: DeserializeOwned> Object for Envelope<T> {
    const NAME: &'static str = "Envelope";
    const PROPERTIES: &'static [&'static str] = &["result", "status"];

    fn read<'de, A: MapAccess<'de>>(mut properties: Properties<A>) -> Result<Self, A::Error> {
        let (mut result, mut failed) = (None, None);
        while let Some(place) = properties.next_place(Self::PROPERTIES)? {
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

/// Whether the `status` of an envelope, which may have any type, reports a failure.
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
                Ok(Failed(is_failure_status(status)))
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

/// The byte order mark that some programs write before UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// Whether services report a failure with this `status` of an envelope.
fn is_failure_status(status: &str) -> bool {
    ["error", "failure"].iter().any(|failure| status.eq_ignore_ascii_case(failure))
}

/// Whether the value has only fields of an envelope and reports a failure.
fn is_failure(value: &Value) -> bool {
    value.as_object().is_some_and(|object| {
        object.get("status").and_then(Value::as_str).is_some_and(is_failure_status)
            && object.contains_key("message")
            && object.keys().all(|key| ENVELOPE.contains(&key.as_str()))
    })
}

/// Whether a value is nothing but an envelope that reports a failure, where no envelope is
/// expected. A user's own document can have a `status` too.
fn is_bare_failure(value: &Value) -> bool {
    is_failure(value) && value.get("version").is_some()
}

/// Whether an envelope whose `result` could not be decoded reports a failure.
fn has_failed(body: &[u8]) -> bool {
    serde_json::from_slice::<Envelope<IgnoredAny>>(body).is_ok_and(|envelope| envelope.failed.0)
}

/// Whether the `result` of the envelope is the text `null`, which means no result.
fn has_null_text(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Result {
        result: String,
    }
    serde_json::from_slice::<Result>(body).is_ok_and(|envelope| envelope.result == "null")
}

/// The fields of an envelope besides its result.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) message: Option<String>,
    pub(crate) version: Option<String>,
    /// `null` if there is none.
    pub(crate) metadata: Value,
}

impl Said {
    /// Decodes an envelope whose result has already been decoded. It is decoded twice, because few
    /// callers need more than the result.
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
        // A body without an envelope has no such fields.
        let body = body.strip_prefix(BOM).unwrap_or(body);
        let beside: Beside = serde_json::from_slice(body).unwrap_or_default();
        Self {
            message: text(beside.message),
            version: text(beside.version),
            metadata: beside.metadata,
        }
    }
}

/// The body without [`BOM`].
fn text(reply: &Reply) -> &[u8] {
    reply.body.strip_prefix(BOM).unwrap_or(&reply.body)
}

/// Whether the reply is an envelope, for operations whose reply can be anything.
pub(crate) fn is_one(reply: &Reply) -> bool {
    serde_json::from_slice::<Value>(text(reply)).is_ok_and(|value| {
        value.get("status").is_some() && value.get("result").is_some() || is_failure(&value)
    })
}

/// The result of an envelope.
pub(crate) fn result<T: DeserializeOwned>(call: &Call, reply: &Reply) -> Result<T, Error> {
    let body = text(reply);
    if body.trim_ascii().is_empty() {
        return nothing().map_err(|why| unreadable(call, reply, why));
    }
    let envelope: Envelope<T> = match serde_json::from_slice(body) {
        Ok(envelope) => envelope,
        // A failure with a success status has another result, or none.
        Err(_) if has_failed(body) => return Err(exec::failed_success(call, reply)),
        Err(_) if has_null_text(body) => {
            return nothing().map_err(|why| unreadable(call, reply, why));
        }
        Err(error) => return Err(mismatch(call, reply, &error)),
    };
    if envelope.failed.0 && !(envelope.result.is_some() && says_unchanged(body)) {
        return Err(exec::failed_success(call, reply));
    }
    match envelope.result {
        Some(result) => Ok(result),
        None => nothing().map_err(|why| unreadable(call, reply, why)),
    }
}

/// Whether a failed envelope only reports that there was nothing to change.
#[cold]
fn says_unchanged(body: &[u8]) -> bool {
    Said::read(body).message.is_some_and(|message| refusal::is_unchanged(&message))
}

/// Accepts any body, which may be empty or any JSON. It must not report a failure, and must not be
/// a page from another server, such as a proxy.
pub(crate) fn acknowledgement(call: &Call, reply: &Reply) -> Result<(), Error> {
    let body = text(reply);
    match serde_json::from_slice::<Envelope<IgnoredAny>>(body) {
        Ok(envelope) if envelope.failed.0 => Err(exec::failed_success(call, reply)),
        Ok(_) => Ok(()),
        // JSON without an envelope, such as an empty string or list.
        Err(_) => match serde_json::from_slice::<IgnoredAny>(body) {
            Err(error) if !body.trim_ascii().is_empty() => Err(mismatch(call, reply, &error)),
            _ => Ok(()),
        },
    }
}

/// Accepts any text of the service, with or without an envelope, unless it is an envelope that
/// reports a failure or a page from another server.
pub(crate) fn emptiness(call: &Call, reply: &Reply) -> Result<(), Error> {
    let body = text(reply);
    if says_bare_failure(body) {
        return Err(exec::failed_success(call, reply));
    }
    match serde_json::from_slice::<IgnoredAny>(body) {
        Err(error) if !body.trim_ascii().is_empty() => match Foreign::of(body, &error) {
            None | Some(Foreign::Text) => Ok(()),
            Some(_) => Err(mismatch(call, reply, &error)),
        },
        _ => Ok(()),
    }
}

/// The result of a reply without an envelope.
pub(crate) fn none<T: DeserializeOwned>(call: &Call, reply: &Reply) -> Result<T, Error> {
    let body = text(reply);
    if body.trim_ascii().is_empty() {
        return nothing().map_err(|why| unreadable(call, reply, why));
    }
    if says_bare_failure(body) {
        return Err(exec::failed_success(call, reply));
    }
    serde_json::from_slice(body).map_err(|error| mismatch(call, reply, &error))
}

/// Whether the body is only an envelope that reports a failure.
pub(crate) fn says_bare_failure(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"{")
        && serde_json::from_slice(body).is_ok_and(|value| is_bare_failure(&value))
}

/// Returns the number of entries in the list of a reply, including those that cannot be decoded:
/// the start of the next page depends on it. `None` if the reply has no list.
pub(crate) fn entries(body: &[u8]) -> Option<usize> {
    #[derive(Deserialize)]
    struct Listed {
        // A type without size, so that nothing is stored.
        result: Vec<IgnoredAny>,
    }
    if body.trim_ascii_start().starts_with(b"[") {
        return serde_json::from_slice::<Vec<IgnoredAny>>(body).ok().map(|list| list.len());
    }
    serde_json::from_slice::<Listed>(body).ok().map(|listed| listed.result.len())
}

/// The maximum number of streamed bytes that are held back to detect an error reply.
pub(crate) const HELD: u64 = 64 * 1024;

/// Whether bytes that start with `head` can be an envelope that only reports a failure. Reads no
/// more than necessary, because the reader waits.
pub(crate) fn may_be_failure(head: &[u8]) -> bool {
    if u64::try_from(head.len()).is_ok_and(|length| length > HELD) {
        return false;
    }
    let start = head.trim_ascii_start();
    let Some((first, rest)) = start.split_first() else { return true };
    if *first != b'{' {
        return false;
    }
    let mut values = serde_json::Deserializer::from_slice(start).into_iter::<Value>();
    match values.next() {
        Some(Ok(value)) => {
            let behind = start.get(values.byte_offset()..).unwrap_or_default();
            behind.trim_ascii().is_empty() && is_bare_failure(&value)
        }
        // Bytes that start differently need not be held back.
        Some(Err(error)) if error.is_eof() => match rest.trim_ascii_start().split_first() {
            None => true,
            Some((b'"', name)) => match name.iter().position(|byte| *byte == b'"') {
                Some(end) => ENVELOPE.iter().any(|member| member.as_bytes() == &name[..end]),
                None => ENVELOPE.iter().any(|member| member.as_bytes().starts_with(name)),
            },
            Some(_) => false,
        },
        _ => false,
    }
}

/// The value of an absent result: null, an empty collection, or an object without fields.
fn nothing<T: DeserializeOwned>() -> Result<T, String> {
    ["null", "{}", "[]"]
        .iter()
        // Decoded from bytes, because that decoder is already compiled for the type.
        .find_map(|json| serde_json::from_slice(json.as_bytes()).ok())
        .ok_or_else(|| "the reply has no result".to_owned())
}

/// The error for an unexpected body; it names what the body is instead.
#[cold]
fn mismatch(call: &Call, reply: &Reply, error: &serde_json::Error) -> Error {
    let body = text(reply);
    let why = match Foreign::of(body, error) {
        // With the title of the page, as in the error for a failure.
        Some(Foreign::Page) => {
            format!("expected JSON, got {}", exec::failed_success(call, reply).message())
        }
        Some(Foreign::CutOff) => {
            format!("expected JSON, got {} ({})", Foreign::CutOff.name(), describe(body, error))
        }
        Some(foreign) => format!("expected JSON, got {}", foreign.name()),
        None => describe(body, error),
    };
    unreadable(call, reply, why)
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
        #[expect(dead_code)]
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
    fn only_a_status_that_is_the_text_error_or_failure_is_a_failure() {
        let failed =
            |json: &str| serde_json::from_str::<Envelope<IgnoredAny>>(json).unwrap().failed.0;
        for status in ["error", "Error", "ERROR", "failure", "FAILURE"] {
            assert!(failed(&format!(r#"{{"result":[1],"status":"{status}"}}"#)), "{status}");
        }
        let others = [
            r#""success""#,
            r#""SUCCESS""#,
            r#""Failed to be late""#,
            "null",
            "true",
            "1",
            "-1",
            "1.5",
            r#"["error"]"#,
            r#"{"error":1}"#,
        ];
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

    #[test]
    fn bytes_are_held_back_only_while_they_may_be_a_failure() {
        let whole = r#" {"status":"error","message":"m","result":null,"version":"1"} "#;
        for end in 0..=whole.len() {
            assert!(may_be_failure(&whole.as_bytes()[..end]), "{}", &whole[..end]);
        }
        let messages = format!(r#"{{"message":"{}"#, "x".repeat(64 * 1024));
        for content in [
            "text",
            "[",
            "{]",
            r#"{"type":"FeatureCollection","features":["#,
            r#"{"stat":"#,
            r#"{"status":"success","message":"m","result":null,"version":"1"}"#,
            r#"{"status":"error","message":"m","version":"1","mine":1}"#,
            r#"{"status":"error"}"#,
            r#"{"status":"error","message":"m","version":"1"}
               {"status":"error","message":"m","version":"1"}"#,
            &messages,
        ] {
            assert!(!may_be_failure(content.as_bytes()), "{content:.60}");
        }
    }

    #[test]
    fn entries_count_as_they_were_sent() {
        for (body, count) in [
            (r#"{"result":[{"id":1},null,"x"],"status":"success"}"#, Some(3)),
            (r#"{"status":"success","result":[]}"#, Some(0)),
            (" [null,1]", Some(2)),
            (r#"{"result":{"a":1}}"#, None),
            (r#"{"result":null}"#, None),
            ("", None),
        ] {
            assert_eq!(entries(body.as_bytes()), count, "{body}");
        }
    }
}
