//! Builders of what requests carry.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::docs;
use crate::model::Object;
use crate::objects::nullable;
use crate::shape::Shape;
use crate::unions::Tagged;

/// The builder of one struct that is sent, and the way to it. As one of the `variants` of a union, it also
/// makes the union, and the property that tells the variants apart need not be set: the type says it.
pub(crate) fn emit(type_name: &str, object: &Object, variants: &[Tagged<'_>]) -> TokenStream {
    let name = &format_ident!("{type_name}");
    let mut fields = Vec::new();
    let mut setters = Vec::new();
    let mut finish = Vec::new();
    for field in &object.fields {
        let ident = &format_ident!("{}", field.name);
        let wire = field.wire.as_ref().unwrap_or(&field.name);
        let text = docs::or(&field.text, &format!("Sets `{wire}`."));
        let null = nullable(field, true).is_some();
        let optional = field.shape.in_option().is_some();
        // The builders have the names of what they build.
        let value = &field.shape.plain().within("super");
        let (kept, wrap) = match null {
            true => (quote!(rt::Nullable<#value>), quote!(.map(rt::Nullable::Value))),
            false => (quote!(#value), quote!()),
        };
        fields.push(quote!(#ident: ::std::option::Option<#kept>));
        setters.push(setter(ident, wire, &text, value, &wrap));
        if optional {
            setters.push(maybe(ident, &text, value));
            finish.push(quote!(#ident: builder.#ident));
        } else if matches!(value, Shape::Map(_)) {
            finish.push(quote!(#ident: builder.#ident.unwrap_or_default()));
        } else if let Some(tag) = only_tag(variants, wire) {
            finish.push(quote! {
                #ident: match builder.#ident {
                    ::std::option::Option::Some(value) => value,
                    ::std::option::Option::None => rt::convert(#tag, #wire)?,
                }
            });
        } else {
            finish.push(quote!(#ident: rt::required(builder.#ident, #type_name, #wire)?));
        }
        if null {
            let method = format_ident!("{}_null", unraw(ident));
            let text = format!("Sends `{wire}` as an explicit null.");
            setters.push(quote! {
                #[doc = #text]
                #[inline]
                #[must_use]
                pub fn #method(mut self) -> Self {
                    self.#ident = ::std::option::Option::Some(rt::Nullable::Null);
                    self
                }
            });
        }
    }
    let choices = variants.iter().map(|variant| {
        let union = format_ident!("{}", variant.union);
        quote! {
            impl ::std::convert::TryFrom<#name> for super::#union {
                type Error = rt::Rejected;

                #[inline]
                fn try_from(builder: #name) -> ::std::result::Result<Self, rt::Rejected> {
                    builder.build().map(::std::convert::From::from)
                }
            }
        }
    });
    let of = format!("Builds a [`super::{type_name}`].");
    let entry = format!("Starts building a `{type_name}`.");
    quote! {
        #[doc = #of]
        #[derive(Clone, Debug, Default)]
        pub struct #name {
            #(#fields,)*
            // No field is called this: only keywords get an underscore.
            rejected_: ::std::option::Option<rt::Rejected>,
        }

        impl super::#name {
            #[doc = #entry]
            #[inline]
            #[must_use]
            pub fn builder() -> #name {
                <#name as ::std::default::Default>::default()
            }
        }

        impl #name {
            #(#setters)*

            /// The finished value.
            ///
            /// # Errors
            /// A required field that was not set, or a value that was rejected.
            #[inline]
            pub fn build(self) -> ::std::result::Result<super::#name, rt::Rejected> {
                ::std::convert::TryFrom::try_from(self)
            }
        }

        impl ::std::convert::TryFrom<#name> for super::#name {
            type Error = rt::Rejected;

            #[inline]
            fn try_from(builder: #name) -> ::std::result::Result<Self, rt::Rejected> {
                if let ::std::option::Option::Some(rejected) = builder.rejected_ {
                    return ::std::result::Result::Err(rejected);
                }
                ::std::result::Result::Ok(Self { #(#finish,)* })
            }
        }

        #(#choices)*
    }
}

/// What a property is in all variants that a struct is of, if it tells them apart.
fn only_tag<'m>(variants: &[Tagged<'m>], wire: &str) -> Option<&'m str> {
    let (first, rest) = variants.split_first()?;
    let same = rest.iter().all(|one| one.property == first.property && one.tag == first.tag);
    (same && first.property == wire).then_some(first.tag)
}

fn setter(ident: &Ident, wire: &str, text: &str, ty: &Shape, wrap: &TokenStream) -> TokenStream {
    let (generics, bounds, convert) = conversion(ty, wire);
    let method = setter_name(ident);
    quote! {
        #[doc = #text]
        #[inline]
        #[must_use]
        pub fn #method<#generics>(mut self, value: T) -> Self
        where
            #bounds
        {
            self.#ident = rt::accepted(#convert, &mut self.rejected_)#wrap;
            self
        }
    }
}

fn maybe(ident: &Ident, text: &str, ty: &Shape) -> TokenStream {
    let setter = setter_name(ident);
    let method = format_ident!("maybe_{}", unraw(ident));
    let (generics, bounds, _) = conversion(ty, &unraw(ident));
    let text = format!("{text}\n\nLeaves the field out when there is no value.");
    quote! {
        #[doc = #text]
        #[inline]
        #[must_use]
        pub fn #method<#generics>(mut self, value: ::std::option::Option<T>) -> Self
        where
            #bounds
        {
            match value {
                ::std::option::Option::Some(value) => self.#setter(value),
                ::std::option::Option::None => {
                    self.#ident = ::std::option::Option::None;
                    self
                }
            }
        }
    }
}

/// The setter of a field; `build` is taken.
fn setter_name(ident: &Ident) -> Ident {
    if ident == "build" { format_ident!("build_") } else { ident.clone() }
}

/// How a setter takes its value: a list from anything that gives its items, anything else from
/// whatever converts, nested builders included.
pub(crate) fn conversion(ty: &Shape, wire: &str) -> (TokenStream, TokenStream, TokenStream) {
    match ty.in_list() {
        Some(item) => (
            quote!(T),
            quote! {
                T: ::std::iter::IntoIterator,
                T::Item: ::std::convert::TryInto<#item>,
                <T::Item as ::std::convert::TryInto<#item>>::Error: ::std::fmt::Display,
            },
            quote!(rt::convert_all(value, #wire)),
        ),
        None => (
            quote!(T),
            quote! {
                T: ::std::convert::TryInto<#ty>,
                T::Error: ::std::fmt::Display,
            },
            quote!(rt::convert(value, #wire)),
        ),
    }
}

/// The identifier as text for longer names, without the underscore that keeps it from being a
/// keyword.
pub(crate) fn unraw(ident: &Ident) -> String {
    ident.to_string().trim_end_matches('_').to_owned()
}
