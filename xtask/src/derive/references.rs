//! References to a schema in another service's document: the schema moves in, with all it needs.

use anyhow::{Result, anyhow, bail};
use serde_json::{Map, Value};

use crate::interface::without_sentences;
use crate::walk;

/// Replaces every external reference by a local one. `sibling` gives the document at an address
/// and the name of its service.
pub(super) fn import(
    document: &mut Value,
    mut sibling: impl FnMut(&str) -> Result<Option<(Value, String)>>,
) -> Result<()> {
    for reference in external(document) {
        let unresolvable = || anyhow!("$ref {reference:?} cannot be resolved");
        let (address, pointer) = reference.split_once('#').ok_or_else(unresolvable)?;
        let name = pointer
            .trim_start_matches('/')
            .strip_prefix("components/schemas/")
            .ok_or_else(unresolvable)?;
        let Some((lender, service)) = sibling(address)? else {
            bail!(
                "$ref {reference:?} cannot be resolved: no service has that address in sources.toml"
            );
        };
        if lender["components"]["schemas"].get(name).is_none() {
            bail!("$ref {reference:?} cannot be resolved: {service} has no schema {name}");
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

fn external(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk::keyword_objects(&mut document.clone(), &mut |object| {
        if let Some(reference) = object.get("$ref").and_then(Value::as_str)
            && !reference.starts_with('#')
            && !found.iter().any(|f| f == reference)
        {
            found.push(reference.to_owned());
        }
    });
    found
}

/// Copies the schema `name` and everything it refers to; the name it has from now on.
fn borrow(document: &mut Value, lender: &Value, service: &str, name: &str) -> Result<String> {
    let mut names = vec![name.to_owned()];
    let mut next = 0;
    while let Some(name) = names.get(next).cloned() {
        walk::keyword_objects(&mut lender["components"]["schemas"][&name].clone(), &mut |object| {
            let schema = Value::Object(object.clone());
            if let Some(inner) = walk::schema_ref(&schema)
                && !names.iter().any(|n| n == inner)
            {
                names.push(inner.to_owned());
            }
        });
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
            let inner = walk::schema_ref(&Value::Object(object.clone())).map(str::to_owned);
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
