//! Writes the typed calls of the test `wire`: for each operation of the documents in
//! `specs/openapi` one call with everything set and one with what is required.
//!
//! The names of methods and types are all that this shares with the generator of the clients.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "tests/wire/document.rs"]
#[allow(dead_code)]
mod document;
#[path = "tests/wire/values.rs"]
mod values;

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use serde_json::Value;
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
        let document: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        for operation in document::operations(service, &document) {
            let Operation { id, .. } = &operation;
            let full = call(&document, &operation, true);
            let least = call(&document, &operation, false);
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
fn call(document: &Value, operation: &Operation, full: bool) -> String {
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
            let builder = format!("{service}::builder::{}", pascal(&operation.id));
            write!(call, ".body(json::<tapis_client::{builder}>(b)?)").unwrap();
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

fn is_choice(schema: &Value) -> bool {
    schema.get("enum").is_some()
}

fn pairs_of(pairs: &serde_json::Map<String, Value>) -> Vec<(&str, &str)> {
    pairs.iter().map(|(key, value)| (key.as_str(), value.as_str().unwrap_or_default())).collect()
}
