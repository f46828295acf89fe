//! What a run writes, and that it writes nothing else.

use sha2::{Digest, Sha256};
use xtask::regen;

use crate::world::{BIRDS, NESTS, SONGS, World, edited};

fn today() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d").to_string()
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_run_writes_two_documents_and_a_list_of_names_for_each_service_and_what_was_taken() {
    let world = World::fresh();
    let before = world.files();
    world.run();
    assert_eq!(
        world.changed_since(&before),
        [
            "names",
            "names/birds.txt",
            "names/nests.txt",
            "names/songs.txt",
            "openapi",
            "openapi/birds.json",
            "openapi/nests.json",
            "openapi/songs.json",
            "sources.toml",
            "upstream",
            "upstream/birds.json",
            "upstream/nests.json",
            "upstream/songs.json",
        ]
    );
}

#[test]
fn sources_hold_version_sha256_and_date_and_keep_their_comments() {
    let world = World::fresh();
    let earlier = today();
    world.run();
    let expected = |date: &str| {
        let row = |service: &str, more: &str, version: &str, document: &str| {
            format!(
                "\n[{service}]\naddress = \"{}\"\n{more}version = \"{version}\"\n\
                 sha256 = \"{}\"\ndate = \"{date}\"\n",
                world.address(service),
                sha256(document)
            )
        };
        let aliases = "aliases = [\"https://example.org/birds.yaml\"]\n";
        [
            "# A comment of the author's.\n".to_owned(),
            row("birds", aliases, "1.2.0", BIRDS),
            row("nests", "", "7", NESTS),
            row("songs", "", "0.3.0", SONGS),
        ]
        .concat()
    };
    // The day may end while the test runs.
    let found = world.read("sources.toml");
    assert!([earlier, today()].iter().any(|date| found == expected(date)), "{found}");
}

#[test]
fn the_upstream_document_is_the_interface_alone_in_canonical_json() {
    let world = World::settled();
    assert_eq!(world.read("upstream/birds.json"), include_str!("services/birds.upstream.json"));
}

#[test]
fn no_prose_of_upstream_is_kept() {
    let world = World::settled();
    for (path, content) in world.files() {
        let text = String::from_utf8(content.unwrap_or_default()).unwrap();
        assert!(!text.to_lowercase().contains("prose"), "{}: {text}", path.display());
    }
}

#[test]
fn a_name_that_reads_like_a_keyword_is_no_prose() {
    let world = World::fresh();
    let named = edited(
        BIRDS,
        "  responses:\n    TheBird:\n",
        "  requestBodies:\n    summary:\n      content:\n        multipart/form-data:\n          \
         schema: {type: object, properties: {title: {type: string}}}\n          \
         encoding: {title: {contentType: text/plain}}\n  responses:\n    TheBird:\n",
    );
    let named = edited(
        &named,
        "      requestBody:\n        description: Prose about a body.\n        required: true\n        \
         content:\n          application/json:\n            \
         schema: {$ref: '#/components/schemas/NewBird'}\n",
        "      requestBody: {$ref: '#/components/requestBodies/summary'}\n",
    );
    world.publish("birds", &named);
    world.run();
    let body = &world.json("openapi/birds.json")["paths"]["/v3/birds"]["post"]["requestBody"];
    let form = &body["content"]["multipart/form-data"];
    assert_eq!(form["schema"]["properties"]["title"]["type"], "string");
    assert_eq!(form["encoding"]["title"]["contentType"], "text/plain");
}

#[test]
fn a_word_that_older_yaml_took_for_a_truth_stays_a_word() {
    let world = World::fresh();
    world.publish("birds", &edited(BIRDS, "enum: [plain, barred]", "enum: [yes, no, on, off]"));
    world.run();
    let plumage = &world.json("upstream/birds.json")["components"]["schemas"]["Plumage"]["enum"];
    assert_eq!(*plumage, serde_json::json!(["yes", "no", "on", "off"]));
}

#[test]
fn a_byte_order_mark_and_carriage_returns_mean_nothing() {
    let world = World::settled();
    let before = world.files();
    world.publish("birds", &format!("\u{feff}{}", BIRDS.replace('\n', "\r\n")));
    world.run();
    assert_eq!(world.changed_since(&before), ["sources.toml"]);
}

#[test]
fn a_number_for_a_version_becomes_text() {
    let world = World::fresh();
    world.publish("songs", &edited(SONGS, "version: 0.3.0", "version: 3"));
    world.run();
    assert_eq!(world.json("upstream/songs.json")["info"]["version"], "3");
    assert!(world.read("sources.toml").contains("version = \"3\"\n"));
}

#[test]
fn a_second_run_changes_nothing() {
    let world = World::settled();
    // So that a date that moves would show.
    let sources = world.read("sources.toml").replace(&today(), "2001-02-03");
    world.write("sources.toml", &sources);
    let before = world.files();
    world.run();
    world.assert_unchanged_since(&before);
    assert!(before.values().flatten().any(|text| text == sources.as_bytes()));
}

#[test]
fn new_words_upstream_move_the_sha256_and_the_date_of_that_service_alone() {
    let world = World::settled();
    let text = world.read("sources.toml");
    let dates = text.lines().find(|line| line.starts_with("date")).unwrap();
    world.write("sources.toml", &text.replace(dates, "date = \"2001-02-03\""));
    let before = world.files();
    let document = edited(BIRDS, "Prose about the list.", "Prose about a list.");
    world.publish("birds", &document);
    world.run();
    assert_eq!(world.changed_since(&before), ["sources.toml"]);
    let sources = world.read("sources.toml");
    assert!(sources.contains(&sha256(&document)), "{sources}");
    assert_eq!(sources.matches("2001-02-03").count(), 2, "{sources}");
}

#[test]
fn the_order_of_keys_and_of_required_fields_upstream_means_nothing() {
    let world = World::settled();
    let before = world.files();
    let reordered = edited(BIRDS, "required: [ring, name]", "required: [name, ring]");
    let reordered = edited(&reordered, "openapi: 3.0.3\n", "") + "openapi: 3.0.3\n";
    world.publish("birds", &reordered);
    world.run();
    assert_eq!(world.changed_since(&before), ["sources.toml"]);
}

#[test]
fn a_derived_document_that_somebody_broke_is_derived_anew() {
    let world = World::settled();
    let before = world.files();
    world.write("openapi/birds.json", "<<<<<<< ours\n{");
    world.run();
    world.assert_unchanged_since(&before);
}

mod a_folder_that_cannot_be_written {
    use super::*;

    #[test]
    fn because_a_file_stands_where_a_folder_should() {
        let world = World::fresh();
        world.write("upstream", "a file");
        let error = world.refusal();
        assert!(error.contains("upstream"), "{error}");
    }

    #[test]
    fn because_a_folder_stands_where_a_document_should() {
        let world = World::with_news();
        std::fs::remove_file(world.path("upstream/songs.json")).unwrap();
        world.write("upstream/songs.json/in-the-way", "a file");
        let error = world.refusal();
        assert!(error.contains("upstream/songs.json"), "{error}");
    }

    /// Everything can be staged here and the last documents cannot be put in place, so that the
    /// first have to be taken back.
    #[cfg(target_os = "linux")]
    #[test]
    fn because_a_part_of_it_is_on_another_device() {
        use std::os::unix::fs::{MetadataExt, symlink};

        let world = World::with_news();
        let Ok(elsewhere) = tempfile::tempdir_in("/dev/shm") else { return };
        let device = |path| std::fs::metadata(path).unwrap().dev();
        if device(world.path("")) == device(elsewhere.path().to_owned()) {
            return;
        }
        std::fs::rename(world.path("upstream"), world.path("upstream-here")).unwrap();
        symlink(elsewhere.path(), world.path("upstream")).unwrap();
        for service in ["birds", "nests", "songs"] {
            let kept = world.read(&format!("upstream-here/{service}.json"));
            world.write(&format!("upstream/{service}.json"), &kept);
        }
        let error = world.refusal();
        assert!(error.contains("cannot write upstream/birds.json"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn because_its_owner_locked_it() {
        use std::os::unix::fs::PermissionsExt;

        let world = World::with_news();
        let lock = |mode| std::fs::set_permissions(world.path(""), PermissionsExt::from_mode(mode));
        lock(0o555).unwrap();
        // Whoever may do everything is not stopped by a lock.
        if tempfile::tempfile_in(world.path("")).is_err() {
            let error = world.refusal();
            assert!(error.contains(&world.path("").display().to_string()), "{error}");
        }
        lock(0o755).unwrap();
    }
}

#[test]
fn a_folder_without_sources_is_refused() {
    let world = World::settled();
    std::fs::remove_file(world.path("sources.toml")).unwrap();
    let error = world.refusal();
    assert!(error.contains("sources.toml"), "{error}");
}

#[test]
fn a_row_without_an_address_is_refused() {
    let world = World::settled();
    world.write("sources.toml", "[songs]\n");
    assert_eq!(world.refusal(), "sources.toml: service songs has no address");
}

#[test]
fn planning_writes_nothing() {
    let world = World::with_news();
    let before = world.files();
    regen::plan(&world.options()).unwrap();
    world.assert_unchanged_since(&before);
}
