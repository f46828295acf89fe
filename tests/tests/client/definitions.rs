//! Systems and apps from files: created, compared, changed, exported; and credentials of systems.

use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};
use tapis_client::Error;
use tapis_client::blocking::Wait as _;
use tapis_client::definitions::{ApplyOutcome, Definition, Format, Kind, Target};
use tapis_client::systems::SetCredential;
use tapis_client::systems::types::ReqPostSystem;
use tapis_mock::Fault;
use tapis_tests::World;

const SYSTEM: &str = "
id: s
systemType: LINUX
host: one.example.org
defaultAuthnMethod: PASSWORD
effectiveUserId: ${apiUserId}
canExec: false
port: 22
enabled: true
tags: [a, b]
notes:
  project: {name: p}
";

const APP: &str = r#"
id = "hello"
version = "1"
containerImage = "busybox"
enabled = true
[jobAttributes]
tags = ["a"]
[[jobAttributes.parameterSet.envVariables]]
key = "A"
value = "1"
"#;

async fn world() -> World {
    World::new().await.unwrap()
}

fn yaml(text: &str) -> Definition {
    Definition::from_text(text, Format::Yaml).unwrap()
}

fn toml(text: &str) -> Definition {
    Definition::from_text(text, Format::Toml).unwrap()
}

/// The operations that were asked for since the last time, logging in aside.
fn asked(world: &World) -> Vec<String> {
    let requests = world.mock.requests();
    world.mock.clear_requests();
    let operations = requests.into_iter().filter_map(|request| Some(request.operation?.1));
    operations.filter(|operation| operation != "create_token").collect()
}

fn lines(applied: &ApplyOutcome) -> String {
    match applied {
        ApplyOutcome::Updated(differences) => differences.to_string(),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn a_system_is_created_left_alone_and_changed() {
    let world = world().await;
    let t = &world.t;
    assert_eq!(t.apply(&yaml(SYSTEM)).await.unwrap(), ApplyOutcome::Created);
    assert_eq!(asked(&world), ["getSystem", "createSystem"]);
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
async fn a_locked_app_is_unlocked_before_it_is_changed() {
    let world = world().await;
    let t = &world.t;
    let locked = APP.replace("enabled = true", "locked = true");
    let _ = t.apply(&toml(&APP.replace("enabled = true", "locked = false"))).await.unwrap();
    let _ = t.apply(&toml(&locked)).await.unwrap();
    asked(&world);
    let changed = locked.replace("busybox", "alpine").replace("locked = true", "locked = false");
    let _ = t.apply(&toml(&changed)).await.unwrap();
    assert_eq!(asked(&world), ["getApp", "unlockApp", "patchApp"]);
    let _ = t.apply(&toml(&changed.replace("locked = false", "locked = true"))).await.unwrap();
    assert_eq!(asked(&world), ["getApp", "lockApp"]);
}

#[tokio::test]
async fn a_locked_app_stays_locked_when_the_change_is_refused() {
    let world = world().await;
    let _ = world.t.apply(&toml(&APP.replace("enabled = true", "locked = true"))).await.unwrap();
    asked(&world);
    let refused = APP.replace("enabled = true", "locked = false\nowner = 'somebody'");
    let error = world.t.apply(&toml(&refused)).await.unwrap_err();
    assert!(error.message().contains("owner cannot be changed"), "{error}");
    assert_eq!(asked(&world), ["getApp"]);
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
    assert_eq!(asked(&world), ["getSystem", "disableSystem"]);
    let _ = t.apply(&yaml(SYSTEM)).await.unwrap();
    assert_eq!(asked(&world), ["getSystem", "enableSystem"]);
    assert_eq!(t.systems.get_system("s").await.unwrap().enabled, Some(true));
}

#[tokio::test]
async fn what_broke_off_in_the_middle_is_finished_by_applying_it_again() {
    let world = world().await;
    let t = &world.t;
    // The system is there, and nobody heard of it.
    world.mock.inject(Fault::truncate(3).on("systems.createSystem").times(1));
    let error = t.apply(&yaml(SYSTEM)).await.unwrap_err();
    assert!(error.maybe_sent(), "{error}");
    assert_eq!(t.apply(&yaml(SYSTEM)).await.unwrap(), ApplyOutcome::Unchanged);

    let changed = SYSTEM.replace("one.", "two.").replace("enabled: true", "enabled: false");
    world.mock.inject(Fault::status(500).on("systems.disableSystem").times(1));
    let error = t.apply(&yaml(&changed)).await.unwrap_err();
    assert_eq!(error.operation().unwrap().id, "disableSystem", "{error}");
    assert_eq!(
        lines(&t.apply(&yaml(&changed)).await.unwrap()),
        "enabled: false here, true on the server\n",
        "the host has been changed before"
    );
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

#[tokio::test]
async fn comparing_with_what_is_not_there_is_not_found() {
    let world = world().await;
    assert!(world.t.diff(&yaml(SYSTEM)).await.unwrap_err().is_not_found());
    assert!(world.t.diff(&toml(APP)).await.unwrap_err().is_not_found());
}

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
        jobAttributes.parameterSet.envVariables[0].value: \"2\" here, \"1\" on the server\n";
    assert_eq!(t.diff(&toml(&changed)).await.unwrap().to_string(), differences);
    assert_eq!(lines(&t.apply(&toml(&changed)).await.unwrap()), differences);
    assert_eq!(asked(&world), ["getApp", "getApp", "patchApp"]);
    let app = t.apps.get_app("hello", "1").await.unwrap();
    assert_eq!(app.container_image.as_deref(), Some("alpine"));
    // Another version is another thing.
    let other = changed.replace("version = \"1\"", "version = \"2\"");
    assert_eq!(t.apply(&toml(&other)).await.unwrap(), ApplyOutcome::Created);
}

#[tokio::test]
async fn an_app_and_its_version_are_disabled_apart() {
    let world = world().await;
    let t = &world.t;
    let _ = t.apply(&toml(APP)).await.unwrap();
    asked(&world);
    let _ = t.apply(&toml(&APP.replace("enabled = true", "enabled = false"))).await.unwrap();
    assert_eq!(asked(&world), ["getApp", "disableApp"]);
    let version = APP.replace("enabled = true", "versionEnabled = false");
    let _ = t.apply(&toml(&version)).await.unwrap();
    assert_eq!(asked(&world), ["getApp", "disableAppVersion"]);
}

#[tokio::test]
async fn a_definition_is_a_file() {
    let world = world().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.yml");
    std::fs::write(&path, SYSTEM).unwrap();
    let definition = Definition::from_path(&path).await.unwrap();
    assert_eq!(world.t.apply(&definition).await.unwrap(), ApplyOutcome::Created);
    for (name, content, why) in [
        ("s.txt", SYSTEM, "has to end in .json, .yaml, .yml or .toml"),
        ("s.json", SYSTEM, "is not JSON"),
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
    "canExec (system) and version (app) exclude each other",
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
        assert!(error.message().contains("set it with Definition::with_kind"), "{error}");
    }
    assert!(asked(&world).is_empty());
    let error = world.t.apply(&definition.with_kind(Kind::App)).await.unwrap_err();
    assert!(error.message().contains(of_an_app), "{error}");
}

const MORE_OF_A_SYSTEM: &str = "
rootDir: /data
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
    let (world, other) = (world().await, World::new().await.unwrap());
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

const KEY: &str = "-----BEGIN RSA PRIVATE KEY-----\nplanted-key\n-----END RSA PRIVATE KEY-----\n";

#[rstest]
#[case::password(
    |call: SetCredential| call.password("planted-password"),
    json!({"password": "planted-password"})
)]
#[case::keys(
    |call: SetCredential| call.key_pair(KEY, "ssh-ed25519 AAAA me\n").login_user("me"),
    json!({"privateKey": KEY, "publicKey": "ssh-ed25519 AAAA me", "loginUser": "me"})
)]
#[case::access_key(
    |call: SetCredential| call.access_key("planted-access-key", "planted-access-secret"),
    json!({"accessKey": "planted-access-key", "accessSecret": "planted-access-secret"})
)]
#[case::tokens(
    |call: SetCredential| call.token_pair("planted-token", "planted-refresh"),
    json!({"accessToken": "planted-token", "refreshToken": "planted-refresh"})
)]
#[tokio::test]
async fn a_credential_is_stored_and_shown_to_nobody(
    #[case] with: fn(SetCredential) -> SetCredential,
    #[case] sent: Value,
) {
    let world = world().await;
    let _ = world.t.apply(&yaml(SYSTEM)).await.unwrap();
    let call = with(world.t.systems.set_credential("s"));
    assert!(!format!("{call:?} {call:#?}").contains("planted"), "{call:?}");
    call.await.unwrap();
    let request = &world.mock.requests_for("systems.createUserCredential")[0];
    assert_eq!(request.json().unwrap(), sent);
    assert_eq!(request.path, "/v3/systems/credential/s/user/testuser");
    assert_eq!(request.query_value("skipCredentialCheck"), None);
}

#[tokio::test]
async fn keys_are_read_from_files_and_for_whom_can_be_said() {
    let world = world().await;
    let _ = world.t.apply(&yaml(SYSTEM)).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (private, public) = (folder.path().join("id"), folder.path().join("id.pub"));
    let none = world.t.systems.set_credential("s").from_key_files(&private, &public).await;
    assert_eq!(none.unwrap_err().kind(), tapis_client::ErrorKind::Io);
    std::fs::write(&private, KEY.replace('\n', "\r\n")).unwrap();
    std::fs::write(&public, "ssh-ed25519 AAAA me\n").unwrap();
    let call = world.t.systems.set_credential("s").from_key_files(&private, &public);
    call.for_user("testuser").skip_check().await.unwrap();
    let request = &world.mock.requests_for("systems.createUserCredential")[0];
    assert_eq!(request.json().unwrap()["privateKey"], KEY);
    assert_eq!(request.query_value("skipCredentialCheck"), Some("true"));
}

#[tokio::test]
async fn a_credential_without_one_is_refused_before_anything_is_sent() {
    let world = world().await;
    let error: Error = world.t.systems.set_credential("s").await.unwrap_err();
    assert!(error.is_input() && asked(&world).is_empty(), "{error}");
}

#[tokio::test]
async fn keys_that_are_the_wrong_way_round_are_neither_sent_nor_shown() {
    let world = World::new().await.unwrap();
    for (private, public) in [("ssh-ed25519 AAAA planted", KEY), (KEY, KEY)] {
        let call = world.t.systems.set_credential("s").for_user("me").key_pair(private, public);
        assert!(!format!("{call:?}").contains("planted"), "{call:?}");
        let error = call.await.unwrap_err();
        assert!(error.is_input() && !error.maybe_sent(), "{error}");
        assert!(error.message().contains("are the two the wrong way round?"), "{error}");
        assert!(!format!("{error:?}").contains("planted"), "{error:?}");
    }
    assert!(world.mock.requests_for("systems.createUserCredential").is_empty());
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
        "the reply does not hold what the request requires: systemType, defaultAuthnMethod, canExec"
    );
}
