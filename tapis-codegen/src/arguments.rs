//! The arguments of calls: the required values of an operation.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use tapis_specs::reader::{BodyKind, Location, Operation, Parameter};

use crate::model::Call;
use crate::shape::{Leaf, Shape};
use crate::{Error, docs, naming};

/// The maximum number of positional arguments. If there are more, or if the document requires it,
/// the arguments are the fields of one struct, so that callers name each of them.
const ARGUMENTS: usize = 3;

/// The required values of a call.
pub(crate) struct Arguments<'a> {
    /// Whether the arguments are the fields of a struct.
    named: bool,
    all: Vec<Argument<'a>>,
}

/// An argument of the method, and the setter that it is passed to.
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
    /// The required values of the path, in the order of its template, and the required body. Named
    /// arguments include those of query and headers.
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

    /// The arguments of the method, and the calls of their setters.
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

    /// Each argument with its description.
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

    /// The visibility of a setter, and its documentation: the setter of an argument is called only
    /// by the method that takes the argument.
    pub(crate) fn setter(&self, name: &Ident, text: &str) -> (TokenStream, TokenStream) {
        match self.all.iter().any(|argument| argument.name == *name) {
            true => (quote!(pub(super)), quote!()),
            false => (quote!(pub), quote!(#[doc = #text])),
        }
    }
}

impl Argument<'_> {
    /// For the documentation of the method: the argument's name and description, with the type of a
    /// JSON body.
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
    /// The trait bound of a method's argument.
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

/// The trait bound of values that convert into a type; for a list, any iterator over its items.
pub(crate) fn converts(ty: &Shape) -> TokenStream {
    match ty.in_list() {
        Some(item) => quote!(IntoIterator<Item: TryInto<#item, Error: rt::Display>>),
        None => quote!(TryInto<#ty, Error: rt::Display>),
    }
}
