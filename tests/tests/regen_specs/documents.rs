//! Documents that are refused: the message names the service, the address and the place.

use rstest::rstest;

use crate::world::{BIRDS, NESTS, SONGS, World, edited};

/// Publishes `document` among other news; the message, which names service and address.
fn refusal(service: &str, document: &str) -> String {
    let world = World::with_news();
    world.publish(service, document);
    let error = world.refusal();
    let place = format!("{service}: {}: ", world.address(service));
    assert!(error.starts_with(&place), "{place} in {error}");
    error[place.len()..].to_owned()
}

#[rstest]
#[case::nothing_at_all("")]
#[case::a_web_page("<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>\n")]
#[case::a_word("birds")]
#[case::a_list("- openapi: 3.0.3\n")]
#[case::an_error_in_json(r#"{"message": "not found", "status": "error"}"#)]
#[case::swagger_2("swagger: '2.0'\ninfo: {title: Birds, version: '1'}\npaths: {}\n")]
#[case::openapi_4("openapi: 4.0.0\ninfo: {title: Birds, version: '1'}\npaths: {}\n")]
#[case::no_paths("openapi: 3.0.3\ninfo: {title: Birds, version: '1'}\n")]
#[case::info_is_text("openapi: 3.0.3\ninfo: Birds\npaths: {}\n")]
#[case::paths_are_a_list("openapi: 3.0.3\ninfo: {title: Birds, version: '1'}\npaths: []\n")]
#[case::components_are_a_list(
    "openapi: 3.0.3\ninfo: {title: Birds, version: '1'}\npaths: {}\ncomponents: []\n"
)]
#[case::schemas_are_a_list(
    "openapi: 3.0.3\ninfo: {title: Birds, version: '1'}\npaths: {}\ncomponents: {schemas: []}\n"
)]
fn what_is_not_openapi_3(#[case] document: &str) {
    let error = refusal("birds", document);
    assert!(error.starts_with("not an OpenAPI"), "{error}");
}

#[rstest]
#[case::inside_a_bracket("schema: {type: array, items: {")]
#[case::inside_a_quote(
    "'200':\n          description: Prose about a reply.\n          headers:\n            X-Total: {"
)]
#[case::inside_a_key("    NewBird:\n      type: object\n      required: [ring]\n      prop")]
fn yaml_that_is_cut_short(#[case] last: &str) {
    let (end, _) = BIRDS.match_indices(last).next().unwrap();
    let error = refusal("birds", &BIRDS[..end + last.len()]);
    assert!(error.starts_with("not YAML or cut short: "), "{error}");
    assert!(error.contains("line "), "{error}");
}

#[test]
fn json_that_is_cut_short() {
    let error = refusal("nests", &NESTS[..NESTS.len() / 2]);
    assert!(error.starts_with("not YAML or cut short: "), "{error}");
}

#[test]
fn a_key_that_stands_twice() {
    let error = refusal("birds", &edited(BIRDS, "    NewBird:", "    Plumage:"));
    assert!(error.contains("Plumage"), "{error}");
}

#[rstest]
#[case::no_operation_id("      operationId: getBird\n", "", "GET /birds/{ring}: no operationId")]
#[case::an_empty_operation_id("getBird", "''", "GET /birds/{ring}: no operationId")]
#[case::an_operation_id_that_is_taken(
    "getBird",
    "addBird",
    "GET /birds/{ring}: duplicate operationId addBird"
)]
#[case::a_parameter_that_is_nowhere(
    "#/components/parameters/Limit",
    "#/components/parameters/Gone",
    "GET /birds: $ref \"#/components/parameters/Gone\" cannot be resolved"
)]
#[case::a_schema_that_is_nowhere_in_a_body(
    "#/components/schemas/NewBird",
    "#/components/schemas/Gone",
    "/paths/~1v3~1birds/post/requestBody/content/application~1json/schema: \
     $ref \"#/components/schemas/Gone\" cannot be resolved"
)]
#[case::a_schema_that_is_nowhere_in_a_schema(
    "#/components/schemas/Plumage",
    "#/components/schemas/Gone",
    "/components/schemas/Bird/properties/plumage: \
     $ref \"#/components/schemas/Gone\" cannot be resolved"
)]
#[case::a_schema_that_is_nowhere_in_a_header(
    "#/components/schemas/Total",
    "#/components/schemas/Gone",
    "/paths/~1v3~1birds/get/responses/200/headers/X-Total/schema: \
     $ref \"#/components/schemas/Gone\" cannot be resolved"
)]
#[case::a_reference_to_no_schema(
    "#/components/schemas/Plumage",
    "#/paths/~1birds",
    "/components/schemas/Bird/properties/plumage: $ref \"#/paths/~1birds\" cannot be resolved"
)]
#[case::a_reply_that_refers_to_a_reply_that_is_nowhere(
    "{description: Prose about a failure.}",
    "{$ref: '#/components/responses/Gone'}",
    "POST /birds: $ref \"#/components/responses/Gone\" cannot be resolved"
)]
#[case::a_reply_that_refers_to_itself(
    "  responses:\n    TheBird:\n",
    "  responses:\n    TheBird: {$ref: '#/components/responses/TheBird'}\n    ThatBird:\n",
    "POST /birds: $ref \"#/components/responses/TheBird\" cannot be resolved"
)]
#[case::a_path_item_elsewhere(
    "  /birds/{ring}:\n",
    "  /eggs: {$ref: '#/components/pathItems/Gone'}\n  /birds/{ring}:\n",
    "/paths/~1v3~1eggs: $ref \"#/components/pathItems/Gone\" cannot be resolved"
)]
#[case::a_document_of_nobody(
    "#/components/schemas/Plumage",
    "https://example.org/bees.yaml#/components/schemas/Bee",
    "/components/schemas/Bird/properties/plumage: \
     $ref \"https://example.org/bees.yaml#/components/schemas/Bee\" cannot be resolved"
)]
#[case::a_file_beside(
    "#/components/schemas/Plumage",
    "plumage.yaml",
    "/components/schemas/Bird/properties/plumage: $ref \"plumage.yaml\" cannot be resolved"
)]
#[case::a_path_parameter_that_the_template_lacks(
    "  /birds/{ring}:\n",
    "  /birds/one:\n",
    "getBird: /paths/~1v3~1birds~1one/get/parameters: \
     path parameter ring is missing from the template /v3/birds/one"
)]
#[case::a_template_that_asks_for_more(
    "  /birds/{ring}:\n",
    "  /birds/{ring}/{leg}:\n",
    "getBird: /paths/~1v3~1birds~1{ring}~1{leg}/get: \
     path parameter leg of /v3/birds/{ring}/{leg} is not declared"
)]
#[case::a_path_that_stands_twice(
    "  /birds/{ring}:\n",
    "  /v3/birds: {}\n  /birds/{ring}:\n",
    "/birds and /v3/birds are the same path"
)]
#[case::a_version_that_is_a_sentence(
    "version: 1.2.0",
    "version: the second one",
    "/info/version: "
)]
#[case::no_success(
    "'201': {$ref: '#/components/responses/TheBird'}",
    "'409': {description: Prose.}",
    "addBird: /paths/~1v3~1birds/post/responses: no success is documented"
)]
#[case::a_keyword_that_is_none(
    "Total: {type: integer}",
    "Total: {type: integer, min: 0}",
    "/components/schemas/Total: min is not a keyword"
)]
fn a_document_with_one_mistake(#[case] from: &str, #[case] to: &str, #[case] place: &str) {
    let error = refusal("birds", &edited(BIRDS, from, to));
    assert!(error.contains(place), "{place} in {error}");
}

#[test]
fn a_reference_to_a_schema_that_a_sibling_lacks() {
    let error = refusal("nests", &edited(NESTS, "schemas/Bird\"", "schemas/Bee\""));
    assert!(
        error.contains(
            "/components/schemas/Nest/properties/owner: \
             $ref \"https://example.org/birds.yaml#/components/schemas/Bee\" cannot be resolved: \
             birds has no schema Bee"
        ),
        "{error}"
    );
}

#[test]
fn documents_that_borrow_from_each_other() {
    let world = World::with_news();
    let nest = format!("{}#/components/schemas/Nest", world.address("nests"));
    world.publish("birds", &edited(BIRDS, "#/components/schemas/Plumage", &nest));
    let error = world.refusal();
    assert!(error.contains("documents refer to each other in a circle: birds → nests"), "{error}");
}

#[test]
fn what_openapi_3_1_says_and_3_0_cannot() {
    let document = edited(SONGS, "{const: song}", "{type: array, prefixItems: [{type: string}]}");
    let error = refusal("songs", &document);
    assert!(
        error.contains("/components/schemas/Song/properties/kind: prefixItems is not a keyword"),
        "{error}"
    );
}
