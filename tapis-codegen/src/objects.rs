//! How structs are read and written.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Fields, ItemStruct, Path, Token};

use crate::syntax::{option, wire_name};

/// What says how the struct is read and written, which takes less to compile than serde's derive; the
/// struct loses the latter. Nothing for a struct with something that only the derive knows.
pub(crate) fn emit(item: &mut ItemStruct) -> Option<TokenStream> {
    if !matches!(item.fields, Fields::Named(_)) || item.attrs.iter().any(is_serde) {
        return None;
    }
    let properties: Vec<TokenStream> = item
        .fields
        .iter()
        .enumerate()
        .map(|(place, field)| {
            let ident = field.ident.as_ref()?;
            let kind = kind(&field.attrs, option(&field.ty).is_some())?;
            let wire = wire_name(&field.attrs, ident);
            let place = proc_macro2::Literal::usize_unsuffixed(place);
            Some(quote!(#place #kind #ident #wire))
        })
        .collect::<Option<_>>()?;
    for attribute in &mut item.attrs {
        without_serde(attribute);
    }
    for field in &mut item.fields {
        field.attrs.retain(|attribute| !is_serde(attribute));
    }
    let name = &item.ident;
    Some(quote! {
        ::tapis_core::object! {
            #name { #(#properties),* }
        }
    })
}

fn is_serde(attribute: &Attribute) -> bool {
    attribute.path().is_ident("serde")
}

/// The kind of a property, if its attributes say nothing else.
fn kind(attributes: &[Attribute], optional: bool) -> Option<Ident> {
    let said: Vec<String> = attributes
        .iter()
        .filter(|attribute| is_serde(attribute))
        .filter_map(|attribute| attribute.meta.require_list().ok())
        .flat_map(|list| list.parse_args_with(Punctuated::<syn::Meta, Token![,]>::parse_terminated))
        .flatten()
        .filter(|meta| !meta.path().is_ident("rename"))
        .map(|meta| meta.to_token_stream().to_string())
        .collect();
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    const SKIPPED: &str = r#"skip_serializing_if = "::std::option::Option::is_none""#;
    let kind = match (optional, &said[..]) {
        (false, []) => "required",
        (false, [r#"deserialize_with = "rt::lenient""#]) => "required_lenient",
        (true, [SKIPPED]) => "optional",
        (true, [SKIPPED, "default", r#"deserialize_with = "rt::nullable""#]) => "nullable",
        (true, [SKIPPED, "default", r#"deserialize_with = "rt::lenient""#]) => "lenient",
        (true, [SKIPPED, "default", r#"deserialize_with = "rt::list""#]) => "list",
        _ => return None,
    };
    Some(format_ident!("{kind}"))
}

/// Takes serde's traits out of a list of those to derive.
fn without_serde(attribute: &mut Attribute) {
    if !attribute.path().is_ident("derive") {
        return;
    }
    let Ok(derived) = attribute.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated)
    else {
        return;
    };
    let kept = derived
        .into_iter()
        .filter(|path| path.segments.first().is_none_or(|first| first.ident != "serde"));
    *attribute = syn::parse_quote!(#[derive(#(#kept),*)]);
}
