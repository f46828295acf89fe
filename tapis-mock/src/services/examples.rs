//! Answers for operations without behaviour of their own.

use http::{HeaderName, HeaderValue};
use serde_json::Value;

use crate::call::Call;
use crate::reply::{Outcome, Reply};
use crate::schema::example::Examples;
use crate::schema::is_enveloped;

/// The header that tells examples from answers that mean something.
const MARK: HeaderName = HeaderName::from_static("x-tapis-mock");

/// Answers what the document promises, made up from the seed.
pub(super) fn answer(call: &Call<'_>) -> Outcome {
    let status = call.operation.success;
    let reply = match &call.operation.answer {
        None => Reply::empty(status),
        Some(answer) if answer.media_type == "application/json" => {
            let document = &call.service.document;
            let seed = call.world.settings.seed;
            let example = Examples::new(document, seed, &call.operation.id).value(&answer.schema);
            if is_enveloped(document, &answer.schema) {
                let part = |name: &str| example.get(name).cloned();
                let reply = Reply::result(part("result").unwrap_or(Value::Null), "An example.");
                match part("metadata") {
                    Some(metadata) => reply.with_metadata(metadata),
                    None => reply,
                }
            } else {
                Reply::json(&example)
            }
        }
        Some(_) => Reply::raw("application/octet-stream", "An example.\n"),
    };
    Ok(reply.with_status(status).with_header(MARK, HeaderValue::from_static("example")))
}
