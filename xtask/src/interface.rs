//! The interface of a document, without its prose.

use serde_json::{Map, Value};
use tapis_specs::reader::{EXAMPLE, SEE_ALSO};

use crate::ordered::{self, KNOWN, ORDER, Ordered};
use crate::walk;

/// Keywords for prose, examples and contact data.
const PROSE: [&str; 8] = [
    "contact",
    "description",
    "example",
    "examples",
    "externalDocs",
    "license",
    "summary",
    "termsOfService",
];

/// The interface that `document` describes.
pub(crate) fn of(document: &Ordered) -> Value {
    let mut interface = document.document(&mut ordered::note_order);
    strip_prose(&mut interface);
    interface
}

/// Removes prose from `document`. The interface does not change, except for the order of `required`
/// lists, which has no meaning and is sorted.
fn strip_prose(document: &mut Value) {
    // `title` is the name of the document in `info`, and prose in a schema.
    let title = document.pointer_mut("/info/title").map(Value::take);
    walk::keyword_objects(document, &mut |object| {
        for key in PROSE {
            object.remove(key);
        }
        object.remove("title");
        object.retain(|key, _| !key.starts_with("x-") || key == ORDER);
        sort_required(object);
    });
    if let (Some(title), Some(Value::Object(info))) = (title, document.get_mut("info")) {
        info.insert("title".into(), title);
    }
    if let Some(version) = document.pointer_mut("/info/version")
        && version.is_number()
    {
        *version = Value::from(version.to_string());
    }
}

fn sort_required(object: &mut Map<String, Value>) {
    if let Some(Value::Array(required)) = object.get_mut("required") {
        required.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        required.dedup();
    }
}

/// The document without prose, to check whether an overlay action changes the interface.
pub(crate) fn without_sentences(document: &Value) -> Value {
    let mut bare = document.clone();
    walk::keyword_objects(&mut bare, &mut |object| {
        for key in ["description", "summary", EXAMPLE, SEE_ALSO, KNOWN] {
            object.remove(key);
        }
    });
    bare
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn prose_goes_and_fields_named_like_prose_stay() {
        let mut document = json!({
            "info": {"title": "T", "version": 2, "contact": {"name": "x"}, "description": "words"},
            "paths": {"/a": {"get": {"summary": "words", "operationId": "a", "x-tool": 1,
                "responses": {"200": {"description": "words"}}}}},
            "components": {"schemas": {"S": {
                "title": "S", "description": "words", "type": "object",
                "properties": {
                    "description": {"type": "string", "description": "words", "example": "e"},
                    "title": {"type": "string"},
                    "kind": {"type": "string", "enum": ["b", "a"], "default": {"description": "kept"}},
                },
                "required": ["title", "description"],
            }}},
        });
        strip_prose(&mut document);
        assert_eq!(
            document,
            json!({
                "info": {"title": "T", "version": "2"},
                "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {}}}}},
                "components": {"schemas": {"S": {
                    "type": "object",
                    "properties": {
                        "description": {"type": "string"},
                        "title": {"type": "string"},
                        "kind": {"type": "string", "enum": ["b", "a"], "default": {"description": "kept"}},
                    },
                    "required": ["description", "title"],
                }}},
            })
        );
    }
}
