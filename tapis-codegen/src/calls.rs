//! The calls, one type for each operation: its setters and its ways to be sent.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use tapis_specs::reader::{BodyKind, Location, Operation, Parameter, Reply};

use crate::arguments::Arguments;
use crate::model::Call;
use crate::shape::Shape;
use crate::{Error, docs, naming};

/// The call of an operation, which the client's `method` makes.
pub(crate) fn emit(
    operation: &Operation,
    call: &Call,
    [ident, method, constant]: [&Ident; 3],
    arguments: &Arguments<'_>,
) -> Result<TokenStream, Error> {
    let mut setters = Vec::new();
    for parameter in &operation.parameters {
        setters.push(parameter_setter(operation, call, parameter, arguments)?);
    }
    setters.push(body_setter(operation, call, arguments)?);
    let outcome = match (&operation.reply, &call.output) {
        (Reply::Enveloped(Some(_)), Some(output)) => {
            let read = output.members().map(|read| quote!(, #read));
            quote!(rt::Enveloped<#output #read>)
        }
        (Reply::Enveloped(_), _) => quote!(rt::Acknowledged),
        (Reply::Json(_), Some(output)) => {
            let read = output.members().map(|read| quote!(, #read));
            quote!(rt::Json<#output #read>)
        }
        (Reply::Bytes, _) => quote!(rt::Streamed),
        (Reply::Empty | Reply::Json(_), _) => quote!(rt::Empty),
    };
    let output = output(operation, call);
    let text = docs::call(&method.to_string(), &output.to_string());
    let response = match &operation.reply {
        Reply::Bytes => quote!(rt::ByteStream),
        _ => quote!(rt::Response<#output>),
    };
    let paged = paged(operation, call, &outcome);
    Ok(quote! {
        impl #ident {
            #(#setters)*
            #paged
        }

        ::tapis_core::operation! {
            #[doc = #text]
            #ident, operations::#constant, #outcome, #output, #response
        }
    })
}

/// What awaiting the call returns.
pub(crate) fn output(operation: &Operation, call: &Call) -> TokenStream {
    match (&operation.reply, &call.output) {
        (Reply::Enveloped(Some(_)) | Reply::Json(_), Some(output)) => quote!(#output),
        (Reply::Bytes, _) => quote!(rt::ByteStream),
        _ => quote!(()),
    }
}

/// The type of the entries, if the operation returns a list in pages.
pub(crate) fn paged_item<'a>(operation: &Operation, call: &'a Call) -> Option<&'a Shape> {
    call.output.as_ref().and_then(Shape::in_list).filter(|_| operation.paging.is_some())
}

/// The streams of an operation that gives a long list in pieces.
fn paged(operation: &Operation, call: &Call, outcome: &TokenStream) -> TokenStream {
    let Some(item) = paged_item(operation, call) else { return quote!() };
    let order = match operation.page_order.join(",") {
        order if order.is_empty() => quote!(),
        order => {
            let text = format!(
                "Pages without a unique order may overlap, so `{order}` is added to `orderBy`, as far as the call has not named it there."
            );
            quote!(#[doc = ""] #[doc = #text])
        }
    };
    quote! {
        /// Returns the pages as a stream. Each is fetched when it is needed, the next one ahead.
        #order
        #[inline]
        pub fn pages(self) -> rt::Pages<#item> {
            rt::pages::<#outcome, #item>(self.call)
        }

        /// Returns the entries of all pages as a stream.
        #[inline]
        pub fn items(self) -> rt::Items<#item> {
            self.pages().items()
        }
    }
}

fn parameter_setter(
    operation: &Operation,
    call: &Call,
    parameter: &Parameter,
    arguments: &Arguments<'_>,
) -> Result<TokenStream, Error> {
    let wire = &parameter.name;
    let rust = naming::snake(wire);
    let method = format_ident!("{rust}");
    let text = docs::parameter(wire, parameter.location, &parameter.description);
    if parameter.location == Location::FreeQuery {
        return Ok(quote! {
            #[doc = #text]
            #[inline]
            pub fn #method<K, V>(mut self, pairs: impl ::std::iter::IntoIterator<Item = (K, V)>) -> Self
            where
                K: ::std::convert::Into<::std::string::String>,
                V: ::std::convert::Into<::std::string::String>,
            {
                for (key, value) in pairs {
                    self.call.free_query(key.into(), value.into());
                }
                self
            }
        });
    }
    let ty = call.field(operation, &rust)?;
    let (generics, bounds, convert) = conversion(ty, wire);
    let set = match parameter.location {
        Location::Path => quote!(self.call.path_parameter(#wire, #convert)),
        Location::Header => quote!(self.call.header_parameter(#wire, #convert)),
        _ if parameter.is_select() && !operation.identity.is_empty() => {
            let identity = &operation.identity;
            quote!(self.call.selection(#wire, #convert, &[#(#identity),*]))
        }
        _ if parameter.joined => quote!(self.call.joined_query(#wire, #convert)),
        _ => quote!(self.call.query_parameter(#wire, #convert)),
    };
    let visible = arguments.setter(&method);
    let plain = quote! {
        #[doc = #text]
        #[inline]
        #visible fn #method<#generics>(mut self, value: T) -> Self
        where
            #bounds
        {
            #set;
            self
        }
    };
    if parameter.required {
        return Ok(plain);
    }
    let maybe = format_ident!("maybe_{}", unraw(&method));
    let text = format!("{text} `None` sends nothing.");
    Ok(quote! {
        #plain

        #[doc = #text]
        #[inline]
        pub fn #maybe<#generics>(self, value: ::std::option::Option<T>) -> Self
        where
            #bounds
        {
            match value {
                ::std::option::Option::Some(value) => self.#method(value),
                ::std::option::Option::None => self,
            }
        }
    })
}

fn body_setter(
    operation: &Operation,
    call: &Call,
    arguments: &Arguments<'_>,
) -> Result<TokenStream, Error> {
    let visible = arguments.setter(&format_ident!("body"));
    let Some(body) = operation.body() else { return Ok(quote!()) };
    let media = &body.media_type;
    Ok(match &body.kind {
        BodyKind::Json => {
            let ty = call.field(operation, "body")?;
            let (generics, bounds, convert) = conversion(ty, "body");
            quote! {
                /// Sets the body, which is sent as JSON.
                #[inline]
                #visible fn body<#generics>(mut self, value: T) -> Self
                where
                    #bounds
                {
                    self.call.json_body(#convert);
                    self
                }
            }
        }
        BodyKind::Bytes => quote! {
            /// Sets the body, which is sent unchanged.
            #[inline]
            #visible fn body(mut self, value: impl ::std::convert::Into<rt::Body>) -> Self {
                self.call.raw_body(value.into());
                self.call.content_type(#media);
                self
            }
        },
        BodyKind::Multipart(fields) => {
            let setters = fields.iter().map(|part| {
                let wire = Literal::string(&part.name);
                let method = format_ident!("{}", naming::snake(&part.name));
                let visible = arguments.setter(&method);
                let required = if part.required { " Required." } else { "" };
                let text = format!("{}{required}", docs::sentence(&part.description));
                if part.binary {
                    quote! {
                        #[doc = #text]
                        #[inline]
                        #visible fn #method(mut self, part: impl ::std::convert::Into<rt::FormPart>) -> Self {
                            self.call.part(#wire, part.into());
                            self
                        }
                    }
                } else {
                    quote! {
                        #[doc = #text]
                        #[inline]
                        #visible fn #method(mut self, text: impl ::std::convert::Into<::std::string::String>) -> Self {
                            self.call.part(#wire, rt::FormPart::text(text));
                            self
                        }
                    }
                }
            });
            quote!(#(#setters)*)
        }
    })
}

/// How a setter takes its value: a list from anything that gives its items, anything else from
/// what converts.
fn conversion(ty: &Shape, wire: &str) -> (TokenStream, TokenStream, TokenStream) {
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
fn unraw(ident: &Ident) -> String {
    ident.to_string().trim_end_matches('_').to_owned()
}
