//! Entry points for fuzz targets: the code that parses bytes from a server. For no other use.

use std::collections::BTreeMap;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::call::Call;
use crate::envelope;
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::exec::{self, Reply};
use crate::operation::{Operation, TokenUse};
use crate::refusal::{self, Form, Refusal, Token};
use crate::reply::Response;
use crate::retry::retry_after;
use crate::session::Session;
use crate::timestamp::Timestamp;
use crate::token::AccessToken;
use crate::tolerant::Nullable;

static OPERATION: Operation = Operation {
    service: "fuzzing",
    id: "read",
    template: "/v3/fuzzing",
    token: TokenUse::Never,
    idempotent: true,
    ..Operation::PLAIN
};

/// One field for each kind of generated type.
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
    let whole =
        || Reply { status, headers: headers.clone(), body: body.clone(), attempts: 1, sent: None };

    let error = exec::failed_success(&call, &whole());
    one_line(&error);
    enveloped::<Vec<Entry>>(&call, whole());
    enveloped::<Entry>(&call, whole());
    enveloped::<Value>(&call, whole());
    enveloped::<String>(&call, whole());
    for read in [envelope::acknowledgement, envelope::emptiness] {
        if let Err(error) = read(&call, &whole()) {
            one_line(&error);
        }
    }
    let _ = (envelope::may_be_failure(&body), envelope::entries(&body));
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
    let shown = format!("{error:?}");
    if let Some(harmful) = shown.chars().find(|c| {
        (c.is_control() && *c != '\n' && *c != '\t')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    }) {
        panic!("an error that holds {harmful:?}: {shown:?}");
    }
}

/// Classifies `message`, in a body of any structure, as a refusal by any service.
///
/// # Panics
/// Something other than an authentication error would have the token renewed.
#[allow(clippy::panic)] // how a fuzz target tells of a fault
pub fn refusal(service: &str, status: u16, message: &str) {
    for form in [Form::Text, Form::Json, Form::Page] {
        let verdict = refusal::judge(Refusal { service, status, message, form });
        let is_about_token = verdict.token != Token::Accepted || verdict.login_is_hopeless;
        if is_about_token && verdict.kind != ErrorKind::Authentication {
            panic!("{verdict:?}");
        }
        one_line(&Error::refused(verdict, message.replace(['\n', '\r'], " ")));
    }
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
            // Claims are shown, and a short text can be part of them by chance.
            if jwt.len() > 64 && format!("{token:?} {token}").contains(jwt) {
                panic!("the token is shown");
            }
        }
        Err(error) => one_line(&error),
    }
}

/// Reads `text` as a timestamp.
pub fn timestamp(text: &str) {
    let moment = Timestamp::from(text);
    let _ = (moment.parsed(), moment.to_string());
}
