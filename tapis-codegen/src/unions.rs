//! Choices of schemas.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use serde_json::Value;
use syn::{Ident, Item, ItemEnum, Variant, parse_quote};
use tapis_specs::reader::Document;

use crate::syntax::description;
use crate::{docs, naming};

/// A choice of schemas. Where the document says which property tells them apart, that property
/// decides; otherwise the first that fits. What fits nothing is kept as it came.
pub(crate) fn emit(document: &Document, mut item: ItemEnum) -> TokenStream {
    let name = &item.ident;
    let schema = document.schemas().find(|(key, _)| *name == naming::pascal(key));
    let text = description(&item.attrs);
    let text =
        if text.is_empty() { "One of several forms.".to_owned() } else { docs::sentence(&text) };
    if let Some((_, schema)) = schema.filter(|(_, schema)| schema["discriminator"].is_object()) {
        let property = schema["discriminator"]["propertyName"].as_str().unwrap_or_default();
        let arms = tags(schema, &item).map(|(variant, tag)| {
            let (ident, inner) = (&variant.ident, variant.fields.iter().map(|field| &field.ty));
            quote!(#tag => #ident(#(#inner)*))
        });
        return quote! {
            ::tapis_core::tagged_union! {
                #[doc = #text]
                pub enum #name by #property { #(#arms),* }
            }
        };
    }
    item.attrs.retain(|attribute| !attribute.path().is_ident("doc"));
    item.attrs.insert(0, parse_quote!(#[doc = #text]));
    item.attrs.push(parse_quote!(#[non_exhaustive]));
    let unknown = format_ident!("UnknownValue");
    item.variants.push(parse_quote! {
        /// A form that the documents do not know, as it came.
        #unknown(::serde_json::Value)
    });
    item.into_token_stream()
}

/// A form of a choice that a property tells apart.
pub(crate) struct Form {
    /// The choice.
    pub(crate) union: Ident,
    /// The property.
    pub(crate) property: String,
    /// What it is in this form.
    pub(crate) tag: String,
}

/// The forms of all choices that a property tells apart, by the names of their types.
pub(crate) fn forms(document: &Document, items: &[Item]) -> BTreeMap<String, Vec<Form>> {
    let mut forms: BTreeMap<String, Vec<Form>> = BTreeMap::new();
    for (key, schema) in document.schemas() {
        let Some(property) = schema["discriminator"]["propertyName"].as_str() else { continue };
        let name = naming::pascal(key);
        let union = items.iter().find_map(|item| match item {
            Item::Enum(item) if item.ident == name => Some(item),
            _ => None,
        });
        let Some(union) = union else { continue };
        for (variant, tag) in tags(schema, union) {
            let Some(inner) = variant.fields.iter().next().map(|field| &field.ty) else { continue };
            let form = Form {
                union: union.ident.clone(),
                property: property.to_owned(),
                tag: tag.to_owned(),
            };
            forms.entry(quote!(#inner).to_string()).or_default().push(form);
        }
    }
    forms
}

/// The variants with the values that stand for them. Progenitor writes a variant for each form, in
/// their order.
fn tags<'d>(schema: &'d Value, item: &'d ItemEnum) -> impl Iterator<Item = (&'d Variant, &'d str)> {
    let forms = schema["oneOf"].as_array().into_iter().flatten();
    item.variants.iter().zip(forms).map(|(variant, form)| {
        (variant, tag(&schema["discriminator"], form["$ref"].as_str().unwrap_or_default()))
    })
}

/// The value of the discriminator that stands for the form: the one that the document lists,
/// otherwise the name of the form's schema.
fn tag<'d>(discriminator: &'d Value, form: &'d str) -> &'d str {
    let mapping = discriminator["mapping"].as_object().into_iter().flatten();
    mapping
        .filter(|(_, reference)| *reference == form)
        .map(|(tag, _)| tag.as_str())
        .next()
        .unwrap_or_else(|| form.rsplit('/').next().unwrap_or_default())
}
