//! The next step that an error names.

use crate::call::Call;
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::operation::Method;
use crate::refusal::Advice;
use crate::token::Tokens;

/// The error with a hint, where there is one to give and it has none yet; `sent` are the tokens that
/// the request of `call` carried.
pub(crate) fn give(error: Error, call: &Call, sent: Option<&Tokens>) -> Error {
    if error.hint().is_some() {
        return error;
    }
    let tenant = sent.and_then(|tokens| tokens.access.claims().tenant_id.as_deref());
    match of(&error, call, tenant) {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

/// What may help against `error`, which `call` failed with; `tenant` is that of the token it carried.
fn of(error: &Error, call: &Call, tenant: Option<&str>) -> Option<String> {
    if let Some(advice) = error.advice() {
        return Some(by_advice(advice, call, tenant));
    }
    let acts = !matches!(call.operation.method, Method::GET | Method::HEAD | Method::OPTIONS);
    match error.kind() {
        ErrorKind::NotFound if error.is_after_lost_reply() => Some(
            "the reply to an earlier attempt was lost; that attempt may have done what was asked"
                .to_owned(),
        ),
        ErrorKind::Connection | ErrorKind::Timeout if error.maybe_sent() && acts => Some(
            "the request may have been carried out; check the state on the server before you send \
             it again"
                .to_owned(),
        ),
        _ => None,
    }
}

fn by_advice(advice: Advice, call: &Call, tenant: Option<&str>) -> String {
    match advice {
        Advice::CheckPassword => "check the username and the password".to_owned(),
        Advice::CheckClient => {
            "check the OAuth client's id, its key and its callback address".to_owned()
        }
        Advice::LogInAgain => "log in again".to_owned(),
        Advice::AskForTokens => {
            "this access token cannot be renewed: obtain a new one, or give the \
             client a password or a refresh token"
                .to_owned()
        }
        Advice::RightTenant => {
            let base = call.session.base_url();
            match tenant.and_then(plain) {
                Some(tenant) => format!(
                    "the token is of the tenant {tenant}, and the base URL is {base}; use the base \
                     URL of that tenant or a token of this one"
                ),
                None => format!("use a token of the tenant that {base} belongs to"),
            }
        }
        Advice::NameTheUser => {
            "a service says for whom it acts: call through in_tenant() or on_behalf_of()".to_owned()
        }
        Advice::StoreCredential => match path_value(call, "systemId").and_then(plain) {
            Some(system) => format!(
                "register a working credential for the system: \
                 t.systems.set_credential(\"{system}\")"
            ),
            None => "register a working credential for the system with \
                     t.systems.set_credential(system)"
                .to_owned(),
        },
        Advice::EnableSystem => {
            "the system is disabled; its owner can enable it with t.systems.enable_system()"
                .to_owned()
        }
    }
}

/// The value of a parameter in the path.
fn path_value<'a>(call: &'a Call, name: &str) -> Option<&'a str> {
    let at = call.operation.path.iter().position(|parameter| parameter.name == name)?;
    call.path.get(at)?.as_deref()
}

/// The value, if it is nothing but letters, digits and `._~-`: a hint may be copied into a shell.
fn plain(value: &str) -> Option<&str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte);
    (!value.is_empty() && value.bytes().all(is_plain)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_values_enter_a_hint() {
        for value in ["frontera", "my-system.1_~"] {
            assert_eq!(plain(value), Some(value));
        }
        for value in ["", "a b", "$(touch x)", "a;b", "a\u{202e}", "é", "`x`", "a/b"] {
            assert_eq!(plain(value), None, "{value}");
        }
    }
}
