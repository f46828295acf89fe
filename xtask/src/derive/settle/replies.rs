//! What replies promise: their identity, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use serde_json::{Map, Value};
use tapis_specs::reader::{self, RawOperation, referenced};

use crate::ordered::ORDER;
use crate::walk;

/// The list of fields that identify an object.
pub(in crate::derive) const IDENTITY: &str = "x-tapis-identity";
const REPLY_NAME: &str = "x-tapis-reply-name";

/// A reply may be relied upon to hold its identity and nothing else. A schema that is also sent
/// keeps its name and its demands there, and gets a lenient twin for replies.
pub(super) fn settle(document: &mut Value) -> Result<()> {
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

#[cfg(test)]
mod tests {
    use super::*;

    use serde_json::json;

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
        settle(&mut document).unwrap();
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
        settle(&mut document).unwrap();
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
}
