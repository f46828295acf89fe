//! The sentences in the generated code.

use tapis_specs::reader::{Location, Operation, TokenUse};

use crate::naming;

/// What the documentation of a client's method says. `arguments` are those that it takes, each with
/// its text; the other parameters are set on the call. `output` is the type of the result.
pub(crate) fn operation(
    operation: &Operation,
    arguments: &[(String, String)],
    output: &str,
) -> String {
    let mut text = sentence(&operation.summary);
    if !operation.description.is_empty() {
        text.push_str("\n\n");
        text.push_str(&operation.description);
    }
    text.push_str(&format!(
        "\n\n`{} {}`; {}.",
        operation.method,
        operation.template,
        match operation.token {
            TokenUse::Always => "needs a token",
            TokenUse::Never => "needs no token",
            TokenUse::UnlessBasic => "needs a token, or HTTP Basic credentials",
        }
    ));
    let mut list = |title: &str, items: Vec<String>| {
        if !items.is_empty() {
            text.push_str(&format!("\n\n# {title}\n"));
            for item in items {
                text.push_str(&format!("\n- {}", item.replace('\n', "\n  ")));
            }
        }
    };
    let taken = arguments.iter().map(|(name, text)| format!("`{name}`: {text}"));
    list("Arguments", taken.collect());
    let is_taken = |name: &str| arguments.iter().any(|(argument, _)| argument == name);
    let others = operation.parameters.iter().filter_map(|parameter| {
        let name = naming::snake(&parameter.name);
        let required = if parameter.required { " (required)" } else { "" };
        let description = sentence(&parameter.description);
        (!is_taken(&name)).then(|| format!("`{name}`{required}: {description}"))
    });
    list("Parameters", others.collect());
    let returned = match output {
        "()" => "Nothing.".to_owned(),
        "rt :: ByteStream" => "The bytes, as a [`ByteStream`](tapis_core::ByteStream).".to_owned(),
        ty => format!("{}.", linked(ty)),
    };
    text.push_str(&format!("\n\n# Returns\n\n{returned}\n\n# Errors\n\n"));
    let documented: Vec<_> =
        operation.failures().map(|response| failure(&response.status)).collect();
    if !documented.is_empty() {
        text.push_str(&format!("Documented by the service: {}. ", documented.join(", ")));
    }
    text.push_str("[`ErrorKind`](tapis_core::ErrorKind) lists those that any call can fail with.");
    text
}

/// A status with the kind of error that it stands for.
fn failure(status: &str) -> String {
    let kind = match status {
        "401" => "Authentication",
        "403" => "Permission",
        "404" => "NotFound",
        "409" => "Conflict",
        "429" => "RateLimit",
        status if status.starts_with('5') => "Server",
        _ => "Request",
    };
    format!("[`{kind}`](tapis_core::ErrorKind::{kind}) ({status})")
}

/// A type as it is printed, with a link to the one type of the service in it.
pub(crate) fn linked(ty: &str) -> String {
    let ty: String = ty.split_whitespace().collect();
    // The last segment of each path.
    let names = ty.split_inclusive(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
    let short: String = names.map(|name| name.rsplit("::").next().unwrap_or(name)).collect();
    let short = short.replace(',', ", ");
    match ty.split("types::").nth(1) {
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
            format!("[`{short}`](types::{})", &rest[..end])
        }
        None => format!("`{short}`"),
    }
}

/// What the documentation of a setter says.
pub(crate) fn parameter(name: &str, location: Location, description: &str) -> String {
    let place = match location {
        Location::Path => "in the path",
        Location::Query => "in the query",
        Location::FreeQuery => {
            return format!(
                "{}\n\nEach key is a query parameter of its own.",
                sentence(description)
            );
        }
        Location::Header => "as a header",
    };
    format!("{}\n\nSent as `{name}` {place}.", sentence(description))
}

/// The text with a full stop, or what is said in place of none.
pub(crate) fn or(text: &str, otherwise: &str) -> String {
    if text.is_empty() { otherwise.to_owned() } else { sentence(text) }
}

/// The text with a full stop, and with something to say in any case.
pub(crate) fn sentence(text: &str) -> String {
    let text = text.trim();
    match text.chars().last() {
        None => "Not documented by the service.".to_owned(),
        Some('.' | '!' | '?' | ':' | '`') => text.to_owned(),
        Some(_) => format!("{text}."),
    }
}
