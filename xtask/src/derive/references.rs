//! References to schemas in another service's document: the schema is copied, with all schemas that
//! it needs.

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Map, Value};
use tapis_specs::reader::{self, RawOperation, referenced};

use crate::interface::without_sentences;
use crate::walk;

/// Replaces external references by local ones. `sibling` returns the document at a URL and the name
/// of its service.
pub(super) fn import(
    document: &mut Value,
    mut sibling: impl FnMut(&str) -> Result<Option<(Value, String)>>,
) -> Result<()> {
    for (place, reference) in external(document) {
        let unresolvable = || anyhow!("{place}: $ref {reference:?} cannot be resolved");
        let (address, pointer) = reference.split_once('#').ok_or_else(unresolvable)?;
        let name = pointer
            .trim_start_matches('/')
            .strip_prefix("components/schemas/")
            .ok_or_else(unresolvable)?;
        let Some((lender, service)) = sibling(address).with_context(unresolvable)? else {
            return Err(anyhow!("no service has that address in sources.toml"))
                .with_context(unresolvable);
        };
        if lender["components"]["schemas"].get(name).is_none() {
            return Err(anyhow!("{service} has no schema {name}")).with_context(unresolvable);
        }
        let local = borrow(document, &lender, &service, name)?;
        walk::keyword_objects(document, &mut |object| {
            if object.get("$ref").and_then(Value::as_str) == Some(&reference) {
                object.insert("$ref".into(), format!("#/components/schemas/{local}").into());
            }
        });
    }
    Ok(())
}

/// Rejects a document with references to missing items or to items other than schemas.
pub(super) fn resolved(document: &Value) -> Result<()> {
    let aliases = reader::operations(document)
        .flat_map(RawOperation::named)
        .flat_map(|operation| walk::references(operation.value, &operation.pointer));
    for (place, reference) in walk::references(document, "").into_iter().chain(aliases) {
        let name = reference.strip_prefix("#/components/schemas/");
        if name.and_then(|name| document["components"]["schemas"].get(name)).is_none() {
            bail!("{place}: $ref {reference:?} cannot be resolved");
        }
    }
    Ok(())
}

/// The references to other documents, each once, with its first position.
fn external(document: &Value) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for (place, reference) in walk::references(document, "") {
        if !reference.starts_with('#') && !found.iter().any(|(_, known)| known == reference) {
            found.push((place, reference.to_owned()));
        }
    }
    found
}

/// Copies the schema `name` and all schemas that it refers to; returns its new name.
fn borrow(document: &mut Value, lender: &Value, service: &str, name: &str) -> Result<String> {
    let mut names = vec![name.to_owned()];
    let mut next = 0;
    while let Some(name) = names.get(next).cloned() {
        for (_, reference) in walk::references(&lender["components"]["schemas"][&name], "") {
            if let Some(inner) = reference.strip_prefix("#/components/schemas/")
                && !names.iter().any(|n| n == inner)
            {
                names.push(inner.to_owned());
            }
        }
        next += 1;
    }
    let Some(schemas) = document["components"]["schemas"].as_object_mut() else {
        bail!("the document has no components/schemas to move {name} into");
    };
    let local: Map<String, Value> = names
        .iter()
        .map(|name| {
            let taken = schemas.get(name).is_some_and(|own| {
                without_sentences(own) != without_sentences(&lender["components"]["schemas"][name])
            });
            let local =
                if taken { format!("{}{name}", capitalised(service)) } else { name.clone() };
            (name.clone(), Value::from(local))
        })
        .collect();
    for name in &names {
        let mut schema = lender["components"]["schemas"][name].clone();
        walk::keyword_objects(&mut schema, &mut |object| {
            let inner = referenced(&Value::Object(object.clone())).map(str::to_owned);
            if let Some(inner) = inner.and_then(|inner| local.get(&inner)?.as_str()) {
                object.insert("$ref".into(), format!("#/components/schemas/{inner}").into());
            }
        });
        schemas.insert(local[name].as_str().unwrap_or(name).to_owned(), schema);
    }
    Ok(local[name].as_str().unwrap_or(name).to_owned())
}

fn capitalised(service: &str) -> String {
    let mut letters = service.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
