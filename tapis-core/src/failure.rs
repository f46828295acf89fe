//! What a service says when it fails, in whatever form, and what is meant by it.

use bytes::Bytes;
use reqwest::StatusCode;
use serde_json::Value;

use crate::error::ErrorKind;

/// How much of a message is shown.
const MESSAGE_LIMIT: usize = 1000;

/// A failure's body, read.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) version: Option<String>,
}

impl Failure {
    /// Reads a body of any form: the envelope, another JSON, bare text, a page of HTML, nothing.
    /// The content type is not asked, because it is often wrong.
    ///
    /// `scrub` takes secrets out of each text before it is shortened or put together with others.
    pub(crate) fn read(body: &Bytes, scrub: &dyn Fn(String) -> String) -> Self {
        let say = |value: &Value| say(value, scrub);
        let text = String::from_utf8_lossy(body);
        let text = text.trim();
        match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(object)) => Self {
                message: ["message", "detail", "error_description", "error", "msg"]
                    .iter()
                    .filter_map(|key| object.get(*key))
                    .map(say)
                    .find(|message| !message.is_empty())
                    .unwrap_or_default(),
                version: object.get("version").and_then(Value::as_str).map(str::to_owned),
            },
            Ok(value) => Self { message: say(&value), version: None },
            Err(_) if text.starts_with('<') => {
                Self { message: page(&scrub(text.to_owned())), version: None }
            }
            Err(_) => Self { message: shorten(&scrub(text.to_owned())), version: None },
        }
    }
}

fn say(value: &Value, scrub: &dyn Fn(String) -> String) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => shorten(&scrub(text.clone())),
        Value::Array(items) => {
            let each: Vec<String> =
                items.iter().map(|item| say(item, scrub)).filter(|text| !text.is_empty()).collect();
            shorten(&each.join("; "))
        }
        // FastAPI's own form of a rejected value.
        Value::Object(object) if object.contains_key("msg") => {
            let place = object.get("loc").and_then(Value::as_array).into_iter().flatten();
            let place: Vec<String> = place.map(|part| say(part, scrub)).collect();
            let message = object.get("msg").map(|text| say(text, scrub)).unwrap_or_default();
            if place.is_empty() { message } else { format!("{}: {message}", place.join(".")) }
        }
        // Written as JSON, a secret would look different.
        Value::Object(_) => {
            let mut clean = value.clone();
            scrub_all(&mut clean, scrub);
            shorten(&clean.to_string())
        }
        other => other.to_string(),
    }
}

/// Scrubs every text in the value.
fn scrub_all(value: &mut Value, scrub: &dyn Fn(String) -> String) {
    match value {
        Value::String(text) => *text = scrub(std::mem::take(text)),
        Value::Array(items) => items.iter_mut().for_each(|item| scrub_all(item, scrub)),
        Value::Object(object) => object.values_mut().for_each(|item| scrub_all(item, scrub)),
        _ => {}
    }
}

/// The title of a page of HTML, or its heading.
fn page(html: &str) -> String {
    // Only ASCII changes, so that places in the one are places in the other.
    let lower = html.to_ascii_lowercase();
    let inside = |tag: &str| {
        let start = lower.find(&format!("<{tag}"))?;
        let start = start + lower[start..].find('>')? + 1;
        let end = start + lower[start..].find(&format!("</{tag}"))?;
        Some(shorten(&html[start..end]))
    };
    let title = inside("title").or_else(|| inside("h1")).filter(|title| !title.is_empty());
    title.map_or_else(|| "a page of HTML".to_owned(), |title| format!("a page of HTML: {title}"))
}

/// One line of bounded length.
fn shorten(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // The authenticator repeats the client's key after its id.
    let line = match line.split_once("Invalid client credentials: ") {
        Some((before, rest)) => {
            let id = rest.split(',').next().unwrap_or_default();
            format!("{before}Invalid client credentials: {id}, [redacted]")
        }
        None => line,
    };
    match line.char_indices().nth(MESSAGE_LIMIT) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Messages by which services that answer 400 or 500 for everything say that they do not accept
/// the token: the start of the text.
const TOKEN_REJECTED: [&str; 4] = [
    "No Tapis access token found",
    "Could not parse the Tapis access token",
    "Invalid Tapis token",
    "Token is revoked",
];

/// Messages about a login or a token that another token would not mend.
const NOT_AUTHENTICATED: [&str; 10] = [
    "Invalid username/password",
    "Invalid client credentials",
    "Invalid refresh_token",
    "Invalid token type",
    "The tenant_id claim in the token",
    "authorization code not valid",
    "device code not valid",
    "device code not ready",
    "device code has expired",
    "Invalid PUT data",
];

/// Whether the service says that it does not accept the token, so that a new one may help.
pub(crate) fn rejects_token(status: StatusCode, message: &str) -> bool {
    match status.as_u16() {
        401 => true,
        400 | 403 | 500 => TOKEN_REJECTED.iter().any(|start| message.starts_with(start)),
        _ => false,
    }
}

/// What kind of failure a reply is. The Python services answer 400 for nearly everything, so that
/// their messages have to tell.
pub(crate) fn classify(status: StatusCode, message: &str) -> ErrorKind {
    let said = |starts: &[&str]| starts.iter().any(|start| message.starts_with(start));
    if rejects_token(status, message) || said(&NOT_AUTHENTICATED) {
        return ErrorKind::Authentication;
    }
    match status.as_u16() {
        403 => return ErrorKind::Permission,
        404 | 410 => return ErrorKind::NotFound,
        408 => return ErrorKind::Timeout,
        409 => return ErrorKind::Conflict,
        429 => return ErrorKind::RateLimit,
        // A failure that was answered with a success, or with a status that says too little.
        200..=299 | 400 | 500 => {}
        500.. => return ErrorKind::Server,
        _ => return ErrorKind::Request,
    }
    let lower = message.to_ascii_lowercase();
    let holds = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if holds(&["not authorized", "not permitted", "permission denied", "does not have access"]) {
        ErrorKind::Permission
    } else if holds(&["not found", "does not exist", "doesn't exist", "no such"])
        || lower.starts_with("no ") && holds(&[" found "])
    {
        ErrorKind::NotFound
    } else if holds(&["already exists", "duplicate key"]) {
        ErrorKind::Conflict
    } else if status.as_u16() == 500 {
        ErrorKind::Server
    } else {
        ErrorKind::Request
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_found_in_every_form() {
        for (body, message) in [
            (r#"{"message":"m","status":"error","version":"1"}"#, "m"),
            (r#"{"message":["a","b"]}"#, "a; b"),
            (r#"{"message":{"db":"down"}}"#, r#"{"db":"down"}"#),
            (r#"{"detail":"Method Not Allowed"}"#, "Method Not Allowed"),
            (
                r#"{"detail":[{"loc":["body","x"],"msg":"field required"}]}"#,
                "body.x: field required",
            ),
            (r#""bare""#, "bare"),
            ("TAPIS_SECURITY_JWT  is\n missing", "TAPIS_SECURITY_JWT is missing"),
            ("<html><head><TITLE>502 Bad\nGateway</TITLE>", "a page of HTML: 502 Bad Gateway"),
            ("<html>\u{130}<h1>Oops</h1>", "a page of HTML: Oops"),
            ("<html>", "a page of HTML"),
            ("", ""),
            ("{\"message\":null}", ""),
        ] {
            assert_eq!(
                Failure::read(&Bytes::from_static(body.as_bytes()), &|text| text).message,
                message,
                "{body}"
            );
        }
    }

    #[test]
    fn a_secret_is_taken_out_before_the_text_changes() {
        let secrets = [crate::Secret::from("two  \"spaces")];
        for body in [
            r#"{"message":"it was two  \"spaces."}"#,
            r#"{"message":{"why":["two  \"spaces"]}}"#,
            r#"{"message":["two  \"spaces"]}"#,
            "it was two  \"spaces",
        ] {
            let body = Bytes::copy_from_slice(body.as_bytes());
            let failure = Failure::read(&body, &|text| crate::secret::scrub(text, &secrets));
            assert!(failure.message.contains("[redacted]"), "{failure:?}");
            assert!(!failure.message.contains("spaces"), "{failure:?}");
        }
    }

    #[test]
    fn an_echoed_client_key_is_left_out() {
        let body = r#"{"message":"Invalid client credentials: myid, THEKEY. session: <S>"}"#;
        let failure = Failure::read(&Bytes::from_static(body.as_bytes()), &|text| text);
        assert_eq!(failure.message, "Invalid client credentials: myid, [redacted]");
    }

    #[test]
    fn kinds_follow_status_and_message() {
        for (status, message, kind) in [
            (401, "", ErrorKind::Authentication),
            (400, "Invalid username/password combination.", ErrorKind::Authentication),
            (400, "No Tapis access token found in the request.", ErrorKind::Authentication),
            (500, "Token is revoked.", ErrorKind::Authentication),
            (400, "Tenant with id x not found", ErrorKind::NotFound),
            (400, "No tenant found with tenant_id x.", ErrorKind::NotFound),
            (400, "some field is missing", ErrorKind::Request),
            (403, "", ErrorKind::Permission),
            (404, "", ErrorKind::NotFound),
            (409, "", ErrorKind::Conflict),
            (429, "", ErrorKind::RateLimit),
            (500, "Duplicate key found: x", ErrorKind::Conflict),
            (500, "Unrecognized exception type", ErrorKind::Server),
            (502, "", ErrorKind::Server),
            (418, "", ErrorKind::Request),
            (200, "Unrecognized exception", ErrorKind::Request),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(classify(status, message), kind, "{status} {message}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_body_makes_reading_panic(body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = Failure::read(&Bytes::from(body), &|text| text);
        }

        #[test]
        fn no_page_makes_reading_panic(body in "<(title|TITLE|h1|[a-zé])?[>< ]{0,3}\\PC{0,40}(</title>)?") {
            let _ = Failure::read(&Bytes::from(body), &|text| text);
        }
    }
}
