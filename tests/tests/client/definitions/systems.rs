//! Systems from definitions.

use rstest::rstest;
use serde_json::json;
use tapis_client::blocking::Wait as _;
use tapis_client::definitions::{ApplyOutcome, Target};

use super::{APP, SYSTEM, asked, lines, toml, world, yaml};

#[tokio::test]
async fn a_system_is_created_left_alone_and_changed() {
    let world = world().await;
    let t = &world.t;
    assert_eq!(t.apply(&yaml(SYSTEM)).await.unwrap(), ApplyOutcome::Created);
    assert_eq!(asked(&world), ["getSystem", "createSystem", "getSystem"]);
    assert_eq!(t.apply(&yaml(SYSTEM)).await.unwrap(), ApplyOutcome::Unchanged);
    assert!(t.diff(&yaml(SYSTEM)).await.unwrap().is_empty());
    assert_eq!(asked(&world), ["getSystem", "getSystem"]);

    let changed = SYSTEM.replace("one.", "two.").replace("name: p", "name: q");
    let differences = "host: \"two.example.org\" here, \"one.example.org\" on the server\n\
                       notes.project.name: \"q\" here, \"p\" on the server\n";
    assert_eq!(t.diff(&yaml(&changed)).await.unwrap().to_string(), differences);
    assert_eq!(asked(&world), ["getSystem"], "checking changes nothing");
    let applied = t.apply(&yaml(&changed)).await.unwrap();
    assert_eq!(lines(&applied), differences);
    let patch = world.mock.requests_for("systems.patchSystem")[0].json().unwrap();
    let notes = json!({"project": {"name": "q"}});
    assert_eq!(patch, json!({"host": "two.example.org", "notes": notes}), "what differs is sent");
    assert_eq!(t.apply(&yaml(&changed)).await.unwrap(), ApplyOutcome::Unchanged);
}

#[tokio::test]
async fn what_a_definition_leaves_out_stays_as_it_is() {
    let world = world().await;
    let t = &world.t;
    let _ = t.apply(&yaml(SYSTEM)).await.unwrap();
    let shorter = SYSTEM.replace("port: 22\n", "").replace("tags: [a, b]\n", "");
    assert_eq!(t.apply(&yaml(&shorter)).await.unwrap(), ApplyOutcome::Unchanged);
    let system = t.systems.get_system("s").await.unwrap();
    assert_eq!((system.port, system.tags.unwrap().len()), (Some(22), 2));
}

#[tokio::test]
async fn what_the_service_writes_differently_is_no_difference() {
    let world = world().await;
    let t = &world.t;
    let text = format!("{SYSTEM}\nowner: ${{apiUserId}}\njobMaxJobs: -1\ndescription:\n");
    assert_eq!(t.apply(&yaml(&text)).await.unwrap(), ApplyOutcome::Created);
    assert_eq!(t.apply(&yaml(&text)).await.unwrap(), ApplyOutcome::Unchanged);
    let app = format!("owner = '${{apiUserId}}'\nmaxJobs = -1\n{APP}");
    assert_eq!(world.t.apply(&toml(&app)).await.unwrap(), ApplyOutcome::Created);
    assert_eq!(world.t.apply(&toml(&app)).await.unwrap(), ApplyOutcome::Unchanged);
}

#[tokio::test]
async fn a_system_is_enabled_and_disabled_by_calls_of_their_own() {
    let world = world().await;
    let t = &world.t;
    let _ = t.apply(&yaml(SYSTEM)).await.unwrap();
    asked(&world);
    let disabled = SYSTEM.replace("enabled: true", "enabled: false");
    assert_eq!(
        lines(&t.apply(&yaml(&disabled)).await.unwrap()),
        "enabled: false here, true on the server\n"
    );
    assert_eq!(asked(&world), ["getSystem", "disableSystem", "getSystem"]);
    let _ = t.apply(&yaml(SYSTEM)).await.unwrap();
    assert_eq!(asked(&world), ["getSystem", "enableSystem", "getSystem"]);
    assert_eq!(t.systems.get_system("s").await.unwrap().enabled, Some(true));
}

#[rstest]
#[case::of_another_kind(&SYSTEM.replace("LINUX", "S3"), "systemType cannot be changed")]
#[case::no_attribute(&SYSTEM.replace("host:", "hots:"), "missing field `host`")]
#[case::misspelt(&format!("{SYSTEM}\nprot: 1"), "unknown attribute prot")]
#[case::of_the_wrong_type(&SYSTEM.replace("port: 22", "port: many"), "port: invalid type")]
#[case::without_an_id(&SYSTEM.replace("id: s\n", ""), "id is missing")]
#[tokio::test]
async fn what_cannot_be_applied_is_refused_before_anything_changes(
    #[case] text: &str,
    #[case] why: &str,
) {
    let world = world().await;
    let t = &world.t;
    let _ = t.apply(&yaml(SYSTEM)).await.unwrap();
    asked(&world);
    let error = t.apply(&yaml(text)).await.unwrap_err();
    assert!(error.is_input() && error.message().contains(why), "{error}");
    assert!(asked(&world).iter().all(|operation| operation == "getSystem"));
}

#[test]
fn everything_can_be_waited_for_without_a_runtime() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(world());
    let t = &world.t;
    assert_eq!(t.apply(&yaml(SYSTEM)).wait().unwrap(), ApplyOutcome::Created);
    t.systems.set_credential("s").password("planted-password").wait().unwrap();
    assert!(t.diff(&yaml(SYSTEM)).wait().unwrap().is_empty());
    assert_eq!(world.t.apply(&toml(APP)).wait().unwrap(), ApplyOutcome::Created);
    assert!(world.t.diff(&toml(APP)).wait().unwrap().is_empty());
    assert_eq!(t.export(Target::app("hello")).wait().unwrap().text("id").unwrap(), "hello");
}
