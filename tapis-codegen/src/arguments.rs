//! The arguments of calls: what an operation cannot go without.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use tapis_specs::reader::{BodyKind, Location, Operation, Parameter};

use crate::model::Call;
use crate::shape::{Leaf, Shape};
use crate::{Error, docs, naming};

/// How many arguments a call takes in a row. With more, or where the document says so, they are
/// the fields of one struct, so that each has its name where the call is made.
const ARGUMENTS: usize = 3;

/// What a call cannot go without.
pub(crate) struct Arguments<'a> {
    /// Whether they are the fields of a struct.
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
    Parameter(&'a Shape),
    Json(&'a Shape),
    Bytes,
    File,
    Text,
}

impl<'a> Arguments<'a> {
    /// The required values of the path, in the order of its template, and the required body. Where they
    /// have names, those of query and headers too.
    pub(crate) fn of(operation: &'a Operation, call: &'a Call) -> Result<Self, Error> {
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
            let rust = naming::snake(&parameter.argument);
            all.push(Argument {
                name: format_ident!("{rust}"),
                text: docs::sentence(&parameter.description),
                kind: ArgumentKind::Parameter(
                    call.field(operation, &naming::snake(&parameter.name))?,
                ),
            });
        }
        match operation.body().map(|body| (&body.kind, body.required)) {
            Some((BodyKind::Json, true)) => all.push(Argument {
                name: format_ident!("body"),
                text: String::new(),
                kind: ArgumentKind::Json(call.field(operation, "body")?),
            }),
            Some((BodyKind::Bytes, true)) => all.push(Argument {
                name: format_ident!("body"),
                text: "Sent unchanged.".to_owned(),
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

    /// What the method takes, and the setters that it calls.
    pub(crate) fn taken(&self, ident: &Ident) -> (TokenStream, TokenStream) {
        let names = self.all.iter().map(|argument| &argument.name);
        if self.named {
            let set = names.map(|name| quote!(.#name(arguments.#name)));
            return (quote!(arguments: calls::#ident), quote!(#(#set)*));
        }
        let parameters = self.all.iter().map(|Argument { name, kind, .. }| {
            let bound = kind.bound();
            quote!(#name: impl #bound)
        });
        let set = names.map(|name| quote!(.#name(#name)));
        (quote!(#(#parameters),*), quote!(#(#set)*))
    }

    /// Each argument with its text.
    pub(crate) fn described(&self) -> Vec<(String, String)> {
        self.all.iter().map(Argument::described).collect()
    }

    /// The struct of named arguments, which `method` takes.
    pub(crate) fn structure(&self, ident: &Ident, method: &Ident) -> Option<TokenStream> {
        let fields = self.all.iter().map(|argument| {
            let Argument { name, kind, .. } = argument;
            let (_, text) = argument.described();
            let ty = match kind {
                ArgumentKind::Parameter(ty) | ArgumentKind::Json(ty) => quote!(#ty),
                ArgumentKind::Bytes => quote!(rt::Body),
                ArgumentKind::File => quote!(rt::FormPart),
                ArgumentKind::Text => quote!(String),
            };
            quote!(#[doc = #text] pub #name: #ty)
        });
        let text = format!("The arguments of [`Client::{method}`](super::Client::{method}).");
        self.named.then(|| {
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

    /// The visibility of a setter, and its documentation: an argument is set by the method that takes
    /// it, and nobody else.
    pub(crate) fn setter(&self, name: &Ident, text: &str) -> (TokenStream, TokenStream) {
        match self.all.iter().any(|argument| argument.name == *name) {
            true => (quote!(pub(super)), quote!()),
            false => (quote!(pub), quote!(#[doc = #text])),
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
            Self::Parameter(ty @ Shape::Leaf(Leaf::Text | Leaf::Secret)) => {
                quote!(Into<#ty>)
            }
            Self::Parameter(ty) | Self::Json(ty) => converts(ty),
            Self::Bytes => quote!(Into<rt::Body>),
            Self::File => quote!(Into<rt::FormPart>),
            Self::Text => quote!(Into<String>),
        }
    }
}

/// What converts into a type: for a list anything that gives its items.
pub(crate) fn converts(ty: &Shape) -> TokenStream {
    match ty.in_list() {
        Some(item) => quote!(IntoIterator<Item: TryInto<#item, Error: rt::Display>>),
        None => quote!(TryInto<#ty, Error: rt::Display>),
    }
}
