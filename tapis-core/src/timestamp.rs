//! Timestamps in the formats of the services.

use std::fmt;

use jiff::civil::DateTime;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A timestamp as a service sent it.
///
/// The services use half a dozen formats. Any text is accepted and kept unchanged: deserialising a
/// text never fails, and serialising returns the same text. [`parsed`](Self::parsed) returns the time if
/// the format is known. A format without a zone is read as UTC.
///
/// Two timestamps are equal if their texts are. They have no order, because texts in different
/// formats cannot be compared: compare the results of [`parsed`](Self::parsed).
///
/// ```
/// use tapis_core::Timestamp;
///
/// let created = Timestamp::from("2024-05-06 07:08:09.5");
/// assert_eq!(created.parsed().unwrap().to_string(), "2024-05-06T07:08:09.5Z");
/// assert_eq!(created.to_string(), "2024-05-06 07:08:09.5");
/// assert!(Timestamp::from("None").parsed().is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Timestamp(String);

impl Timestamp {
    /// The text as the service sent it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The time, or `None` if the format of the text is not known.
    #[must_use]
    pub fn parsed(&self) -> Option<jiff::Timestamp> {
        let text = self.0.trim();
        text.parse()
            .ok()
            .or_else(|| http_date(text))
            .or_else(|| naive(text))
            .or_else(|| abaco(text))
    }
}

/// `Sun, 22 Nov 2026 23:00:49 GMT`
fn http_date(text: &str) -> Option<jiff::Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

/// `2024-05-06 07:08:09.5` and `2024-05-06T07:08:09`
fn naive(text: &str) -> Option<jiff::Timestamp> {
    let moment: DateTime = text.parse().ok()?;
    moment.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// The Actors service writes `Z` for every `000`, also inside the fraction:
/// `2024-05-06T07:08:09.123Z` for `.123000`, and also `2024-05-06T07:08:09.Z123`.
fn abaco(text: &str) -> Option<jiff::Timestamp> {
    if !text.contains('Z') {
        return None;
    }
    naive(&text.replace('Z', "000"))
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Timestamp {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// Writes ISO 8601 in UTC.
impl From<jiff::Timestamp> for Timestamp {
    fn from(moment: jiff::Timestamp) -> Self {
        Self(moment.to_string())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Timestamp;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a timestamp as text or as seconds since 1970")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
                Ok(text.into())
            }

            fn visit_string<E: de::Error>(self, text: String) -> Result<Timestamp, E> {
                Ok(text.into())
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Timestamp, E> {
                Ok(number.to_string().into())
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Timestamp, E> {
                Ok(number.to_string().into())
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Timestamp, E> {
                Ok(number.to_string().into())
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_that_the_services_write_is_understood() {
        let same = "2026-11-22T23:00:49Z";
        for text in [
            "Sun, 22 Nov 2026 23:00:49 GMT",
            "2026-11-22 23:00:49",
            "2026-11-22T23:00:49",
            "2026-11-22T23:00:49+00:00",
            "2026-11-22T23:00:49.000000+00:00",
            "2026-11-22T23:00:49Z",
            "2026-11-22T23:00:49.000Z",
            "2026-11-22T23:00:49.000000000Z",
            "2026-11-22T23:00:49.ZZ",
        ] {
            let parsed = Timestamp::from(text).parsed().map(|moment| moment.to_string());
            assert_eq!(parsed.as_deref(), Some(same), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_kept_as_text() {
        let timestamp: Timestamp = serde_json::from_str("\"None\"").unwrap();
        assert_eq!(timestamp.parsed(), None);
        assert_eq!(serde_json::to_string(&timestamp).unwrap(), "\"None\"");
    }
}
