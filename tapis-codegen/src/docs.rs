//! The documentation in the generated code.

use proc_macro2::Ident;
use tapis_specs::reader::{Location, Operation, TokenUse};

use crate::naming;

/// The data for the documentation of a client's method.
pub(crate) struct Method<'a> {
    pub(crate) service: &'a str,
    pub(crate) operation: &'a Operation,
    /// The type of the call.
    pub(crate) call: &'a Ident,
    /// The arguments of the method, each with its description; the other parameters are set on the
    /// call.
    pub(crate) arguments: &'a [(String, String)],
    /// The type of the result.
    pub(crate) output: &'a str,
    /// Whether the call has `pages` and `items`.
    pub(crate) pages: bool,
}

impl Method<'_> {
    /// The documentation.
    pub(crate) fn text(&self) -> String {
        let Self { operation, call, arguments, .. } = self;
        let mut text = sentence(&operation.summary);
        if !operation.description.is_empty() {
            text.push_str("\n\n");
            text.push_str(&operation.description);
        }
        let token = match operation.token {
            TokenUse::Always => "needs a token",
            TokenUse::Never => "needs no token",
            TokenUse::UnlessBasic => "needs a token, or other credentials in its place",
        };
        text.push_str(&format!("\n\n`{} {}`; {token}.", operation.method, operation.template));
        let taken = arguments.iter().map(|(name, text)| format!("`{name}`: {text}"));
        let is_taken = |name: &str| arguments.iter().any(|(argument, _)| argument == name);
        let setters = operation.parameters.iter().filter_map(|parameter| {
            let name = naming::snake(&parameter.argument);
            let required = if parameter.required { " (required)" } else { "" };
            let description = sentence(&parameter.description);
            let item = || format!("[`{name}`](calls::{call}::{name}){required}: {description}");
            (!is_taken(&name)).then(item)
        });
        let sections = [
            ("Arguments", list(taken)),
            ("Parameters, set on the call", list(setters)),
            ("Returns", returned(self.output)),
            ("Errors", errors(operation)),
            ("Examples", example(self.service, &operation.example)),
            ("See also", list(self.see_also())),
        ];
        for (title, section) in sections.iter().filter(|(_, section)| !section.is_empty()) {
            text.push_str(&format!("\n\n# {title}\n\n{section}"));
        }
        text
    }

    fn see_also(&self) -> impl Iterator<Item = String> {
        let Self { call, pages, .. } = self;
        let items = format!(
            "[`items`](calls::{call}::items) on the call streams the entries of all pages, and \
             [`pages`](calls::{call}::pages) the pages."
        );
        self.operation.see_also.iter().cloned().chain(pages.then_some(items))
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> =
        items.map(|item| format!("- {}", item.replace('\n', "\n  "))).collect();
    items.join("\n")
}

fn returned(output: &str) -> String {
    match output {
        "()" => "Nothing.".to_owned(),
        "rt :: ByteStream" => "The bytes, as a [`ByteStream`](tapis_core::ByteStream).".to_owned(),
        ty => format!("{}.", linked(ty)),
    }
}

/// The kinds of error for the documented statuses, each with its statuses.
fn errors(operation: &Operation) -> String {
    let mut kinds: Vec<(ErrorKind, Vec<&str>)> = Vec::new();
    for response in operation.failures() {
        let (kind, status) = (error_kind(&response.status), response.status.as_str());
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, statuses)) => statuses.push(status),
            None => kinds.push((kind, vec![status])),
        }
    }
    let others = "[`ErrorKind`](tapis_core::ErrorKind)";
    if kinds.is_empty() {
        return format!("The service documents none; {others} lists those of every call.");
    }
    let items = kinds.iter().map(|((kind, meaning), statuses)| {
        format!("[`{kind}`](tapis_core::ErrorKind::{kind}) ({}): {meaning}.", statuses.join(", "))
    });
    format!(
        "{}\n\nThe service documents these statuses. A message can make the kind more precise, and every \
         call can fail with further kinds: see {others}.",
        list(items)
    )
}

/// A kind of error, and its meaning where a service documents it.
type ErrorKind = (&'static str, &'static str);

fn error_kind(status: &str) -> ErrorKind {
    match status {
        "401" => ("Authentication", "the token or the credentials are missing or refused"),
        "403" => ("Permission", "the user lacks the permission"),
        "404" | "410" => ("NotFound", "there is no such resource, or the user may not see it"),
        "408" => ("Timeout", "the service gave up waiting"),
        "409" => ("Conflict", "the id exists, or the state of the resource does not allow it"),
        "429" => ("RateLimit", "there were too many requests"),
        status if status.starts_with('5') => ("Server", "the service failed"),
        _ => ("Request", "the service refused the request"),
    }
}

/// The code with hidden lines that make it a complete program in the crate of `service`: readers
/// see `t.<service>` and `tapis_client`, which a doctest of that crate does not have.
fn example(service: &str, code: &str) -> String {
    if code.is_empty() {
        return String::new();
    }
    let service = naming::snake(service);
    format!(
        "```no_run\n\
         # mod tapis_client {{ pub use tapis_core::*; pub use tapis_{service} as {service}; }}\n\
         # struct Tapis {{ {service}: tapis_{service}::Client }}\n\
         # async fn example(t: &Tapis) -> Result<(), Box<dyn std::error::Error>> {{\n\
         {code}\n\
         # Ok(())\n\
         # }}\n\
         ```"
    )
}

/// The documentation of a call's type.
pub(crate) fn call(method: &str, output: &str) -> String {
    let returned = match output {
        "()" => "nothing".to_owned(),
        "rt :: ByteStream" => "a [`ByteStream`](tapis_core::ByteStream)".to_owned(),
        ty => linked(ty),
    };
    format!(
        "A call of [`Client::{method}`](super::Client::{method}). Awaiting it sends the request and \
         returns {returned}.\n\n\
         `tokio::spawn` and `join!` take futures: give them `call.into_future()`."
    )
}

/// Returns the search aliases of an operation's method: its id in the document and the words of its name. For a list
/// named `get …`, also `list …`.
pub(crate) fn aliases(id: &str, method: &str, is_list: bool) -> Vec<String> {
    let words = method.replace('_', " ");
    let mut aliases = vec![id.to_owned(), words.trim().to_owned()];
    if let Some(entries) = words.strip_prefix("get ").filter(|_| is_list) {
        aliases.push(match entries.strip_suffix(" list") {
            Some(entry) => format!("list {entry}s"),
            None => format!("list {entries}"),
        });
    }
    aliases.dedup();
    aliases.retain(|alias| alias != method);
    aliases
}

/// A type as text, with a link to the service's type in it, of which there is at most one.
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

/// The documentation of a setter.
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

/// The text with a full stop, or `otherwise` if it is empty.
pub(crate) fn or(text: &str, otherwise: &str) -> String {
    if text.is_empty() { otherwise.to_owned() } else { sentence(text) }
}

/// The text with a full stop; never empty.
pub(crate) fn sentence(text: &str) -> String {
    let text = text.trim();
    match text.chars().last() {
        None => "Not documented by the service.".to_owned(),
        Some('.' | '!' | '?' | ':' | '`') => text.to_owned(),
        Some(_) => format!("{text}."),
    }
}

#[cfg(test)]
mod tests {
    use super::aliases;

    #[test]
    fn a_list_is_found_as_a_list_too() {
        assert_eq!(
            aliases("getSystems", "get_systems", true),
            ["getSystems", "get systems", "list systems"]
        );
        assert_eq!(
            aliases("getJobList", "get_job_list", true),
            ["getJobList", "get job list", "list jobs"]
        );
        assert_eq!(aliases("listFiles", "list_files", true), ["listFiles", "list files"]);
        assert_eq!(aliases("getSystem", "get_system", false), ["getSystem", "get system"]);
    }
}
