//! What the derived documents say.

use serde_json::{Value, json};

use crate::world::{BIRDS, NESTS, World, edited};

fn derived(service: &str) -> Value {
    World::settled().json(&format!("openapi/{service}.json"))
}

#[test]
fn a_derived_document_is_openapi_3_0_3_below_v3_with_the_token_header() {
    let birds = derived("birds");
    assert_eq!(birds["openapi"], "3.0.3");
    let paths: Vec<&String> = birds["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, ["/v3/birds", "/v3/birds/{ring}"]);
    assert_eq!(
        birds["components"]["securitySchemes"],
        json!({"TapisJWT": {"type": "apiKey", "in": "header", "name": "X-Tapis-Token"}})
    );
}

#[test]
fn only_schemas_are_shared() {
    let birds = derived("birds");
    let components: Vec<&String> = birds["components"].as_object().unwrap().keys().collect();
    assert_eq!(components, ["schemas", "securitySchemes"]);
    assert_eq!(
        birds["paths"]["/v3/birds/{ring}"]["get"]["parameters"],
        json!([{"name": "ring", "in": "path", "required": true, "schema": {"type": "string"}}])
    );
    assert_eq!(birds["paths"]["/v3/birds"]["get"]["parameters"][0]["name"], "limit");
}

#[test]
fn a_reply_that_refers_to_another_reply_holds_what_that_one_says() {
    let world = World::fresh();
    let chained = edited(
        BIRDS,
        "  responses:\n    TheBird:\n",
        "  responses:\n    TheBird: {$ref: '#/components/responses/ThatBird'}\n    ThatBird:\n",
    );
    world.publish("birds", &chained);
    world.run();
    let reply = &world.json("openapi/birds.json")["paths"]["/v3/birds/{ring}"]["get"]["responses"];
    assert_eq!(
        reply["200"]["content"]["application/json"]["schema"]["$ref"],
        "#/components/schemas/Bird"
    );
}

#[test]
fn an_overlay_corrects_and_documents() {
    let birds = derived("birds");
    assert_eq!(birds["components"]["schemas"]["Bird"]["properties"]["ring"]["type"], "integer");
    assert_eq!(birds["paths"]["/v3/birds"]["get"]["summary"], "Lists the birds.");
}

#[test]
fn a_schema_of_another_document_moves_in_with_its_corrections() {
    let nests = derived("nests");
    let schemas = &nests["components"]["schemas"];
    assert_eq!(
        schemas["Nest"]["properties"]["owner"],
        json!({"$ref": "#/components/schemas/Bird"})
    );
    assert_eq!(schemas["Bird"]["properties"]["ring"]["type"], "integer");
}

#[test]
fn a_schema_that_moves_in_leaves_the_name_to_the_one_that_is_there() {
    let nests = derived("nests");
    let schemas = &nests["components"]["schemas"];
    assert_eq!(schemas["Plumage"]["enum"], json!(["down", "moss"]));
    assert_eq!(schemas["BirdsPlumage"]["enum"], json!(["plain", "barred"]));
    assert_eq!(
        schemas["Bird"]["properties"]["plumage"],
        json!({"$ref": "#/components/schemas/BirdsPlumage"})
    );
}

#[test]
fn a_sibling_is_known_by_its_address_as_well_as_by_its_aliases() {
    let world = World::settled();
    let before = world.json("openapi/nests.json");
    world.publish(
        "nests",
        &edited(NESTS, "https://example.org/birds.yaml", &world.address("birds")),
    );
    world.run();
    assert_eq!(world.json("openapi/nests.json"), before);
}

#[test]
fn openapi_3_1_comes_down_to_3_0_3() {
    let songs = derived("songs");
    assert_eq!(songs["openapi"], "3.0.3");
    assert_eq!(
        songs["components"]["schemas"]["Song"],
        json!({"type": "object", "properties": {
            "title": {"type": "string", "nullable": true, "description": "What the song is called."},
            "kind": {"enum": ["song"]},
            "seconds": {"type": "number", "minimum": 0, "exclusiveMinimum": true},
            "recording": {"type": "string", "format": "binary"},
        }, "x-tapis-order": ["title", "kind", "seconds", "recording"]})
    );
}

#[test]
fn a_reference_or_null_comes_down_to_a_nullable_reference() {
    let songs = derived("songs");
    let reply = &songs["paths"]["/v3/songs"]["post"]["responses"]["200"];
    let schema = &reply["content"]["application/json"]["schema"];
    assert_eq!(schema["nullable"], true);
    assert_eq!(schema["allOf"].as_array().unwrap().len(), 1);
}

#[test]
fn what_only_openapi_3_1_has_at_the_top_goes() {
    let songs = derived("songs");
    let keys: Vec<&String> = songs.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["components", "info", "openapi", "paths", "security", "servers"]);
}
