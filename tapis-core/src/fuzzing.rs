//! Doors to what reads bytes that a server has sent, for fuzz targets. Not meant to be used
//! otherwise.

use std::collections::BTreeMap;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::call::Call;
use crate::envelope;
use crate::error::Error;
use crate::exec::{self, Reply};
use crate::failure;
use crate::operation::{Method, Operation, ReplyKind};
use crate::reply::Response;
use crate::retry::retry_after;
use crate::session::Session;
use crate::timestamp::Timestamp;
use crate::token::AccessToken;
use crate::tolerant::Nullable;

static OPERATION: Operation = Operation {
    service: "fuzzing",
    id: "read",
    method: Method::GET,
    template: "/v3/fuzzing",
    path: &[],
    required: &[],
    needs_token: false,
    repeatable: true,
    reply: ReplyKind::Enveloped,
    paging: None,
    page_order: &[],
};

/// Some of each form that generated types have.
#[derive(Debug)]
#[allow(dead_code)] // read by being decoded
struct Entry {
    id: String,
    created: Option<Timestamp>,
    enabled: Option<bool>,
    port: Option<i64>,
    share: Option<f64>,
    names: Option<Nullable<Vec<String>>>,
    attributes: Option<BTreeMap<String, Value>>,
}

crate::object! {
    Entry {
        0 required id "id", 1 optional created "created", 2 lenient enabled "enabled",
        3 lenient port "port", 4 lenient share "share", 5 nullable names "names",
        6 optional attributes "attributes"
    }
}

/// Reads `body` as every kind of reply, with any status.
///
/// # Panics
/// What is read breaks a promise: an error of more than one line, or a page without an end.
#[allow(clippy::panic)] // how a fuzz target tells of a fault
pub fn reply(session: &Session, status: u16, retry: &[u8], body: &[u8]) {
    let Ok(status) = StatusCode::from_u16(status) else { return };
    let mut headers = HeaderMap::new();
    if let Ok(value) = retry.try_into() {
        headers.insert(RETRY_AFTER, value);
    }
    let _ = headers
        .get(RETRY_AFTER)
        .and_then(|value| retry_after(value.to_str().ok()?, jiff::Timestamp::UNIX_EPOCH));
    let body = Bytes::copy_from_slice(body);
    let call = Call::new(session, &OPERATION);
    let whole = || Reply { status, headers: headers.clone(), body: body.clone(), attempts: 1 };

    let error = exec::failed_success(&call, &whole());
    one_line(&error);
    let _ = failure::rejects_token(status, error.message());
    enveloped::<Vec<Entry>>(&call, whole());
    enveloped::<Entry>(&call, whole());
    enveloped::<Value>(&call, whole());
    enveloped::<String>(&call, whole());
    if let Err(error) = envelope::acknowledgement(&call, &whole()) {
        one_line(&error);
    }
}

fn enveloped<T: DeserializeOwned + std::fmt::Debug>(call: &Call, reply: Reply) {
    match envelope::result::<T>(call, &reply) {
        Ok(result) => {
            let response = Response::enveloped(reply, result);
            let _ = (format!("{response:?}"), response.metadata());
        }
        Err(error) => one_line(&error),
    }
}

#[allow(clippy::panic)] // how a fuzz target tells of a fault
fn one_line(error: &Error) {
    let text = error.to_string();
    if text.contains(['\n', '\r']) {
        panic!("an error of more than one line: {text:?}");
    }
    let _ = format!("{error:?}");
}

/// Reads `jwt` as an access token.
///
/// # Panics
/// The token is shown by what must not show it.
#[allow(clippy::panic)] // how a fuzz target tells of a fault
pub fn access_token(jwt: &str) {
    match AccessToken::read(jwt, jiff::Timestamp::UNIX_EPOCH) {
        Ok(token) => {
            let _ = (token.expires_at(), token.expires_in(), token.jti());
            // Claims are shown, and a short text may be among them by chance.
            if jwt.len() > 64 && format!("{token:?} {token}").contains(jwt) {
                panic!("the token is shown");
            }
        }
        Err(error) => one_line(&error),
    }
}

/// Reads `text` as a moment.
pub fn timestamp(text: &str) {
    let moment = Timestamp::from(text);
    let _ = (moment.parsed(), moment.to_string());
}
