//! The placeholder for a secret must never be sent as one: a body that was printed or stored, read
//! again and sent, would overwrite a password with `[redacted]`.

use serde_json::Value;

/// The placeholder for a secret in any output.
pub(crate) const REDACTED: &str = "[redacted]";

/// Marks a secret with the text `[redacted]` while a request is serialised, to distinguish it from
/// an ordinary text. It is never sent to a service.
pub(super) const MARK: &str = "\0[redacted]";

/// The names that documents use only for secrets. In untyped JSON they are the only way to
/// recognise a secret. A test compares them with the documents.
#[doc(hidden)]
pub const SECRET_NAMES: [&str; 26] = [
    "accessKey",
    "accessSecret",
    "accessToken",
    "access_key",
    "access_secret",
    "access_token",
    "client_key",
    "device_code",
    "id_token",
    "impers_oauth_client_secret",
    "impersadmin_password",
    "nonces",
    "password",
    "personal_access_token",
    "privateKey",
    "refreshToken",
    "refresh_token",
    "secretMap",
    "secret_map",
    "secret_value",
    "sessionId",
    "session_id",
    "tmsPrivateKey",
    "token",
    "user_password",
    "webhook_url",
];

/// The JSON path of a secret in `json` with the text `[redacted]`.
pub(super) fn within(json: &[u8]) -> Option<String> {
    let rest = REDACTED.as_bytes().get(1..)?;
    // Most bodies have no placeholder and are not parsed.
    if !json.split(|byte| *byte == b'[').skip(1).any(|after| after.starts_with(rest)) {
        return None;
    }
    let value = serde_json::from_slice(json).ok()?;
    let mut path = String::new();
    found(&value, false, &mut path).then_some(path)
}

/// Whether `value` has a placeholder; its path is appended to `path`. Everything below the name of
/// a secret is secret, as in a map of secrets.
fn found(value: &Value, secret: bool, path: &mut String) -> bool {
    let outer = path.len();
    let mut within = |step: &str, value: &Value, secret: bool| {
        path.push_str(step);
        let found = found(value, secret, path);
        if !found {
            path.truncate(outer);
        }
        found
    };
    match value {
        Value::String(text) => text == MARK || (secret && text == REDACTED),
        Value::Array(items) => {
            items.iter().enumerate().any(|(at, item)| within(&format!("[{at}]"), item, secret))
        }
        Value::Object(members) => members.iter().any(|(name, member)| {
            let dot = if outer == 0 { "" } else { "." };
            let secret = secret || SECRET_NAMES.contains(&name.as_str());
            within(&format!("{dot}{name}"), member, secret)
        }),
        _ => false,
    }
}
