//! Overlays that are refused: the message names the service, the overlay and the action.

use rstest::rstest;

use crate::world::{BIRDS_OVERLAY, World, edited};

/// The message about this overlay of the birds, which names service and overlay.
fn refusal(overlay: &str) -> String {
    let world = World::with_news();
    world.write("overlays/birds.yaml", overlay);
    let error = world.refusal();
    assert!(error.starts_with("birds: "), "{error}");
    assert!(error.contains("overlays/birds.yaml: "), "{error}");
    error
}

#[rstest]
#[case::a_target_that_is_gone(
    "@.operationId=='listBirds'",
    "@.operationId=='gone'",
    "action 1 ($.paths[*][?@.operationId=='gone']): matches nothing"
)]
#[case::a_removal_of_what_is_gone(
    "Bird.properties.ring\n  description: Rings are numbers.\n  update: {type: integer}",
    "Bird.properties.gone\n  description: Rings are gone.\n  remove: true",
    "action 0 ($.components.schemas.Bird.properties.gone): matches nothing"
)]
#[case::a_change_of_the_interface_without_a_reason(
    "  description: Rings are numbers.\n",
    "",
    "action 0 ($.components.schemas.Bird.properties.ring): changes the interface and gives no \
     reason in `description`"
)]
#[case::a_target_that_is_no_path(
    "$.paths[*][?@.operationId=='listBirds']",
    "$.paths[",
    "actions[1].target: invalid JSONPath query"
)]
#[case::a_target_that_is_a_value(
    "Bird.properties.ring\n",
    "Bird.properties.ring.type\n",
    "action 0 ($.components.schemas.Bird.properties.ring.type)"
)]
#[case::a_version_that_is_none("overlay: 1.0.0", "overlay: nonsense", "overlay")]
#[case::no_actions("actions:", "acts:", "actions")]
fn an_overlay_with_one_mistake(#[case] from: &str, #[case] to: &str, #[case] place: &str) {
    let error = refusal(&edited(BIRDS_OVERLAY, from, to));
    assert!(error.contains(place), "{place} in {error}");
}

#[rstest]
#[case::nothing_at_all("")]
#[case::cut_short("overlay: 1.0.0\ninfo: {title: Birds")]
#[case::a_web_page("<!DOCTYPE html>\n<html></html>\n")]
#[case::a_tab("overlay: 1.0.0\ninfo:\n\ttitle: Birds\n")]
fn what_is_not_an_overlay(#[case] overlay: &str) {
    let error = refusal(overlay);
    assert!(error.contains("not YAML") || error.contains("not an OpenAPI Overlay"), "{error}");
}

#[rstest]
#[case::a_removal_of_what_others_need(
    "@.operationId=='listBirds']\n  update: {summary: Lists the birds.}",
    "@.operationId=='listBirds'].responses\n  description: Nobody looks at them.\n  remove: true",
    "listBirds: /paths/~1v3~1birds/get/responses: no success is documented"
)]
#[case::an_operation_id_that_is_taken(
    "  update: {summary: Lists the birds.}",
    "  description: It has another name.\n  update: {operationId: addBird}",
    "duplicate operationId addBird"
)]
#[case::a_type_that_is_none(
    "update: {type: integer}",
    "update: {type: [integer]}",
    "not valid OpenAPI 3.0.3"
)]
fn an_overlay_that_breaks_the_document(#[case] from: &str, #[case] to: &str, #[case] place: &str) {
    let world = World::with_news();
    world.write("overlays/birds.yaml", &edited(BIRDS_OVERLAY, from, to));
    let error = world.refusal();
    let start = format!("birds: {}: derived document: ", world.address("birds"));
    assert!(error.starts_with(&start), "{error}");
    assert!(error.contains(place), "{place} in {error}");
}
