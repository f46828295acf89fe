//! The metadata of an envelope.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::tolerant::{Lenient, lenient};

/// The metadata of a reply. Each value is decoded separately: numbers also from text, texts also
/// from numbers. Values that cannot be decoded are in [`other`](Self::other).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Metadata {
    /// Number of entries in this reply.
    pub record_count: Option<i64>,
    /// Maximum number of entries that was requested.
    pub record_limit: Option<i64>,
    /// Number of skipped entries.
    pub records_skipped: Option<i64>,
    /// The sort order.
    pub order_by: Option<String>,
    /// The entry after which this reply starts.
    pub start_after: Option<String>,
    /// Total number of entries; −1 unless the call requested the count.
    pub total_count: Option<i64>,
    /// All other values.
    pub other: serde_json::Map<String, Value>,
}

impl Metadata {
    pub(crate) fn read(metadata: &Value) -> Self {
        // Metadata of another type, such as a list, has no values.
        let mut other = metadata.as_object().cloned().unwrap_or_default();
        Self {
            record_count: taken(&mut other, "recordCount"),
            record_limit: taken(&mut other, "recordLimit"),
            records_skipped: taken(&mut other, "recordsSkipped"),
            order_by: taken(&mut other, "orderBy"),
            start_after: taken(&mut other, "startAfter"),
            total_count: taken(&mut other, "totalCount"),
            other,
        }
    }
}

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|metadata| Self::read(&metadata))
    }
}

/// Removes the value with this name and returns it, if it can be decoded.
fn taken<T: Lenient>(metadata: &mut serde_json::Map<String, Value>, name: &str) -> Option<T> {
    let value: Option<T> = lenient(metadata.get(name)?).ok()?;
    metadata.remove(name);
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_value_of_the_metadata_is_read_on_its_own() {
        let metadata = json!({
            "recordCount": "1", "recordLimit": 100.0, "recordsSkipped": "many", "orderBy": null,
            "startAfter": 5, "totalCount": -1, "success": true,
        });
        let read = Metadata::read(&metadata);
        assert_eq!(
            (read.record_count, read.record_limit, read.records_skipped, read.total_count),
            (Some(1), Some(100), None, Some(-1))
        );
        assert_eq!((read.order_by, read.start_after.as_deref()), (None, Some("5")));
        assert_eq!(Value::from(read.other), json!({"recordsSkipped": "many", "success": true}));
        for none in [json!(null), json!([1]), json!("text")] {
            assert_eq!(Metadata::read(&none), Metadata::default());
        }
    }
}
