//! From a service's own interface and our overlay to the document that this project works with.
//!
//! Three steps, each a module: `shape` holds the rules that are true of every service and bring
//! any document into OpenAPI 3.0.3; `overlay` applies one service's corrections and sentences
//! (`order` keeps the properties in order meanwhile);
//! `settle` draws the conclusions (what a reply may be relied upon to hold, operations that
//! share one method and path, responses in our own words). `tapis_codegen::verify` then refuses
//! whatever is not a valid document.

mod names;
mod order;
mod overlay;
mod references;
mod settle;
mod shape;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::sources::Source;

pub(crate) use overlay::{Action, OverlayFile};

/// Everything a derivation needs to know about one service.
pub(crate) struct Input {
    /// The interface as upstream states it.
    pub(crate) interface: Value,
    pub(crate) overlay: Option<OverlayFile>,
    pub(crate) source: Source,
}

/// Derives one service's document; `inputs` holds its siblings, for references between documents.
pub(crate) fn derive(service: &str, inputs: &BTreeMap<String, Input>) -> Result<Value> {
    let mut document = corrected(service, inputs, &mut Vec::new())?;
    order::settle(&mut document)
        .and_then(|()| settle::settle(service, &mut document))
        .and_then(|()| references::resolved(&document))
        .and_then(|()| Ok(tapis_codegen::verify(&document)?))
        .context("derived document")
        .with_context(|| format!("{service}: {}", inputs[service].source.address))?;
    Ok(document)
}

/// Applies the overlay of one service and shows `watch` each place that an action is about to
/// change; see [`OverlayFile::apply_watched`].
pub(crate) fn watch(
    service: &str,
    inputs: &BTreeMap<String, Input>,
    watch: &mut dyn FnMut(&Value, &str, &Action),
) -> Result<()> {
    let mut document = shaped(service, inputs, &mut Vec::new())?;
    match inputs.get(service).and_then(|input| input.overlay.as_ref()) {
        Some(overlay) => overlay.apply_watched(&mut document, watch),
        None => Ok(()),
    }
}

/// Shape and overlay, with what other documents lend already inside.
fn corrected(
    service: &str,
    inputs: &BTreeMap<String, Input>,
    pending: &mut Vec<String>,
) -> Result<Value> {
    let mut document = shaped(service, inputs, pending)?;
    if let Some(overlay) = inputs.get(service).and_then(|input| input.overlay.as_ref()) {
        overlay.apply(&mut document).with_context(|| format!("{service}: {}", overlay.place))?;
    }
    Ok(document)
}

/// What the overlay finds: every service's rules, and what other documents lend.
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
        sibling.map(|name| Ok((corrected(&name, inputs, pending)?, name))).transpose()
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
