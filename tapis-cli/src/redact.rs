//! Secrets in what is shown of requests and results.

use serde_json::Value;
use tapis_client::dynamic::{self, Location, OperationDescription};
use tapis_client::http::Operation;
use tapis_core::rt::SECRET_NAMES;

use crate::arguments::Globals;

pub(crate) const REDACTED: &str = "[redacted]";

/// Hides the secrets in the result of an operation, unless `--show-secrets` asks for them.
pub(crate) fn result(globals: &Globals, operation: &OperationDescription, value: &mut Value) {
    if !globals.show_secrets {
        at(value, &operation.secrets);
    }
}

/// Replaces the values at `pointers`, in which `*` stands for every member, by `[redacted]`.
pub(crate) fn at(value: &mut Value, pointers: &[String]) {
    for pointer in pointers {
        let path: Vec<&str> = pointer.split('/').skip(1).collect();
        within(value, &path);
    }
}

fn within(value: &mut Value, path: &[&str]) {
    // The items of a list can also arrive one by one.
    let Some((first, rest)) = path.split_first() else {
        if !value.is_null() {
            *value = REDACTED.into();
        }
        return;
    };
    match value {
        Value::Array(items) if *first == "*" => {
            items.iter_mut().for_each(|item| within(item, rest))
        }
        Value::Object(members) if *first == "*" => {
            members.values_mut().for_each(|member| within(member, rest));
        }
        Value::Object(members) => {
            let name = first.replace("~1", "/").replace("~0", "~");
            if let Some(member) = members.get_mut(&name) {
                within(member, rest);
            }
        }
        _ => {}
    }
}

/// The values at a pointer, in which `*` stands for every member.
pub(crate) fn found<'v>(value: &'v Value, pointer: &str) -> Vec<&'v Value> {
    let mut found = vec![value];
    for name in pointer.split('/').skip(1) {
        let plain = name.replace("~1", "/").replace("~0", "~");
        found = found
            .into_iter()
            .flat_map(|value| match value {
                Value::Array(items) if name == "*" => items.iter().collect::<Vec<_>>(),
                Value::Object(members) if name == "*" => members.values().collect(),
                Value::Object(members) => members.get(&plain).into_iter().collect(),
                _ => Vec::new(),
            })
            .collect();
    }
    found
}

/// The names of an operation's parameters that its document calls secret; `None` without a document.
fn secret_parameters(operation: &Operation, location: Location) -> Option<Vec<String>> {
    let described = dynamic::describe(operation.service, operation.id).ok()?;
    let secret =
        described.parameters.into_iter().filter(|one| one.secret && one.location == location);
    Some(secret.map(|one| one.name).collect())
}

/// The path of a request without secrets, such as a code that is exchanged for tokens.
pub(crate) fn path(operation: &Operation, path: &str) -> String {
    let secrets = secret_parameters(operation, Location::Path).unwrap_or_default();
    let (template, sent) = (operation.template.split('/'), path.split('/'));
    if secrets.is_empty() {
        return path.to_owned();
    }
    // The template tells which segment is which only if each value is one segment.
    if template.clone().count() != sent.clone().count() {
        return operation.template.to_owned();
    }
    let shown = template.zip(sent).map(|(segment, sent)| {
        let is_secret = secrets.iter().any(|name| segment.contains(&format!("{{{name}}}")));
        if is_secret { REDACTED } else { sent }
    });
    shown.collect::<Vec<_>>().join("/")
}

/// The query of a request without secrets; without a document, by their names.
pub(crate) fn query(operation: &Operation, query: &str) -> String {
    let secrets = secret_parameters(operation, Location::Query);
    let shown = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _))
            if secrets.as_ref().map_or_else(
                || is_name_of_secret(name),
                |secrets| secrets.iter().any(|secret| secret == name),
            ) =>
        {
            format!("{name}={REDACTED}")
        }
        _ => pair.to_owned(),
    });
    shown.collect::<Vec<_>>().join("&")
}

/// Replaces the values at names that are used for secrets, in JSON without a document.
pub(crate) fn by_name(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if is_name_of_secret(name) && (member.is_string() || member.is_number()) {
                    *member = REDACTED.into();
                } else if SECRET_NAMES.contains(&name.as_str()) {
                    texts(member);
                } else {
                    by_name(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(by_name),
        _ => {}
    }
}

/// Replaces every text below the name of a secret, such as the values of a map of secrets.
fn texts(value: &mut Value) {
    match value {
        Value::String(_) => *value = REDACTED.into(),
        Value::Array(items) => items.iter_mut().for_each(texts),
        Value::Object(members) => members.values_mut().for_each(texts),
        _ => {}
    }
}

/// The names that the documents give to secrets, and those that sound like one.
pub(crate) fn is_name_of_secret(name: &str) -> bool {
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    ["password", "secret", "privatekey", "accesskey", "accesstoken", "refreshtoken", "clientkey"]
        .iter()
        .any(|known| plain.contains(known))
        || plain == "jwt"
        || SECRET_NAMES.contains(&name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_replaced_where_they_are() {
        let mut value =
            json!([{"id": "a", "key": "k", "map": {"x": "y"}}, {"id": "b", "key": null}]);
        at(&mut value, &["/*/key".into(), "/*/map/*".into()]);
        let hidden = json!([
            {"id": "a", "key": "[redacted]", "map": {"x": "[redacted]"}}, {"id": "b", "key": null},
        ]);
        assert_eq!(value, hidden);
        let mut value = json!({"access_token": {"access_token": "a.b.c", "expires_in": 1}, "passwordHint": "x"});
        by_name(&mut value);
        let hidden = json!({
            "access_token": {"access_token": "[redacted]", "expires_in": 1}, "passwordHint": "[redacted]",
        });
        assert_eq!(value, hidden);
    }

    #[test]
    fn what_the_documents_call_a_secret_is_replaced_in_replies_without_a_document() {
        let mut value = json!({
            "id_token": "a.b.c", "device_code": "d", "nonces": ["n"], "secretMap": {"k": "v"}, "id": "x",
        });
        by_name(&mut value);
        let hidden = "[redacted]";
        assert_eq!(
            value,
            json!({
                "id_token": hidden, "device_code": hidden, "nonces": [hidden],
                "secretMap": {"k": hidden}, "id": "x",
            })
        );
    }
}
