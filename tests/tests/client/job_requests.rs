//! Requests for jobs that are made from the app which they run.

use serde_json::{Value, json};
use tapis_client::apps::types::{ReqPostApp, TapisApp};
use tapis_client::jobs::types::ReqSubmitJob;
use tapis_client::jobs::{Asked, JobRequest};
use tapis_tests::World;

const SUBMIT: &str = "jobs.submitJob";

/// An app that asks for one thing of each kind, and has everything else that it can have.
fn definition() -> Value {
    let asks = |name: &str| json!({"name": name, "inputMode": "REQUIRED"});
    json!({
        "id": "align", "version": "2", "containerImage": "busybox", "description": "Aligns.",
        "jobAttributes": {
            "execSystemId": "s",
            "maxMinutes": 7,
            "parameterSet": {
                "appArgs": [
                    {"name": "word", "description": "whom to greet", "inputMode": "REQUIRED"},
                    {"name": "mode", "arg": "-fast", "inputMode": "REQUIRED"},
                    {"name": "level", "arg": "-v", "inputMode": "FIXED"},
                    {"name": "extra", "arg": "-x", "inputMode": "INCLUDE_ON_DEMAND"},
                ],
                "containerArgs": [asks("mount")],
                "schedulerOptions": [asks("account")],
                "envVariables": [
                    {"key": "SEED", "inputMode": "REQUIRED"},
                    {"key": "UNSET", "value": "!tapis_not_set", "inputMode": "REQUIRED"},
                    {"key": "HOME", "value": "/", "inputMode": "FIXED"},
                    {"key": "LANG", "value": "C"},
                ],
            },
            "fileInputs": [
                {"name": "reads", "targetPath": "*", "inputMode": "REQUIRED"},
                {"name": "genome", "targetPath": "*", "sourceUrl": "tapis://s/g", "inputMode": "REQUIRED"},
                {"name": "notes", "targetPath": "*", "inputMode": "OPTIONAL"},
            ],
            "fileInputArrays": [{"name": "lanes", "targetDir": "*", "inputMode": "REQUIRED"}],
        },
    })
}

/// Puts the app there and gives it as the service shows it.
async fn app(world: &World, definition: Value) -> TapisApp {
    world.make_system("s").await.unwrap();
    let id = definition["id"].as_str().unwrap().to_owned();
    let app: ReqPostApp = serde_json::from_value(definition).unwrap();
    world.t.apps.create_app_version(app).await.unwrap();
    world.t.apps.get_app_latest_version(id).await.unwrap()
}

fn names(request: &JobRequest) -> Vec<String> {
    request.missing().iter().map(ToString::to_string).collect()
}

fn filled(app: &TapisApp) -> JobRequest {
    let request = JobRequest::for_app(app).unwrap();
    let request = request.arg("word", "world").container_arg("mount", "--bind /a");
    let request = request.scheduler_option("account", "-A me").variable("SEED", "42");
    let request = request.variable("UNSET", "set").input("reads", "tapis://s/reads.fq");
    request.inputs("lanes", ["tapis://s/1", "tapis://s/2"])
}

#[tokio::test]
async fn what_is_known_of_the_app_is_filled_in_and_nothing_else() {
    let world = World::new().await.unwrap();
    let simple = json!({
        "id": "hello", "version": "1", "containerImage": "busybox", "description": "Says hello.",
        "jobAttributes": {"execSystemId": "s", "maxMinutes": 7, "nodeCount": 2},
    });
    let app = app(&world, simple).await;
    let request = JobRequest::for_app(&app).unwrap();
    assert!(request.missing().is_empty());
    let job = world.t.jobs.submit_job(request).await.unwrap();
    let sent = world.mock.requests_for(SUBMIT)[0].json().unwrap();
    let expected = json!({
        "name": "hello-1", "appId": "hello", "appVersion": "1", "description": "Says hello.",
    });
    assert_eq!(sent, expected);
    assert_eq!((job.max_minutes, job.node_count), (Some(7), Some(2)), "the app's own values");
}

#[tokio::test]
async fn what_the_app_asks_for_is_missing_until_it_is_given() {
    let world = World::new().await.unwrap();
    let app = app(&world, definition()).await;
    let request = JobRequest::for_app(&app).unwrap();
    let all = [
        "argument word (whom to greet)",
        "container argument mount",
        "scheduler option account",
        "environment variable SEED",
        "environment variable UNSET",
        "input reads",
        "group of inputs lanes",
    ];
    assert_eq!(names(&request), all);
    assert_eq!(request.missing()[0].kind, Asked::Argument);
    let error = world.t.jobs.run(request.clone()).await.unwrap_err();
    assert!(error.is_input() && error.message().contains("app align: missing: "), "{error}");
    assert!(all.iter().all(|name| error.message().contains(name)), "{error}");
    assert!(!error.maybe_sent() && world.mock.requests_for(SUBMIT).is_empty());

    // Given by hand counts as well; without a value it does not.
    let by_hand = request.change(|request| {
        let inputs = json!([{"name": "reads", "sourceUrl": "tapis://s/r"}, {"name": "lanes"}]);
        request.file_inputs = serde_json::from_value(inputs).unwrap();
    });
    assert_eq!(names(&by_hand), [&all[..5], &all[6..]].concat());

    let request = filled(&app);
    assert_eq!(names(&request), [""; 0]);
    let request = request.name("mine").arg("extra", "-y").variable("OTHER", "1");
    let job = world.t.jobs.submit_job(request).await.unwrap();
    assert_eq!(job.name.as_deref(), Some("mine"));
    let sent = world.mock.requests_for(SUBMIT)[0].json().unwrap();
    assert_eq!(
        sent["parameterSet"],
        json!({
            "appArgs": [{"name": "word", "arg": "world"}, {"name": "extra", "arg": "-y"}],
            "containerArgs": [{"name": "mount", "arg": "--bind /a"}],
            "schedulerOptions": [{"name": "account", "arg": "-A me"}],
            "envVariables": [
                {"key": "SEED", "value": "42"},
                {"key": "UNSET", "value": "set"},
                {"key": "OTHER", "value": "1"},
            ],
        })
    );
    assert_eq!(sent["fileInputs"], json!([{"name": "reads", "sourceUrl": "tapis://s/reads.fq"}]));
    let lanes = json!([{"name": "lanes", "sourceUrls": ["tapis://s/1", "tapis://s/2"]}]);
    assert_eq!(sent["fileInputArrays"], lanes);
}

#[tokio::test]
async fn what_is_given_twice_is_as_given_last() {
    let world = World::new().await.unwrap();
    let app = app(&world, definition()).await;
    let request = filled(&app).arg("word", "moon").input("reads", "tapis://s/other.fq");
    let request = ReqSubmitJob::try_from(request).unwrap();
    let arguments = request.parameter_set.unwrap().app_args.unwrap();
    assert_eq!((arguments.len(), arguments[0].arg.as_str()), (1, "moon"));
    let inputs = request.file_inputs.unwrap();
    assert_eq!((inputs.len(), inputs[0].source_url.as_deref()), (1, Some("tapis://s/other.fq")));
}

#[tokio::test]
async fn what_the_app_does_not_have_or_does_not_let_go_is_refused() {
    let world = World::new().await.unwrap();
    let app = app(&world, definition()).await;
    for (request, why) in [
        (
            filled(&app).arg("wrod", "world"),
            "there is no argument wrod; there is word, mode, level, extra",
        ),
        (filled(&app).arg("level", "-q"), "the argument level cannot be changed"),
        (filled(&app).variable("HOME", "/tmp"), "the environment variable HOME cannot be changed"),
        (
            filled(&app).input("lanes", "tapis://s/1"),
            "there is no input lanes; there is reads, genome, notes",
        ),
    ] {
        let error = world.t.jobs.submit_job(request).await.unwrap_err();
        assert!(error.is_input() && error.message().contains(why), "{error}");
    }
    assert!(world.mock.requests_for(SUBMIT).is_empty());
}

#[tokio::test]
async fn an_app_without_a_system_needs_one_from_the_request() {
    let world = World::new().await.unwrap();
    let bare = json!({"id": "bare", "version": "1", "containerImage": "busybox"});
    let app = app(&world, bare).await;
    let request = JobRequest::for_app(&app).unwrap();
    assert_eq!(names(&request), ["system execSystemId (the app names none)"]);
    let job = world.t.jobs.run(request.system("s")).await.unwrap().await.unwrap();
    assert_eq!(job.exec_system_id.as_deref(), Some("s"));
}

#[tokio::test]
async fn an_app_from_a_list_is_not_known_well_enough() {
    let world = World::new().await.unwrap();
    let _ = app(&world, definition()).await;
    let apps = world.t.apps.get_apps().await.unwrap();
    let error = JobRequest::for_app(&apps[0]).unwrap_err();
    assert!(error.is_input() && error.message().contains("fetch it with get_app"), "{error}");
}
