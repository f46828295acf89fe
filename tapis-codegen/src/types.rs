//! From progenitor's types to ours: open enumerations, unions that keep what they do not know,
//! reply types that may grow, builders for what is sent and for nothing else.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{
    Field, Fields, ImplItem, Item, ItemEnum, ItemMod, ItemStruct, ReturnType, Type, parse_quote,
};
use tapis_specs::reader::Document;

use crate::normalise::{LENIENT, NULLABLE};
use crate::syntax::{argument, description, identifiers, implementor, option, vector, wire_name};
use crate::{Error, builders, docs, naming, objects, unions};

/// What is used of progenitor's output.
pub(crate) struct Parts {
    types: Vec<Item>,
    calls: BTreeMap<String, Call>,
}

/// The Rust types of one operation.
#[derive(Default)]
pub(crate) struct Call {
    /// Parameters and `body` by their Rust names, without `Option`.
    pub(crate) fields: BTreeMap<String, Type>,
    /// What the reply is decoded into.
    pub(crate) output: Option<Type>,
}

impl Parts {
    pub(crate) fn take(service: &str, file: syn::File) -> Result<Self, Error> {
        let mut modules = file.items.into_iter().filter_map(|item| match item {
            Item::Mod(module) => Some(module),
            _ => None,
        });
        let mut module = |name: &str| {
            modules
                .find(|module| module.ident == name)
                .and_then(|module: ItemMod| Some(module.content?.1))
                .ok_or_else(|| Error::new(service, format!("progenitor wrote no module {name}")))
        };
        let types = module("types")?;
        let mut calls: BTreeMap<String, Call> = BTreeMap::new();
        for item in module("builder")? {
            match item {
                Item::Struct(item) => {
                    let call = calls.entry(item.ident.to_string()).or_default();
                    for field in item.fields {
                        let Some(name) = field.ident.as_ref().filter(|name| *name != "client")
                        else {
                            continue;
                        };
                        call.fields.insert(name.to_string(), plain(&field.ty));
                    }
                }
                Item::Impl(item) => {
                    let Type::Path(path) = item.self_ty.as_ref() else { continue };
                    let Some(name) = path.path.segments.last() else { continue };
                    let call = calls.entry(name.ident.to_string()).or_default();
                    for item in &item.items {
                        if let ImplItem::Fn(function) = item
                            && function.sig.ident == "send"
                            && let ReturnType::Type(_, output) = &function.sig.output
                        {
                            // Result<ResponseValue<T>, _>
                            call.output = argument(output).and_then(argument).cloned();
                        }
                    }
                }
                _ => {}
            }
        }
        let mut parts = Self { types, calls };
        parts.unite();
        Ok(parts)
    }

    pub(crate) fn call(&self, operation: &str) -> Option<&Call> {
        self.calls.get(&naming::pascal(operation))
    }

    /// Makes one type of those that are the same but for their names, as the documents' inline
    /// enumerations often are. The shortest name stays.
    fn unite(&mut self) {
        loop {
            let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for item in &self.types {
                let (name, shape) = match item {
                    Item::Enum(item) => (item.ident.to_string(), enum_shape(item)),
                    Item::Struct(item) if !item.fields.is_empty() => {
                        (item.ident.to_string(), struct_shape(item))
                    }
                    _ => continue,
                };
                known.entry(shape).or_default().push(name);
            }
            let mut renamed: BTreeMap<String, TokenStream> = BTreeMap::new();
            for mut names in known.into_values().filter(|names| names.len() > 1) {
                names.sort_by_key(|name| (name.len(), name.clone()));
                let kept = format_ident!("{}", names.remove(0));
                renamed.extend(names.into_iter().map(|name| (name, quote!(#kept))));
            }
            if renamed.is_empty() {
                return;
            }
            self.types.retain(|item| match item {
                Item::Enum(item) => !renamed.contains_key(&item.ident.to_string()),
                Item::Struct(item) => !renamed.contains_key(&item.ident.to_string()),
                Item::Impl(item) => {
                    implementor(&item.self_ty).is_none_or(|name| !renamed.contains_key(&name))
                        && !mentions(
                            item.trait_.as_ref().map(|t| &t.0).into_token_stream(),
                            &renamed,
                        )
                }
                _ => true,
            });
            for item in &mut self.types {
                match item {
                    // A variant may have the name of a type that is gone, and keeps it.
                    Item::Enum(item) => {
                        for field in item.variants.iter_mut().flat_map(|v| &mut v.fields) {
                            rename(&mut field.ty, &renamed);
                        }
                    }
                    item => rename(item, &renamed),
                }
            }
            for call in self.calls.values_mut() {
                for ty in call.fields.values_mut().chain(&mut call.output) {
                    rename(ty, &renamed);
                }
            }
        }
    }
}

/// Whether the tokens name one of these types.
fn mentions(tokens: TokenStream, names: &BTreeMap<String, TokenStream>) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => names.contains_key(&ident.to_string()),
        TokenTree::Group(group) => mentions(group.stream(), names),
        _ => false,
    })
}

/// Renames types in the node; what names none of them is not parsed anew.
fn rename<T: ToTokens + syn::parse::Parse>(node: &mut T, renamed: &BTreeMap<String, TokenStream>) {
    let tokens = node.to_token_stream();
    if mentions(tokens.clone(), renamed)
        && let Ok(parsed) = syn::parse2(rename_tokens(tokens, renamed))
    {
        *node = parsed;
    }
}

/// Renames types where they stand alone or behind `types`: what stands behind anything else is a
/// type of another crate, or a variant, that happens to have the same name.
fn rename_tokens(tokens: TokenStream, renamed: &BTreeMap<String, TokenStream>) -> TokenStream {
    let (mut before, mut colons) = (String::new(), 0);
    tokens
        .into_iter()
        .flat_map(|token| match token {
            TokenTree::Ident(ident) => {
                let name = ident.to_string();
                let before = std::mem::replace(&mut before, name.clone());
                let foreign = std::mem::take(&mut colons) >= 2 && before != "types";
                match renamed.get(&name).filter(|_| !foreign) {
                    Some(name) => name.clone(),
                    None => TokenTree::Ident(ident).into(),
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => {
                colons += 1;
                TokenTree::Punct(punct).into()
            }
            TokenTree::Group(group) => {
                (before, colons) = (String::new(), 0);
                let inner = rename_tokens(group.stream(), renamed);
                TokenTree::Group(proc_macro2::Group::new(group.delimiter(), inner)).into()
            }
            other => {
                (before, colons) = (String::new(), 0);
                other.into()
            }
        })
        .collect()
}

fn enum_shape(item: &ItemEnum) -> String {
    let variants = item.variants.iter().map(|v| {
        let attributes = v.attrs.iter().filter(|a| !a.path().is_ident("doc"));
        let fields = &v.fields;
        let name = &v.ident;
        quote!(#(#attributes)* #name #fields)
    });
    quote!(enum #(#variants),*).to_string()
}

fn struct_shape(item: &ItemStruct) -> String {
    let (fields, description) = (&item.fields, description(&item.attrs));
    quote!(struct #description #fields).to_string()
}

/// The field's type without `Result`, `Option` and the detour over a builder.
fn plain(ty: &Type) -> Type {
    let mut inner = argument(ty).unwrap_or(ty).clone();
    if let Some(option) = option(&inner) {
        inner = option.clone();
    }
    if let Type::Path(path) = &mut inner {
        path.path.segments = std::mem::take(&mut path.path.segments)
            .into_iter()
            .filter(|segment| segment.ident != "builder")
            .collect();
    }
    inner
}

/// The module `types`.
pub(crate) fn emit(document: &Document, parts: Parts) -> Result<TokenStream, Error> {
    let sent = reached(&parts, parts.calls.values().flat_map(|call| call.fields.values()));
    let received = reached(&parts, parts.calls.values().filter_map(|call| call.output.as_ref()));
    let forms = unions::forms(document, &parts.types);
    let mut items = Vec::new();
    let mut builders = Vec::new();
    let mut replaced = BTreeSet::new();
    let mut unions = BTreeSet::new();
    let names: BTreeMap<String, TokenStream> = parts
        .types
        .iter()
        .filter_map(|item| match item {
            Item::Struct(item) => Some(&item.ident),
            Item::Enum(item) => Some(&item.ident),
            _ => None,
        })
        .map(|ident| (ident.to_string(), quote!(super::#ident)))
        .collect();
    let (impls, definitions): (Vec<Item>, Vec<Item>) =
        parts.types.into_iter().partition(|item| matches!(item, Item::Impl(_)));
    for item in definitions {
        match item {
            Item::Enum(item) if item.variants.iter().all(|v| v.fields.is_empty()) => {
                replaced.insert(item.ident.to_string());
                items.push(open_enum(&item));
            }
            Item::Enum(item) => {
                unions.insert(item.ident.to_string());
                items.push(unions::emit(document, item));
            }
            Item::Struct(mut item) => {
                let name = item.ident.to_string();
                let is_sent = sent.contains(&name);
                shape_struct(&mut item, is_sent, received.contains(&name));
                if is_sent && matches!(item.fields, Fields::Named(_)) {
                    let mut item = item.clone();
                    for field in &mut item.fields {
                        // The builders have the names of what they build.
                        rename(&mut field.ty, &names);
                    }
                    let forms = forms.get(&item.ident.to_string()).map_or(&[][..], Vec::as_slice);
                    builders.push(builders::emit(&item, forms));
                }
                let object = objects::emit(&mut item);
                items.push(quote!(#item #object));
            }
            _ => {}
        }
    }
    for item in impls {
        let Item::Impl(item) = item else { continue };
        let is_of =
            |set: &BTreeSet<String>| implementor(&item.self_ty).is_some_and(|n| set.contains(&n));
        let names = identifiers(item.to_token_stream());
        let inherent = item.trait_.is_none();
        // A union has one form more than progenitor knows to display.
        let displays_union = is_of(&unions) && names.contains("Display");
        let fallible = names.contains("ConversionError");
        if !is_of(&replaced) && !displays_union && !inherent && !fallible {
            items.push(item.into_token_stream());
        }
    }
    Ok(quote! {
        /// What requests carry and replies hold.
        pub mod types {
            #[allow(unused_imports)]
            use ::tapis_core::rt;

            #(#items)*

            /// Builders of what requests carry.
            pub mod builder {
                #[allow(unused_imports)]
                use ::tapis_core::rt;

                #(#builders)*
            }
        }
    })
}

/// The types that `roots` are made of.
fn reached<'p>(parts: &'p Parts, roots: impl Iterator<Item = &'p Type>) -> BTreeSet<String> {
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for item in &parts.types {
        match item {
            Item::Struct(item) => {
                uses.insert(item.ident.to_string(), used_by(&item.fields));
            }
            Item::Enum(item) => {
                let each = item.variants.iter().flat_map(|variant| used_by(&variant.fields));
                uses.insert(item.ident.to_string(), each.collect());
            }
            _ => {}
        }
    }
    let mut reached = BTreeSet::new();
    let mut pending: Vec<String> = roots.flat_map(|ty| identifiers(ty.to_token_stream())).collect();
    while let Some(name) = pending.pop() {
        if let Some(inner) = uses.get(&name)
            && reached.insert(name)
        {
            pending.extend(inner.iter().cloned());
        }
    }
    reached
}

/// The identifiers in the types of the fields.
fn used_by(fields: &Fields) -> BTreeSet<String> {
    fields.iter().flat_map(|field| identifiers(field.ty.to_token_stream())).collect()
}

fn shape_struct(item: &mut ItemStruct, sent: bool, received: bool) {
    let text = description(&item.attrs);
    item.attrs.retain(|attribute| !attribute.path().is_ident("doc"));
    let text = if text.is_empty() {
        "An object of the service.".to_owned()
    } else {
        docs::sentence(&text)
    };
    item.attrs.insert(0, parse_quote!(#[doc = #text]));
    if !sent {
        item.attrs.push(parse_quote!(#[non_exhaustive]));
    }
    for field in &mut item.fields {
        shape_field(field, sent, received);
    }
    if sent && matches!(item.fields, Fields::Named(_)) {
        // The builder stands beside the plain struct; see `builders`.
        item.attrs.push(parse_quote!(#[allow(clippy::exhaustive_structs)]));
    }
}

fn shape_field(field: &mut Field, sent: bool, received: bool) {
    let text = description(&field.attrs);
    let (lenient, nullable) = (text.contains(LENIENT), text.contains(NULLABLE));
    let text = text.replace(LENIENT, "").replace(NULLABLE, "");
    field.attrs.retain(|attribute| !attribute.path().is_ident("doc"));
    if !text.trim().is_empty() {
        let text = docs::sentence(&text);
        field.attrs.insert(0, parse_quote!(#[doc = #text]));
    }
    let lenient = lenient || received && is_integer(option(&field.ty).unwrap_or(&field.ty));
    let nullable = option(&field.ty).filter(|_| nullable && sent).cloned();
    if let Some(inner) = &nullable {
        field.ty = parse_quote!(::std::option::Option<rt::Nullable<#inner>>);
    }
    if lenient {
        if option(&field.ty).is_some() {
            field.attrs.push(parse_quote!(#[serde(default)]));
        }
        field.attrs.push(parse_quote!(#[serde(deserialize_with = "rt::lenient")]));
    } else if nullable.is_some() {
        field.attrs.push(parse_quote!(#[serde(default, deserialize_with = "rt::nullable")]));
    } else if received && option(&field.ty).and_then(members).is_some() {
        field.attrs.push(parse_quote!(#[serde(default, deserialize_with = "rt::list")]));
    }
}

/// What a list is read as that may have a `null` among its members, which is passed over: a list whose
/// members cannot be `null` themselves.
pub(crate) fn members(ty: &Type) -> Option<TokenStream> {
    let item = vector(ty)?;
    let is = |name| implementor(item).is_some_and(|known| known == name);
    match item {
        _ if is("Option") || is("Value") => None,
        item if is_integer(item) => Some(quote!(rt::Members<rt::Scalar<#item>>)),
        item => Some(quote!(rt::Members<#item>)),
    }
}

fn is_integer(ty: &Type) -> bool {
    implementor(ty).is_some_and(|name| name == "i32" || name == "i64")
}

fn open_enum(item: &ItemEnum) -> TokenStream {
    let name = &item.ident;
    let text = description(&item.attrs);
    let text = if text.is_empty() {
        "A value of an enumeration, which the service may extend.".to_owned()
    } else {
        docs::sentence(&text)
    };
    let variants = item.variants.iter().map(|variant| {
        let (ident, wire) = (&variant.ident, wire_name(&variant.attrs, &variant.ident));
        let text = format!("`{wire}`");
        quote!(#[doc = #text] #ident = #wire)
    });
    quote! {
        ::tapis_core::open_enum! {
            #[doc = #text]
            pub enum #name { #(#variants),* }
        }
    }
}
