//! The sentences in the generated code.

use tapis_specs::reader::{Location, Operation, TokenUse};

use crate::naming;

/// What the documentation of a client's method says.
pub(crate) fn operation(operation: &Operation) -> String {
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
    let failures: Vec<&str> = operation.failures().map(|failure| &*failure.status).collect();
    if !failures.is_empty() {
        text.push_str(&format!(" Documented failures: {}.", failures.join(", ")));
    }
    if !operation.parameters.is_empty() {
        text.push_str("\n\n# Parameters\n");
        for parameter in &operation.parameters {
            let name = naming::snake(&parameter.name);
            let required = if parameter.required { " (required)" } else { "" };
            let description = sentence(&parameter.description).replace('\n', "\n  ");
            text.push_str(&format!("\n- `{name}`{required}: {description}"));
        }
    }
    text
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
