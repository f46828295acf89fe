//! The names of schemas. If the document's name is poor, or if a schema is inline and has no name,
//! the overlay sets one with `x-tapis-name`.

use std::collections::{BTreeMap, VecDeque};

use anyhow::{Result, bail};
use serde_json::{Map, Value};

use crate::walk;

const NAME: &str = "x-tapis-name";

/// Keywords that describe the place that uses a schema, and stay there.
const OF_THE_PLACE: [&str; 9] = [
    "default",
    "deprecated",
    "description",
    "example",
    "nullable",
    "readOnly",
    "writeOnly",
    "x-tapis-lenient",
    "x-tapis-server-made",
];

/// Applies the names from the overlay: a shared schema is renamed, and an inline one becomes
/// shared. Schemas with the same name become one, and must be equal except for their descriptions.
pub(super) fn give(document: &mut Value) -> Result<()> {
    let schemas = document["components"]["schemas"].as_object_mut().map(std::mem::take);
    let mut renamed = BTreeMap::new();
    let mut pending = VecDeque::new();
    for (name, mut schema) in schemas.unwrap_or_default() {
        let given = schema.as_object_mut().and_then(|schema| schema.remove(NAME));
        let new = given.as_ref().and_then(Value::as_str).unwrap_or(&name).to_owned();
        if new != name {
            renamed.insert(name, new.clone());
        }
        pending.push_back((new, schema));
    }
    pending.extend(share(document));
    walk::redirect(document, &renamed);
    let mut named: BTreeMap<String, Value> = BTreeMap::new();
    while let Some((name, mut schema)) = pending.pop_front() {
        pending.extend(share(&mut schema));
        walk::redirect(&mut schema, &renamed);
        match named.get_mut(&name) {
            None => {
                named.insert(name, schema);
            }
            Some(first) if undescribed(first) == undescribed(&schema) => {
                if first.get("description").is_none() && schema.get("description").is_some() {
                    *first = schema;
                }
            }
            Some(_) => bail!("two different schemas have the name {name}"),
        }
    }
    if !named.is_empty() {
        document["components"]["schemas"] = named.into_iter().collect::<Map<_, _>>().into();
    }
    Ok(())
}

/// Moves the schemas with a name out of `value` and replaces them by references.
fn share(value: &mut Value) -> Vec<(String, Value)> {
    let mut shared = Vec::new();
    walk::keyword_objects(value, &mut |object| {
        let Some(Value::String(name)) = object.remove(NAME) else { return };
        let (mut kept, mut moved) = (Map::new(), Map::new());
        for (key, value) in std::mem::take(object) {
            if key == "description" {
                moved.insert(key.clone(), value.clone());
            }
            let of_the_place = OF_THE_PLACE.contains(&key.as_str());
            if of_the_place { &mut kept } else { &mut moved }.insert(key, value);
        }
        kept.insert("$ref".into(), format!("#/components/schemas/{name}").into());
        *object = kept;
        shared.push((name, Value::Object(moved)));
    });
    shared
}

fn undescribed(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("description");
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reference(name: &str) -> Value {
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    fn given(schemas: Value) -> Result<Value> {
        let mut document = json!({"components": {"schemas": schemas}});
        give(&mut document)?;
        Ok(document["components"]["schemas"].take())
    }

    #[test]
    fn a_misspelt_schema_gets_its_name_wherever_it_is_used() {
        let content = |name: &str| json!({"application/json": {"schema": reference(name)}});
        let mut document = json!({
            "paths": {"/a": {"get": {"responses": {"200": {"content": content("Resposne")}}}}},
            "components": {"schemas": {"Resposne": {"type": "object", NAME: "Response"}, "Other": {}}},
        });
        give(&mut document).unwrap();
        assert_eq!(
            document["components"]["schemas"],
            json!({"Response": {"type": "object"}, "Other": {}})
        );
        let response = &document["paths"]["/a"]["get"]["responses"]["200"];
        assert_eq!(response["content"], content("Response"));
    }

    #[test]
    fn a_schema_without_a_name_becomes_a_shared_one_and_what_is_of_its_place_stays() {
        let schemas = given(json!({"Bird": {"properties": {"sex": {
            "type": "string", "enum": ["f", "m"], "description": "Its sex.", "nullable": true, NAME: "Sex",
        }}}}));
        let mut used = reference("Sex");
        used["description"] = "Its sex.".into();
        used["nullable"] = true.into();
        assert_eq!(
            schemas.unwrap(),
            json!({
                "Bird": {"properties": {"sex": used}},
                "Sex": {"type": "string", "enum": ["f", "m"], "description": "Its sex."},
            })
        );
    }

    #[test]
    fn schemas_within_one_that_gets_a_name_get_theirs() {
        let inner = json!({"enum": ["a"], NAME: "Inner"});
        let outer = json!({"properties": {"inner": inner}, NAME: "Outer"});
        let schemas = given(json!({"A": {"items": outer}})).unwrap();
        assert_eq!(
            schemas,
            json!({
                "A": {"items": reference("Outer")},
                "Outer": {"properties": {"inner": reference("Inner")}},
                "Inner": {"enum": ["a"]},
            })
        );
    }

    #[test]
    fn equal_schemas_of_one_name_are_one() {
        let target = |method: Value| json!({"properties": {"method": method}});
        let mut second = target(reference("OldMethod"));
        second[NAME] = "Target".into();
        second["description"] = "A target.".into();
        let schemas = given(json!({
            "Target": target(json!({"enum": ["a"], NAME: "Method"})),
            "OtherTarget": second,
            "OldMethod": {"enum": ["a"], NAME: "Method"},
            "User": reference("OtherTarget"),
        }));
        let mut expected = target(reference("Method"));
        expected["description"] = "A target.".into();
        assert_eq!(
            schemas.unwrap(),
            json!({
                "Target": expected, "Method": {"enum": ["a"]}, "User": reference("Target"),
            })
        );
    }

    #[test]
    fn different_schemas_of_one_name_are_refused() {
        for schemas in [
            json!({"A": {"type": "string", NAME: "B"}, "B": {"type": "object"}}),
            json!({"A": {"items": {"enum": ["a"], NAME: "B"}}, "B": {"enum": ["b"]}}),
        ] {
            let error = given(schemas).unwrap_err().to_string();
            assert_eq!(error, "two different schemas have the name B");
        }
    }
}
