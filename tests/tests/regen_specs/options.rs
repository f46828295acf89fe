//! `--service`, `--from`, `--offline` and `--check`.

use rstest::rstest;
use tempfile::TempDir;
use xtask::regen::{self, Options};

use crate::server::Answer;
use crate::world::{BIRDS, NESTS, SONGS, SONGS_OVERLAY, World, edited};

mod service {
    use super::*;

    fn only(world: &World, services: &[&str]) -> Options {
        Options { services: services.iter().map(ToString::to_string).collect(), ..world.options() }
    }

    #[test]
    fn takes_that_service_and_asks_no_other() {
        let world = World::with_news();
        let (before, asked) = (world.files(), world.requests("birds"));
        regen::run(&only(&world, &["songs"])).unwrap();
        assert_eq!(
            world.changed_since(&before),
            ["openapi/songs.json", "sources.toml", "upstream/songs.json"]
        );
        assert_eq!(world.requests("birds"), asked);
    }

    #[test]
    fn may_be_given_more_than_once() {
        let world = World::fresh();
        regen::run(&only(&world, &["songs", "birds", "songs"])).unwrap();
        let documents: Vec<_> =
            world.files().into_keys().filter(|p| p.starts_with("openapi")).collect();
        assert_eq!(documents.len(), 3, "the folder and two documents: {documents:?}");
    }

    #[test]
    fn reads_the_siblings_that_it_borrows_from_in_the_tree() {
        let world = World::settled();
        world.answer("birds", [Answer::Status(500)]);
        world.publish("nests", &edited(NESTS, r#""version": "7""#, r#""version": "8""#));
        regen::run(&only(&world, &["nests"])).unwrap();
        assert_eq!(world.json("openapi/nests.json")["info"]["version"], "8");
    }

    #[test]
    fn is_refused_where_a_sibling_that_it_borrows_from_is_not_there_yet() {
        let world = World::fresh();
        let error = world.refusal_of(&only(&world, &["nests"]));
        for part in ["nests", &world.address("nests"), "https://example.org/birds.yaml"] {
            assert!(error.contains(part), "{part} in {error}");
        }
    }

    #[test]
    fn has_to_be_a_service_of_the_sources() {
        let world = World::settled();
        let error = world.refusal_of(&only(&world, &["songs", "bees"]));
        assert_eq!(error, "bees: no such service in sources.toml");
    }
}

mod from {
    use super::*;

    #[rstest]
    #[case::yml("yml")]
    #[case::yaml("yaml")]
    #[case::json("json")]
    fn takes_the_documents_of_a_folder_as_if_they_had_come_by_the_network(#[case] ending: &str) {
        let folder = TempDir::new().unwrap();
        for (service, text) in [("birds", BIRDS), ("nests", NESTS), ("songs", SONGS)] {
            std::fs::write(folder.path().join(format!("{service}.{ending}")), text).unwrap();
        }
        let world = World::settled();
        let expected = world.files();
        for folder in ["upstream", "openapi"] {
            std::fs::remove_dir_all(world.path(folder)).unwrap();
        }
        let asked = world.requests("birds");
        regen::run(&Options { from: Some(folder.path().to_owned()), ..world.options() }).unwrap();
        world.assert_unchanged_since(&expected);
        assert_eq!(world.requests("birds"), asked);
    }

    #[test]
    fn needs_a_document_for_every_service() {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("birds.yaml"), BIRDS).unwrap();
        let world = World::settled();
        let error =
            world.refusal_of(&Options { from: Some(folder.path().to_owned()), ..world.options() });
        assert!(error.starts_with("nests: no nests.yml"), "{error}");
        assert!(error.contains(&folder.path().display().to_string()), "{error}");
    }

    #[test]
    fn names_the_file_of_a_document_that_is_no_good() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("songs.yaml");
        std::fs::write(&file, "openapi: [").unwrap();
        let world = World::settled();
        let options = Options {
            services: vec!["songs".into()],
            from: Some(folder.path().to_owned()),
            ..world.options()
        };
        let error = world.refusal_of(&options);
        assert!(error.starts_with(&format!("songs: {}", file.display())), "{error}");
    }
}

mod offline {
    use super::*;

    #[test]
    fn derives_from_what_is_in_the_tree_and_asks_nobody() {
        let world = World::with_news();
        world.write(
            "overlays/songs.yaml",
            &edited(SONGS_OVERLAY, "What the song is called.", "The song's name."),
        );
        let (before, asked) = (world.files(), world.requests("songs"));
        regen::run(&Options { offline: true, ..world.options() }).unwrap();
        assert_eq!(world.changed_since(&before), ["openapi/songs.json"]);
        assert!(world.read("openapi/songs.json").contains("The song's name."));
        assert_eq!(world.requests("songs"), asked);
    }

    #[test]
    fn needs_the_documents_in_the_tree() {
        let world = World::settled();
        std::fs::remove_file(world.path("upstream/songs.json")).unwrap();
        let error = world.refusal_of(&Options { offline: true, ..world.options() });
        assert!(error.starts_with("songs: specs/upstream/songs.json is missing\n"), "{error}");
    }

    #[test]
    fn names_a_document_in_the_tree_that_somebody_broke() {
        let world = World::settled();
        world.write("upstream/songs.json", "<<<<<<< ours\n{");
        let error = world.refusal_of(&Options { offline: true, ..world.options() });
        assert!(error.contains("songs: "), "{error}");
        assert!(error.contains("upstream/songs.json is not JSON"), "{error}");
    }
}

mod check {
    use super::*;

    fn check(world: &World) -> Options {
        Options { check: true, ..world.options() }
    }

    #[test]
    fn is_content_with_a_tree_that_is_current() {
        let world = World::settled();
        let before = world.files();
        regen::run(&check(&world)).unwrap();
        world.assert_unchanged_since(&before);
    }

    #[test]
    fn lists_exactly_the_files_that_differ_from_what_is_published() {
        let world = World::settled();
        world.publish("songs", &edited(SONGS, "version: 0.3.0", "version: 0.4.0"));
        assert_eq!(
            world.refusal_of(&check(&world)),
            "not current; run `cargo xtask regen-specs`: \
             openapi/songs.json, sources.toml, upstream/songs.json"
        );
    }

    #[rstest]
    #[case::a_derived_document(
        "openapi/birds.json",
        r#""title": "Tapis birds""#,
        "openapi/birds.json"
    )]
    #[case::a_document_taken("upstream/birds.json", r#""title": "Birds""#, "upstream/birds.json")]
    #[case::an_overlay("overlays/birds.yaml", "Lists the birds.", "openapi/birds.json")]
    fn finds_what_was_edited_by_hand(#[case] file: &str, #[case] text: &str, #[case] stale: &str) {
        let world = World::settled();
        world.write(file, &edited(&world.read(file), text, &text.replace("irds", "irdies")));
        let error = world.refusal_of(&check(&world));
        assert!(error.ends_with(&format!("regen-specs`: {stale}")), "{error}");
    }

    #[test]
    fn finds_what_is_missing() {
        let world = World::settled();
        std::fs::remove_file(world.path("openapi/nests.json")).unwrap();
        let error = world.refusal_of(&check(&world));
        assert!(error.ends_with(": openapi/nests.json"), "{error}");
    }

    #[test]
    fn finds_line_ends_that_a_checkout_changed() {
        let world = World::settled();
        let text = world.read("openapi/nests.json").replace('\n', "\r\n");
        world.write("openapi/nests.json", &text);
        let error = world.refusal_of(&check(&world));
        assert!(error.ends_with(": openapi/nests.json"), "{error}");
    }

    #[test]
    fn works_offline() {
        let world = World::with_news();
        regen::run(&Options { offline: true, ..check(&world) }).unwrap();
    }

    #[test]
    fn works_for_one_service() {
        let world = World::with_news();
        let error = world.refusal_of(&Options { services: vec!["nests".into()], ..check(&world) });
        assert!(
            error.ends_with(": openapi/nests.json, sources.toml, upstream/nests.json"),
            "{error}"
        );
    }
}
