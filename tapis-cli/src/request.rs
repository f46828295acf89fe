//! A request that is shown and not sent.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tapis_client::http::Options;
use tapis_client::{Error, Tapis};

use crate::arguments::Globals;
use crate::failure::Failure;
use crate::redact;
use crate::session::Login;

/// An unsigned token without a user, which no service accepts: for requests that are not sent.
const TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJleHAiOjMyNTAzNjgwMDAwfQ.";

/// The header with the token.
const TOKEN_HEADER: &str = "x-tapis-token";

/// A client that needs no login, because nothing is sent.
pub(crate) fn nobody(globals: &Globals) -> Result<Tapis, Failure> {
    Ok(Tapis::builder(Login::of(globals)?.url()).access_token(TOKEN).build()?)
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

/// Shows on stdout the request that `send` would send with these options; `hide` removes the secrets of its body.
pub(crate) async fn show<T, F>(
    globals: &Globals,
    base_url: &str,
    hide: impl Fn(&mut Value),
    send: impl FnOnce(Options) -> F,
) -> Result<(), Failure>
where
    F: Future<Output = Result<T, Error>>,
{
    let seen: Arc<Mutex<Option<Seen>>> = Arc::default();
    let (slot, token) = (seen.clone(), token_command(globals));
    let options = Options::new().with_request_hook(move |request| {
        let operation = request.operation();
        let query = request.query().map(|query| format!("?{}", redact::query(operation, query)));
        let headers = request.headers().iter().map(|(name, value)| {
            let shown = match (name.as_str(), value.is_sensitive()) {
                (TOKEN_HEADER, _) => token.clone(),
                (_, true) => redact::REDACTED.to_owned(),
                _ => String::from_utf8_lossy(value.as_bytes()).into_owned(),
            };
            (name.to_string(), shown)
        });
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(Seen {
            method: request.method().as_str(),
            path: redact::path(operation, request.path()) + &query.unwrap_or_default(),
            headers: headers.collect(),
            body: request.body().map(<[u8]>::to_vec),
            streamed: request.body().is_none() && request.headers().contains_key("content-type"),
        });
        // Nothing is sent after this.
        Err("dry run".into())
    });
    let outcome: Result<(), Error> = send(options).await.map(drop);
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(seen) = seen else {
        return outcome.map_err(Failure::from);
    };
    let body = seen.body.as_deref().map(|body| shown_body(body, hide));
    let text = match globals.curl {
        true => curl(base_url, &seen, body.as_deref()),
        false => plain(base_url, &seen, body.as_deref()),
    };
    std::io::Write::write_all(&mut std::io::stdout(), format!("{text}\n").as_bytes())?;
    Ok(())
}

/// The body without its secrets.
fn shown_body(body: &[u8], hide: impl Fn(&mut Value)) -> String {
    match serde_json::from_slice::<Value>(body) {
        Ok(mut value) => {
            hide(&mut value);
            value.to_string()
        }
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    }
}

/// What stands in place of the token: the command that prints it, for the same user.
fn token_command(globals: &Globals) -> String {
    let options = [("--profile", &globals.profile), ("--url", &globals.url)];
    let given = options.into_iter().filter_map(|(option, value)| Some((option, value.as_ref()?)));
    let options: String =
        given.map(|(option, value)| format!("{option} {} ", word(value))).collect();
    format!("$(tapis {options}token)")
}

/// The text as one word of a shell.
fn word(text: &str) -> String {
    match text.chars().all(|c| c.is_ascii_alphanumeric() || "-._:/".contains(c)) {
        true => text.to_owned(),
        false => quoted(text),
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
        let header = match name == TOKEN_HEADER {
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
