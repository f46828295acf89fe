//! Overlays whose targets upstream has renamed, removed or moved, and corrections that it has made
//! itself: what is reported, and which services are brought in all the same.

use xtask::regen::{self, Options};

use crate::server::Answer;
use crate::world::{BIRDS, NESTS, SONGS, World, edited};

const NESTS_OVERLAY: &str = "overlay: 1.0.0
info: {title: Nests corrected, version: 1.0.0}
actions:
- target: $.components.schemas.Nest.properties.tree
  update: {description: The tree that it is in.}
";

/// A renamed operation, a removed field and a schema that has moved into another one.
fn with_moved_targets() -> World {
    let world = World::fresh();
    world.write("overlays/nests.yaml", NESTS_OVERLAY);
    world.run();
    world.publish("birds", &edited(BIRDS, "listBirds", "findBirds"));
    world.publish("songs", &edited(SONGS, "        title: {type: [string, 'null']}\n", ""));
    // The list's entries are objects now in which the nest is a field.
    let nests = edited(NESTS, "schemas/Nest\"", "schemas/Found\"");
    let found = r##""Found": {"type": "object", "properties": {
        "nest": {"$ref": "#/components/schemas/NestOfBirds"}}},
      "NestOfBirds": {"##;
    let nests = edited(&nests, "\"Nest\": {", found);
    world.publish("nests", &nests);
    world
}

fn only_what_derives(world: &World) -> Options {
    Options { only_what_derives: true, ..world.options() }
}

#[test]
fn every_target_that_is_gone_is_reported_at_once_with_the_likeliest_new_one() {
    let error = with_moved_targets().refusal();
    assert_eq!(
        error.lines().collect::<Vec<_>>(),
        [
            "birds: overlays/birds.yaml: action 1 ($.paths[*][?@.operationId=='listBirds']): matches \
             nothing; the likeliest new target is $.paths[*][?@.operationId=='findBirds']",
            "nests: overlays/nests.yaml: action 0 ($.components.schemas.Nest.properties.tree): \
             matches nothing; the likeliest new target is \
             $.components.schemas.NestOfBirds.properties.tree",
            "songs: overlays/songs.yaml: action 0 ($.components.schemas.Song.properties.title): \
             matches nothing; nothing new in the document is like it",
        ]
    );
}

#[test]
fn all_actions_of_an_overlay_are_reported_not_the_first_alone() {
    let world = World::settled();
    let gone = edited(BIRDS, "listBirds", "findBirds");
    world.publish(
        "birds",
        &edited(
            &gone,
            "        ring: {type: string, example: prose}",
            "        ringNumber: {type: string}",
        )
        .replace("required: [ring, name]", "required: [name]"),
    );
    let error = world.refusal();
    assert!(
        error.contains(
            "the likeliest new target is $.components.schemas.Bird.properties.ringNumber"
        ),
        "{error}"
    );
    assert!(
        error.contains("the likeliest new target is $.paths[*][?@.operationId=='findBirds']"),
        "{error}"
    );
}

#[test]
fn the_services_that_derive_are_brought_in_where_that_is_wished_and_the_others_named() {
    let world = World::with_news();
    world.publish("birds", &edited(BIRDS, "listBirds", "findBirds").replace("1.2.0", "1.3.0"));
    let refused = world.refusal();
    assert!(
        refused.ends_with(
            "nothing is written; 2 others derive, and `--only-what-derives` brings these in"
        ),
        "{refused}"
    );
    let before = world.files();
    let error = format!("{:#}", regen::run(&only_what_derives(&world)).unwrap_err());
    assert!(error.starts_with("left out: birds\nbirds: overlays/birds.yaml: action 1 "), "{error}");
    // The nests borrow from the birds: they derive with the document that is in the tree.
    let brought = [
        "openapi/nests.json",
        "openapi/songs.json",
        "sources.toml",
        "upstream/nests.json",
        "upstream/songs.json",
    ];
    assert_eq!(world.changed_since(&before), brought);
    let sources = world.read("sources.toml");
    for version in ["1.2.0", "8", "0.4.0"] {
        assert!(sources.contains(&format!("version = \"{version}\"")), "{sources}");
    }
}

#[test]
fn a_service_that_cannot_be_fetched_or_read_is_left_out_too() {
    let world = World::with_news();
    world.answer("songs", [Answer::Status(404)]);
    world.publish("birds", "<html></html>");
    let before = world.files();
    let error = format!("{:#}", regen::run(&only_what_derives(&world)).unwrap_err());
    assert!(error.starts_with("left out: birds, songs\nbirds: "), "{error}");
    assert!(error.contains("\nsongs: cannot fetch "), "{error}");
    assert_eq!(
        world.changed_since(&before),
        ["openapi/nests.json", "sources.toml", "upstream/nests.json"]
    );
}

#[test]
fn who_borrows_from_a_service_that_never_derived_is_left_out_with_it() {
    let world = World::fresh();
    world.publish("birds", &edited(BIRDS, "listBirds", "findBirds"));
    let error = format!("{:#}", regen::run(&only_what_derives(&world)).unwrap_err());
    assert!(error.starts_with("left out: birds, nests\n"), "{error}");
    assert!(world.path("openapi/songs.json").is_file());
    assert!(!world.path("openapi/nests.json").exists());
}

#[test]
fn a_run_in_which_all_derive_is_the_same_with_and_without_the_wish() {
    let world = World::with_news();
    regen::run(&only_what_derives(&world)).unwrap();
    let all = world.files();
    world.run();
    world.assert_unchanged_since(&all);
}

#[test]
fn an_action_that_upstream_has_caught_up_with_is_named() {
    let world = World::settled();
    assert!(!world.report().iter().any(|line| line.contains("caught up")));
    world.publish(
        "birds",
        &edited(
            BIRDS,
            "        ring: {type: string, example: prose}",
            "        ring: {type: integer}",
        ),
    );
    let line = "birds: overlays/birds.yaml: action 0 ($.components.schemas.Bird.properties.ring) \
                changes nothing: upstream has caught up, and the action can be removed";
    assert!(world.report().contains(&line.to_owned()), "{:?}", world.report());
}
