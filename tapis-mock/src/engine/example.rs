//! Replies of operations that are not implemented.

use http::HeaderValue;
use serde_json::Value;

use tapis_specs::reader::is_json;

use crate::call::Call;
use crate::reply::{MARK, Outcome, Reply};
use crate::schema::example::Examples;

/// A reply that matches the document, generated from the seed.
pub(super) fn answer(call: &Call<'_>) -> Outcome {
    let status = call.operation.success;
    let reply = match &call.operation.answer {
        None => Reply::empty(status),
        Some(answer) if is_json(&answer.media_type) => {
            let document = call.service.document;
            let seed = call.world.settings.seed;
            let example = Examples::new(document, seed, call.operation.id).value(&answer.schema);
            if call.operation.is_enveloped() {
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

#[cfg(all(test, feature = "validation"))]
mod tests {
    use super::*;
    use crate::document::INTERFACE;
    use crate::schema::check::Checker;

    #[test]
    fn examples_of_every_answer_are_true_to_their_schema() {
        for service in &INTERFACE.services {
            for operation in &service.operations {
                let Some(answer) = &operation.answer else { continue };
                let checker = Checker::new(service.document, &answer.schema);
                assert!(checker.is_built(), "{} {}", service.name, operation.id);
                for seed in 0..3 {
                    let examples = Examples::new(service.document, seed, operation.id);
                    if answer.media_type != "application/json" {
                        continue;
                    }
                    let value = examples.value(&answer.schema);
                    let complaints = checker.complaints(&value);
                    let name = format!("{}.{}", service.name, operation.id);
                    assert!(complaints.is_empty(), "{name}: {complaints:?}\n{value:#}");
                }
            }
        }
    }

    #[test]
    fn examples_of_every_body_are_true_to_their_schema() {
        for service in &INTERFACE.services {
            for operation in &service.operations {
                for body in operation.bodies {
                    let checker = Checker::new(service.document, &body.schema);
                    assert!(checker.is_built(), "{} {}", service.name, operation.id);
                    let value =
                        Examples::new(service.document, 0, operation.id).value(&body.schema);
                    let complaints = checker.complaints(&value);
                    let name = format!("{}.{}", service.name, operation.id);
                    assert!(complaints.is_empty(), "{name}: {complaints:?}\n{value:#}");
                }
            }
        }
    }
}
