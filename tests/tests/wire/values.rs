//! The values of the parameters: what the build script puts into the calls, and what the test
//! expects to arrive.

use serde_json::{Value, json};

use super::document::{Parameter, Place};

/// The value that `parameter` is set to, full of what has to be escaped where it goes.
pub(crate) fn value(parameter: &Parameter) -> Value {
    let Parameter { name, place, schema, .. } = parameter;
    if let Some(known) = schema["enum"].as_array().and_then(|known| known.first()) {
        return known.clone();
    }
    match schema["type"].as_str() {
        Some("integer") => json!(7),
        Some("number") => json!(2.5),
        Some("boolean") => json!(true),
        Some("array") => json!([format!("{name} one"), "zwölf & +2"]),
        Some("object") => json!({"owner.eq": "a b", "größe.gt": "1&2=3+4"}),
        _ => json!(match place {
            Place::Path => format!("a b/ü?#%2F+\\{name}"),
            Place::Bare => format!("a b ü?#%2F+\\{name}"),
            Place::Segments => format!("a b/ü?#%2F+\\/{name}"),
            // Headers are visible ASCII.
            Place::Header => format!("{name}, 100%"),
            Place::Query | Place::Joined | Place::Free => format!("{name} = ü&?#%2F+/\\"),
        }),
    }
}

/// The content of a part of a multipart request. A text that a command line can carry has no NUL.
pub(crate) fn content(part: &str, is_file: bool) -> String {
    format!("content of {part}: ü\r\n{}\r\n--", if is_file { "\0" } else { "" })
}

/// The body of a request that carries bytes.
pub(crate) const BYTES: &str = "raw ü\0 bytes";
