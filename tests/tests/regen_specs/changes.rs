//! The report of a run.

use rstest::rstest;
use xtask::regen::Options;

use crate::world::{BIRDS, BIRDS_OVERLAY, World, edited};

/// What is reported about the birds after these edits of their document.
fn report(edits: &[(&str, &str)]) -> Vec<String> {
    let world = World::settled();
    let document =
        edits.iter().fold(BIRDS.to_owned(), |document, (from, to)| edited(&document, from, to));
    world.publish("birds", &document);
    about_birds(&world)
}

fn about_birds(world: &World) -> Vec<String> {
    world
        .report()
        .iter()
        .filter_map(|line| Some(line.strip_prefix("birds: ")?.to_owned()))
        .collect()
}

#[test]
fn every_service_is_mentioned_also_where_nothing_changed() {
    let world = World::settled();
    assert_eq!(
        world.report(),
        ["birds", "nests", "songs"].map(|name| format!("{name}: no change for callers"))
    );
}

#[test]
fn other_words_are_no_change_for_callers() {
    assert_eq!(report(&[("Prose about the list.", "More prose.")]), ["no change for callers"]);
}

#[test]
fn nothing_breaks_on_the_first_run() {
    let lines = World::fresh().report();
    assert!(lines.contains(&"birds: + operation addBird: POST /v3/birds".to_owned()), "{lines:?}");
    assert!(
        lines.iter().all(|line| line.contains(": + ") && !line.contains("breaks")),
        "{lines:?}"
    );
}

#[rstest]
#[case::an_operation_moved(
    "  /birds/{ring}:\n",
    "  /bird/{ring}:\n",
    "~ operation getBird: GET /v3/birds/{ring} → GET /v3/bird/{ring}"
)]
#[case::a_parameter_of_another_type(
    "type: integer, format: int32",
    "type: integer, format: int64",
    "~ parameter listBirds(limit): query integer/int32 → query integer/int64   [breaks callers]"
)]
#[case::a_parameter_demanded(
    "{name: limit, in: query,",
    "{name: limit, in: query, required: true,",
    "~ parameter listBirds(limit): query integer/int32 → query integer/int32 (required)   \
     [breaks callers]"
)]
#[case::a_body_no_longer_demanded(
    "        required: true\n",
    "",
    "~ body addBird: application/json: NewBird (required) → NewBird"
)]
#[case::a_field_demanded(
    "required: [ring]",
    "required: [ring, name]",
    "~ field NewBird.name: string → string (required)   [breaks callers]"
)]
#[case::a_field_no_longer_demanded(
    "      required: [ring]\n",
    "",
    "~ field NewBird.ring: string (required) → string"
)]
#[case::a_field_of_another_type(
    "        # A field that is called like a keyword for prose.\n        description: {type: string,",
    "        description: {type: array, items: {type: string},",
    "~ field Bird.description: string → [string]   [breaks callers]"
)]
#[case::a_field_added(
    "    Plumage: {type: string",
    "        weight: {type: number}\n    Plumage: {type: string",
    "+ field NewBird.weight: number"
)]
#[case::a_field_removed(
    "        # A field that is called like a keyword for prose.\n        \
     description: {type: string, description: Prose about a field.}\n",
    "",
    "- field Bird.description: string   [breaks callers]"
)]
#[case::an_enum_value_added(
    "enum: [plain, barred]",
    "enum: [plain, barred, iridescent]",
    "+ enum value Plumage: \"iridescent\""
)]
#[case::an_enum_value_removed(
    "enum: [plain, barred]",
    "enum: [plain]",
    "- enum value Plumage: \"barred\"   [breaks callers]"
)]
#[case::a_schema_of_another_kind(
    "Plumage: {type: string, enum: [plain, barred]}",
    "Plumage: {type: integer}",
    "~ schema Plumage: string → integer   [breaks callers]"
)]
#[case::a_map_of_other_values(
    "Plumage: {type: string, enum: [plain, barred]}",
    "Plumage: {type: object, additionalProperties: {type: number}}",
    "~ schema Plumage: string → {number}   [breaks callers]"
)]
#[case::a_reply_of_another_shape(
    "schema: {type: array, items: {$ref: '#/components/schemas/Bird'}}",
    "schema: {anyOf: [{$ref: '#/components/schemas/Bird'}, {$ref: '#/components/schemas/Total'}]}",
    "~ reply listBirds: application/json: [Bird] → Bird | Total   [breaks callers]"
)]
fn one_change_is_one_line(#[case] from: &str, #[case] to: &str, #[case] line: &str) {
    let lines = report(&[(from, to)]);
    assert!(lines.iter().any(|found| found == line), "{line:?} in {lines:#?}");
}

#[test]
fn an_operation_that_goes_breaks_callers() {
    let lines = report(&[(
        "    get:\n      operationId: getBird\n      responses:\n        \
         '200': {$ref: '#/components/responses/TheBird'}\n",
        "",
    )]);
    assert!(
        lines.contains(&"- operation getBird: GET /v3/birds/{ring}   [breaks callers]".to_owned()),
        "{lines:#?}"
    );
}

#[test]
fn a_body_in_another_media_type_is_another_body_with_the_same_fields() {
    let inline = "schema: {type: object, properties: {ring: {type: string}}}";
    let world = World::settled();
    let document = edited(BIRDS, "schema: {$ref: '#/components/schemas/NewBird'}", inline);
    world.publish("birds", &document);
    world.run();
    let json = format!("          application/json:\n            {inline}");
    let form = json.replace("application/json", "multipart/form-data");
    world.publish("birds", &edited(&document, &json, &form));
    assert_eq!(
        about_birds(&world),
        [
            "- body addBird: application/json: object (required)   [breaks callers]",
            "+ body addBird: multipart/form-data: object (required)   [breaks callers]",
        ]
    );
}

#[test]
fn what_a_new_operation_demands_breaks_nobody() {
    let lines = report(&[
        (
            "    get:\n      operationId: getBird\n",
            "    put:\n      operationId: putBird\n      requestBody:\n        required: true\n        \
         content: {application/json: {schema: {$ref: '#/components/schemas/Ringing'}}}\n      \
         responses: {'200': {description: Prose.}}\n    get:\n      operationId: getBird\n",
        ),
        (
            "    Plumage: {type: string",
            "    Ringing: {type: object, required: [leg], properties: {leg: {type: string}}}\n    \
         Plumage: {type: string",
        ),
    ]);
    assert_eq!(
        lines,
        [
            "+ body putBird: application/json: Ringing (required)",
            "+ field Ringing.leg: string (required)",
            "+ operation putBird: PUT /v3/birds/{ring}",
            "+ parameter putBird(ring): path string (required)",
            "+ schema Ringing: object",
        ]
    );
}

#[test]
fn what_an_operation_demands_anew_breaks_callers() {
    let lines = report(&[(
        "      operationId: getBird\n",
        "      operationId: getBird\n      parameters:\n      \
         - {name: at, in: query, required: true, schema: {type: string}}\n      requestBody:\n        \
         required: true\n        content: {text/plain: {schema: {type: string}}}\n",
    )]);
    assert_eq!(
        lines,
        [
            "+ body getBird: text/plain: string (required)   [breaks callers]",
            "+ parameter getBird(at): query string (required)   [breaks callers]",
        ]
    );
}

#[test]
fn a_field_that_replies_always_hold_may_come_and_not_go() {
    let world = World::settled();
    let promise = edited(
        BIRDS_OVERLAY,
        "- target: $.paths",
        "- target: $.components.schemas.Bird\n  description: Every bird has one.\n  \
         update: {x-tapis-identity: [ring]}\n- target: $.paths",
    );
    world.write("overlays/birds.yaml", &promise);
    assert_eq!(about_birds(&world), ["~ field Bird.ring: integer → integer (required)"]);
    world.run();
    world.write("overlays/birds.yaml", BIRDS_OVERLAY);
    assert_eq!(
        about_birds(&world),
        ["~ field Bird.ring: integer (required) → integer   [breaks callers]"]
    );
}

#[test]
fn a_change_of_a_sibling_is_reported_where_it_is_borrowed() {
    let world = World::settled();
    world.publish("birds", &edited(BIRDS, "enum: [plain, barred]", "enum: [plain]"));
    assert!(
        world.report().contains(
            &"nests: - enum value BirdsPlumage: \"barred\"   [breaks callers]".to_owned()
        )
    );
}

#[test]
fn a_name_that_changes_is_announced_first() {
    let world = World::settled();
    let listed = world.read("names/birds.txt");
    assert!(listed.contains("Client::list_birds("), "{listed}");
    world.publish("birds", &edited(BIRDS, "listBirds", "findBirds"));
    world.write("overlays/birds.yaml", &edited(BIRDS_OVERLAY, "listBirds", "findBirds"));
    let changelog = world.path("changelog.md");
    let options = Options { changelog: changelog.clone(), ..world.options() };
    let error = world.refusal_of(&options);
    assert!(error.contains("birds: Client::list_birds("), "{error}");
    let gone =
        "`birds::Client::list_birds`, `birds::calls::ListBirds`, `birds::operations::LIST_BIRDS`";
    std::fs::write(&changelog, format!("# Changelog\n\n## [Unreleased]\n\nGone: {gone}.\n"))
        .unwrap();
    xtask::regen::run(&options).unwrap();
    assert!(world.read("names/birds.txt").contains("Client::find_birds("));
}
