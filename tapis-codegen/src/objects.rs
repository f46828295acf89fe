//! Structs, and how they are serialised and deserialised.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use crate::docs;
use crate::model::{Definition, Field, Object};
use crate::shape::Shape;

/// The struct and its serialisation: `object!`, which costs less to compile than serde's derive, or the
/// derive where `object!` does not support a field.
pub(crate) fn emit(name: &str, definition: &Definition, object: &Object) -> TokenStream {
    let Definition { sent, received, .. } = *definition;
    let ident = format_ident!("{name}");
    let text = docs::or(&definition.text, "An object of the service.");
    let kinds: Vec<FieldKind> =
        object.fields.iter().map(|field| FieldKind::of(field, sent, received)).collect();
    let by_macro = !object.closed && kinds.iter().all(|kind| kind.property().is_some());
    let fields = object.fields.iter().zip(&kinds).map(|(field, kind)| {
        let name = format_ident!("{}", field.name);
        let text = (!field.text.is_empty()).then(|| docs::sentence(&field.text));
        let text = text.map(|text| quote!(#[doc = #text]));
        let derive = (!by_macro).then(|| kind.serde(field));
        let shape = shape(field, sent);
        quote!(#text #derive pub #name: #shape)
    });
    let default = object.fields.iter().all(|field| field.wire.is_some() && !field.required);
    let default = default.then(|| quote!(Default,));
    let (derive, closed) = match by_macro {
        true => (None, None),
        false => (
            Some(quote!(::serde::Deserialize, ::serde::Serialize,)),
            object.closed.then(|| quote!(#[serde(deny_unknown_fields)])),
        ),
    };
    let json = if sent { quote!(request) } else { quote!(reply) };
    let properties =
        object.fields.iter().zip(&kinds).enumerate().filter_map(|(place, (field, kind))| {
            let (name, kind) =
                (format_ident!("{}", field.name), format_ident!("{}", kind.property()?));
            let (place, wire) = (Literal::usize_unsuffixed(place), field.wire.as_ref()?);
            Some(quote!(#place #kind #name #wire))
        });
    let read = by_macro.then(|| {
        quote! {
            ::tapis_core::object! {
                #ident { #(#properties),* }
            }
        }
    });
    quote! {
        #[doc = #text]
        #[derive(#derive Clone, Debug, #default PartialEq)]
        #closed
        #[non_exhaustive]
        pub struct #ident {
            #(#fields,)*
        }

        #read

        ::tapis_core::from_json!(#json #ident);
    }
}

/// The type of a field of a struct that is sent or not.
pub(crate) fn shape(field: &Field, sent: bool) -> TokenStream {
    match nullable(field, sent) {
        Some(inner) => quote!(Option<rt::Nullable<#inner>>),
        None => {
            let shape = &field.shape;
            quote!(#shape)
        }
    }
}

/// `T` of a field of type `Option<Nullable<T>>`.
pub(crate) fn nullable(field: &Field, sent: bool) -> Option<&Shape> {
    field.shape.in_option().filter(|_| field.nullable && sent)
}

/// How a field is serialised and deserialised.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FieldKind {
    Required,
    RequiredLenient,
    /// The field is required and may be null.
    RequiredOption,
    Optional,
    Nullable,
    Lenient,
    List,
    /// The field holds all other properties.
    Rest,
}

impl FieldKind {
    fn of(field: &Field, sent: bool, received: bool) -> Self {
        let option = field.shape.in_option();
        let lenient = field.lenient || received && field.shape.plain().is_integer();
        match option {
            _ if field.wire.is_none() => Self::Rest,
            None if lenient => Self::RequiredLenient,
            None => Self::Required,
            Some(_) if field.required => Self::RequiredOption,
            Some(_) if lenient => Self::Lenient,
            Some(_) if nullable(field, sent).is_some() => Self::Nullable,
            Some(inner) if received && inner.members().is_some() => Self::List,
            Some(_) => Self::Optional,
        }
    }

    /// The name of this kind in `object!`, if it has one.
    fn property(self) -> Option<&'static str> {
        Some(match self {
            Self::Required => "required",
            Self::RequiredLenient => "required_lenient",
            Self::Optional => "optional",
            Self::Nullable => "nullable",
            Self::Lenient => "lenient",
            Self::List => "list",
            Self::RequiredOption | Self::Rest => return None,
        })
    }

    /// The attribute for serde's derive.
    fn serde(self, field: &Field) -> Option<TokenStream> {
        let name = field.wire.as_ref().filter(|wire| **wire != field.name);
        let mut said: Vec<TokenStream> =
            name.map(|wire| quote!(rename = #wire)).into_iter().collect();
        match self {
            Self::Required | Self::RequiredOption => {}
            Self::RequiredLenient => said.push(quote!(deserialize_with = "rt::lenient")),
            Self::Rest => said.push(quote!(flatten)),
            Self::Optional | Self::Nullable | Self::Lenient | Self::List => {
                said.push(quote!(skip_serializing_if = "Option::is_none"));
                let read = match self {
                    Self::Nullable => Some("rt::nullable"),
                    Self::Lenient => Some("rt::lenient"),
                    Self::List => Some("rt::list"),
                    _ => None,
                };
                said.extend(read.map(|read| quote!(default, deserialize_with = #read)));
            }
        }
        (!said.is_empty()).then(|| quote!(#[serde(#(#said),*)]))
    }
}
