//! One operation for each method and path.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde_json::{Map, Value, json};
use tapis_specs::reader::{ARGUMENT, Template};

/// Some documents tell operations on one real path apart by extra slashes, or name its parameters
/// now so and now so. The slashes go and the longest names win; operations that then share method
/// and path become one that accepts what each accepts, with the single ones listed in
/// `x-tapis-aliases`.
pub(super) fn collapse(paths: Map<String, Value>) -> Result<Map<String, Value>> {
    let mut groups: BTreeMap<String, Vec<(String, Value)>> = BTreeMap::new();
    for (path, item) in paths {
        let mut real = path;
        while real.contains("//") {
            real = real.replace("//", "/");
        }
        groups.entry(Template::parse(&real).anonymous()).or_default().push((real, item));
    }
    let mut collapsed = Map::new();
    for mut group in groups.into_values() {
        let Some(template) =
            group.iter().map(|(path, _)| path).max_by_key(|path| path.len()).cloned()
        else {
            continue;
        };
        // Operations that need no merging come in the order of the document's keys.
        group.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut known: Map<String, Value> = Map::new();
        for (path, item) in group {
            let Value::Object(item) = item else { bail!("{path}: not a path item") };
            for (method, mut operation) in item {
                rename_parameters(&mut operation, &path, &template);
                match known.get_mut(&method) {
                    Some(first) => alias(first, operation),
                    None => {
                        known.insert(method, operation);
                    }
                }
            }
        }
        collapsed.insert(template, Value::Object(known));
    }
    Ok(collapsed)
}

/// Gives the operation's path parameters the names that `template` has in their places. Callers go on
/// calling them as the operation does.
fn rename_parameters(operation: &mut Value, path: &str, template: &str) {
    let (own, common) = (Template::parse(path), Template::parse(template));
    for (old, new) in own.parameters().zip(common.parameters()) {
        for parameter in operation["parameters"].as_array_mut().into_iter().flatten() {
            if old != new && parameter["in"] == "path" && parameter["name"] == old {
                parameter["name"] = new.into();
                parameter[ARGUMENT] = old.into();
            }
        }
    }
}

fn alias(first: &mut Value, other: Value) {
    if first.get("x-tapis-aliases").is_none() {
        first["x-tapis-aliases"] = json!([first.clone()]);
    }
    if let Some(content) = other["requestBody"]["content"].as_object() {
        for (media, body) in content {
            let known = &mut first["requestBody"]["content"][media];
            if known.is_null() {
                *known = body.clone();
            } else if known["schema"] != body["schema"] {
                let schemas = match known["schema"]["oneOf"].as_array() {
                    Some(several) => {
                        several.iter().cloned().chain([body["schema"].clone()]).collect()
                    }
                    None => vec![known["schema"].clone(), body["schema"].clone()],
                };
                known["schema"] = json!({"oneOf": schemas});
            }
        }
    }
    for (status, response) in other["responses"].as_object().into_iter().flatten() {
        if first["responses"].get(status).is_none() {
            first["responses"][status] = response.clone();
        }
    }
    for parameter in other["parameters"].as_array().into_iter().flatten() {
        let own = &mut first["parameters"];
        let known = own.as_array().is_some_and(|own| {
            own.iter().any(|p| p["name"] == parameter["name"] && p["in"] == parameter["in"])
        });
        if !known {
            match own.as_array_mut() {
                Some(own) => own.push(parameter.clone()),
                None => *own = json!([parameter]),
            }
        }
    }
    if let Some(aliases) = first["x-tapis-aliases"].as_array_mut() {
        aliases.push(other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_told_apart_by_slashes_become_one_with_aliases() {
        let operation = |id: &str, media: &str| {
            json!({"operationId": id, "responses": {"200": {}},
                "requestBody": {"content": {media: {"schema": {"type": "string"}}}}})
        };
        let paths = json!({
            "/v3/a/m": {"post": operation("json", "application/json")},
            "/v3/a//m": {"post": operation("binary", "application/octet-stream")},
        });
        let Value::Object(paths) = paths else { unreachable!() };
        let paths = Value::Object(collapse(paths).unwrap());
        let merged = &paths["/v3/a/m"]["post"];
        assert_eq!(paths.as_object().unwrap().len(), 1);
        assert_eq!(merged["requestBody"]["content"].as_object().unwrap().len(), 2);
        let aliases = merged["x-tapis-aliases"].as_array().unwrap();
        assert!(aliases.contains(&operation("json", "application/json")));
        assert!(aliases.contains(&operation("binary", "application/octet-stream")));
    }

    #[test]
    fn one_path_has_one_set_of_parameter_names() {
        let operation = |id: &str, name: &str| json!({"operationId": id, "parameters": [{"in": "path", "name": name}]});
        let paths = json!({
            "/v3/a/{id}": {"delete": operation("drop", "id")},
            "/v3/a/{longId}": {"get": operation("see", "longId")},
        });
        let Value::Object(paths) = paths else { unreachable!() };
        let paths = Value::Object(collapse(paths).unwrap());
        let mut known_by_its_own_name = operation("drop", "longId");
        known_by_its_own_name["parameters"][0]["x-tapis-argument"] = json!("id");
        assert_eq!(paths["/v3/a/{longId}"]["delete"], known_by_its_own_name);
        assert_eq!(paths["/v3/a/{longId}"]["get"], operation("see", "longId"));
    }
}
