//! Creates the request pipeline's description of an operation from the document.

use tapis_core::rt::{
    Method, Operation, Paging, PathParameter, ReplyKind, Required, Slash, TokenUse,
};
use tapis_specs::reader::{self, BodyKind, Location, Reply};

/// Returns the operation in the same form as in the tables of the generated clients. Its lists are leaked, because the
/// documents live as long as the program too.
pub(crate) fn known(service: &'static str, operation: &'static reader::Operation) -> Operation {
    Operation {
        service,
        id: &operation.id,
        method: method(operation.method),
        template: operation.template.text(),
        path: path(operation).leak(),
        required: required(operation).leak(),
        token: match operation.token {
            reader::TokenUse::Always => TokenUse::Always,
            reader::TokenUse::Never => TokenUse::Never,
            reader::TokenUse::UnlessBasic => TokenUse::UnlessBasic,
        },
        idempotent: operation.repeatable,
        reply: match operation.reply {
            Reply::Enveloped(_) => ReplyKind::Enveloped,
            Reply::Json(_) => ReplyKind::Json,
            Reply::Bytes => ReplyKind::Bytes,
            Reply::Empty => ReplyKind::Empty,
        },
        paging: operation.paging.map(|paging| match paging {
            reader::Paging::LimitSkip => Paging::LimitSkip,
            reader::Paging::LimitOffset => Paging::LimitOffset,
            reader::Paging::PageSize => Paging::PageSize,
        }),
        exact_pages: operation.exact_pages,
        page_order: operation.page_order.iter().map(String::as_str).collect::<Vec<_>>().leak(),
        slow: operation.slow,
    }
}

fn method(method: reader::Method) -> Method {
    match method {
        reader::Method::Delete => Method::DELETE,
        reader::Method::Get => Method::GET,
        reader::Method::Head => Method::HEAD,
        reader::Method::Options => Method::OPTIONS,
        reader::Method::Patch => Method::PATCH,
        reader::Method::Post => Method::POST,
        reader::Method::Put => Method::PUT,
        reader::Method::Trace => Method::TRACE,
    }
}

fn path(operation: &'static reader::Operation) -> Vec<PathParameter> {
    let parameters = operation.parameters.iter().filter(|p| p.location == Location::Path);
    let slash = |p: &reader::Parameter| match p.slash {
        reader::Slash::Separates => Slash::Separates,
        reader::Slash::Refused => Slash::Refused,
        reader::Slash::Encoded => Slash::Encoded,
    };
    parameters.map(|p| PathParameter { name: &p.name, slash: slash(p) }).collect()
}

fn required(operation: &'static reader::Operation) -> Vec<Required> {
    let parameters = operation.parameters.iter().filter(|parameter| parameter.required);
    let mut required: Vec<_> = parameters
        .filter_map(|parameter| match parameter.location {
            Location::Query => Some(Required::Query(&parameter.name)),
            Location::Header => Some(Required::Header(&parameter.name)),
            Location::Path | Location::FreeQuery => None,
        })
        .collect();
    match operation.body() {
        Some(reader::Body { kind: BodyKind::Multipart(fields), .. }) => {
            let fields = fields.iter().filter(|field| field.required);
            required.extend(fields.map(|field| Required::Part(&field.name)));
        }
        Some(body) if body.required => required.push(Required::Body),
        _ => {}
    }
    required
}
