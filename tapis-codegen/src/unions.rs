//! Choices of schemas.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use serde_json::Value;
use syn::{ItemEnum, parse_quote};

use crate::document::Document;
use crate::types::description;
use crate::{docs, naming};

/// A choice of schemas. Where the document says which property tells them apart, that property
/// decides; otherwise the first that fits. What fits nothing is kept as it came.
pub(crate) fn emit(document: &Document<'_>, mut item: ItemEnum) -> TokenStream {
    let name = &item.ident;
    let schemas = document.schemas();
    let schema = schemas.iter().find(|(key, _)| *name == naming::pascal(key));
    let text = description(&item.attrs);
    let text =
        if text.is_empty() { "One of several forms.".to_owned() } else { docs::sentence(&text) };
    if let Some((_, schema)) = schema.filter(|(_, schema)| schema["discriminator"].is_object()) {
        let property = schema["discriminator"]["propertyName"].as_str().unwrap_or_default();
        // Progenitor writes a variant for each form, in their order.
        let forms = schema["oneOf"].as_array().into_iter().flatten();
        let arms = item.variants.iter().zip(forms).map(|(variant, form)| {
            let (ident, inner) = (&variant.ident, variant.fields.iter().map(|field| &field.ty));
            let tag = tag(&schema["discriminator"], form["$ref"].as_str().unwrap_or_default());
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
