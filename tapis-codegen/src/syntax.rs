//! What Rust's syntax says: types, attributes and names in generated code.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Expr, GenericArgument, Ident, Lit, Meta, PathArguments, Type};

/// The first generic argument.
pub(crate) fn argument(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// `T` of an `Option<T>`.
pub(crate) fn option(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    (path.path.segments.last()?.ident == "Option").then(|| argument(ty))?
}

/// `T` of a `Vec<T>`.
pub(crate) fn vector(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    (path.path.segments.last()?.ident == "Vec").then(|| argument(ty))?
}

pub(crate) fn implementor(ty: &Type) -> Option<String> {
    let Type::Path(path) = ty else { return None };
    Some(path.path.segments.last()?.ident.to_string())
}

/// Every identifier in the tokens.
pub(crate) fn identifiers(tokens: TokenStream) -> BTreeSet<String> {
    tokens
        .into_iter()
        .flat_map(|token| match token {
            TokenTree::Ident(ident) => BTreeSet::from([ident.to_string()]),
            TokenTree::Group(group) => identifiers(group.stream()),
            _ => BTreeSet::new(),
        })
        .collect()
}

/// The description among progenitor's doc lines: what stands before the schema in JSON, unless it
/// is only the type's name.
pub(crate) fn description(attributes: &[Attribute]) -> String {
    let text: Vec<String> = attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
                Expr::Lit(literal) => match &literal.lit {
                    Lit::Str(text) => Some(text.value()),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        })
        .collect();
    let text = text.join("\n");
    let text = text.split("<details>").next().unwrap_or_default().trim();
    let name_only = text.starts_with('`') && text.ends_with('`') && text.matches('`').count() == 2;
    if name_only { String::new() } else { text.to_owned() }
}

/// The name that serde gives a variant or field.
pub(crate) fn wire_name(attributes: &[Attribute], ident: &Ident) -> String {
    let mut name = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                name = Some(meta.value()?.parse::<syn::LitStr>()?.value());
            } else if meta.input.peek(syn::Token![=]) {
                meta.value()?.parse::<Expr>()?;
            }
            Ok(())
        });
    }
    name.unwrap_or_else(|| ident.to_string())
}
