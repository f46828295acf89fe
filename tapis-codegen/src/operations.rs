//! The calls: a client with a method for each operation, the table of what is known of them, and
//! a builder for each.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use tapis_specs::reader::{
    Body, BodyKind, Document, Location, Operation, Paging, Parameter, Reply, TokenUse,
};

use crate::builders::{conversion, unraw};
use crate::model::{Call, Model};
use crate::shape::Shape;
use crate::{Error, docs, naming};

/// The client, the modules `operations` and `builder`.
pub(crate) fn emit(document: &Document, model: &Model) -> Result<TokenStream, Error> {
    let service = document.service();
    let mut methods = Vec::new();
    let mut table = Vec::new();
    let mut names = Vec::new();
    let mut builders = Vec::new();
    let mut named = Vec::new();
    for operation in document.named_operations() {
        let call = model
            .calls
            .get(&operation.id)
            .ok_or_else(|| Error::about(service, operation, "the operation has no types"))?;
        let name = Names::of(operation);
        let arguments = arguments(operation, call)?;
        methods.push(method(operation, call, &name, &arguments));
        named.extend(struct_of(&name, &arguments));
        table.push(known(service, operation, &name));
        names.push(name.constant.clone());
        builders.push(builder(operation, call, &name, &arguments).map_err(|e| e.of(service))?);
    }
    let client = format!("The {service} service.");
    Ok(quote! {
        use ::tapis_core::rt;

        #[doc = #client]
        ///
        /// A cheap handle: clones share one session, one connection pool and one token.
        #[derive(Clone, Debug)]
        pub struct Client {
            session: rt::Session,
        }

        impl Client {
            /// The service as seen through `session`.
            #[inline]
            #[must_use]
            pub fn new(session: &rt::Session) -> Self {
                Self { session: session.clone() }
            }

            /// The session that the calls go through.
            #[inline]
            #[must_use]
            pub fn session(&self) -> &rt::Session {
                &self.session
            }

            #(#methods)*
        }

        /// What is known of each operation before it is called.
        pub mod operations {
            use super::rt;

            #(#table)*

            /// All of them, in the order of their paths.
            pub static ALL: &[&rt::Operation] = &[#(&#names),*];
        }

        /// The calls, one type for each operation.
        pub mod builder {
            #[allow(unused_imports)]
            use super::{operations, rt, types};

            #(#builders)*
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

/// How many arguments a call takes in a row. With more, or where the document says so, they are
/// the fields of one struct, so that each has its name where the call is made.
const ARGUMENTS: usize = 3;

/// What a call cannot go without.
struct Arguments<'a> {
    named: bool,
    all: Vec<Argument<'a>>,
}

/// A value that the method takes, and the setter that it goes to.
struct Argument<'a> {
    name: Ident,
    text: String,
    kind: ArgumentKind<'a>,
}

enum ArgumentKind<'a> {
    Parameter(&'a Type),
    Json(&'a Type),
    Bytes,
    File,
    Text,
}

/// The required values of the path, in the order of its template, and the required body. Where they
/// have names, those of query and headers too.
fn arguments<'a>(operation: &'a Operation, call: &'a Call) -> Result<Arguments<'a>, Error> {
    let mut all = Vec::new();
    let required = |location| {
        let of = move |p: &&Parameter| p.required && p.location == location;
        operation.parameters.iter().filter(of)
    };
    let mut path: Vec<_> = required(Location::Path).collect();
    path.sort_by_key(|p| operation.template.parameters().position(|name| name == p.name));
    let others = required(Location::Query).chain(required(Location::Header));
    let others = others.filter(|_| operation.named_arguments);
    for parameter in path.into_iter().chain(others) {
        let rust = naming::snake(&parameter.name);
        all.push(Argument {
            name: format_ident!("{rust}"),
            text: docs::sentence(&parameter.description),
            kind: ArgumentKind::Parameter(field(operation, call, &rust)?),
        });
    }
    match operation.body().map(|body| (&body.kind, body.required)) {
        Some((BodyKind::Json, true)) => all.push(Argument {
            name: format_ident!("body"),
            text: String::new(),
            kind: ArgumentKind::Json(field(operation, call, "body")?),
        }),
        Some((BodyKind::Bytes, true)) => all.push(Argument {
            name: format_ident!("body"),
            text: "Sent as it is.".to_owned(),
            kind: ArgumentKind::Bytes,
        }),
        Some((BodyKind::Multipart(parts), _)) => {
            for part in parts.iter().filter(|part| part.required) {
                all.push(Argument {
                    name: format_ident!("{}", naming::snake(&part.name)),
                    text: docs::sentence(&part.description),
                    kind: if part.binary { ArgumentKind::File } else { ArgumentKind::Text },
                });
            }
        }
        _ => {}
    }
    Ok(Arguments { named: operation.named_arguments || all.len() > ARGUMENTS, all })
}

/// The struct of named arguments.
fn struct_of(name: &Names, arguments: &Arguments<'_>) -> Option<TokenStream> {
    let fields = arguments.all.iter().map(|argument| {
        let Argument { name, kind, .. } = argument;
        let (_, text) = argument.described();
        let ty = match kind {
            ArgumentKind::Parameter(ty) | ArgumentKind::Json(ty) => quote!(#ty),
            ArgumentKind::Bytes => quote!(rt::Body),
            ArgumentKind::File => quote!(rt::Part),
            ArgumentKind::Text => quote!(::std::string::String),
        };
        quote!(#[doc = #text] pub #name: #ty)
    });
    let Names { method, arguments: ident, .. } = name;
    let text = format!("The arguments of [`Client::{method}`](super::Client::{method}).");
    arguments.named.then(|| {
        quote! {
            #[doc = #text]
            #[derive(Clone, Debug)]
            #[allow(clippy::exhaustive_structs)]
            pub struct #ident {
                #(#fields,)*
            }
        }
    })
}

fn method(
    operation: &Operation,
    call: &Call,
    name: &Names,
    arguments: &Arguments<'_>,
) -> TokenStream {
    let taken: Vec<_> = arguments.all.iter().map(Argument::described).collect();
    let text = docs::operation(operation, &taken, &output(operation, call).to_string());
    let Names { method, call, arguments: ident, .. } = name;
    let deprecated = operation.deprecated.then(|| quote!(#[deprecated]));
    let names = arguments.all.iter().map(|argument| &argument.name);
    let (parameters, set) = if arguments.named {
        let set = names.map(|name| quote!(.#name(arguments.#name)));
        (quote!(arguments: builder::#ident), quote!(#(#set)*))
    } else {
        let parameters = arguments.all.iter().map(|Argument { name, kind, .. }| {
            let bound = kind.bound();
            quote!(#name: impl #bound)
        });
        let set = names.map(|name| quote!(.#name(#name)));
        (quote!(#(#parameters),*), quote!(#(#set)*))
    };
    quote! {
        #[doc = #text]
        #deprecated
        #[inline]
        pub fn #method(&self, #parameters) -> builder::#call {
            builder::#call::new(&self.session)#set
        }
    }
}

impl Arguments<'_> {
    /// The visibility of a setter: an argument is set by the method that takes it, and nobody else.
    fn setter(&self, name: &Ident) -> TokenStream {
        match self.all.iter().any(|argument| argument.name == *name) {
            true => quote!(pub(super)),
            false => quote!(pub),
        }
    }
}

impl Argument<'_> {
    /// For the documentation of the method: its name and its text, with the type of a JSON body.
    fn described(&self) -> (String, String) {
        let text = match &self.kind {
            ArgumentKind::Json(ty) => {
                format!("Sent as JSON: {}.", docs::linked(&quote!(#ty).to_string()))
            }
            _ => self.text.clone(),
        };
        (self.name.to_string(), text)
    }
}

impl ArgumentKind<'_> {
    /// What a method's argument has to be.
    fn bound(&self) -> TokenStream {
        match self {
            Self::Parameter(ty) if is_text(ty) => quote!(::std::convert::Into<#ty>),
            Self::Parameter(ty) | Self::Json(ty) => match vector(ty) {
                Some(item) => quote! {
                    ::std::iter::IntoIterator<
                        Item: ::std::convert::TryInto<#item, Error: ::std::fmt::Display>
                    >
                },
                None => quote!(::std::convert::TryInto<#ty, Error: ::std::fmt::Display>),
            },
            Self::Bytes => quote!(::std::convert::Into<rt::Body>),
            Self::File => quote!(::std::convert::Into<rt::Part>),
            Self::Text => quote!(::std::convert::Into<::std::string::String>),
        }
    }
}

/// Whether every text is a value of the type, so that nothing can be wrong with one.
fn is_text(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last()
        .is_some_and(|segment| segment.ident == "String" || segment.ident == "Secret"))
}

fn known(service: &str, operation: &Operation, name: &Names) -> TokenStream {
    let constant = &name.constant;
    let Operation { id, repeatable, page_order, .. } = operation;
    let template = operation.template.text();
    let method = format_ident!("{}", operation.method.name());
    let text = format!("`{id}`: `{method} {template}`.");
    let path = operation.parameters.iter().filter(|p| p.location == Location::Path).map(|p| {
        let Parameter { name, multi_segment, .. } = p;
        quote!(rt::PathParameter { name: #name, multi_segment: #multi_segment })
    });
    let required = operation.parameters.iter().filter(|p| p.required).filter_map(|p| {
        let name = &p.name;
        match p.location {
            Location::Query => Some(quote!(rt::Required::Query(#name))),
            Location::Header => Some(quote!(rt::Required::Header(#name))),
            Location::Path | Location::FreeQuery => None,
        }
    });
    let body = match operation.body() {
        Some(Body { kind: BodyKind::Multipart(fields), .. }) => {
            let required = fields.iter().filter(|field| field.required).map(|field| &field.name);
            required.map(|name| quote!(rt::Required::Part(#name))).collect()
        }
        Some(Body { required: true, .. }) => vec![quote!(rt::Required::Body)],
        _ => Vec::new(),
    };
    let reply = match &operation.reply {
        Reply::Enveloped(_) => quote!(rt::ReplyKind::Enveloped),
        Reply::Json(_) => quote!(rt::ReplyKind::Json),
        Reply::Bytes => quote!(rt::ReplyKind::Bytes),
        Reply::Empty => quote!(rt::ReplyKind::Empty),
    };
    let paging = match operation.paging {
        Some(paging) => {
            let kind = match paging {
                Paging::LimitSkip => quote!(LimitSkip),
                Paging::LimitOffset => quote!(LimitOffset),
                Paging::PageSize => quote!(PageSize),
            };
            quote!(::std::option::Option::Some(rt::Paging::#kind))
        }
        None => quote!(::std::option::Option::None),
    };
    let token = match operation.token {
        TokenUse::Always => quote!(Always),
        TokenUse::Never => quote!(Never),
        TokenUse::UnlessBasic => quote!(UnlessBasic),
    };
    let slow = match operation.slow {
        Some(seconds) => quote!(::std::option::Option::Some(#seconds)),
        None => quote!(::std::option::Option::None),
    };
    quote! {
        #[doc = #text]
        pub static #constant: rt::Operation = rt::Operation {
            service: #service,
            id: #id,
            method: rt::Method::#method,
            template: #template,
            path: &[#(#path),*],
            required: &[#(#required,)* #(#body),*],
            token: rt::TokenUse::#token,
            repeatable: #repeatable,
            reply: #reply,
            paging: #paging,
            slow: #slow,
            page_order: &[#(#page_order),*],
        };
    }
}

fn builder(
    operation: &Operation,
    call: &Call,
    name: &Names,
    arguments: &Arguments<'_>,
) -> Result<TokenStream, Error> {
    let mut setters = Vec::new();
    for parameter in &operation.parameters {
        setters.push(parameter_setter(operation, call, parameter, arguments)?);
    }
    setters.push(body_setter(operation, call, arguments)?);
    let Names { method, call: ident, constant, .. } = name;
    let text = format!("The call [`Client::{method}`](super::Client::{method}).");
    let outcome = match (&operation.reply, &call.output) {
        (Reply::Enveloped(Some(_)), Some(output)) => {
            let read = output.members().map(|read| quote!(, #read));
            quote!(rt::Enveloped<#output #read>)
        }
        (Reply::Enveloped(_), _) => quote!(rt::Acknowledged),
        (Reply::Json(_), Some(output)) => {
            let read = output.members().map(|read| quote!(, #read));
            quote!(rt::Json<#output #read>)
        }
        (Reply::Bytes, _) => quote!(rt::Streamed),
        (Reply::Empty | Reply::Json(_), _) => quote!(rt::Empty),
    };
    let output = output(operation, call);
    let response = match &operation.reply {
        Reply::Bytes => quote!(rt::ByteStream),
        _ => quote!(rt::Response<#output>),
    };
    let paged = paged(operation, call, &outcome);
    Ok(quote! {
        ::tapis_core::operation! {
            #[doc = #text]
            #ident, operations::#constant, #outcome, #output, #response
        }

        impl #ident {
            #(#setters)*
            #paged
        }
    })
}

/// What awaiting the call returns.
fn output(operation: &Operation, call: &Call) -> TokenStream {
    match (&operation.reply, &call.output) {
        (Reply::Enveloped(Some(_)) | Reply::Json(_), Some(output)) => quote!(#output),
        (Reply::Bytes, _) => quote!(rt::ByteStream),
        _ => quote!(()),
    }
}

/// The streams of an operation that gives a long list in pieces.
fn paged(operation: &Operation, call: &Call, outcome: &TokenStream) -> TokenStream {
    let item = call.output.as_ref().and_then(Shape::in_list).filter(|_| operation.paging.is_some());
    let Some(item) = item else { return quote!() };
    let order = match operation.page_order.join(",") {
        order if order.is_empty() => quote!(),
        order => {
            let text = format!(
                "The service has no order of its own, so `orderBy={order}` is sent, or what of it is missing in the order of the call: without an order pages may overlap."
            );
            quote!(#[doc = ""] #[doc = #text])
        }
    };
    quote! {
        /// The pages as a stream, fetched as they are needed, one ahead.
        #order
        #[inline]
        pub fn pages(self) -> rt::Pages<#item> {
            rt::pages::<#outcome, #item>(self.call)
        }

        /// The entries of all pages as a stream.
        #[inline]
        pub fn items(self) -> rt::Items<#item> {
            self.pages().items()
        }
    }
}

fn parameter_setter(
    operation: &Operation,
    call: &Call,
    parameter: &Parameter,
    arguments: &Arguments<'_>,
) -> Result<TokenStream, Error> {
    let wire = &parameter.name;
    let rust = naming::snake(wire);
    let method = format_ident!("{rust}");
    let text = docs::parameter(wire, parameter.location, &parameter.description);
    if parameter.location == Location::FreeQuery {
        return Ok(quote! {
            #[doc = #text]
            #[inline]
            pub fn #method<K, V>(mut self, pairs: impl ::std::iter::IntoIterator<Item = (K, V)>) -> Self
            where
                K: ::std::convert::Into<::std::string::String>,
                V: ::std::convert::Into<::std::string::String>,
            {
                for (key, value) in pairs {
                    self.call.free_query(key.into(), value.into());
                }
                self
            }
        });
    }
    let ty = field(operation, call, &rust)?;
    let (generics, bounds, convert) = conversion(ty, wire);
    let set = match parameter.location {
        Location::Path => quote!(self.call.path_parameter(#wire, #convert)),
        Location::Header => quote!(self.call.header_parameter(#wire, #convert)),
        _ if parameter.is_select() && !operation.identity.is_empty() => {
            let identity = &operation.identity;
            quote!(self.call.selection(#wire, #convert, &[#(#identity),*]))
        }
        _ if parameter.joined => quote!(self.call.joined_query(#wire, #convert)),
        _ => quote!(self.call.query_parameter(#wire, #convert)),
    };
    let visible = arguments.setter(&method);
    let plain = quote! {
        #[doc = #text]
        #[inline]
        #visible fn #method<#generics>(mut self, value: T) -> Self
        where
            #bounds
        {
            #set;
            self
        }
    };
    if parameter.required {
        return Ok(plain);
    }
    let maybe = format_ident!("maybe_{}", unraw(&method));
    let text = format!("{text} Left out when there is no value.");
    Ok(quote! {
        #plain

        #[doc = #text]
        #[inline]
        pub fn #maybe<#generics>(self, value: ::std::option::Option<T>) -> Self
        where
            #bounds
        {
            match value {
                ::std::option::Option::Some(value) => self.#method(value),
                ::std::option::Option::None => self,
            }
        }
    })
}

fn field<'c>(operation: &Operation, call: &'c Call, name: &str) -> Result<&'c Shape, Error> {
    call.fields
        .get(name)
        .ok_or_else(|| Error::about("", operation, format!("{name} of the operation has no type")))
}

fn body_setter(
    operation: &Operation,
    call: &Call,
    arguments: &Arguments<'_>,
) -> Result<TokenStream, Error> {
    let visible = arguments.setter(&format_ident!("body"));
    let Some(body) = operation.body() else { return Ok(quote!()) };
    let media = &body.media_type;
    Ok(match &body.kind {
        BodyKind::Json => {
            let ty = field(operation, call, "body")?;
            let (generics, bounds, convert) = conversion(ty, "body");
            quote! {
                /// What the request carries, as JSON.
                #[inline]
                #visible fn body<#generics>(mut self, value: T) -> Self
                where
                    #bounds
                {
                    self.call.json_body(#convert);
                    self
                }
            }
        }
        BodyKind::Bytes => quote! {
            /// What the request carries, as it is.
            #[inline]
            #visible fn body(mut self, value: impl ::std::convert::Into<rt::Body>) -> Self {
                self.call.raw_body(value.into());
                self.call.content_type(#media);
                self
            }
        },
        BodyKind::Multipart(fields) => {
            let setters = fields.iter().map(|part| {
                let wire = Literal::string(&part.name);
                let method = format_ident!("{}", naming::snake(&part.name));
                let visible = arguments.setter(&method);
                let required = if part.required { " Required." } else { "" };
                let text = format!("{}{required}", docs::sentence(&part.description));
                if part.binary {
                    quote! {
                        #[doc = #text]
                        #[inline]
                        #visible fn #method(mut self, part: impl ::std::convert::Into<rt::Part>) -> Self {
                            self.call.part(#wire, part.into());
                            self
                        }
                    }
                } else {
                    quote! {
                        #[doc = #text]
                        #[inline]
                        #visible fn #method(mut self, text: impl ::std::convert::Into<::std::string::String>) -> Self {
                            self.call.part(#wire, rt::Part::text(text));
                            self
                        }
                    }
                }
            });
            quote!(#(#setters)*)
        }
    })
}
