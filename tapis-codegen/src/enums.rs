//! Enumerations of strings, which the service can extend.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::docs;
use crate::model::Choice;

pub(crate) fn emit(name: &str, text: &str, choices: &[Choice]) -> TokenStream {
    let name = format_ident!("{name}");
    let text = docs::or(text, "A value of an enumeration, which the service may extend.");
    let choices = choices.iter().map(|Choice { name, wire }| {
        let (name, text) = (format_ident!("{name}"), format!("`{wire}`"));
        quote!(#[doc = #text] #name = #wire)
    });
    quote! {
        ::tapis_core::open_enum! {
            #[doc = #text]
            pub enum #name { #(#choices),* }
        }
    }
}
