//! The conclusions drawn once a document is corrected: what replies promise, one operation for
//! each method and path, responses and `info` in our own words, nothing that is not used.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use serde_json::{Map, Value, json};
use tapis_specs::reader::{self, ARGUMENT, RawOperation, TIMESTAMP, Template, referenced};

use super::names;
use crate::walk;

pub(super) const IDENTITY: &str = "x-tapis-identity";
const REPLY_NAME: &str = "x-tapis-reply-name";
const ORDER: &str = "x-tapis-order";
const SUCCESS_STATUS: &str = "x-tapis-success-status";

pub(super) fn settle(service: &str, document: &mut Value) -> Result<()> {
    names::give(document)?;
    walk::operations_mut(document, success_status);
    timestamps(document)?;
    replies(document)?;
    variants(document);
    walk::keyword_objects(document, &mut wrap_reference);
    walk::operations_mut(document, describe_responses);
    let Some(paths) = document["paths"].as_object_mut() else {
        bail!("the overlay removed the paths");
    };
    *paths = collapse(std::mem::take(paths))?;
    prune(document);
    let info = document["info"].take();
    document["info"] = json!({
        "title": format!("Tapis {service}"),
        "version": info["version"].as_str().unwrap_or("0"),
        "description": info["description"].as_str().unwrap_or(
            "Derived from the interface that the service publishes, corrected to what it really \
             does. Any field of a reply that is not required may be absent or null.",
        ),
        "license": {"name": "BSD-3-Clause"},
    });
    Ok(())
}

/// Keeps the variants of a union apart for readers that know no discriminators: a value with the
/// tag of one variant is none of the others.
fn variants(document: &mut Value) {
    let mut foreign: BTreeMap<String, (String, BTreeSet<String>)> = BTreeMap::new();
    walk::keyword_objects(document, &mut |object| {
        let Some(discriminator) = object.get("discriminator") else { return };
        let (Some(tag), Some(mapping)) =
            (discriminator["propertyName"].as_str(), discriminator["mapping"].as_object())
        else {
            return;
        };
        for schema in mapping.values().filter_map(Value::as_str) {
            let others = mapping.iter().filter(|(_, other)| *other != schema);
            let name = schema.rsplit('/').next().unwrap_or_default().to_owned();
            let known = foreign.entry(name).or_insert_with(|| (tag.to_owned(), BTreeSet::new()));
            known.1.extend(others.map(|(value, _)| value.clone()));
        }
    });
    let schemas = document["components"]["schemas"].as_object_mut();
    for (name, schema) in schemas.into_iter().flatten() {
        if let (Some((tag, others)), Some(schema)) = (foreign.remove(name), schema.as_object_mut())
        {
            let others = json!({"required": [tag], "properties": {tag: {"enum": others}}});
            schema.insert("not".into(), others);
        }
    }
}

/// The forms in which services write timestamps that are not RFC 3339.
const TIMESTAMPS: [&str; 4] = ["actors", "http-date", "naive", "spaced"];

/// Takes the format from timestamps that are not what it promises.
fn timestamps(document: &mut Value) -> Result<()> {
    let mut unknown = None;
    walk::keyword_objects(document, &mut |object| {
        if let Some(form) = object.get(TIMESTAMP) {
            if !TIMESTAMPS.iter().any(|known| form == known) {
                unknown.get_or_insert_with(|| form.clone());
            }
            object.remove("format");
        }
    });
    match unknown {
        Some(form) => bail!("{TIMESTAMP} is {form}, and not one of {}", TIMESTAMPS.join(", ")),
        None => Ok(()),
    }
}

/// Files the one documented success under the status that the service sends.
fn success_status(operation: &mut Value) {
    let Some(status) = operation.as_object_mut().and_then(|o| o.remove(SUCCESS_STATUS)) else {
        return;
    };
    let (Some(status), Some(responses)) = (status.as_str(), operation["responses"].as_object_mut())
    else {
        return;
    };
    if let Some(documented) = responses.keys().find(|key| key.starts_with('2')).cloned()
        && let Some(response) = responses.remove(&documented)
    {
        responses.insert(status.to_owned(), response);
    }
}

/// A reply may be relied upon to hold its identity and nothing else. A schema that is also sent
/// keeps its name and its demands there, and gets a lenient twin for replies.
fn replies(document: &mut Value) -> Result<()> {
    identities(document)?;
    let (mut sent, mut received) = (BTreeSet::new(), BTreeSet::new());
    for RawOperation { value: operation, .. } in reader::operations(document) {
        walk::reach(document, &operation["requestBody"], &mut sent);
        walk::reach(document, &operation["parameters"], &mut sent);
        walk::reach(document, &operation["responses"], &mut received);
    }
    let schemas = document["components"]["schemas"].as_object().cloned().unwrap_or_default();
    let twins = twins(&schemas, &sent, &received);
    let names: BTreeSet<String> = schemas.keys().cloned().collect();
    let mut settled = Map::new();
    for (name, mut schema) in schemas {
        forget(&mut schema, REPLY_NAME);
        let mut reply = schema.clone();
        relax(&mut reply);
        walk::redirect(&mut reply, &twins);
        let mut request = schema;
        forget(&mut request, IDENTITY);
        if sent.contains(&name) {
            forget_what_is_read_only(&mut request);
        }
        if let Some(twin) = twins.get(&name) {
            if settled.contains_key(twin) || names.contains(twin) {
                bail!("schema {twin} exists already, so {name} cannot have a twin for replies");
            }
            settled.insert(twin.clone(), reply);
            settled.insert(name, request);
        } else if received.contains(&name) && !sent.contains(&name) {
            settled.insert(name, reply);
        } else {
            settled.insert(name, request);
        }
    }
    document["components"]["schemas"] = Value::Object(settled);
    walk::operations_mut(document, |operation| {
        if let Some(responses) = operation.get_mut("responses") {
            relax(responses);
            walk::redirect(responses, &twins);
        }
        if let Some(body) = operation.get_mut("requestBody") {
            forget(body, IDENTITY);
        }
    });
    Ok(())
}

/// Refuses as an identity what tells no thing from another: a list, an answer of yes or no, a measure.
/// What a service may leave out or send as `null` would make the whole reply unreadable, with all that
/// stands beside it.
///
/// The variants of a union may require what tells them apart, as a value that is none of them is
/// kept as it came.
fn identities(document: &Value) -> Result<()> {
    let mut forms = BTreeSet::new();
    let mut objects = Vec::new();
    let mut whole = document.clone();
    walk::keyword_objects(&mut whole, &mut |object| {
        for form in object.get("oneOf").and_then(Value::as_array).into_iter().flatten() {
            forms.extend(referenced(form).map(str::to_owned));
        }
        if object.contains_key(IDENTITY) {
            objects.push(Value::Object(object.clone()));
        }
    });
    let is_form = |object: &Value| {
        forms.iter().any(|name| document["components"]["schemas"][name] == *object)
    };
    for object in objects.iter().filter(|object| !is_form(object)) {
        let Some(names) = object[IDENTITY].as_array() else { bail!("{IDENTITY} is not a list") };
        for name in names {
            let name = name.as_str().unwrap_or_default();
            let Some(property) = property(document, object, name) else {
                bail!("{IDENTITY} names {name:?}, which is no property");
            };
            if let Some(kind @ ("array" | "boolean" | "number")) = property["type"].as_str() {
                bail!("{IDENTITY} names {name:?}, which identifies nothing: its type is {kind}");
            }
        }
    }
    Ok(())
}

/// The property of that name, in the object or in a part of it, with its reference followed.
fn property<'a>(document: &'a Value, object: &'a Value, name: &str) -> Option<&'a Value> {
    let follow = |schema| reader::resolve(document, schema);
    let own = object["properties"].get(name);
    let parts = object["allOf"].as_array().into_iter().flatten();
    own.or_else(|| parts.map(follow).find_map(|part| property(document, part, name))).map(follow)
}

fn forget(value: &mut Value, keyword: &str) {
    walk::keyword_objects(value, &mut |object| {
        object.remove(keyword);
    });
}

/// Removes the properties that only replies have, which the document marks as `readOnly`.
fn forget_what_is_read_only(value: &mut Value) {
    walk::keyword_objects(value, &mut |object| {
        let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) else {
            return;
        };
        let is_read_only = |property: &Value| property["readOnly"] == true;
        let gone: BTreeSet<String> = properties
            .iter()
            .filter(|(_, property)| is_read_only(property))
            .map(|(name, _)| name.clone())
            .collect();
        properties.retain(|name, _| !gone.contains(name));
        if let Some(order) = object.get_mut(ORDER).and_then(Value::as_array_mut) {
            order.retain(|name| !name.as_str().is_some_and(|name| gone.contains(name)));
        }
    });
}

/// The schemas used in both directions of which replies promise less than requests demand, with the name
/// of what replies hold. Bounds alone make no twin: they stay in the one schema.
fn twins(
    schemas: &Map<String, Value>,
    sent: &BTreeSet<String>,
    received: &BTreeSet<String>,
) -> BTreeMap<String, String> {
    let both: Vec<&String> =
        sent.intersection(received).filter(|n| schemas.contains_key(*n)).collect();
    let mut twins = BTreeMap::new();
    loop {
        let before = twins.len();
        for name in &both {
            let mut request = schemas[*name].clone();
            let mut reply = request.clone();
            forget(&mut request, IDENTITY);
            forget_what_is_read_only(&mut request);
            unbound(&mut request);
            relax(&mut reply);
            walk::redirect(&mut reply, &twins);
            if request != reply {
                let given = schemas[*name][REPLY_NAME].as_str().map(str::to_owned);
                twins.insert((*name).clone(), given.unwrap_or_else(|| format!("{name}Reply")));
            }
        }
        if twins.len() == before {
            return twins;
        }
    }
}

/// What a reader may demand of a reply: the identity. Bounds on values are the service's business.
fn relax(value: &mut Value) {
    walk::keyword_objects(value, &mut |object| {
        let identity = object.remove(IDENTITY);
        if object.get("required").is_some_and(Value::is_array) {
            object.remove("required");
        }
        if let Some(identity) = identity {
            object.insert("required".into(), identity);
        }
        if object.get("additionalProperties") == Some(&Value::Bool(false)) {
            object.remove("additionalProperties");
        }
        // Only requests are made from replies.
        object.remove("x-tapis-from");
    });
    unbound(value);
}

fn unbound(value: &mut Value) {
    const BOUNDS: [&str; 12] = [
        "default",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "pattern",
    ];
    walk::keyword_objects(value, &mut |object| {
        object.retain(|key, _| !BOUNDS.contains(&key.as_str()));
    });
}

/// In OpenAPI 3.0 whatever stands beside a `$ref` does not count; inside an `allOf` it does.
fn wrap_reference(object: &mut Map<String, Value>) {
    if object.len() > 1
        && let Some(reference) = object.remove("$ref")
    {
        object.insert("allOf".into(), json!([{"$ref": reference}]));
    }
}

/// Responses in our own words. A failure's body is the same for a whole family of services and
/// often not what a document says of it, so that failures keep their status alone.
fn describe_responses(operation: &mut Value) {
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for (status, response) in responses.iter_mut() {
        let Some(response) = response.as_object_mut() else { continue };
        if !status.starts_with('2') {
            response.remove("content");
        }
        response.entry("description").or_insert_with(|| describe(status).into());
    }
}

fn describe(status: &str) -> &'static str {
    match status {
        "200" => "The request succeeded.",
        "201" => "The resource was created.",
        "202" => "The request was accepted and is being worked on.",
        "204" => "The request succeeded and there is nothing to say.",
        "304" => "Nothing has changed.",
        "400" => "The request is malformed or was refused.",
        "401" => "The token is missing or was not accepted.",
        "403" => "The caller may not do this.",
        "404" => "There is no such thing, or the caller may not see it.",
        "405" => "The service does not support this method here.",
        "409" => "The request conflicts with what exists.",
        "415" => "The content type is not supported.",
        "422" => "The request is well-formed, but its values are not acceptable.",
        "500" => "The service failed.",
        "503" => "The service or something that it needs is not ready.",
        "default" => "Anything else.",
        status if status.starts_with('2') => "The request succeeded.",
        _ => "The request failed.",
    }
}

/// Some documents tell operations on one real path apart by extra slashes, or name its parameters
/// now so and now so. The slashes go and the longest names win; operations that then share method
/// and path become one that accepts what each accepts, with the single ones listed in
/// `x-tapis-aliases`.
fn collapse(paths: Map<String, Value>) -> Result<Map<String, Value>> {
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

/// Removes the schemas that no operation uses.
fn prune(document: &mut Value) {
    let mut used = BTreeSet::new();
    for operation in reader::operations(document).flat_map(RawOperation::named) {
        walk::reach(document, operation.value, &mut used);
    }
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.retain(|name, _| used.contains(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_only_is_in_replies_alone() {
        let body = json!({"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Task"}}}});
        let task = json!({"type": "object", "properties": {
            "id": {"type": "string"}, "flavor": {"type": "string", "readOnly": true},
        }});
        let mut document = json!({
            "paths": {"/a": {"patch": {"requestBody": body, "responses": {"200": body}}}},
            "components": {"schemas": {"Task": task}},
        });
        replies(&mut document).unwrap();
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["TaskReply"]["properties"]["flavor"]["type"], "string");
        assert_eq!(schemas["Task"]["properties"], json!({"id": {"type": "string"}}));
    }

    #[test]
    fn a_schema_used_both_ways_gets_a_twin_only_where_the_demands_differ() {
        let object = |required: Value| json!({"type": "object", "properties": {"id": {"type": "string"}}, "required": required});
        let body = |name: &str| json!({"content": {"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}}});
        let mut outer =
            json!({"type": "object", "properties": {"a": {"$ref": "#/components/schemas/Strict"}}});
        outer[IDENTITY] = json!(["a"]);
        outer["required"] = json!(["a", "b"]);
        let mut job = object(json!(["id"]));
        job[REPLY_NAME] = "SubmittedJob".into();
        let mut document = json!({
            "paths": {"/a": {"post": {"requestBody": body("Outer"), "responses": {"200": body("Outer")}},
                "put": {"requestBody": body("Same"), "responses": {"200": body("Same")}},
                "patch": {"requestBody": body("Job"), "responses": {"200": body("Job")}}}},
            "components": {"schemas": {
                "Outer": outer, "Strict": object(json!(["id"])), "Job": job,
                "Same": {"type": "object", "properties": {"id": {"type": "string", "minLength": 1}}},
            }},
        });
        replies(&mut document).unwrap();
        let schemas = &document["components"]["schemas"];
        assert_eq!(
            schemas.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["Job", "Outer", "OuterReply", "Same", "Strict", "StrictReply", "SubmittedJob"]
        );
        assert_eq!(schemas["Same"]["properties"]["id"]["minLength"], 1);
        assert_eq!(schemas["Job"], object(json!(["id"])));
        assert_eq!(schemas["Strict"], object(json!(["id"])));
        assert_eq!(
            schemas["StrictReply"],
            json!({"type": "object", "properties": {"id": {"type": "string"}}})
        );
        assert_eq!(
            schemas["OuterReply"]["properties"]["a"]["$ref"],
            "#/components/schemas/StrictReply"
        );
        assert_eq!(schemas["OuterReply"]["required"], json!(["a"]));
        assert!(schemas["Outer"].get(IDENTITY).is_none());
    }

    #[test]
    fn an_identity_is_what_tells_a_thing_from_others() {
        let told = |property: Value, name: &str| {
            let mut schema = json!({"type": "object", "properties": {"a": property}});
            schema[IDENTITY] = json!([name]);
            let schemas =
                json!({"S": schema, "Name": {"type": "string"}, "List": {"type": "array"}});
            identities(&json!({"components": {"schemas": schemas}})).map_err(|e| e.to_string())
        };
        for property in [
            json!({"type": "string"}),
            json!({"type": "integer"}),
            json!({"$ref": "#/components/schemas/Name"}),
        ] {
            assert_eq!(told(property, "a"), Ok(()));
        }
        for property in [
            json!({"type": "array"}),
            json!({"type": "boolean"}),
            json!({"type": "number"}),
            json!({"$ref": "#/components/schemas/List"}),
        ] {
            assert!(told(property, "a").unwrap_err().contains("identifies nothing"));
        }
        let unknown = told(json!({"type": "string"}), "b").unwrap_err();
        assert!(unknown.contains("no property"), "{unknown}");
    }

    #[test]
    fn the_forms_of_a_choice_demand_what_tells_them_apart() {
        let mut form = json!({"properties": {"limit": {"type": "number"}}});
        form[IDENTITY] = json!(["limit"]);
        let choice = json!({"oneOf": [{"$ref": "#/components/schemas/Form"}]});
        let document = json!({"components": {"schemas": {"Form": form, "Choice": choice}}});
        assert!(identities(&document).is_ok());
    }

    #[test]
    fn a_value_with_the_tag_of_one_variant_is_none_of_the_others() {
        let reference = |name: &str| format!("#/components/schemas/{name}");
        let mut document = json!({"components": {"schemas": {"A": {}, "B": {}, "AB": {
            "oneOf": [{"$ref": reference("A")}, {"$ref": reference("B")}],
            "discriminator": {"propertyName": "kind",
                "mapping": {"a": reference("A"), "b": reference("B")}},
        }}}});
        variants(&mut document);
        let not =
            |tag: &str| json!({"required": ["kind"], "properties": {"kind": {"enum": [tag]}}});
        let schemas = &document["components"]["schemas"];
        assert_eq!((&schemas["A"]["not"], &schemas["B"]["not"]), (&not("b"), &not("a")));
    }

    #[test]
    fn a_timestamp_in_a_form_of_its_own_has_no_format() {
        let mut document = json!({"type": "string", "format": "date-time", TIMESTAMP: "naive"});
        timestamps(&mut document).unwrap();
        assert_eq!(document, json!({"type": "string", TIMESTAMP: "naive"}));
        let error = timestamps(&mut json!({TIMESTAMP: "odd"})).unwrap_err().to_string();
        assert!(error.contains("odd"), "{error}");
    }

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

    #[test]
    fn the_success_is_filed_under_the_status_that_is_sent() {
        let mut operation =
            json!({SUCCESS_STATUS: "200", "responses": {"201": {"a": 1}, "400": {}}});
        success_status(&mut operation);
        assert_eq!(operation, json!({"responses": {"200": {"a": 1}, "400": {}}}));
    }
}
