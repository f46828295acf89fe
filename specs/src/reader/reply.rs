//! Responses, and what a success carries.

use serde_json::Value;

use super::media::{Media, is_json};
use super::schema::flatten;

/// A documented response.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Response {
    /// The status as the document has it: `200`, `4XX` or `default`.
    pub status: String,
    /// What the document says of it; empty where it says nothing.
    pub description: String,
    /// What it may carry, in the order of the document.
    pub content: Vec<Media>,
}

impl Response {
    /// The responses of an operation, in the order of the document.
    pub(super) fn read(responses: &Value) -> Vec<Self> {
        let responses = responses.as_object().into_iter().flatten();
        responses
            .map(|(status, value)| Self {
                status: status.clone(),
                description: value["description"].as_str().unwrap_or_default().trim().to_owned(),
                content: Media::read(&value["content"]),
            })
            .collect()
    }

    /// The status as a number; `None` for a range or `default`.
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        self.status.parse().ok()
    }

    /// Whether it is a success.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status.starts_with('2')
    }

    /// Whether it is a failure of the caller or of the service.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.status.starts_with(['4', '5'])
    }
}

/// What a success carries.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// The common envelope, with the schema of its `result` where it has one.
    Enveloped(Option<Value>),
    /// JSON without the envelope, with its schema.
    Json(Value),
    /// Bytes.
    Bytes,
    /// Nothing.
    Empty,
}

/// What the envelope may have. `status` and `message` are in every one.
const ENVELOPE: [&str; 7] =
    ["build", "commit", "message", "metadata", "result", "status", "version"];

impl Reply {
    /// What the first success that carries something carries.
    pub(super) fn of(document: &Value, responses: &[Response]) -> Self {
        let mut carrying = responses.iter().filter(|r| r.is_success() && !r.content.is_empty());
        let Some(response) = carrying.next() else { return Self::Empty };
        let json = response.content.iter().find(|media| is_json(&media.media_type));
        let Some(Media { schema, .. }) = json else { return Self::Bytes };
        let flat = flatten(document, schema);
        let enveloped = flat["properties"].as_object().is_some_and(|properties| {
            properties.contains_key("status")
                && properties.contains_key("message")
                && properties.keys().all(|key| ENVELOPE.contains(&key.as_str()))
        });
        if enveloped {
            Self::Enveloped(flat["properties"].get("result").cloned())
        } else {
            Self::Json(schema.clone())
        }
    }

    /// The schema of what a caller is given: of the envelope, its result.
    #[must_use]
    pub fn schema(&self) -> Option<&Value> {
        match self {
            Self::Enveloped(schema) => schema.as_ref(),
            Self::Json(schema) => Some(schema),
            Self::Bytes | Self::Empty => None,
        }
    }

    /// What has to be in the result, or in each entry of a list.
    pub(super) fn identity(&self, document: &Value) -> Vec<String> {
        let Some(schema) = self.schema() else { return Vec::new() };
        let mut schema = flatten(document, schema);
        if schema["type"] == "array" {
            schema = flatten(document, &schema["items"]);
        }
        let names = schema["required"].as_array().into_iter().flatten();
        names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reply(responses: Value) -> Reply {
        Reply::of(&Value::Null, &Response::read(&responses))
    }

    fn json_reply(schema: Value) -> Reply {
        reply(json!({"200": {"content": {"application/json": {"schema": schema}}}}))
    }

    #[test]
    fn of_an_envelope_the_result_is_the_reply() {
        let result = json!({"type": "string"});
        let envelope =
            json!({"properties": {"status": {}, "message": {}, "version": {}, "result": result}});
        assert_eq!(json_reply(envelope), Reply::Enveloped(Some(result)));
        let bare = json!({"properties": {"status": {}, "message": {}}});
        assert_eq!(json_reply(bare), Reply::Enveloped(None));
    }

    #[test]
    fn json_with_other_fields_is_no_envelope() {
        let schema = json!({"properties": {"status": {}, "message": {}, "size": {}}});
        assert_eq!(json_reply(schema.clone()), Reply::Json(schema));
    }

    #[test]
    fn what_is_not_json_is_bytes_and_what_carries_nothing_is_empty() {
        assert_eq!(reply(json!({"200": {"content": {"text/plain": {}}}})), Reply::Bytes);
        assert_eq!(reply(json!({"204": {"description": "Nothing."}})), Reply::Empty);
        assert_eq!(reply(json!({"400": {"content": {"application/json": {}}}})), Reply::Empty);
    }

    #[test]
    fn the_success_that_carries_something_counts() {
        let content = json!({"content": {"application/json": {"schema": {"type": "string"}}}});
        let both = json!({"200": {"description": "Nothing."}, "201": content});
        assert_eq!(reply(both), Reply::Json(json!({"type": "string"})));
    }

    #[test]
    fn the_entries_of_a_list_have_its_identity() {
        let document = json!({"components": {"schemas": {"Bird": {"required": ["ring"]}}}});
        let bird = json!({"$ref": "#/components/schemas/Bird"});
        let list = Reply::Json(json!({"type": "array", "items": bird}));
        for reply in [list, Reply::Enveloped(Some(bird))] {
            assert_eq!(reply.identity(&document), ["ring"]);
        }
        assert!(Reply::Bytes.identity(&document).is_empty());
    }

    #[test]
    fn the_status_tells_success_from_failure() {
        let responses = Response::read(&json!({"201": {}, "404": {}, "default": {}}));
        let kinds: Vec<_> =
            responses.iter().map(|r| (r.code(), r.is_success(), r.is_failure())).collect();
        let expected = [(Some(201), true, false), (Some(404), false, true), (None, false, false)];
        assert_eq!(kinds, expected);
    }
}
