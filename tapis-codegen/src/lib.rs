//! Generates Rust from the corrected OpenAPI document of a Tapis service, for the build scripts of
//! the service crates.
//!
//! The generation pipeline of a build script:
//!
//! 1. `tapis_specs::reader` reads the operations.
//! 2. `normalise` converts the document to the form that progenitor needs, in the types of `described`,
//!    and runs progenitor on it: the schemas, the operations, and for each operation one object with its
//!    parameters, body and reply, because progenitor does not expose the types of an operation.
//! 3. `walk` reads progenitor's types and the document side by side and creates the `model` from both.
//! 4. `types`, `enums`, `objects`, `bodies`, `conversions` and `unions` generate the types of the model;
//!    `operations`, `arguments` and `calls` generate the client.
//!
//! Progenitor decides which types exist, their names, their fields, the types of the fields, and the
//! variants of enumerations and unions. Names in JSON, values of enumerations, tags and descriptions
//! come from the document. The code that progenitor prints is not used: its enumerations and unions
//! reject values that the document does not list; its calls borrow the client, so they cannot be
//! spawned, have no support for the envelope, and have an error type of their own. The calls generated
//! here own their data, and leave tokens, retries, decoding and errors to `tapis_core`.
//!
//! `verify` (feature `verify`) is for the tools that change documents, and for CI: it rejects a document
//! that is invalid or cannot be generated, with the JSON pointer. Build scripts are compiled without it,
//! because the documents are verified before they are checked in.
//!
//! All facts about Tapis are in the document. This crate only deals with progenitor and Rust.

mod arguments;
mod bodies;
mod calls;
mod conversions;
mod described;
mod docs;
mod enums;
mod error;
#[cfg(feature = "verify")]
mod generable;
mod model;
pub mod naming;
mod node;
mod normalise;
mod objects;
mod openapi;
mod operations;
#[cfg(feature = "verify")]
mod panics;
mod schemas;
mod shape;
mod types;
mod unions;
#[cfg(feature = "verify")]
mod verify;
mod walk;

use std::path::{Path, PathBuf};
use std::{env, fs};

use quote::quote;
use serde_json::Value;
use tapis_specs::reader::{Document, Operation};

pub use error::Error;
#[cfg(feature = "verify")]
pub use verify::verify;

/// Generates the client of `service` into `OUT_DIR/generated.rs`; the whole of a build script.
///
/// The document is looked for beside the crate, at `../specs/openapi/<service>.json`, and then in
/// the `tapis-specs` package, where a vendored copy has it.
///
/// # Errors
/// A document that is missing, cannot be read or cannot be generated. A build script returns the
/// error from `main`, so that Cargo shows it.
pub fn build(service: &str) -> Result<(), Error> {
    let fail = |message: String| Error::new(service, message);
    let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let path = locate(Path::new(&manifest), service);
    // A relative path stays valid if the workspace is copied together with its target folder.
    #[allow(clippy::print_stdout)] // this is how a build script speaks to Cargo
    {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    let text = fs::read_to_string(Path::new(&manifest).join(&path))
        .map_err(|error| fail(format!("cannot read {}: {error}", path.display())))?;
    let code = generate(service, &text)?;
    let out = env::var_os("OUT_DIR").ok_or_else(|| fail("OUT_DIR is not set".to_owned()))?;
    fs::write(Path::new(&out).join("generated.rs"), code)
        .map_err(|error| fail(format!("cannot write the generated code: {error}")))
}

fn locate(manifest: &Path, service: &str) -> PathBuf {
    let beside = PathBuf::from(format!("../specs/openapi/{service}.json"));
    if manifest.join(&beside).is_file() {
        return beside;
    }
    tapis_specs::folder().join(format!("openapi/{service}.json"))
}

/// Generates the Rust source of the client of `service` from its JSON document, which `verify` must
/// accept. The source is not formatted; `cargo xtask emit` formats it.
///
/// # Errors
/// A document that is not JSON, or from which progenitor generates something else; the error names
/// service, operation and JSON pointer.
///
/// # Panics
/// Progenitor panics at some documents that `verify` refuses.
pub fn generate(service: &str, document: &str) -> Result<String, Error> {
    let value: Value = serde_json::from_str(document)
        .map_err(|error| Error::new(service, format!("the document is not JSON: {error}")))?;
    let document = Document::read(service, value);
    let operations: Vec<&Operation> = document.named_operations().collect();
    let typed = normalise::through_progenitor(&document, &operations).map_err(|message| {
        Error::new(service, format!("progenitor cannot generate this: {message}"))
    })?;
    let model = walk::read(&document, &typed).map_err(|error| error.of(service))?;
    let operations = operations::emit(&document, &model)?;
    let types = types::emit(&model);
    Ok(quote!(#types #operations).to_string())
}
