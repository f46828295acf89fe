//! The module `types`: the types of requests and replies.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::model::{Definition, Kind, Model};
use crate::shape::Shape;
use crate::{bodies, conversions, docs, enums, objects, unions};

/// The module `types`.
pub(crate) fn emit(model: &Model) -> TokenStream {
    let tagged = unions::tagged(model);
    let items = model.types.iter().map(|(name, definition)| match &definition.kind {
        Kind::Object(object) => {
            let variants = tagged.get(name.as_str()).map_or(&[][..], Vec::as_slice);
            let made = definition.sent.then(|| bodies::emit(name, object, variants));
            let definition = objects::emit(name, definition, object);
            quote!(#made #definition)
        }
        Kind::Enumeration(choices) => enums::emit(name, &definition.text, choices),
        Kind::Union(union) => unions::emit(name, &definition.text, union),
        Kind::Newtype(shape) => newtype(name, definition, shape),
    });
    let conversions = conversions::emit(model);
    quote! {
        /// The types of requests and replies.
        pub mod types {
            #[allow(unused_imports)]
            use ::tapis_core::rt;

            #(#items)*
            #conversions
        }
    }
}

/// A new name for another type.
fn newtype(name: &str, definition: &Definition, inner: &Shape) -> TokenStream {
    let name = format_ident!("{name}");
    let text = docs::or(&definition.text, "An object of the service.");
    let grows = (!definition.sent).then(|| quote!(#[non_exhaustive]));
    quote! {
        #[doc = #text]
        #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
        #[serde(transparent)]
        #grows
        pub struct #name(pub #inner);

        impl ::std::ops::Deref for #name {
            type Target = #inner;

            #[inline]
            fn deref(&self) -> &#inner {
                &self.0
            }
        }

        impl From<#name> for #inner {
            #[inline]
            fn from(value: #name) -> Self {
                value.0
            }
        }

        impl From<#inner> for #name {
            #[inline]
            fn from(value: #inner) -> Self {
                Self(value)
            }
        }
    }
}
