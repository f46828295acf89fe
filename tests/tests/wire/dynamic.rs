//! Operations by name send what the document says, and return what the reply holds, for every operation.

use serde_json::Value;
use tapis_client::Tapis;
use tapis_client::dynamic::DynamicCall;

use super::calls::{Calling, Decoded};
use super::document::{Place, Reply};
use super::maker::{Maker, Optional, Style};
use super::requests::{Caller, send};
use super::values;
use super::world::{Case, every_operation, every_operation_varied};

/// The call of an operation by its name, with everything set or what is required alone.
pub(crate) fn call(
    tapis: &Tapis,
    case: &Case,
    caller: Caller,
    full: bool,
    body: Option<&Value>,
) -> DynamicCall {
    let operation = &case.operation;
    let mut call = tapis.operation(&operation.service, &operation.id).unwrap();
    for parameter in operation.parameters.iter().filter(|parameter| full || parameter.required) {
        let value = values::value(parameter);
        call = match (caller, value) {
            (Caller::Texts, Value::String(text)) => call.text_argument(&parameter.argument, &text),
            (Caller::Texts, Value::Array(items)) if parameter.place != Place::Free => {
                let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                call.text_argument(&parameter.argument, &texts.join(","))
            }
            (Caller::Texts, value) => call.text_argument(&parameter.argument, &value.to_string()),
            (_, value) => call.argument(&parameter.argument, value),
        };
    }
    let Some(described) = operation.body.as_ref().filter(|body| full || body.required) else {
        return call;
    };
    if described.is_multipart() {
        let parts = described.parts(case.document).into_iter();
        return parts.filter(|(_, _, required)| full || *required).fold(
            call,
            |call, (name, is_file, _)| {
                let content = values::content(&name, is_file);
                match is_file {
                    true => call.file(&name, content),
                    false => call.text_argument(&name, &content),
                }
            },
        );
    }
    match (caller, body) {
        (Caller::Texts, Some(body)) => call.body_text(&body.to_string()),
        (_, Some(body)) => call.body(body.clone()),
        (_, None) => call.bytes(values::BYTES),
    }
}

/// Sends the call and returns what came.
pub(crate) fn calling(case: &Case, call: DynamicCall) -> Calling {
    let bytes = matches!(case.operation.reply, Reply::Bytes);
    Box::pin(async move {
        let (status, message, encoded) = if bytes {
            let stream = call.stream().await?;
            (stream.status(), None, stream.bytes().await?.to_vec())
        } else {
            let response = call.send().await?;
            let message = response.message().map(str::to_owned);
            (response.status(), message, response.result().to_string().into_bytes())
        };
        Ok(Decoded { status: Some(status.as_u16()), message, encoded, stable: true })
    })
}

#[test]
fn a_call_by_name_with_everything_set_sends_everything_and_nothing_else() {
    every_operation(async |world, case| {
        send(world, case, Caller::Values, true, Style::default()).await;
        send(world, case, Caller::Texts, true, Style::default()).await;
    });
}

#[test]
fn a_call_by_name_with_what_is_required_sends_nothing_else() {
    every_operation_varied(async |world, case| {
        let style = Style { optional: Optional::Absent(0), ..Style::default() };
        send(world, case, Caller::Values, false, style).await;
    });
}

#[test]
fn what_may_be_null_and_values_and_forms_of_tomorrow_are_sent_by_name_too() {
    every_operation_varied(async |world, case| {
        let nulls = Style { optional: Optional::NullIfNullable, ..Style::default() };
        let values = Style { unknown_values: true, ..Style::default() };
        let forms = Style { unknown_forms: true, ..Style::default() };
        for style in [nulls, values, forms] {
            send(world, case, Caller::Values, true, style).await;
        }
    });
}

#[test]
fn a_result_is_returned_as_it_came() {
    every_operation(async |world, case| {
        let result = case.result().map(|schema| {
            Maker::new(case.document, Style { unknown_fields: true, ..Style::default() })
                .make(schema)
        });
        let body = case.operation.body.as_ref().filter(|body| body.is_json());
        let body = body.map(|body| Maker::new(case.document, Style::default()).make(&body.schema));
        let call = call(&world.tapis, case, Caller::Values, true, body.as_ref());
        let answer = case.plain_answer(result.as_ref());
        let calling = calling(case, call);
        let Some((_, outcome)) = world.exchange(case, Ok(calling), answer).await else { return };
        match outcome {
            Ok(decoded) if matches!(case.operation.reply, Reply::Bytes) => {
                assert!(decoded.encoded.is_empty());
            }
            Ok(decoded) => {
                let came: Value = serde_json::from_slice(&decoded.encoded).unwrap();
                if came != result.unwrap_or_default() {
                    world.fault(case, "the result is not what came");
                }
            }
            Err(error) => world.fault(case, error),
        }
    });
}
