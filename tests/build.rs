//! Writes code from the documents in `specs/openapi`: the typed calls of the test `wire`, for each
//! operation one with everything set and one with what is required, and the examples of operations as
//! functions, which the test `client` runs.
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

use document::{Operation, Parameter, Place, Reply};

const DOCUMENTS: &str = "../specs/openapi";

fn main() {
    println!("cargo::rerun-if-changed={DOCUMENTS}");
    println!("cargo::rerun-if-changed=tests/wire/document.rs");
    println!("cargo::rerun-if-changed=tests/wire/values.rs");
    let mut files: Vec<_> =
        fs::read_dir(DOCUMENTS).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut code = String::from("pub(crate) static TYPED: &[Typed] = &[\n");
    let (mut functions, mut names) = (String::new(), String::new());
    for file in files.iter().filter(|file| file.extension().is_some_and(|e| e == "json")) {
        let service = file.file_stem().unwrap().to_str().unwrap();
        let document: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        for (name, example) in examples(service, &document) {
            write!(functions, "async fn {name}(t: &Tapis) -> Outcome {{\n{example}\nOk(())\n}}\n")
                .unwrap();
            write!(names, "({name:?}, Box::pin({name}(t))),").unwrap();
        }
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
    let all = format!("pub(super) fn all(t: &Tapis) -> Vec<Running<'_>> {{ vec![{names}] }}");
    fs::write(Path::new(&out).join("examples.rs"), functions + &all).unwrap();
}

/// The examples of a document's operations, each with a name for its function.
fn examples(service: &str, document: &Value) -> Vec<(String, String)> {
    let paths = document["paths"].as_object().into_iter().flat_map(|paths| paths.values());
    let operations = paths.filter_map(Value::as_object).flat_map(|path| path.values());
    let named = operations.flat_map(|operation| match operation["x-tapis-aliases"].as_array() {
        Some(aliases) => aliases.iter().collect(),
        None => vec![operation],
    });
    let example = |operation: &Value| {
        let id = operation["operationId"].as_str()?;
        let code = operation["x-tapis-example"].as_str()?;
        Some((format!("{}_{}", snake(service), snake(id)), code.to_owned()))
    };
    named.filter_map(example).collect()
}

/// The call as a closure from client, JSON body and texts of parameters; a full one is sent, and one
/// with the least is awaited, so that both ways are tried.
fn call(document: &Value, operation: &Operation, full: bool) -> String {
    let (service, method) = (snake(&operation.service), snake(&operation.id));
    let mut path: Vec<_> = operation.parameters.iter().filter(|p| is_path(p)).collect();
    path.sort_by_key(|p| operation.template.find(&format!("{{{}}}", p.name)));
    let mut arguments: Vec<_> = path.iter().map(|p| (snake(&p.name), literal(p))).collect();
    let mut setters = String::new();
    for parameter in operation.parameters.iter().filter(|p| !is_path(p)) {
        let (name, literal) = (snake(&parameter.name), literal(parameter));
        if parameter.required && operation.has_named_arguments {
            arguments.push((name, literal));
        } else if full || parameter.required {
            write!(setters, ".{name}({literal})").unwrap();
        }
    }
    if let Some(body) = &operation.body {
        let mut add = |required: bool, name: String, literal: String| {
            if required {
                arguments.push((name, literal));
            } else if full {
                write!(setters, ".{name}({literal})").unwrap();
            }
        };
        if body.is_multipart() {
            for (part, is_file, required) in body.parts(document) {
                add(required, snake(&part), format!("{:?}", values::content(&part, is_file)));
            }
        } else if body.is_json() {
            let ty = json_type(document, operation, &body.schema);
            add(body.required, "body".to_owned(), format!("json::<{ty}>(b)?"));
        } else {
            add(body.required, "body".to_owned(), format!("{:?}", values::BYTES));
        }
    }
    let arguments = if operation.has_named_arguments || arguments.len() > 3 {
        let fields = arguments.iter().map(|(name, literal)| match name.as_str() {
            "body" => format!("{name}: {literal}"),
            _ => format!("{name}: {literal}.into()"),
        });
        let fields: Vec<_> = fields.collect();
        let name = format!("tapis_client::{service}::calls::{}Args", pascal(&operation.id));
        format!("{name} {{ {} }}", fields.join(", "))
    } else {
        let literals: Vec<_> = arguments.into_iter().map(|(_, literal)| literal).collect();
        literals.join(", ")
    };
    let call = format!("t.{service}.{method}({arguments}){setters}");
    match (&operation.reply, full) {
        (Reply::Bytes, true) => format!("|t, b, v| Ok(streamed({call}.send()))"),
        (Reply::Bytes, false) => format!("|t, b, v| Ok(streamed({call}.into_future()))"),
        (_, true) => format!("|t, b, v| Ok(whole({call}.send()))"),
        (_, false) => format!("|t, b, v| Ok(result({call}.into_future()))"),
    }
}

fn is_path(parameter: &Parameter) -> bool {
    matches!(parameter.place, Place::Path | Place::Bare | Place::Segments)
}

fn literal(parameter: &Parameter) -> String {
    match (parameter.place, values::value(parameter)) {
        (Place::Free, Value::Object(pairs)) => format!("{:?}", pairs_of(&pairs)),
        (_, Value::String(text)) if is_choice(&parameter.schema) => format!("{text:?}"),
        (_, Value::String(text)) => format!("v({:?}, {text:?})", parameter.name),
        (_, Value::Array(items)) => {
            let texts: Vec<_> = items.iter().filter_map(Value::as_str).collect();
            format!("{texts:?}")
        }
        (_, scalar) => scalar.to_string(),
    }
}

/// The type of a JSON body, named after its schema or else after the operation.
fn json_type(document: &Value, operation: &Operation, schema: &Value) -> String {
    let service = snake(&operation.service);
    let named = |name: &str| format!("tapis_client::{service}::types::{}", pascal(name));
    let resolved = document::resolve(document, schema);
    match (document::target(schema), resolved["type"].as_str()) {
        (_, Some("array")) => {
            format!("Vec<{}>", json_type(document, operation, &resolved["items"]))
        }
        (Some(name), _) => named(name),
        (None, Some("object")) if resolved.get("properties").is_some() => {
            named(&format!("{}_body", operation.id))
        }
        (None, Some("object")) => "serde_json::Map<String, serde_json::Value>".to_owned(),
        _ => "serde_json::Value".to_owned(),
    }
}

fn is_choice(schema: &Value) -> bool {
    schema.get("enum").is_some()
}

fn pairs_of(pairs: &serde_json::Map<String, Value>) -> Vec<(&str, &str)> {
    pairs.iter().map(|(key, value)| (key.as_str(), value.as_str().unwrap_or_default())).collect()
}
