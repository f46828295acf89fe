//! The calls, one type for each operation: its setters and the methods that send it.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use tapis_specs::reader::{BodyKind, Location, Operation, Parameter, Reply};

use crate::arguments::Arguments;
use crate::model::Call;
use crate::shape::Shape;
use crate::{Error, arguments, docs, naming};

/// The call of an operation, which the client's `method` returns.
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

/// The type that awaiting the call returns.
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

/// The streams of an operation that returns a list in pages.
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
        /// Returns the pages as a stream. Pages are fetched when needed, one ahead.
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
    let rust = naming::snake(&parameter.argument);
    let method = format_ident!("{rust}");
    let text = docs::parameter(wire, parameter.location, &parameter.description);
    let maybe_text = format!("{text} `None` sends nothing.");
    if parameter.location == Location::FreeQuery {
        return Ok(quote! {
            #[doc = #text]
            #[inline]
            pub fn #method<K, V>(mut self, pairs: impl IntoIterator<Item = (K, V)>) -> Self
            where
                K: Into<String>,
                V: Into<String>,
            {
                for (key, value) in pairs {
                    self.call.free_query(key.into(), value.into());
                }
                self
            }
        });
    }
    let ty = call.field(operation, &naming::snake(wire))?;
    let (bound, convert) = conversion(ty, &parameter.argument);
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
    let (visible, text) = arguments.setter(&method, &text);
    let plain = quote! {
        #text
        #[inline]
        #visible fn #method(mut self, value: impl #bound) -> Self {
            #set;
            self
        }
    };
    if parameter.required {
        return Ok(plain);
    }
    let maybe = format_ident!("maybe_{}", unraw(&method));
    Ok(quote! {
        #plain

        #[doc = #maybe_text]
        #[inline]
        pub fn #maybe(self, value: Option<impl #bound>) -> Self {
            rt::maybe(self, value, Self::#method)
        }
    })
}

fn body_setter(
    operation: &Operation,
    call: &Call,
    arguments: &Arguments<'_>,
) -> Result<TokenStream, Error> {
    let Some(body) = operation.body() else { return Ok(quote!()) };
    let setter = |name: &str, text: &str| arguments.setter(&format_ident!("{name}"), text);
    let media = &body.media_type;
    Ok(match &body.kind {
        BodyKind::Json => {
            let ty = call.field(operation, "body")?;
            let (bound, convert) = conversion(ty, "body");
            let (visible, text) = setter("body", "Sets the body, which is sent as JSON.");
            quote! {
                #text
                #[inline]
                #visible fn body(mut self, value: impl #bound) -> Self {
                    self.call.json_body(#convert);
                    self
                }
            }
        }
        BodyKind::Bytes => {
            let (visible, text) = setter("body", "Sets the body, which is sent unchanged.");
            quote! {
                #text
                #[inline]
                #visible fn body(mut self, value: impl Into<rt::Body>) -> Self {
                    self.call.raw_body(value.into());
                    self.call.content_type(#media);
                    self
                }
            }
        }
        BodyKind::Multipart(fields) => {
            let setters = fields.iter().map(|part| {
                let wire = Literal::string(&part.name);
                let method = format_ident!("{}", naming::snake(&part.name));
                let (visible, text) = arguments.setter(&method, &docs::sentence(&part.description));
                if part.binary {
                    quote! {
                        #text
                        #[inline]
                        #visible fn #method(mut self, part: impl Into<rt::FormPart>) -> Self {
                            self.call.part(#wire, part.into());
                            self
                        }
                    }
                } else {
                    quote! {
                        #text
                        #[inline]
                        #visible fn #method(mut self, text: impl Into<String>) -> Self {
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

/// The type that a setter takes, and its conversion: a list from any iterator over its items, other
/// values from any type that converts into them.
fn conversion(ty: &Shape, wire: &str) -> (TokenStream, TokenStream) {
    let convert = match ty.in_list() {
        Some(_) => quote!(rt::convert_all(value, #wire)),
        None => quote!(rt::convert(value, #wire)),
    };
    (arguments::converts(ty), convert)
}

/// The identifier as text for longer names, without the `r#` that makes a keyword an identifier.
fn unraw(ident: &Ident) -> String {
    ident.to_string().trim_end_matches('_').to_owned()
}
