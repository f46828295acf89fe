//! Checks that progenitor can generate a document.

use std::slice;

use serde_json::Value;
use tapis_specs::reader::{Document, Operation};

use crate::normalise::through_progenitor;
use crate::panics::caught;
use crate::{Error, operations, walk};

/// Rejects a document that passes the other checks but that progenitor cannot generate correctly.
/// Progenitor panics at some constructs that it does not support; this function returns an error
/// instead.
pub(crate) fn check(value: &Value) -> Result<(), Error> {
    let document = Document::read("", value.clone());
    let operations: Vec<&Operation> = document.named_operations().collect();
    let typed = caught(|| through_progenitor(&document, &operations)).and_then(|it| it);
    let typed = typed.map_err(|message| located(&document, &operations, message))?;
    let model = walk::read(&document, &typed)?;
    operations::emit(&document, &model).map(drop)
}

/// Progenitor reports what it cannot generate, but not where. Generating each operation alone shows
/// the operation.
fn located(document: &Document, operations: &[&Operation], message: String) -> Error {
    let fault = operations.iter().find_map(|operation| {
        let alone = caught(|| through_progenitor(document, slice::from_ref(operation)));
        let message = alone.and_then(|it| it).err()?;
        let message = format!("progenitor cannot generate this: {message}");
        Some(Error::about("", operation, message))
    });
    fault.unwrap_or_else(|| Error::new("", format!("progenitor cannot generate this: {message}")))
}
