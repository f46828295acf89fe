//! The order in which the properties of a schema come.

use serde_json::{Value, json};
use xtask::regen;

use crate::world::{BIRDS, BIRDS_OVERLAY, World, edited};

/// The order of the birds' schema in the document that is derived with these actions.
fn order_with(actions: &str) -> Value {
    let world = World::fresh();
    world.write("overlays/birds.yaml", &format!("{BIRDS_OVERLAY}{actions}"));
    world.run();
    world.json("openapi/birds.json")["components"]["schemas"]["Bird"]["x-tapis-order"].clone()
}

#[test]
fn upstreams_order_is_kept_where_it_is_not_alphabetical() {
    let world = World::settled();
    for folder in ["upstream", "openapi"] {
        let schemas = &world.json(&format!("{folder}/birds.json"))["components"]["schemas"];
        assert_eq!(
            schemas["Bird"]["x-tapis-order"],
            json!(["ring", "name", "description", "plumage"])
        );
        assert_eq!(schemas["NewBird"]["x-tapis-order"], json!(["ring", "name"]));
    }
    world.publish(
        "birds",
        &edited(
            BIRDS,
            "        ring: {type: string}\n        name: {type: string}\n    Plumage",
            "        name: {type: string}\n        ring: {type: string}\n    Plumage",
        ),
    );
    world.run();
    for folder in ["upstream", "openapi"] {
        let schemas = &world.json(&format!("{folder}/birds.json"))["components"]["schemas"];
        assert_eq!(schemas["NewBird"].get("x-tapis-order"), None);
    }
}

#[test]
fn the_order_is_derived_without_upstreams_documents() {
    let world = World::settled();
    let before = world.files();
    std::fs::remove_dir_all(world.path("openapi")).unwrap();
    regen::run(&regen::Options { offline: true, ..world.options() }).unwrap();
    world.assert_unchanged_since(&before);
}

#[test]
fn an_order_of_upstreams_own_means_nothing() {
    let world = World::settled();
    let before = world.files();
    let marked = "    NewBird:\n      x-tapis-order: [name, ring]\n";
    world.publish("birds", &edited(BIRDS, "    NewBird:\n", marked));
    world.run();
    assert_eq!(world.changed_since(&before), ["sources.toml"]);
}

#[test]
fn a_property_that_the_overlay_adds_comes_last_and_one_that_it_removes_is_not_named() {
    let order = order_with(
        "- target: $.components.schemas.Bird\n  description: Seen.\n  \
         update: {properties: {wings: {type: integer}, age: {type: integer}, name: {nullable: true}}}\n\
         - target: $.components.schemas.Bird.properties\n  description: Seen.\n  \
         update: {tail: {type: string}, beak: {type: string}}\n\
         - target: $.components.schemas.Bird.properties.description\n  description: Gone.\n  remove: true\n",
    );
    assert_eq!(order, json!(["ring", "name", "plumage", "wings", "age", "tail", "beak"]));
}

#[test]
fn the_overlay_says_what_comes_first() {
    let order = order_with(
        "- target: $.components.schemas.Bird\n  description: People look for it first.\n  \
         update: {x-tapis-order: [plumage]}\n",
    );
    assert_eq!(order, json!(["plumage", "ring", "name", "description"]));
}

#[test]
fn what_identifies_comes_before_the_rest() {
    let order = order_with(
        "- target: $.components.schemas.Bird\n  description: Each has its own.\n  \
         update: {x-tapis-identity: [name]}\n",
    );
    assert_eq!(order, json!(["name", "ring", "description", "plumage"]));
}

#[test]
fn both_directions_have_the_same_order_and_it_moves_along_with_a_new_name() {
    let world = World::fresh();
    let overlay = "- target: $.components.schemas.NewBird\n  description: Both ways.\n  \
                   update: {x-tapis-name: BirdToBe}\n\
                   - target: $.paths[*][?@.operationId=='addBird'].responses['201'].content['application/json'].schema\n  \
                   description: It answers what was sent.\n  update: {$ref: '#/components/schemas/NewBird'}\n";
    world.write("overlays/birds.yaml", &format!("{BIRDS_OVERLAY}{overlay}"));
    world.run();
    let schemas = &world.json("openapi/birds.json")["components"]["schemas"];
    for name in ["BirdToBe", "BirdToBeReply"] {
        assert_eq!(schemas[name]["x-tapis-order"], json!(["ring", "name"]), "{schemas}");
    }
}

#[test]
fn a_schema_that_another_document_lends_keeps_its_order() {
    let nests = World::settled().json("openapi/nests.json");
    let schemas = &nests["components"]["schemas"];
    assert_eq!(schemas["Nest"]["x-tapis-order"], json!(["tree", "lining", "owner"]));
    assert_eq!(schemas["Bird"]["x-tapis-order"], json!(["ring", "name", "description", "plumage"]));
}

#[test]
fn an_order_of_what_is_no_property_is_refused() {
    let world = World::with_news();
    let overlay = "- target: $.components.schemas.Bird\n  description: Seen.\n  update: {x-tapis-order: [gone]}\n";
    world.write("overlays/birds.yaml", &format!("{BIRDS_OVERLAY}{overlay}"));
    let error = world.refusal();
    assert!(error.contains("x-tapis-order names \"gone\", which is no property"), "{error}");
}
