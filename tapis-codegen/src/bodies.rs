//! The constructors of structs that are sent: `new` takes the required values, and each field has a
//! setter.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::docs;
use crate::model::{Field, Object};
use crate::objects::nullable;
use crate::shape::{Leaf, Shape};
use crate::unions::Tagged;

/// The maximum number of positional arguments of `new`. If there are more, they are the fields of
/// one struct, so that callers name each of them.
const ARGUMENTS: usize = 3;

/// Names that a setter must not have, because other methods have them.
const RESERVED: [&str; 8] =
    ["clone", "default", "from", "from_json", "into", "new", "try_from", "try_into"];

/// The constructor and the setters of one struct that is sent. If it is one of the `variants` of a
/// union, the property that distinguishes the variants is no argument: the type determines its
/// value.
pub(crate) fn emit(name: &str, object: &Object, variants: &[Tagged<'_>]) -> TokenStream {
    let ident = format_ident!("{name}");
    let tag = |field: &Field| only_tag(variants, field.wire.as_deref()?);
    let (mut required, mut start) = (Vec::new(), Vec::new());
    for field in &object.fields {
        let name = format_ident!("{}", field.name);
        start.push(if field.shape.in_option().is_some() {
            quote!(#name: None)
        } else if field.wire.is_none() {
            quote!(#name: Default::default())
        } else if let Some(tag) = tag(field) {
            quote!(#name: From::from(#tag))
        } else {
            required.push(field);
            quote!(#name)
        });
    }
    let setters = object.fields.iter().filter(|field| field.wire.is_some()).map(setter);
    let (fields, constructor) = match required.len() {
        0 => (quote!(), without_arguments(name, &start)),
        count if count <= ARGUMENTS && !object.named_arguments => {
            (quote!(), with_arguments(name, &required, &start))
        }
        _ => with_fields(name, &required, &start),
    };
    quote! {
        #fields

        impl #ident {
            #constructor
            #(#setters)*
        }
    }
}

fn without_arguments(name: &str, start: &[TokenStream]) -> TokenStream {
    let text = format!("Creates a `{name}` with nothing set.");
    quote! {
        #[doc = #text]
        #[inline]
        #[must_use]
        pub fn new() -> Self {
            Self { #(#start),* }
        }
    }
}

fn with_arguments(name: &str, required: &[&Field], start: &[TokenStream]) -> TokenStream {
    let text = format!("Creates a `{name}` with the required fields.{}", listed(required));
    let arguments = required.iter().map(|field| {
        let (name, bound) = (format_ident!("{}", field.name), bound(&field.shape));
        quote!(#name: #bound)
    });
    let converted = required.iter().map(|field| {
        let name = format_ident!("{}", field.name);
        let convert = converted(&field.shape, &name);
        quote!(let #name = #convert;)
    });
    quote! {
        #[doc = #text]
        #[inline]
        #[must_use]
        pub fn new(#(#arguments),*) -> Self {
            #(#converted)*
            Self { #(#start),* }
        }
    }
}

/// The struct of the required fields, and the constructor that takes it.
fn with_fields(
    name: &str,
    required: &[&Field],
    start: &[TokenStream],
) -> (TokenStream, TokenStream) {
    let fields = format_ident!("{name}Fields");
    let text = format!("Creates a `{name}` with the required fields.");
    let of = format!("The required fields of a [`{name}`].");
    let names: Vec<Ident> = required.iter().map(|f| format_ident!("{}", f.name)).collect();
    let members = required.iter().zip(&names).map(|(field, name)| {
        let (text, shape) = (docs::sentence(&field.text), &field.shape);
        quote!(#[doc = #text] pub #name: #shape)
    });
    let structure = quote! {
        #[doc = #of]
        #[derive(Clone, Debug)]
        #[allow(clippy::exhaustive_structs)]
        pub struct #fields {
            #(#members,)*
        }
    };
    let constructor = quote! {
        #[doc = #text]
        #[inline]
        #[must_use]
        pub fn new(fields: #fields) -> Self {
            let #fields { #(#names),* } = fields;
            Self { #(#start),* }
        }
    };
    (structure, constructor)
}

/// The arguments of `new`, each with its description.
fn listed(required: &[&Field]) -> String {
    let lines = required.iter().map(|field| {
        format!("\n- `{}`: {}", field.name, docs::sentence(&field.text).replace('\n', "\n  "))
    });
    format!("\n\n# Arguments\n{}", lines.collect::<String>())
}

fn setter(field: &Field) -> TokenStream {
    let ident = format_ident!("{}", field.name);
    let wire = field.wire.as_ref().unwrap_or(&field.name);
    let method = match RESERVED.contains(&field.name.as_str()) {
        true => format_ident!("{}_", field.name),
        false => ident.clone(),
    };
    let text = docs::or(&field.text, &format!("Sets `{wire}`."));
    let (bound, convert) =
        (bound(field.shape.plain()), converted(field.shape.plain(), &format_ident!("value")));
    let null = nullable(field, true).is_some();
    let set = match (field.shape.in_option().is_some(), null) {
        (true, true) => quote!(Some(rt::Nullable::Value(#convert))),
        (true, false) => quote!(Some(#convert)),
        (false, _) => convert,
    };
    let null = null.then(|| {
        let method = format_ident!("{}_null", field.name.trim_end_matches('_'));
        let text = format!("Sends `{wire}` as an explicit null.");
        quote! {
            #[doc = #text]
            #[inline]
            #[must_use]
            pub fn #method(mut self) -> Self {
                self.#ident = Some(rt::Nullable::Null);
                self
            }
        }
    });
    quote! {
        #[doc = #text]
        #[inline]
        #[must_use]
        pub fn #method(mut self, value: #bound) -> Self {
            self.#ident = #set;
            self
        }

        #null
    }
}

/// The trait bound of an argument: any iterator over the items for a list or a map, and any type
/// that converts into it for other values.
fn bound(shape: &Shape) -> TokenStream {
    match shape {
        Shape::List(item) => {
            quote!(impl IntoIterator<Item: Into<#item>>)
        }
        Shape::Map(item) => quote! {
            impl IntoIterator<
                Item = (
                    impl Into<String>,
                    impl Into<#item>,
                ),
            >
        },
        Shape::Boxed(inner) => quote!(impl Into<#inner>),
        Shape::Leaf(Leaf::Bool) => quote!(bool),
        shape => quote!(impl Into<#shape>),
    }
}

/// The value, converted to the type of the field.
fn converted(shape: &Shape, value: &Ident) -> TokenStream {
    match shape {
        Shape::List(_) => quote!(rt::items(#value)),
        Shape::Map(_) => quote!(rt::entries(#value)),
        Shape::Boxed(_) => quote!(Box::new(Into::into(#value))),
        Shape::Leaf(Leaf::Bool) => quote!(#value),
        _ => quote!(Into::into(#value)),
    }
}

/// The value of a property, if all variants that use the struct have the same one and it
/// distinguishes them.
fn only_tag<'m>(variants: &[Tagged<'m>], wire: &str) -> Option<&'m str> {
    let (first, rest) = variants.split_first()?;
    let same = rest.iter().all(|one| one.property == first.property && one.tag == first.tag);
    (same && first.property == wire).then_some(first.tag)
}
