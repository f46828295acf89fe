//! Derives the document that this project uses from upstream's interface and the overlay.
//!
//! Three steps, each a module: `shape` applies the rules for all services and converts the document to
//! OpenAPI 3.0.3; `overlay` applies one service's corrections and documentation, while `order` keeps
//! the order of properties; `settle` draws conclusions (the required fields of replies, operations that
//! share a method and path, the responses). `tapis_codegen::verify` then rejects invalid documents.

mod likely;
mod names;
mod order;
mod overlay;
mod path;
mod references;
mod settle;
mod shape;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::sources::Source;

use overlay::Fault;
pub(crate) use overlay::{Action, OverlayFile};

/// The inputs for one service.
#[derive(Clone)]
pub(crate) struct Input {
    /// The interface in upstream's document.
    pub(crate) interface: Value,
    /// The interface in upstream's previous document, if it differs.
    pub(crate) kept: Option<Value>,
    pub(crate) overlay: Option<OverlayFile>,
    pub(crate) source: Source,
}

/// A service's derived document, and notes about its overlay.
pub(crate) struct Derived {
    pub(crate) document: Value,
    /// Actions of the overlay that change nothing.
    pub(crate) idle: Vec<String>,
}

/// Why a document cannot be derived. `service` is the one at fault, which may be another service
/// whose schemas the document refers to.
#[derive(Debug, Clone)]
pub(crate) struct Failed {
    pub(crate) service: String,
    message: String,
}

impl Failed {
    pub(crate) fn of(service: &str, error: anyhow::Error) -> Self {
        error.downcast::<Self>().unwrap_or_else(|error| Self {
            service: service.to_owned(),
            message: format!("{error:#}"),
        })
    }
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failed {}

/// Derives one service's document; `inputs` has the other services, for references between
/// documents.
pub(crate) fn derive(service: &str, inputs: &BTreeMap<String, Input>) -> Result<Derived, Failed> {
    let derive = || {
        let (mut document, idle) = corrected(service, inputs, &mut Vec::new())?;
        order::settle(&mut document)
            .and_then(|()| settle::settle(service, &mut document))
            .and_then(|()| references::resolved(&document))
            .and_then(|()| Ok(tapis_codegen::verify(&document)?))
            .context("derived document")
            .with_context(|| format!("{service}: {}", inputs[service].source.address))?;
        Ok(Derived { document, idle })
    };
    derive().map_err(|error| Failed::of(service, error))
}

/// Applies the overlay of one service and calls `watch` before each change; see
/// [`OverlayFile::apply_watched`]. Faults of the overlay are ignored here.
pub(crate) fn watch(
    service: &str,
    inputs: &BTreeMap<String, Input>,
    watch: &mut dyn FnMut(&Value, &str, &Action),
) -> Result<()> {
    let mut document = shaped(service, inputs, &mut Vec::new())?;
    if let Some(overlay) = inputs.get(service).and_then(|input| input.overlay.as_ref()) {
        overlay.apply_watched(&mut document, watch);
    }
    Ok(())
}

/// The document after shape and overlay, with schemas from other documents, and the actions that
/// change nothing.
fn corrected(
    service: &str,
    inputs: &BTreeMap<String, Input>,
    pending: &mut Vec<String>,
) -> Result<(Value, Vec<String>)> {
    let mut document = shaped(service, inputs, pending)?;
    let Some(overlay) = inputs.get(service).and_then(|input| input.overlay.as_ref()) else {
        return Ok((document, Vec::new()));
    };
    let applied = overlay.apply(&mut document);
    if !applied.faults.is_empty() {
        let lines = told(service, inputs, &applied.faults);
        let lines = lines.iter().map(|line| format!("{service}: {}: {line}", overlay.place));
        bail!(lines.collect::<Vec<_>>().join("\n"));
    }
    Ok((document, applied.idle))
}

/// The faults of actions, one per line; for a missing target with its probable new position.
fn told(service: &str, inputs: &BTreeMap<String, Input>, faults: &[Fault]) -> Vec<String> {
    let is = shaped(service, inputs, &mut Vec::new()).unwrap_or_default();
    let was = inputs.get(service).and_then(|input| {
        let before = Input { interface: input.kept.clone()?, ..input.clone() };
        let mut inputs = inputs.clone();
        inputs.insert(service.to_owned(), before);
        shaped(service, &inputs, &mut Vec::new()).ok()
    });
    let line = |fault: &Fault| match fault {
        Fault::Other(text) => text.clone(),
        Fault::Unmatched { action, target } => {
            let which =
                if action.contains(&**target) { String::new() } else { format!("{target} ") };
            let now = match likely::target(target, was.as_ref(), &is) {
                Some(target) => format!("the likeliest new target is {target}"),
                None => "nothing new in the document is like it".to_owned(),
            };
            format!("{action}: {which}matches nothing; {now}")
        }
    };
    faults.iter().map(line).collect()
}

/// The document to which the overlay is applied: after the rules for all services, with schemas
/// from other documents.
fn shaped(
    service: &str,
    inputs: &BTreeMap<String, Input>,
    pending: &mut Vec<String>,
) -> Result<Value> {
    if pending.iter().any(|p| p == service) {
        bail!("{service}: documents refer to each other in a circle: {}", pending.join(" → "));
    }
    let Some(input) = inputs.get(service) else {
        bail!("{service}: no document");
    };
    pending.push(service.to_owned());
    let mut document = input.interface.clone();
    shape::shape(&mut document).with_context(|| format!("{service}: {}", input.source.address))?;
    order::open(&mut document);
    references::import(&mut document, |address| {
        let sibling = inputs
            .iter()
            .find(|(_, s)| {
                s.source.address == address || s.source.aliases.iter().any(|a| a == address)
            })
            .map(|(name, _)| name.clone());
        let lent = sibling.map(|name| match corrected(&name, inputs, pending) {
            Ok((document, _)) => Ok((document, name)),
            Err(error) => Err(Failed::of(&name, error).into()),
        });
        lent.transpose()
    })
    .with_context(|| format!("{service}: {}", input.source.address))?;
    pending.pop();
    Ok(document)
}

/// Reads `overlays/<service>.yaml`, if there is one.
pub(crate) fn read_overlay(specs: &Path, service: &str) -> Result<Option<OverlayFile>> {
    let path = specs.join("overlays").join(format!("{service}.yaml"));
    if !path.is_file() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("{service}: cannot read {}", path.display()))?;
    OverlayFile::parse(&format!("overlays/{service}.yaml"), &text)
        .with_context(|| format!("{service}: {}", path.display()))
        .map(Some)
}
