//! Writes the typed calls of the test `wire`: for each operation of the documents in
//! `specs/openapi` one call with everything set and one with what is required.
//!
//! The names of methods and types are all that this shares with the generator of the clients; those
//! of the bodies' types are read from what it generates.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "tests/wire/document.rs"]
#[allow(dead_code)]
mod document;
#[path = "tests/wire/values.rs"]
mod values;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use quote::ToTokens as _;
use serde_json::Value;
use syn::{
    ImplItem, Item, PathArguments, PredicateType, Signature, TypeParamBound, WherePredicate,
};
use tapis_codegen::naming::{pascal, snake};

use document::{Operation, Place, Reply};

const DOCUMENTS: &str = "../specs/openapi";

fn main() {
    println!("cargo::rerun-if-changed={DOCUMENTS}");
    println!("cargo::rerun-if-changed=tests/wire/document.rs");
    println!("cargo::rerun-if-changed=tests/wire/values.rs");
    let mut files: Vec<_> =
        fs::read_dir(DOCUMENTS).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut code = String::from("pub(crate) static TYPED: &[Typed] = &[\n");
    for file in files.iter().filter(|file| file.extension().is_some_and(|e| e == "json")) {
        let service = file.file_stem().unwrap().to_str().unwrap();
        let text = fs::read_to_string(file).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        let bodies = bodies(&tapis_codegen::generate(service, &text).unwrap());
        for operation in document::operations(service, &document) {
            let Operation { id, .. } = &operation;
            let full = call(&document, &bodies, &operation, true);
            let least = call(&document, &bodies, &operation, false);
            writeln!(
                code,
                "Typed {{ service: {service:?}, id: {id:?}, full: {full}, least: {least} }},"
            )
            .unwrap();
        }
    }
    code.push_str("];\n");
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("typed.rs"), code).unwrap();
}

/// The call as a closure from client, JSON body and texts of parameters; a full one is sent, and one
/// with the least is awaited, so that both ways are tried.
fn call(
    document: &Value,
    bodies: &BTreeMap<String, String>,
    operation: &Operation,
    full: bool,
) -> String {
    let (service, method) = (snake(&operation.service), snake(&operation.id));
    let mut call = format!("t.{service}.{method}()");
    for parameter in operation.parameters.iter().filter(|p| full || p.required) {
        let literal = match (parameter.place, values::value(parameter)) {
            (Place::Free, Value::Object(pairs)) => format!("{:?}", pairs_of(&pairs)),
            (_, Value::String(text)) if is_choice(&parameter.schema) => format!("{text:?}"),
            (_, Value::String(text)) => format!("v({:?}, {text:?})", parameter.name),
            (_, Value::Array(items)) => {
                let texts: Vec<_> = items.iter().filter_map(Value::as_str).collect();
                format!("{texts:?}")
            }
            (_, scalar) => scalar.to_string(),
        };
        write!(call, ".{}({literal})", snake(&parameter.name)).unwrap();
    }
    if let Some(body) = &operation.body {
        if !full && !body.required {
        } else if body.is_multipart() {
            for (part, _, required) in body.parts(document) {
                if full || required {
                    write!(call, ".{}({:?})", snake(&part), values::content(&part)).unwrap();
                }
            }
        } else if body.is_json() {
            let body = &bodies[&pascal(&operation.id)];
            write!(call, ".body({{ use tapis_client::{service}::types; json::<{body}>(b)? }})")
                .unwrap();
        } else {
            write!(call, ".body({:?})", values::BYTES).unwrap();
        }
    }
    match (&operation.reply, full) {
        (Reply::Bytes, true) => format!("|t, b, v| Ok(streamed({call}.send()))"),
        (Reply::Bytes, false) => format!("|t, b, v| Ok(streamed({call}.into_future()))"),
        (_, true) => format!("|t, b, v| Ok(whole({call}.send()))"),
        (_, false) => format!("|t, b, v| Ok(result({call}.into_future()))"),
    }
}

/// The type of the body of each call that carries JSON, by the name of the call's builder.
fn bodies(code: &str) -> BTreeMap<String, String> {
    let file = syn::parse_file(code).unwrap();
    let calls = file.items.into_iter().find_map(|item| match item {
        Item::Mod(module) if module.ident == "builder" => module.content,
        _ => None,
    });
    let mut bodies = BTreeMap::new();
    for item in calls.expect("the calls are in a module `builder`").1 {
        let Item::Impl(call) = item else { continue };
        let setters = call.items.iter().filter_map(|item| match item {
            ImplItem::Fn(method) if method.sig.ident == "body" => body_type(&method.sig),
            _ => None,
        });
        bodies.extend(setters.map(|body| (call.self_ty.to_token_stream().to_string(), body)));
    }
    bodies
}

/// `X` of a setter that takes what can be made an `X`, and `Vec<X>` of one that takes such items.
fn body_type(setter: &Signature) -> Option<String> {
    setter.generics.where_clause.as_ref()?.predicates.iter().find_map(|predicate| {
        let WherePredicate::Type(PredicateType { bounded_ty, bounds, .. }) = predicate else {
            return None;
        };
        let Some(TypeParamBound::Trait(bound)) = bounds.first() else { return None };
        let wanted = bound.path.segments.last().filter(|segment| segment.ident == "TryInto")?;
        let PathArguments::AngleBracketed(wanted) = &wanted.arguments else { return None };
        let wanted = wanted.args.to_token_stream();
        match bounded_ty.to_token_stream().to_string().as_str() {
            "T" => Some(wanted.to_string()),
            _ => Some(format!("Vec<{wanted}>")),
        }
    })
}

fn is_choice(schema: &Value) -> bool {
    schema.get("enum").is_some()
}

fn pairs_of(pairs: &serde_json::Map<String, Value>) -> Vec<(&str, &str)> {
    pairs.iter().map(|(key, value)| (key.as_str(), value.as_str().unwrap_or_default())).collect()
}
