//! The documents of the services, for tests.

use std::path::Path;

use serde_json::Value;

/// The schemas of a service.
pub(crate) fn schemas(service: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs/openapi");
    let text = std::fs::read_to_string(folder.join(format!("{service}.json"))).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    document["components"]["schemas"].clone()
}
