//! Versions of apps from definitions.

use serde_json::json;
use tapis_client::definitions::ApplyOutcome;
use tapis_mock::Fault;

use super::{APP, SYSTEM, asked, lines, toml, world, yaml};

#[tokio::test]
async fn a_version_of_an_app_is_created_left_alone_and_changed() {
    let world = world().await;
    let t = &world.t;
    assert_eq!(t.apply(&toml(APP)).await.unwrap(), ApplyOutcome::Created);
    assert_eq!(t.apply(&toml(APP)).await.unwrap(), ApplyOutcome::Unchanged);
    asked(&world);
    let changed = APP.replace("busybox", "alpine").replace("\"1\"\n\n", "\"2\"\n");
    let changed = changed.replace("value = \"1\"", "value = \"2\"");
    let differences = "containerImage: \"alpine\" here, \"busybox\" on the server\n\
        jobAttributes.parameterSet.envVariables[A].value: \"2\" here, \"1\" on the server\n";
    assert_eq!(t.diff(&toml(&changed)).await.unwrap().to_string(), differences);
    assert_eq!(lines(&t.apply(&toml(&changed)).await.unwrap()), differences);
    assert_eq!(asked(&world), ["getApp", "getApp", "patchApp", "getApp"]);
    let app = t.apps.get_app("hello", "1").await.unwrap();
    assert_eq!(app.container_image.as_deref(), Some("alpine"));
    // Another version is another thing.
    let other = changed.replace("version = \"1\"", "version = \"2\"");
    assert_eq!(t.apply(&toml(&other)).await.unwrap(), ApplyOutcome::Created);
}

#[tokio::test]
async fn what_is_changed_in_part_keeps_the_rest() {
    let world = world().await;
    let t = &world.t;
    let more = SYSTEM.replace("project: {name: p}", "project: {name: p, room: 1}\n  other: 2");
    let _ = t.apply(&yaml(&more)).await.unwrap();
    let _ = t.apply(&yaml(&SYSTEM.replace("name: p", "name: q"))).await.unwrap();
    let notes = t.systems.get_system("s").await.unwrap().notes.unwrap();
    assert_eq!(json!(notes), json!({"project": {"name": "q", "room": 1}, "other": 2}));

    let _ = t.apply(&toml(APP)).await.unwrap();
    let shorter = "id = 'hello'\nversion = '1'\ncontainerImage = 'busybox'\n\
                   [jobAttributes]\nmaxMinutes = 7\n";
    let _ = t.apply(&toml(shorter)).await.unwrap();
    let app = t.apps.get_app("hello", "1").await.unwrap();
    let attributes = app.job_attributes.unwrap();
    assert_eq!(attributes.max_minutes, Some(7));
    assert_eq!(attributes.tags.as_deref(), Some(&["a".to_owned()][..]));
    let variables = attributes.parameter_set.unwrap().env_variables.unwrap();
    assert_eq!(variables[0].key.as_deref(), Some("A"));
}

#[tokio::test]
async fn an_app_and_its_version_are_disabled_apart() {
    let world = world().await;
    let t = &world.t;
    let _ = t.apply(&toml(APP)).await.unwrap();
    asked(&world);
    let _ = t.apply(&toml(&APP.replace("enabled = true", "enabled = false"))).await.unwrap();
    assert_eq!(asked(&world), ["getApp", "disableApp", "getApp"]);
    let version = APP.replace("enabled = true", "versionEnabled = false");
    let _ = t.apply(&toml(&version)).await.unwrap();
    assert_eq!(asked(&world), ["getApp", "disableAppVersion", "getApp"]);
}

#[tokio::test]
async fn a_locked_app_is_unlocked_before_it_is_changed() {
    let world = world().await;
    let t = &world.t;
    let locked = APP.replace("enabled = true", "locked = true");
    let _ = t.apply(&toml(&APP.replace("enabled = true", "locked = false"))).await.unwrap();
    let _ = t.apply(&toml(&locked)).await.unwrap();
    asked(&world);
    let changed = locked.replace("busybox", "alpine").replace("locked = true", "locked = false");
    let _ = t.apply(&toml(&changed)).await.unwrap();
    assert_eq!(asked(&world), ["getApp", "unlockApp", "patchApp", "getApp"]);
    let _ = t.apply(&toml(&changed.replace("locked = false", "locked = true"))).await.unwrap();
    assert_eq!(asked(&world), ["getApp", "lockApp", "getApp"]);
}

#[tokio::test]
async fn a_locked_app_that_stays_locked_is_unlocked_for_the_change() {
    let world = world().await;
    let t = &world.t;
    for locked in ["locked = true", "enabled = true"] {
        let text = APP.replace("enabled = true", locked);
        let _ = t.apply(&toml(&APP.replace("enabled = true", "locked = true"))).await.unwrap();
        asked(&world);
        let _ = t.apply(&toml(&text.replace("value = \"1\"", "value = \"2\""))).await.unwrap();
        assert_eq!(
            asked(&world),
            ["getApp", "unlockApp", "patchApp", "lockApp", "getApp"],
            "{locked}"
        );
        assert_eq!(t.apps.get_app("hello", "1").await.unwrap().locked, Some(true));
        let _ = t.apply(&toml(APP)).await.unwrap();
    }
}

#[tokio::test]
async fn a_locked_app_is_locked_again_when_the_change_fails() {
    let world = world().await;
    let t = &world.t;
    let locked = APP.replace("enabled = true", "locked = true");
    let _ = t.apply(&toml(&locked)).await.unwrap();
    for refused in ["apps.patchApp", "apps.unlockApp"] {
        asked(&world);
        world.mock.inject(Fault::status(500).on(refused).times(1));
        let error = t.apply(&toml(&locked.replace("busybox", "alpine"))).await.unwrap_err();
        assert_eq!(format!("apps.{}", error.operation().unwrap().id), refused, "{error}");
        assert_eq!(asked(&world).last().unwrap(), "lockApp");
        let app = t.apps.get_app("hello", "1").await.unwrap();
        assert_eq!((app.locked, app.container_image.as_deref()), (Some(true), Some("busybox")));
    }
}

#[tokio::test]
async fn what_creating_a_version_loses_is_completed() {
    let world = world().await;
    let t = &world.t;
    let text = "id = 'hello'\nversion = '1'\ncontainerImage = 'busybox'\nlocked = true\n\
                versionEnabled = false\nstrictFileInputs = true\njobAttributes = {maxMinutes = 60}\n";
    assert_eq!(t.apply(&toml(text)).await.unwrap(), ApplyOutcome::Created);
    assert_eq!(
        asked(&world),
        [
            "getApp",
            "createAppVersion",
            "getApp",
            "patchApp",
            "disableAppVersion",
            "lockApp",
            "getApp"
        ]
    );
    let app = t.apps.get_app("hello", "1").await.unwrap();
    assert_eq!((app.locked, app.version_enabled), (Some(true), Some(false)));
    assert_eq!(app.strict_file_inputs, Some(true));
    assert_eq!(app.job_attributes.unwrap().max_minutes, Some(60));
    assert_eq!(t.apply(&toml(text)).await.unwrap(), ApplyOutcome::Unchanged);
}

#[tokio::test]
async fn the_time_limit_that_is_not_given_is_the_default() {
    let world = world().await;
    let text = APP.replace("tags = [\"a\"]", "memoryMB = 2000");
    let _ = world.t.apply(&toml(&text)).await.unwrap();
    let attributes = world.t.apps.get_app("hello", "1").await.unwrap().job_attributes.unwrap();
    assert_eq!((attributes.memory_mb, attributes.max_minutes), (Some(2000), Some(10)));
}

#[tokio::test]
async fn renamed_and_reordered_entries_keep_what_is_theirs() {
    let world = world().await;
    let t = &world.t;
    let arguments = |entries: &str| {
        format!("{APP}[jobAttributes.parameterSet]\nappArgs = [{entries}]\n").replace(
            "[[jobAttributes.parameterSet.envVariables]]\nkey = \"A\"\nvalue = \"1\"\n",
            "",
        )
    };
    let full = "{name = 'a', arg = '--a', description = 'A'}, {name = 'b', arg = '--b', inputMode = 'FIXED'}";
    let _ = t.apply(&toml(&arguments(full))).await.unwrap();
    let applied = t.apply(&toml(&arguments("{name = 'b'}, {name = 'a'}"))).await.unwrap();
    assert_eq!(
        lines(&applied),
        "jobAttributes.parameterSet.appArgs: [\"b\",\"a\"] here, [\"a\",\"b\"] on the server\n"
    );
    let app: serde_json::Value = t.apps.get_app("hello", "1").send_as().await.unwrap();
    let there = &app["jobAttributes"]["parameterSet"]["appArgs"];
    assert_eq!((&there[0]["arg"], &there[0]["inputMode"]), (&json!("--b"), &json!("FIXED")));
    assert_eq!((&there[1]["arg"], &there[1]["description"]), (&json!("--a"), &json!("A")));
}

#[tokio::test]
async fn a_part_of_the_parameters_is_changed_and_the_others_stay() {
    let world = world().await;
    let t = &world.t;
    let more = "[jobAttributes.parameterSet.archiveFilter]\nincludes = ['*.o']\n";
    let _ = t.apply(&toml(&format!("{APP}{more}"))).await.unwrap();
    let _ = t.apply(&toml(&APP.replace("value = \"1\"", "value = \"2\""))).await.unwrap();
    let app: serde_json::Value = t.apps.get_app("hello", "1").send_as().await.unwrap();
    let parameters = &app["jobAttributes"]["parameterSet"];
    assert_eq!(parameters["archiveFilter"]["includes"], json!(["*.o"]));
    assert_eq!(parameters["envVariables"][0]["value"], "2");
}

#[tokio::test]
async fn a_deleted_app_is_undeleted_and_a_new_version_of_one_is_created() {
    let world = world().await;
    let t = &world.t;
    let _ = t.apply(&toml(APP)).await.unwrap();
    t.apps.delete_app("hello").await.unwrap();
    let outcome = t.apply(&toml(APP)).await.unwrap();
    assert_eq!(outcome.to_string(), "undeleted");
    t.apps.delete_app("hello").await.unwrap();
    let newer = APP.replace("version = \"1\"", "version = \"2\"");
    assert_eq!(t.apply(&toml(&newer)).await.unwrap(), ApplyOutcome::Created);
    assert_eq!(t.apply(&toml(APP)).await.unwrap(), ApplyOutcome::Unchanged);
}

#[tokio::test]
async fn a_locked_app_gets_another_owner() {
    let world = world().await;
    let t = &world.t;
    let locked = APP.replace("enabled = true", "locked = true");
    let _ = t.apply(&toml(&locked)).await.unwrap();
    asked(&world);
    let _ = t.apply(&toml(&format!("owner = 'somebody'\n{locked}"))).await.unwrap();
    assert_eq!(asked(&world), ["getApp", "changeAppOwner", "getApp"]);
}
