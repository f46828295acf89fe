//! Unions of types.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::docs;
use crate::model::{Kind, Model, Union, Variant};
use crate::shape::{Leaf, Shape};

/// A union of types. If the document names a property that distinguishes the variants, its value
/// selects one; otherwise the first variant that fits is used. A value that fits no variant is kept
/// unchanged.
pub(crate) fn emit(name: &str, text: &str, union: &Union) -> TokenStream {
    let name = format_ident!("{name}");
    let text = docs::or(text, "One of several forms.");
    let conversions = conversions(union).map(|Variant { name: variant, shape, .. }| {
        let variant = format_ident!("{variant}");
        quote! {
            impl From<#shape> for #name {
                #[inline]
                fn from(value: #shape) -> Self {
                    Self::#variant(value)
                }
            }
        }
    });
    let variants = union.variants.iter().map(|Variant { name, tag, shape }| {
        let name = format_ident!("{name}");
        let tag = tag.as_ref().map(|tag| quote!(#tag =>));
        quote!(#tag #name(#shape))
    });
    let definition = match &union.property {
        Some(property) => quote! {
            ::tapis_core::tagged_union! {
                #[doc = #text]
                pub enum #name by #property { #(#variants),* }
            }
        },
        None => quote! {
            #[doc = #text]
            #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
            #[serde(untagged)]
            #[non_exhaustive]
            pub enum #name {
                #(#variants,)*
                /// A variant that the documents do not have, unchanged.
                UnknownValue(::serde_json::Value),
            }
        },
    };
    quote! {
        #definition
        #(#conversions)*
    }
}

/// One variant for each type that the union can be made from.
fn conversions(union: &Union) -> impl Iterator<Item = &Variant> {
    union.variants.iter().enumerate().filter_map(|(index, variant)| {
        let first = union.variants.iter().take(index).all(|other| other.shape != variant.shape);
        (variant.shape != Shape::Leaf(Leaf::Text) && first).then_some(variant)
    })
}

/// A union whose variants a property distinguishes, for the type of one variant.
pub(crate) struct Tagged<'m> {
    pub(crate) property: &'m str,
    /// The value of the property in the variant.
    pub(crate) tag: &'m str,
}

/// The unions whose variants a property distinguishes, by the types of their variants.
pub(crate) fn tagged(model: &Model) -> BTreeMap<&str, Vec<Tagged<'_>>> {
    let mut tagged: BTreeMap<&str, Vec<Tagged<'_>>> = BTreeMap::new();
    for definition in model.types.values() {
        let Kind::Union(Union { property: Some(property), variants }) = &definition.kind else {
            continue;
        };
        for variant in variants {
            if let (Shape::Named(_, of), Some(tag)) = (&variant.shape, &variant.tag) {
                tagged.entry(of).or_default().push(Tagged { property, tag });
            }
        }
    }
    tagged
}
