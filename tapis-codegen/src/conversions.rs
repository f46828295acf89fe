//! Conversions from replies to requests, which the document declares with `x-tapis-from`. They copy
//! the attributes that both types have, except those that only the service sets.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::model::{Field, Kind, Model, Object};

/// The conversions of all types.
pub(crate) fn emit(model: &Model) -> TokenStream {
    let conversions = named(model).filter_map(|(name, object, from)| {
        let reply = reply(model, from)?;
        let carried = |field: &&Field| {
            let same = |other: &&Field| other.wire == field.wire && field.wire.is_some();
            reply.fields.iter().find(same).is_some_and(|other| !other.server_made)
        };
        let names = |of: &dyn Fn(&&Field) -> bool| -> Vec<&String> {
            object.fields.iter().filter(of).filter_map(|field| field.wire.as_ref()).collect()
        };
        let fields = names(&carried);
        let non_empty = names(&|field| field.non_empty && carried(field));
        let required = names(&|field| field.required);
        let (name, from) = (format_ident!("{name}"), format_ident!("{from}"));
        Some(quote! {
            ::tapis_core::from_reply!(
                #from => #name
                [#(#fields),*] non_empty [#(#non_empty),*] requires [#(#required),*]
            );
        })
    });
    quote!(#(#conversions)*)
}

/// A declared conversion that is not possible, because the one type is never sent or the other
/// never received.
pub(crate) fn unknown(model: &Model) -> Option<(&str, &str)> {
    let sent = |name: &str| model.types.get(name).is_some_and(|definition| definition.sent);
    named(model)
        .find(|(name, _, from)| !sent(name) || reply(model, from).is_none())
        .map(|(name, _, from)| (name, from))
}

/// Each type that has a conversion from a reply, with the name of the reply.
fn named(model: &Model) -> impl Iterator<Item = (&str, &Object, &str)> {
    model.types.iter().flat_map(|(name, definition)| {
        let object = match &definition.kind {
            Kind::Object(object) => Some(object),
            _ => None,
        };
        object.into_iter().flat_map(move |object| {
            object.from.iter().map(move |from| (name.as_str(), object, from.as_str()))
        })
    })
}

fn reply<'m>(model: &'m Model, name: &str) -> Option<&'m Object> {
    match model.types.get(name) {
        Some(definition) if definition.received => match &definition.kind {
            Kind::Object(object) => Some(object),
            _ => None,
        },
        _ => None,
    }
}
