//! Builders of what requests carry.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{ItemStruct, Type};

use crate::syntax::{description, option, vector, wire_name};
use crate::unions::Form;

/// The builder of one struct, and the way to it. As one of the `forms` of a choice, it also makes the
/// choice, and the property that tells the forms apart need not be set: the type says it.
pub(crate) fn emit(item: &ItemStruct, forms: &[Form]) -> TokenStream {
    let name = &item.ident;
    let type_name = name.to_string();
    let mut fields = Vec::new();
    let mut setters = Vec::new();
    let mut finish = Vec::new();
    for field in &item.fields {
        let Some(ident) = &field.ident else { continue };
        let wire = wire_name(&field.attrs, ident);
        let text = match description(&field.attrs) {
            text if text.is_empty() => format!("Sets `{wire}`."),
            text => text,
        };
        let optional = option(&field.ty);
        let inner = optional.unwrap_or(&field.ty);
        let (value, wrap, null) = nullable(inner);
        fields.push(quote!(#ident: ::std::option::Option<#inner>));
        setters.push(setter(ident, &wire, &text, value, &wrap));
        if optional.is_some() {
            setters.push(maybe(ident, &text, value));
            finish.push(quote!(#ident: builder.#ident));
        } else if is_map(inner) {
            finish.push(quote!(#ident: builder.#ident.unwrap_or_default()));
        } else if let Some(tag) = only_tag(forms, &wire) {
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
    let choices = forms.iter().map(|form| {
        let union = &form.union;
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

/// What a property is in all forms that a struct is of, if it tells them apart.
fn only_tag<'f>(forms: &'f [Form], wire: &str) -> Option<&'f str> {
    let (first, rest) = forms.split_first()?;
    let same = rest.iter().all(|form| form.property == first.property && form.tag == first.tag);
    (same && first.property == wire).then_some(first.tag.as_str())
}

/// `T` of a `Nullable<T>` with how to wrap it, or the type itself.
fn nullable(ty: &Type) -> (&Type, TokenStream, bool) {
    if let Type::Path(path) = ty
        && path.path.segments.last().is_some_and(|segment| segment.ident == "Nullable")
        && let Some(syn::PathArguments::AngleBracketed(arguments)) =
            path.path.segments.last().map(|segment| &segment.arguments)
        && let Some(syn::GenericArgument::Type(inner)) = arguments.args.first()
    {
        return (inner, quote!(.map(rt::Nullable::Value)), true);
    }
    (ty, quote!(), false)
}

fn setter(
    ident: &syn::Ident,
    wire: &str,
    text: &str,
    ty: &Type,
    wrap: &TokenStream,
) -> TokenStream {
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

fn maybe(ident: &syn::Ident, text: &str, ty: &Type) -> TokenStream {
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
fn setter_name(ident: &syn::Ident) -> syn::Ident {
    if ident == "build" { format_ident!("build_") } else { ident.clone() }
}

/// How a setter takes its value: a list from anything that gives its items, anything else from
/// whatever converts, nested builders included.
pub(crate) fn conversion(ty: &Type, wire: &str) -> (TokenStream, TokenStream, TokenStream) {
    match vector(ty) {
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

fn is_map(ty: &Type) -> bool {
    matches!(ty, Type::Path(path)
        if path.path.segments.last().is_some_and(|s| s.ident == "BTreeMap" || s.ident == "Map"))
}

/// The identifier as text for longer names, without the underscore that keeps it from being a
/// keyword.
pub(crate) fn unraw(ident: &syn::Ident) -> String {
    ident.to_string().trim_end_matches('_').to_owned()
}
