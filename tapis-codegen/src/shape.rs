//! Types at the places that use them: fields, variants, parameters, bodies and replies.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};

/// A type at the place that uses it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shape {
    /// A type of the document, with its module if it must be qualified.
    Named(Option<&'static str>, String),
    Leaf(Leaf),
    Option(Box<Shape>),
    Boxed(Box<Shape>),
    List(Box<Shape>),
    Map(Box<Shape>),
}

/// A type without type parameters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Leaf {
    Bool,
    F32,
    F64,
    I32,
    I64,
    Json,
    Secret,
    Text,
    Timestamp,
}

impl Leaf {
    /// The leaf type with this name in typify.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "bool" => Self::Bool,
            "f32" => Self::F32,
            "f64" => Self::F64,
            "i32" => Self::I32,
            "i64" => Self::I64,
            "::serde_json::Value" => Self::Json,
            "::tapis_core::Secret" => Self::Secret,
            "::tapis_core::Timestamp" => Self::Timestamp,
            _ => return None,
        })
    }
}

impl ToTokens for Leaf {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Bool => quote!(bool),
            Self::F32 => quote!(f32),
            Self::F64 => quote!(f64),
            Self::I32 => quote!(i32),
            Self::I64 => quote!(i64),
            Self::Json => quote!(::serde_json::Value),
            Self::Secret => quote!(::tapis_core::Secret),
            Self::Text => quote!(String),
            Self::Timestamp => quote!(::tapis_core::Timestamp),
        });
    }
}

impl ToTokens for Shape {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Named(module, name) => {
                let name = format_ident!("{name}");
                match module {
                    Some(module) => {
                        let module = format_ident!("{module}");
                        quote!(#module::#name)
                    }
                    None => quote!(#name),
                }
            }
            Self::Leaf(leaf) => quote!(#leaf),
            Self::Option(inner) => quote!(Option<#inner>),
            Self::Boxed(inner) => quote!(Box<#inner>),
            Self::List(inner) => quote!(Vec<#inner>),
            Self::Map(inner) if **inner == Self::Leaf(Leaf::Json) => {
                quote!(::serde_json::Map<String, ::serde_json::Value>)
            }
            Self::Map(inner) => {
                quote!(::std::collections::BTreeMap<String, #inner>)
            }
        });
    }
}

impl Shape {
    pub(crate) fn option(inner: Self) -> Self {
        match inner {
            Self::Option(_) => inner,
            inner => Self::Option(Box::new(inner)),
        }
    }

    /// `T` of an `Option<T>`.
    pub(crate) fn in_option(&self) -> Option<&Self> {
        if let Self::Option(inner) = self { Some(inner) } else { None }
    }

    /// The type without `Option`.
    pub(crate) fn plain(&self) -> &Self {
        self.in_option().unwrap_or(self)
    }

    /// `T` of a `Vec<T>`.
    pub(crate) fn in_list(&self) -> Option<&Self> {
        if let Self::List(inner) = self { Some(inner) } else { None }
    }

    /// The wrapper that reads a list and skips its `null`s, for a list whose items are not nullable
    /// themselves.
    pub(crate) fn members(&self) -> Option<TokenStream> {
        match self.in_list()? {
            Self::Option(_) | Self::Leaf(Leaf::Json) => None,
            item if item.is_integer() => Some(quote!(rt::Members<rt::Scalar<#item>>)),
            item => Some(quote!(rt::Members<#item>)),
        }
    }

    pub(crate) fn is_integer(&self) -> bool {
        matches!(self, Self::Leaf(Leaf::I32 | Leaf::I64))
    }

    /// The type as it is written outside of its module.
    pub(crate) fn within(&self, module: &'static str) -> Self {
        let inside = |inner: &Self| Box::new(inner.within(module));
        match self {
            Self::Named(_, name) => Self::Named(Some(module), name.clone()),
            Self::Leaf(leaf) => Self::Leaf(*leaf),
            Self::Option(inner) => Self::Option(inside(inner)),
            Self::Boxed(inner) => Self::Boxed(inside(inner)),
            Self::List(inner) => Self::List(inside(inner)),
            Self::Map(inner) => Self::Map(inside(inner)),
        }
    }

    /// The name of the document's type in this type; there is at most one.
    pub(crate) fn named(&self) -> Option<&str> {
        match self {
            Self::Named(_, name) => Some(name),
            Self::Leaf(_) => None,
            Self::Option(inner) | Self::Boxed(inner) | Self::List(inner) | Self::Map(inner) => {
                inner.named()
            }
        }
    }
}
