//! A request that is shown and not sent.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tapis_client::dynamic::{DynamicCall, OperationDescription};
use tapis_client::http::Options;
use tapis_client::{Error, Tapis};

use crate::arguments::Globals;
use crate::config::Profile;
use crate::failure::Failure;
use crate::{redact, session};

/// An unsigned token without a user, which no service accepts: for requests that are not sent.
const TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJleHAiOjMyNTAzNjgwMDAwfQ.";

/// The text that is shown instead of the token.
const TOKEN_SHOWN: &str = "$(tapis token)";

/// A client that needs no login, because nothing is sent.
pub(crate) fn nobody(globals: &Globals) -> Result<Tapis, Failure> {
    let url = match (&globals.url, session::profile(globals)?) {
        (Some(url), _) => url.clone(),
        (None, Some((_, Profile { base_url: Some(url), .. }))) => url,
        _ => return Err(session::no_address()),
    };
    Ok(Tapis::builder(url).access_token(TOKEN).build()?)
}

/// A request, as it would leave.
#[derive(Clone, Debug, Default)]
struct Seen {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    streamed: bool,
}

/// Shows the request of a call on stdout, without secrets.
pub(crate) async fn show(
    globals: &Globals,
    base_url: &str,
    operation: &OperationDescription,
    call: DynamicCall,
) -> Result<(), Failure> {
    let seen: Arc<Mutex<Option<Seen>>> = Arc::default();
    let slot = seen.clone();
    let options = Options::new().with_request_hook(move |request| {
        let query = request.query().map(|query| format!("?{query}")).unwrap_or_default();
        let headers = request.headers().iter().map(|(name, value)| {
            let shown = match (name.as_str(), value.is_sensitive()) {
                ("x-tapis-token", _) => TOKEN_SHOWN.to_owned(),
                (_, true) => "[redacted]".to_owned(),
                _ => String::from_utf8_lossy(value.as_bytes()).into_owned(),
            };
            (name.to_string(), shown)
        });
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(Seen {
            method: request.method().as_str(),
            path: format!("{}{query}", request.path()),
            headers: headers.collect(),
            body: request.body().map(<[u8]>::to_vec),
            streamed: request.body().is_none() && request.headers().contains_key("content-type"),
        });
        // Nothing is sent after this.
        Err("dry run".into())
    });
    let outcome: Result<(), Error> = call.with_options(&options).stream().await.map(drop);
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(seen) = seen else {
        return outcome.map_err(Failure::from);
    };
    let body = seen.body.as_deref().map(|body| shown_body(operation, body));
    let text = match globals.curl {
        true => curl(base_url, &seen, body.as_deref()),
        false => plain(base_url, &seen, body.as_deref()),
    };
    std::io::Write::write_all(&mut std::io::stdout(), format!("{text}\n").as_bytes())?;
    Ok(())
}

/// The body without its secrets.
fn shown_body(operation: &OperationDescription, body: &[u8]) -> String {
    match (serde_json::from_slice::<Value>(body), &operation.body) {
        (Ok(mut value), Some(described)) => {
            redact::at(&mut value, &described.secrets);
            value.to_string()
        }
        _ => String::from_utf8_lossy(body).into_owned(),
    }
}

fn plain(base_url: &str, seen: &Seen, body: Option<&str>) -> String {
    let mut text = format!("{} {base_url}{}", seen.method, seen.path);
    for (name, value) in &seen.headers {
        text.push_str(&format!("\n{name}: {value}"));
    }
    match body {
        Some(body) if !body.is_empty() => text.push_str(&format!("\n\n{body}")),
        _ if seen.streamed => text.push_str("\n\n(the content of a file)"),
        _ => {}
    }
    text
}

fn curl(base_url: &str, seen: &Seen, body: Option<&str>) -> String {
    let mut text =
        format!("curl -X {} {}", seen.method, quoted(&format!("{base_url}{}", seen.path)));
    for (name, value) in &seen.headers {
        if name == "content-length" {
            continue;
        }
        // The token is for the shell to put in.
        let header = match value == TOKEN_SHOWN {
            true => format!("\"{name}: {value}\""),
            false => quoted(&format!("{name}: {value}")),
        };
        text.push_str(&format!(" -H {header}"));
    }
    match body {
        Some(body) if !body.is_empty() => text.push_str(&format!(" -d {}", quoted(body))),
        _ if seen.streamed => text.push_str(" --data-binary @FILE"),
        _ => {}
    }
    text
}

/// The text in single quotes, in which a shell evaluates nothing.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_shell_evaluates_nothing_in_a_quoted_text() {
        assert_eq!(super::quoted("a'$(touch x)'b"), r"'a'\''$(touch x)'\''b'");
    }
}
