//! The client with a method for each operation, and the table of operations.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use tapis_specs::reader::{
    Body, BodyKind, Document, Location, Operation, Paging, Parameter, Reply, Slash, TokenUse,
};

use crate::arguments::Arguments;
use crate::model::{Call, Model};
use crate::{Error, calls, docs, naming};

/// The client, and the modules `operations` and `calls`.
pub(crate) fn emit(document: &Document, model: &Model) -> Result<TokenStream, Error> {
    let service = document.service();
    let mut methods = Vec::new();
    let mut table = Vec::new();
    let mut names = Vec::new();
    let mut types = Vec::new();
    let mut named = Vec::new();
    for operation in document.named_operations() {
        let call = model
            .calls
            .get(&operation.id)
            .ok_or_else(|| Error::about(service, operation, "the operation has no types"))?;
        let name = Names::of(operation);
        let arguments = Arguments::of(operation, call)?;
        methods.push(method(service, operation, call, &name, &arguments));
        named.extend(arguments.structure(&name.arguments, &name.method));
        table.push(known(service, operation, &name));
        names.push(name.constant.clone());
        let Names { method, call: ident, constant, .. } = &name;
        let code = calls::emit(operation, call, [ident, method, constant], &arguments);
        types.push(code.map_err(|error| error.of(service))?);
    }
    let client = format!("The {service} service.");
    Ok(quote! {
        use ::tapis_core::rt;

        #[doc = #client]
        ///
        /// A cheap handle: clones share one session, one connection pool and one token.
        #[derive(Clone, Debug)]
        pub struct Client {
            #[allow(dead_code)] // it is shown by `Debug`
            service: &'static str,
            session: rt::Session,
        }

        impl Client {
            /// Creates the client of this service with `session`.
            #[inline]
            #[must_use]
            pub fn new(session: &rt::Session) -> Self {
                Self { service: #service, session: session.clone() }
            }

            /// The session that sends the calls.
            #[inline]
            #[must_use]
            pub fn session(&self) -> &rt::Session {
                &self.session
            }

            #(#methods)*
        }

        /// The descriptions of the operations.
        pub mod operations {
            use super::rt;

            #(#table)*

            /// All operations, in the order of their paths.
            pub static ALL: &[&rt::Operation] = &[#(&#names),*];
        }

        /// The calls, one type for each operation, and the structs of their arguments.
        pub mod calls {
            #[allow(unused_imports)]
            use super::{operations, rt, types};

            #(#types)*
            #(#named)*
        }
    })
}

struct Names {
    method: Ident,
    call: Ident,
    arguments: Ident,
    constant: Ident,
}

impl Names {
    fn of(operation: &Operation) -> Self {
        let snake = naming::snake(&operation.id);
        Self {
            constant: format_ident!("{}", snake.to_uppercase()),
            method: format_ident!("{snake}"),
            call: format_ident!("{}", naming::pascal(&operation.id)),
            arguments: format_ident!("{}Args", naming::pascal(&operation.id)),
        }
    }
}

fn method(
    service: &str,
    operation: &Operation,
    call: &Call,
    name: &Names,
    arguments: &Arguments<'_>,
) -> TokenStream {
    let is_list = calls::paged_item(operation, call).is_some();
    let text = docs::Method {
        service,
        operation,
        call: &name.call,
        arguments: &arguments.described(),
        output: &calls::output(operation, call).to_string(),
        pages: is_list,
    };
    let text = text.text();
    let Names { method, call, arguments: ident, .. } = name;
    let aliases = docs::aliases(&operation.id, &method.to_string(), is_list);
    let deprecated = operation.deprecated.then(|| quote!(#[deprecated]));
    let (parameters, set) = arguments.taken(ident);
    quote! {
        #[doc = #text]
        #(#[doc(alias = #aliases)])*
        #deprecated
        #[inline]
        pub fn #method(&self, #parameters) -> calls::#call {
            calls::#call::new(&self.session)#set
        }
    }
}

fn known(service: &str, operation: &Operation, name: &Names) -> TokenStream {
    let constant = &name.constant;
    let Operation { id, repeatable, page_order, .. } = operation;
    let template = operation.template.text();
    let method = format_ident!("{}", operation.method.name());
    let text = format!("`{id}`: `{method} {template}`.");
    let path = operation.parameters.iter().filter(|p| p.location == Location::Path).map(|p| {
        let Parameter { name, slash, .. } = p;
        let slash = match slash {
            Slash::Separates => quote!(Separates),
            Slash::Refused => quote!(Refused),
            Slash::Encoded => quote!(Encoded),
        };
        quote!(rt::PathParameter { name: #name, slash: rt::Slash::#slash })
    });
    let mut required: Vec<TokenStream> = Vec::new();
    for Parameter { name, location, .. } in operation.parameters.iter().filter(|p| p.required) {
        match location {
            Location::Query => required.push(quote!(rt::Required::Query(#name))),
            Location::Header => required.push(quote!(rt::Required::Header(#name))),
            Location::Path | Location::FreeQuery => {}
        }
    }
    match operation.body() {
        Some(Body { kind: BodyKind::Multipart(fields), .. }) => {
            let fields = fields.iter().filter(|field| field.required).map(|field| &field.name);
            required.extend(fields.map(|name| quote!(rt::Required::Part(#name))));
        }
        Some(Body { required: true, .. }) => required.push(quote!(rt::Required::Body)),
        _ => {}
    }
    let reply = match &operation.reply {
        Reply::Enveloped(_) => None,
        Reply::Json(_) => Some(quote!(Json)),
        Reply::Bytes => Some(quote!(Bytes)),
        Reply::Empty => Some(quote!(Empty)),
    };
    let paging = operation.paging.map(|paging| match paging {
        Paging::LimitSkip => quote!(LimitSkip),
        Paging::LimitOffset => quote!(LimitOffset),
        Paging::PageSize => quote!(PageSize),
    });
    let token = match operation.token {
        TokenUse::Always => None,
        TokenUse::Never => Some(quote!(Never)),
        TokenUse::UnlessBasic => Some(quote!(UnlessBasic)),
    };
    let facts = [
        list("path", path.collect()),
        list("required", required),
        token.map(|token| quote!(token: rt::TokenUse::#token)),
        repeatable.then(|| quote!(idempotent: true)),
        reply.map(|reply| quote!(reply: rt::ReplyKind::#reply)),
        paging.map(|paging| quote!(paging: Some(rt::Paging::#paging))),
        operation.exact_pages.then(|| quote!(exact_pages: true)),
        operation.slow.map(|seconds| quote!(slow: Some(#seconds))),
        list("page_order", page_order.iter().map(|attribute| quote!(#attribute)).collect()),
    ];
    let facts = facts.iter().flatten();
    quote! {
        #[doc = #text]
        pub static #constant: rt::Operation = rt::Operation {
            service: #service,
            id: #id,
            method: rt::Method::#method,
            template: #template,
            #(#facts,)*
            ..rt::Operation::PLAIN
        };
    }
}

/// The field with this name; `None` if it has no values.
fn list(name: &str, items: Vec<TokenStream>) -> Option<TokenStream> {
    let name = format_ident!("{name}");
    (!items.is_empty()).then(|| quote!(#name: &[#(#items),*]))
}
