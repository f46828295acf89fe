//! Operations.

use serde_json::Value;

use super::body::Body;
use super::method::Method;
use super::paging::Paging;
use super::parameter::{Location, Parameter, Slash};
use super::raw::RawOperation;
use super::reply::{Reply, Response};
use super::template::Template;
use super::token::TokenUse;

/// The extension that holds an operation's [`example`](Operation::example).
pub const EXAMPLE: &str = "x-tapis-example";
/// The extension that holds what to [see also](Operation::see_also).
pub const SEE_ALSO: &str = "x-tapis-see-also";

/// A call that the service answers.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Operation {
    /// The `operationId`.
    pub id: String,
    /// The operations that share this method and path, each with its own id, parameters and
    /// bodies (`x-tapis-aliases`); this one then has what any of them has. Empty for an operation
    /// that has its method and path for itself.
    pub aliases: Vec<Operation>,
    /// The JSON pointer to the operation in its document.
    pub pointer: String,
    /// The method.
    pub method: Method,
    /// The path.
    pub template: Template,
    /// What the operation does, in a sentence; empty where the document says nothing.
    pub summary: String,
    /// What else there is to know of it; empty where the document says nothing.
    pub description: String,
    /// Rust that calls the operation on `t`, a `Tapis`, and may use `?` and `.await`; empty where there
    /// is none (`x-tapis-example`).
    pub example: String,
    /// What in the Rust crates builds on the operation, each a line of Markdown with a link
    /// (`x-tapis-see-also`).
    pub see_also: Vec<String>,
    /// Whether callers should use something else.
    pub deprecated: bool,
    /// When it carries the session's token.
    pub token: TokenUse,
    /// How long one attempt may take, in seconds, where the service takes longer than others
    /// (`x-tapis-slow`).
    pub slow: Option<u32>,
    /// Whether it may be sent twice: what `x-tapis-repeatable` says, otherwise what HTTP says of
    /// its method.
    pub repeatable: bool,
    /// How it gives a long list in pages, if it does.
    pub paging: Option<Paging>,
    /// Whether each page begins where it was asked to begin, so that a page equal to an earlier one has other
    /// entries with the same values (`x-tapis-paging: exact`). Other services repeat a page if they
    /// ignore the place.
    pub exact_pages: bool,
    /// The attributes by which pages are ordered where the caller asks for no order: together they
    /// are unique (`x-tapis-page-order`). Empty where there is none.
    pub page_order: Vec<String>,
    /// Whether the generated method takes its arguments as a struct with named fields even if there
    /// are few, because two swapped arguments would do harm (`x-tapis-arguments: named`).
    pub named_arguments: bool,
    /// The parameters, in the order of the document.
    pub parameters: Vec<Parameter>,
    /// The bodies that a request may have, one for each media type; empty where it has none.
    pub bodies: Vec<Body>,
    /// The documented responses, in the order of the document.
    pub responses: Vec<Response>,
    /// What a success carries.
    pub reply: Reply,
    /// The fields that the result, or each entry of a list, always has.
    pub identity: Vec<String>,
}

impl Operation {
    pub(super) fn read(document: &Value, raw: &RawOperation<'_>) -> Self {
        let RawOperation { path, method, pointer, value } = raw;
        let text = |key: &str| value[key].as_str().unwrap_or_default().trim().to_owned();
        let parameters: Vec<Parameter> = value["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|value| Parameter::read(document, value))
            .collect();
        let responses = Response::read(&value["responses"]);
        let reply = Reply::of(document, &responses);
        Self {
            id: raw.id().to_owned(),
            aliases: raw.aliases().map(|alias| Self::read(document, &alias)).collect(),
            pointer: pointer.clone(),
            method: *method,
            template: Template::with(path, |name| {
                let is_path =
                    |p: &Parameter| p.location == Location::Path && p.slash == Slash::Separates;
                parameters.iter().any(|p| is_path(p) && p.name == name)
            }),
            summary: text("summary"),
            description: text("description"),
            example: text(EXAMPLE),
            see_also: see_also(value),
            deprecated: value["deprecated"] == true,
            token: TokenUse::read(document, value),
            slow: value["x-tapis-slow"].as_u64().and_then(|seconds| seconds.try_into().ok()),
            repeatable: value["x-tapis-repeatable"]
                .as_bool()
                .unwrap_or_else(|| method.is_idempotent()),
            paging: Paging::read(value, &parameters),
            exact_pages: value["x-tapis-paging"] == "exact",
            page_order: page_order(value),
            named_arguments: value["x-tapis-arguments"] == "named",
            bodies: Body::read(document, &value["requestBody"]),
            identity: reply.identity(document),
            parameters,
            responses,
            reply,
        }
    }

    /// The body in the first of the media types.
    #[must_use]
    pub fn body(&self) -> Option<&Body> {
        self.bodies.first()
    }

    /// The responses that are successes, in the order of the document.
    pub fn successes(&self) -> impl Iterator<Item = &Response> {
        self.responses.iter().filter(|response| response.is_success())
    }

    /// The responses that are failures, in the order of the document.
    pub fn failures(&self) -> impl Iterator<Item = &Response> {
        self.responses.iter().filter(|response| response.is_failure())
    }

    /// The parameter by which callers select the attributes of what they are given; see
    /// [`Parameter::is_select`]. The fields of `identity` have to be among them.
    #[must_use]
    pub fn select(&self) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.is_select())
    }
}

fn see_also(operation: &Value) -> Vec<String> {
    let lines = operation[SEE_ALSO].as_array().into_iter().flatten();
    lines.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn page_order(operation: &Value) -> Vec<String> {
    let order = operation["x-tapis-page-order"].as_str().unwrap_or_default();
    order.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(method: Method, value: Value) -> Operation {
        let raw = RawOperation { path: "/a", method, pointer: "/paths/~1a".into(), value: &value };
        Operation::read(&json!({}), &raw)
    }

    #[test]
    fn a_slow_operation_says_how_slow() {
        assert_eq!(read(Method::Get, json!({"x-tapis-slow": 900})).slow, Some(900));
        assert_eq!(read(Method::Get, json!({"x-tapis-slow": -1})).slow, None);
        assert_eq!(read(Method::Get, json!({})).slow, None);
    }

    #[test]
    fn an_example_and_what_to_see_are_read_as_they_are() {
        let operation = read(
            Method::Get,
            json!({"x-tapis-example": "let a = 1;\n", "x-tapis-see-also": ["[`b`](crate::b)"]}),
        );
        assert_eq!((operation.example.as_str(), operation.see_also.len()), ("let a = 1;", 1));
        assert!(read(Method::Get, json!({})).example.is_empty());
    }

    #[test]
    fn pages_are_ordered_as_the_document_says() {
        assert!(read(Method::Get, json!({})).page_order.is_empty());
        let ordered = read(Method::Get, json!({"x-tapis-page-order": "id,version"}));
        assert_eq!(ordered.page_order, ["id", "version"]);
    }

    #[test]
    fn a_service_that_honours_the_place_of_a_page_says_so() {
        let exact = read(
            Method::Get,
            json!({"x-tapis-paging": "exact", "parameters": [
            {"name": "limit", "in": "query"}, {"name": "offset", "in": "query"}]}),
        );
        assert_eq!((exact.exact_pages, exact.paging), (true, Some(Paging::LimitOffset)));
        assert!(!read(Method::Get, json!({})).exact_pages);
    }

    #[test]
    fn the_document_overrules_http_on_repeating() {
        assert!(read(Method::Get, json!({})).repeatable);
        assert!(!read(Method::Get, json!({"x-tapis-repeatable": false})).repeatable);
        assert!(!read(Method::Post, json!({})).repeatable);
        assert!(read(Method::Post, json!({"x-tapis-repeatable": true})).repeatable);
    }

    #[test]
    fn aliases_have_what_is_their_own() {
        let text = json!({"content": {"text/plain": {}}});
        let operation = read(
            Method::Post,
            json!({"operationId": "one", "x-tapis-aliases": [
                {"operationId": "one", "summary": "One."},
                {"operationId": "two", "requestBody": text},
            ]}),
        );
        let [one, two] = &operation.aliases[..] else { panic!("{:?}", operation.aliases) };
        assert_eq!((one.id.as_str(), one.summary.as_str(), one.bodies.len()), ("one", "One.", 0));
        assert_eq!(two.body().map(|body| body.media_type.as_str()), Some("text/plain"));
        assert_eq!((two.method, two.template.text()), (Method::Post, "/a"));
    }

    #[test]
    fn a_path_parameter_of_several_segments_is_one_in_the_template() {
        let path = "/ops/{path}";
        let value = json!({"parameters": [
            {"name": "path", "in": "path", "x-tapis-multi-segment": true},
        ]});
        let raw = RawOperation { path, method: Method::Get, pointer: String::new(), value: &value };
        let template = Operation::read(&json!({}), &raw).template;
        assert_eq!(template, Template::with(path, |_| true));
    }
}
