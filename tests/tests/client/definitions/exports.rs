//! Definitions of what is on the server.

use std::time::Duration;

use rstest::rstest;
use tapis_client::definitions::{ApplyOutcome, Definition, Format, Target};
use tapis_client::systems::types::ReqPostSystem;

use super::{APP, SYSTEM, toml, world, yaml};

const MORE_OF_A_SYSTEM: &str = "
jobRuntimes: [{runtimeType: DOCKER}, {runtimeType: SINGULARITY, version: '3'}]
jobWorkingDir: HOST_EVAL($SCRATCH)
jobEnvVariables: [{key: A, value: '1'}, {key: B, value: 'yes'}]
jobMaxJobs: -1
canRunBatch: true
batchScheduler: SLURM
batchLogicalQueues:
- {name: small, hpcQueueName: normal, maxJobs: 50, maxMinutes: 2880, minNodeCount: 1}
- {name: large, hpcQueueName: large, maxJobs: -1}
batchDefaultLogicalQueue: small
jobCapabilities: [{category: SOFTWARE, name: X, datatype: STRING, precedence: 10, value: x}]
description: |
  Two lines, with a 'quote'
  and a # hash.
";

const MORE_OF_AN_APP: &str = r#"
[[jobAttributes.parameterSet.appArgs]]
name = "word"
arg = "--word"
inputMode = "REQUIRED"
notes = {unit = "letters"}
[jobAttributes.parameterSet.archiveFilter]
includes = ["*.txt"]
includeLaunchFiles = false
[[jobAttributes.fileInputs]]
name = "data"
sourceUrl = "tapis://s/in.txt"
targetPath = "in.txt"
"#;

#[rstest]
#[case::system(&yaml(SYSTEM), Target::system("s"))]
#[case::whole_system(
    &yaml(&format!("{}{MORE_OF_A_SYSTEM}", SYSTEM.replace("canExec: false", "canExec: true"))),
    Target::system("s")
)]
#[case::app(&toml(APP), Target::app("hello"))]
#[case::whole_app(&toml(&format!("{APP}{MORE_OF_AN_APP}")), Target::app("hello"))]
#[case::version(&toml(APP), Target::app_version("hello", "1"))]
#[tokio::test]
async fn an_exported_definition_is_unchanged_when_applied(
    #[case] definition: &Definition,
    #[case] target: Target,
) {
    let world = world().await;
    let _ = world.t.apply(definition).await.unwrap();
    let exported = world.t.export(target.clone()).await.unwrap();
    assert_eq!(exported.kind().unwrap(), definition.kind().unwrap());
    assert!(world.t.diff(&exported).await.unwrap().is_empty());
    for format in [Format::Json, Format::Yaml, Format::Toml] {
        let text = exported.to_text(format).unwrap();
        let applied = world.t.apply(&Definition::from_text(&text, format).unwrap()).await;
        assert_eq!(applied.unwrap(), ApplyOutcome::Unchanged, "{text}");
        let again = world.t.export(target.clone()).await.unwrap();
        assert_eq!(again.to_text(format).unwrap(), text);
    }
}

#[tokio::test]
async fn an_exported_definition_creates_the_same_in_another_place() {
    let (world, other) = (world().await, super::world().await);
    let _ = world.t.apply(&yaml(SYSTEM)).await.unwrap();
    let exported = world.t.export(Target::system("s")).await.unwrap();
    assert_eq!(other.t.apply(&exported).await.unwrap(), ApplyOutcome::Created);
    let there = other.t.export(Target::system("s")).await.unwrap();
    assert_eq!(there.to_value(), exported.to_value());
}

#[tokio::test]
async fn an_export_has_no_attributes_that_the_service_sets() {
    let world = world().await;
    let _ = world.t.apply(&yaml(SYSTEM)).await.unwrap();
    let exported = world.t.export(Target::system("s")).await.unwrap();
    for attribute in ["uuid", "tenant", "created", "updated", "deleted", "isDynamicEffectiveUser"] {
        assert_eq!(exported.get(attribute), None, "{attribute}");
    }
    assert_eq!(exported.get("isPublic").or(exported.get("sharedWithUsers")), None);
    assert_eq!(exported.text("effectiveUserId").unwrap(), "${apiUserId}");
    let _ = world.t.apply(&toml(APP)).await.unwrap();
    let exported = world.t.export(Target::app("hello")).await.unwrap();
    for attribute in ["uuid", "tenant", "created", "updated", "deleted", "sharedAppCtx"] {
        assert_eq!(exported.get(attribute), None, "{attribute}");
    }
}

#[tokio::test]
async fn an_export_has_no_credentials() {
    let world = world().await;
    let fixed = SYSTEM.replace("${apiUserId}", "service");
    let text = format!("{fixed}\nauthnCredential: {{password: planted-password}}");
    let _ = world.t.apply(&yaml(&text)).await.unwrap();
    let system = world.mock.requests_for("systems.createSystem")[0].json().unwrap();
    assert_eq!(system["authnCredential"]["password"], "planted-password");
    let exported = world.t.export(Target::system("s")).await.unwrap();
    assert_eq!(exported.text("effectiveUserId").unwrap(), "service");
    let text = exported.to_text(Format::Yaml).unwrap();
    assert!(!text.contains("authnCredential") && !text.contains("planted"), "{text}");
}

#[tokio::test]
async fn the_newest_version_of_an_app_is_exported_unless_one_is_named() {
    let world = world().await;
    let _ = world.t.apply(&toml(APP)).await.unwrap();
    world.clock.advance(Duration::from_secs(60));
    let newer = APP.replace("version = \"1\"", "version = \"2\"");
    let _ = world.t.apply(&toml(&newer)).await.unwrap();
    for (target, version) in [(Target::app("hello"), "2"), (Target::app_version("hello", "1"), "1")]
    {
        let exported = world.t.export(target).await.unwrap();
        assert_eq!(exported.text("version").unwrap(), version);
    }
}

#[rstest]
#[case(Target::system("none"))]
#[case(Target::app("none"))]
#[case(Target::app_version("none", "1"))]
#[tokio::test]
async fn exporting_what_does_not_exist_is_not_found(#[case] target: Target) {
    assert!(world().await.t.export(target).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_reply_becomes_the_request_for_a_copy() {
    let world = world().await;
    let t = &world.t;
    assert_eq!(t.apply(&yaml(SYSTEM)).await.unwrap(), ApplyOutcome::Created);
    let found = t.systems.get_system("s").await.unwrap();
    let copy = ReqPostSystem::try_from(found).unwrap().id("copy");
    t.systems.create_system(copy).await.unwrap();
    let copied = t.systems.get_system("copy").await.unwrap();
    assert_eq!((copied.host.as_deref(), copied.port), (Some("one.example.org"), Some(22)));
    let part = t.systems.get_system("s").select("id,host").await.unwrap();
    let error = ReqPostSystem::try_from(part).unwrap_err();
    assert!(error.is_input(), "{error}");
    assert_eq!(
        error.message(),
        "the reply lacks fields that the request requires: systemType, defaultAuthnMethod, canExec"
    );
}
