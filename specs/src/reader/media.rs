//! Media types and the schemas of their content.

use serde_json::Value;

/// A media type and the schema of its content.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Media {
    /// The media type, such as `application/json`.
    pub media_type: String,
    /// The schema; `null` where the document has none.
    pub schema: Value,
}

impl Media {
    /// The media types of a `content` object, in the order of the document.
    pub(super) fn read(content: &Value) -> Vec<Self> {
        let content = content.as_object().into_iter().flatten();
        content
            .map(|(media_type, value)| Self {
                media_type: media_type.clone(),
                schema: value["schema"].clone(),
            })
            .collect()
    }
}

/// Whether a media type is JSON, with or without parameters such as a character set.
#[must_use]
pub fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type.starts_with("application/json;")
}

#[cfg(test)]
mod tests {
    use super::is_json;

    #[test]
    fn json_may_have_parameters() {
        assert!(is_json("application/json") && is_json("application/json; charset=utf-8"));
        assert!(!is_json("application/jsonlines") && !is_json("text/plain"));
    }
}
