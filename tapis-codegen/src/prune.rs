//! Leaves out of progenitor's code what nothing here reads, before it is parsed: build scripts are
//! compiled without optimisation, and parsing is most of what they do.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote;

/// The module `types` without the modules in it, and the module `builder` without the bodies of
/// its functions.
pub(crate) fn pruned(tokens: TokenStream) -> TokenStream {
    let mut pruned = TokenStream::new();
    let mut before = Vec::new();
    for token in tokens {
        let body = match &token {
            TokenTree::Group(group) => module(&before).and_then(|name| {
                let inner = match name.to_string().as_str() {
                    "types" => without_modules(group.stream()),
                    "builder" => without_bodies(group.stream()),
                    _ => return None,
                };
                Some((name.clone(), inner))
            }),
            _ => None,
        };
        if let Some((name, inner)) = body {
            pruned.extend(quote!(pub mod #name { #inner }));
        }
        before.push(token);
    }
    pruned
}

/// The name in `mod name`, where that is how the tokens end.
fn module(tokens: &[TokenTree]) -> Option<&Ident> {
    match tokens {
        [.., TokenTree::Ident(keyword), TokenTree::Ident(name)] if keyword == "mod" => Some(name),
        _ => None,
    }
}

fn without_modules(tokens: TokenStream) -> TokenStream {
    let mut kept: Vec<TokenTree> = Vec::new();
    for token in tokens {
        let token = match token {
            TokenTree::Group(group) if module(&kept).is_some() => empty(&group),
            other => other,
        };
        kept.push(token);
    }
    kept.into_iter().collect()
}

/// Of structs and of implementations, the braces of what is in them.
fn without_bodies(tokens: TokenStream) -> TokenStream {
    let item = |group: &Group| {
        let inner = group.stream().into_iter().map(|token| match token {
            TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => empty(&body),
            other => other,
        });
        TokenTree::Group(Group::new(group.delimiter(), inner.collect()))
    };
    tokens
        .into_iter()
        .map(|token| match &token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => item(group),
            _ => token,
        })
        .collect()
}

fn empty(group: &Group) -> TokenTree {
    TokenTree::Group(Group::new(group.delimiter(), TokenStream::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nothing_reads_is_left_out() {
        let code = quote! {
            use progenitor_client::Error;
            pub mod types {
                pub mod error { pub struct ConversionError; }
                pub struct A { pub a: i64 }
                impl From<&A> for A { fn from(a: &A) -> Self { a.clone() } }
            }
            impl Client { pub fn get(&self) -> builder::Get { builder::Get::new(self) } }
            pub mod builder {
                #[derive(Debug)]
                pub struct Get { a: Result<i64, String> }
                impl Get { pub fn send(self) -> Result<ResponseValue<A>, Error> { send().await } }
            }
            pub mod prelude { pub use super::Client; }
        };
        let kept = quote! {
            pub mod types {
                pub mod error {}
                pub struct A { pub a: i64 }
                impl From<&A> for A { fn from(a: &A) -> Self { a.clone() } }
            }
            pub mod builder {
                #[derive(Debug)]
                pub struct Get { a: Result<i64, String> }
                impl Get { pub fn send(self) -> Result<ResponseValue<A>, Error> {} }
            }
        };
        assert_eq!(pruned(code).to_string(), kept.to_string());
    }
}
