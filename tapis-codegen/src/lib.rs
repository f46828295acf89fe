//! Turns a corrected OpenAPI document of a Tapis service into Rust, for the service crates' build
//! scripts.
//!
//! The generation pipeline of a build script:
//!
//! 1. `tapis_specs::reader` reads the operations.
//! 2. `normalise` makes of the document what progenitor needs, in the types of `described`, and has
//!    progenitor generate it: schemas
//!    and operations, and beside each operation one object of its parameters, body and reply, because
//!    progenitor keeps the types of an operation to itself.
//! 3. `walk` goes through progenitor's types and the document side by side and makes `model` of the two.
//! 4. `types`, `enums`, `objects`, `bodies`, `conversions` and `unions` write the types of the model, and `operations`,
//!    `arguments` and `calls` the client.
//!
//! Progenitor decides which types there are, their names, their fields and the types of these, and the
//! variants of enumerations and unions. Names in JSON, values of enumerations, tags and descriptions
//! come from the document. The code that progenitor prints is not used. Its enumerations and unions
//! refuse values that the document does not list. Its calls borrow the client, so that they cannot be
//! spawned, know no envelope, and have an error type of their own; a call here owns what it needs and
//! leaves token, retry, decoding and errors to `tapis_core`.
//!
//! `verify` (feature `verify`) is for the tools that change documents, and for CI: it refuses a document
//! that is not valid or cannot be generated, with the JSON pointer. Build scripts are compiled without it,
//! because the documents were verified before they were checked in.
//!
//! Everything that is true of Tapis is in the document already; what happens here is only about
//! progenitor and about Rust.

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
    // A relative path stays true when the workspace is copied together with its target folder.
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

/// The Rust source of the client of `service`, generated from its document in JSON, which `verify` has
/// found nothing wrong with. It is for the compiler and not formatted; `cargo xtask emit` does that.
///
/// # Errors
/// A document that is not JSON, or of which progenitor makes something else than it says; the error names
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
