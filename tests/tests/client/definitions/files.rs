//! Definitions as files, and what is refused in them.

use rstest::rstest;
use tapis_client::definitions::{ApplyOutcome, Definition, Kind};

use super::{APP, SYSTEM, asked, toml, world, yaml};

#[tokio::test]
async fn a_definition_is_a_file() {
    let world = world().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.yml");
    std::fs::write(&path, SYSTEM).unwrap();
    let definition = Definition::from_path(&path).await.unwrap();
    assert_eq!(world.t.apply(&definition).await.unwrap(), ApplyOutcome::Created);
    for (name, content, why) in [
        ("s.txt", SYSTEM, "must end in .json, .yaml, .yml or .toml"),
        ("s.json", SYSTEM, "invalid JSON at line 2, column 1"),
        ("s.toml", "a = [", "line 1"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let error = Definition::from_path(&path).await.unwrap_err();
        assert!(error.is_input() && error.message().contains(why), "{error}");
        assert!(error.message().contains(name), "{error}");
    }
    let error = Definition::from_path(folder.path().join("none.json")).await.unwrap_err();
    assert_eq!(error.kind(), tapis_client::ErrorKind::Io);
}

#[rstest]
#[case::of_no_kind("id: s", "it has none of canExec, ", "version is missing")]
#[case::of_two_kinds(
    &format!("{SYSTEM}\nversion: '1'"),
    "it has both canExec (system) and version (app)",
    "missing field `containerImage`"
)]
#[tokio::test]
async fn a_definition_whose_kind_is_not_clear_is_refused_before_anything_is_sent(
    #[case] text: &str,
    #[case] why: &str,
    #[case] of_an_app: &str,
) {
    let world = world().await;
    let definition = yaml(text);
    let apply = world.t.apply(&definition).await.unwrap_err();
    let diff = world.t.diff(&definition).await.unwrap_err();
    for error in [apply, diff] {
        assert!(error.is_input() && error.message().contains(why), "{error}");
        assert!(error.message().contains("set the kind with Definition::with_kind"), "{error}");
    }
    assert!(asked(&world).is_empty());
    let error = world.t.apply(&definition.with_kind(Kind::App)).await.unwrap_err();
    assert!(error.message().contains(of_an_app), "{error}");
}

#[tokio::test]
async fn comparing_with_what_is_not_there_is_not_found() {
    let world = world().await;
    assert!(world.t.diff(&yaml(SYSTEM)).await.unwrap_err().is_not_found());
    assert!(world.t.diff(&toml(APP)).await.unwrap_err().is_not_found());
}

#[rstest]
#[case::comments(
    "a.json",
    "{\n  # planted\n  \"id\": 1}",
    "line 2, column 3: key must be a string"
)]
#[case::a_comma_too_many(
    "a.json",
    "{\"a\": {\"b\": \"planted\",\n}}",
    "line 2, column 1: a: trailing comma"
)]
#[case::a_word_of_python(
    "a.json",
    "{\"a\": True, \"b\": \"planted\"}",
    "line 1, column 7: a: expected value"
)]
#[case::an_open_list("a.yaml", "a: planted\nb: [1\n", "line 2, column 4")]
#[case::a_comment_as_an_attribute(
    "a.yaml",
    "id: s\nsystemType: LINUX\nhost: h\ncanExec: false\ndefaultAuthnMethod: PKI_KEYS\n\
     authnCredential:\n  privateKey: planted\n  _comment: planted\n",
    "line 8, column 3: unknown attribute authnCredential._comment"
)]
#[case::a_wrong_type(
    "a.toml",
    "id = 's'\nversion = '1'\ncontainerImage = 'planted'\n[jobAttributes]\nmaxMinutes = 'planted'\n",
    "line 5, column 1: jobAttributes.maxMinutes: invalid type"
)]
#[tokio::test]
async fn what_is_wrong_in_a_file_is_named_with_line_and_column_and_without_values(
    #[case] name: &str,
    #[case] content: &str,
    #[case] why: &str,
) {
    let world = world().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    let error = match Definition::from_path(&path).await {
        Ok(definition) => world.t.diff(&definition).await.unwrap_err(),
        Err(error) => error,
    };
    assert!(error.is_input() && asked(&world).is_empty(), "{error}");
    let shown = error.to_string();
    assert!(shown.contains(name) && shown.contains(why), "{shown}");
    assert!(!shown.contains("planted") && !format!("{error:?}").contains("planted"), "{error:?}");
}
