//! Checks that progenitor can generate a document.

use std::slice;

use serde_json::Value;
use tapis_specs::reader::{Document, Operation};

use crate::normalise::through_progenitor;
use crate::panics::caught;
use crate::{Error, operations, walk};

/// Refuses a document that passes the other checks and that progenitor cannot generate, or not as the
/// document says. Progenitor panics at some of what it does not support; here that becomes an error.
pub(crate) fn check(value: &Value) -> Result<(), Error> {
    let document = Document::read("", value.clone());
    let operations: Vec<&Operation> = document.named_operations().collect();
    let typed = caught(|| through_progenitor(&document, &operations)).and_then(|it| it);
    let typed = typed.map_err(|message| located(&document, &operations, message))?;
    let model = walk::read(&document, &typed)?;
    operations::emit(&document, &model).map(drop)
}

/// Progenitor says what it cannot do, not where. Generating each operation alone shows that.
fn located(document: &Document, operations: &[&Operation], message: String) -> Error {
    let fault = operations.iter().find_map(|operation| {
        let alone = caught(|| through_progenitor(document, slice::from_ref(operation)));
        let message = alone.and_then(|it| it).err()?;
        let message = format!("progenitor cannot generate this: {message}");
        Some(Error::about("", operation, message))
    });
    fault.unwrap_or_else(|| Error::new("", format!("progenitor cannot generate this: {message}")))
}
