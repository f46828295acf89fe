//! Pods, runs of pipelines, executions of actors and measurements: what else takes long.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tapis_client::Error;
use tapis_client::blocking::{IntoBlockingIter as _, Wait as _};
use tapis_client::jobs::types::JobStatus;
use tapis_client::streams::MeasurementTable;
use tapis_client::wait::PollInterval;
use tapis_client::workflows::types::{ReqRunPipeline, RunStatus};
use tapis_mock::{Fault, Strictness};
use tapis_tests::World;

async fn world() -> World {
    World::new().await.unwrap()
}

fn from<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

async fn pod(world: &World, id: &str, image: &str) {
    let pod: tapis_client::pods::types::NewPod = from(json!({"pod_id": id, "image": image}));
    world.t.pods.create_pod(pod).await.unwrap();
}

#[tokio::test]
async fn a_pod_is_waited_for_until_it_is_there_and_until_it_is_gone() {
    let world = world().await;
    pod(&world, "mydb", "postgres").await;
    let mut watch = world.t.pods.wait_available("mydb").watch();
    let mut states = Vec::new();
    while let Some(pod) = watch.next().await.unwrap() {
        states.push(pod.status.unwrap());
    }
    assert_eq!(states, ["REQUESTED", "SPAWNER SETUP", "CREATING", "AVAILABLE"]);
    world.t.pods.stop_pod("mydb").await.unwrap();
    let stopped = world.t.pods.wait_stopped("mydb").await.unwrap();
    assert_eq!(stopped.status.as_deref(), Some("STOPPED"));
    let error = world.t.pods.wait_available("mydb").await.unwrap_err();
    assert!(error.is_failed() && error.message().contains("pod mydb is STOPPED"), "{error}");
}

#[tokio::test]
async fn after_a_restart_the_new_instance_is_waited_for() {
    let world = world().await;
    pod(&world, "mydb", "postgres").await;
    let old = world.t.pods.wait_available("mydb").await.unwrap();
    let asked = world.t.pods.restart_pod("mydb").await.unwrap();
    assert_eq!(asked.status.as_deref(), Some("AVAILABLE"), "the old instance is still there");
    let new = world.t.pods.wait_available("mydb").await.unwrap();
    assert_eq!(new.status_requested.as_deref(), Some("ON"));
    assert_ne!(new.start_instance_ts, old.start_instance_ts);
    // A pod that has stopped is started by a restart.
    world.t.pods.stop_pod("mydb").await.unwrap();
    world.t.pods.wait_stopped("mydb").await.unwrap();
    world.t.pods.restart_pod("mydb").await.unwrap();
    world.t.pods.wait_available("mydb").await.unwrap();
}

#[tokio::test]
async fn a_restart_is_waited_for_although_no_request_sees_the_pod_stopped() {
    let world = world().await;
    pod(&world, "mydb", "postgres").await;
    world.t.pods.wait_available("mydb").await.unwrap();
    world.t.pods.restart_pod("mydb").await.unwrap();
    let often = PollInterval::every(Duration::from_secs(5));
    let mut watch = world.t.pods.wait_available("mydb").poll_interval(often).watch();
    let mut states = Vec::new();
    while let Some(pod) = watch.next().await.unwrap() {
        states.push(pod.status.unwrap());
    }
    let all = ["AVAILABLE", "DELETING", "REQUESTED", "SPAWNER SETUP", "CREATING", "AVAILABLE"];
    assert_eq!(states, all);
}

#[tokio::test]
async fn a_pod_that_fails_says_so_and_can_be_started_after_a_stop() {
    let world = world().await;
    pod(&world, "broken", "fails").await;
    let error = world.t.pods.wait_available("broken").await.unwrap_err();
    assert!(error.is_failed(), "{error}");
    assert!(error.message().contains("is ERROR: Pod in terminated state"), "{error}");
    // It has ended by itself; only a stop makes it one that can be started.
    let ended = world.t.pods.wait_stopped("broken").await.unwrap();
    assert_eq!(ended.status.as_deref(), Some("ERROR"));
    world.t.pods.stop_pod("broken").await.unwrap();
    let stopped = world.t.pods.wait_stopped("broken").await.unwrap();
    assert_eq!(stopped.status.as_deref(), Some("STOPPED"));
    world.t.pods.start_pod("broken").await.unwrap();
}

#[tokio::test]
async fn an_error_while_the_image_is_pulled_passes() {
    let world = world().await;
    pod(&world, "large", "pulls-slowly").await;
    let often = PollInterval::every(Duration::from_secs(5));
    let mut watch = world.t.pods.wait_available("large").poll_interval(often.clone()).watch();
    let mut states = Vec::new();
    while let Some(pod) = watch.next().await.unwrap() {
        states.push(pod.status.unwrap());
    }
    assert_eq!(states[3..], ["ERROR", "AVAILABLE"]);
    pod(&world, "large2", "pulls-slowly").await;
    let strict = world.t.pods.wait_available("large2").grace_period(Duration::ZERO);
    let error = strict.poll_interval(often).await.unwrap_err();
    assert!(error.is_failed() && error.message().contains("waiting state"), "{error}");
}

#[tokio::test]
async fn a_pod_whose_container_ended_well_is_not_available() {
    let world = world().await;
    pod(&world, "batch", "completes").await;
    world.clock.advance(Duration::from_secs(60));
    let error = world.t.pods.wait_available("batch").await.unwrap_err();
    assert!(error.is_failed() && error.message().contains("pod batch is COMPLETE"), "{error}");
}

#[tokio::test]
async fn a_change_of_a_pod_can_be_repeated() {
    use tapis_client::pods::types::UpdatePod;
    let world = world().await;
    pod(&world, "mydb", "postgres").await;
    for changed in [true, false] {
        let change = UpdatePod::new().description("the database");
        let reply = world.t.pods.update_pod("mydb", change).send().await.unwrap();
        assert_eq!(reply.changed(), changed);
        assert_eq!(reply.result().description.as_deref(), Some("the database"));
    }
}

#[tokio::test]
async fn an_upload_into_a_directory_of_a_volume_is_refused_before_it_is_sent() {
    let world = world().await;
    let volume: tapis_client::pods::types::NewVolume = from(json!({"volume_id": "data"}));
    world.t.pods.create_volume(volume).await.unwrap();
    world.mock.clear_requests();
    let error = world.t.pods.upload_to_volume("data", "a/b.txt", "text").await.unwrap_err();
    assert!(
        error.is_input() && error.message().contains("does not support a slash here"),
        "{error}"
    );
    assert!(world.mock.requests().is_empty());
    world.t.pods.upload_to_volume("data", "b.txt", "text").await.unwrap();
}

#[tokio::test]
async fn a_plain_list_is_one_command() {
    let world = world().await;
    pod(&world, "mydb", "postgres").await;
    world.t.pods.exec_pod_commands("mydb", ["ls", "-l"]).await.unwrap();
    world.t.pods.exec_pod_commands("mydb", vec!["df"]).await.unwrap();
    let sent = world.mock.requests_for("pods.exec_pod_commands");
    assert_eq!(sent[0].json().unwrap()["commands"], json!([["ls", "-l"]]));
    assert_eq!(sent[1].json().unwrap()["commands"], json!([["df"]]));
}

/// A pipeline of tasks, each after the one before.
async fn pipeline_of(world: &World, id: &str, tasks: &[&str], policy: &str) {
    let t = &world.t;
    let group = from::<tapis_client::workflows::types::ReqGroup>(json!({"id": "lab"}));
    if t.workflows.get_group("lab").await.is_err() {
        t.workflows.create_group(group).await.unwrap();
    }
    let mut before = None;
    let tasks: Vec<Value> = tasks
        .iter()
        .map(|task| {
            let depends: Vec<Value> = before.iter().map(|id| json!({"id": id})).collect();
            before = Some(*task);
            json!({"id": task, "type": "tapis_actor", "tapis_actor_id": "a", "depends_on": depends})
        })
        .collect();
    let profile = json!({"duplicate_submission_policy": policy});
    let body = json!({"id": id, "type": "workflow", "tasks": tasks, "execution_profile": profile});
    let body: tapis_client::workflows::types::ReqPipeline = from(body);
    t.workflows.create_pipeline("lab", body).await.unwrap();
}

async fn pipeline(world: &World, id: &str) {
    pipeline_of(world, id, &["greet"], "terminate").await;
}

async fn run(world: &World, id: &str) -> String {
    let run = world.t.workflows.run_pipeline("lab", id, ReqRunPipeline::new());
    run.await.unwrap().uuid
}

#[tokio::test]
async fn a_run_is_waited_for() {
    let world = world().await;
    pipeline(&world, "nightly").await;
    let uuid = run(&world, "nightly").await;
    world.mock.inject(Fault::reset().on("workflows.getPipelineRun").after(1).times(3));
    let done = world.t.workflows.wait_run("lab", "nightly", uuid).await.unwrap();
    assert_eq!(done.status, Some(RunStatus::Completed));
    let uuid = run(&world, "nightly").await;
    world.t.workflows.terminate_pipeline("lab", "nightly", uuid.as_str()).await.unwrap();
    let error = world.t.workflows.wait_run("lab", "nightly", uuid).await.unwrap_err();
    assert!(error.is_failed() && error.message().contains("is terminated"), "{error}");
}

#[tokio::test]
async fn a_run_whose_task_failed_fails_with_the_last_words_of_the_task() {
    for (tasks, status) in [(&["fails"][..], "completed"), (&["fails", "greet"], "failed")] {
        let world = world().await;
        pipeline_of(&world, "nightly", tasks, "terminate").await;
        let uuid = run(&world, "nightly").await;
        let mut watch = world.t.workflows.wait_run("lab", "nightly", &uuid).watch();
        let mut last = None;
        let error = loop {
            match watch.next().await {
                Ok(run) => last = run.and_then(|run| run.status),
                Err(error) => break error,
            }
        };
        assert_eq!(last.unwrap().as_str(), status, "the last state comes before the error");
        let message = format!("run {uuid} is {status}: task fails failed: fails has failed");
        assert!(error.is_failed(), "{error}");
        assert_eq!(error.message(), message);
    }
}

#[tokio::test]
async fn a_task_that_may_fail_does_not_fail_the_run() {
    let world = world().await;
    pipeline_of(&world, "nightly", &["greet"], "terminate").await;
    let workflows = &world.t.workflows;
    let fails = json!({"id": "fails", "type": "tapis_actor", "tapis_actor_id": "a"});
    let after = json!({"id": "after", "type": "tapis_actor", "tapis_actor_id": "a",
        "depends_on": [{"id": "fails", "can_fail": true}]});
    for task in [fails, after] {
        let task = tapis_client::workflows::types::ReqTapisActorTask::try_from(task).unwrap();
        workflows.create_task("lab", "nightly", task).await.unwrap();
    }
    let uuid = run(&world, "nightly").await;
    let done = workflows.wait_run("lab", "nightly", uuid).await.unwrap();
    assert_eq!(done.status, Some(RunStatus::Completed));
}

#[tokio::test]
async fn a_submission_that_was_dropped_does_not_wait_for_ever() {
    let world = world().await;
    pipeline_of(&world, "nightly", &["greet"], "deny").await;
    let first = run(&world, "nightly").await;
    let second = run(&world, "nightly").await;
    world.t.workflows.wait_run("lab", "nightly", first).await.unwrap();
    let error = world.t.workflows.wait_run("lab", "nightly", second).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(error.message().contains("duplicate_submission_policy"), "{error}");
}

#[tokio::test]
async fn a_second_run_ends_the_first_by_default() {
    let world = world().await;
    pipeline(&world, "nightly").await;
    let first = run(&world, "nightly").await;
    let second = run(&world, "nightly").await;
    let error = world.t.workflows.wait_run("lab", "nightly", first).await.unwrap_err();
    assert!(error.is_failed() && error.message().contains("is terminated"), "{error}");
    world.t.workflows.wait_run("lab", "nightly", second).await.unwrap();
}

#[tokio::test]
async fn the_profile_of_a_task_is_read_from_either_form() {
    let world = world().await;
    pipeline(&world, "nightly").await;
    let workflows = &world.t.workflows;
    let listed = workflows.list_tasks("lab", "nightly").await.unwrap();
    let profile = listed[0].profile().unwrap();
    assert_eq!((profile.max_exec_time, profile.max_retries), (Some(3600), Some(0)));
    let alone = workflows.get_task("lab", "nightly", "greet").await.unwrap();
    assert_eq!(alone.profile(), Some(profile));
}

#[tokio::test]
async fn a_message_to_an_actor_gives_its_result() {
    let world = world().await;
    let make = async |image: &str| {
        let actor: tapis_client::actors::types::NewActor = from(json!({"image": image}));
        world.t.actors.create_actor(actor).await.unwrap().id
    };
    let actor = make("abacosamples/test").await;
    let done = world.t.actors.run(&actor, "hello").await.unwrap();
    assert_eq!((&done.result[..], done.logs.as_str()), (&b"hello"[..], "message: hello\n"));
    assert!(done.execution.start_time.is_some());
    assert_eq!(done.execution.exit_code, Some(tapis_client::actors::types::ExitCode::Integer(0)));
    assert_eq!(done.execution.executor.as_deref(), Some("testuser"));
    let broken = make("fails").await;
    let error = world.t.actors.run(&broken, "hello").await.unwrap_err();
    assert!(error.is_failed(), "{error}");
    let said = "ended with exit code 1: the actor ended with exit code 1";
    assert!(error.message().contains(said), "{error}");
}

fn execution(exit_code: Value, final_state: Value) -> tapis_client::actors::types::ActorExecution {
    from(json!({"id": "e", "exit_code": exit_code, "final_state": final_state}))
}

#[test]
fn the_exit_code_of_an_execution_is_read_in_the_forms_of_docker_and_kubernetes() {
    let docker = json!({"Status": "exited", "ExitCode": 3, "OOMKilled": false});
    let kubernetes = json!({"exit_code": 4, "reason": "Error", "started_at": null});
    for (exit_code, final_state, expected) in [
        (json!(0), docker.clone(), Some(0)),
        (json!(3), json!({"unavailable": true}), Some(3)),
        (json!("3"), Value::Null, Some(3)),
        (json!("undetermined"), docker, Some(3)),
        (json!("No Exit Code"), kubernetes.clone(), Some(4)),
        (Value::Null, kubernetes, Some(4)),
        (json!("undetermined"), json!({"unavailable": true}), None),
        (json!("No Exit Code"), json!({"started_at": null}), None),
        (Value::Null, Value::Null, None),
    ] {
        let read = execution(exit_code.clone(), final_state.clone()).container_exit_code();
        assert_eq!(read, expected, "{exit_code} {final_state}");
    }
}

#[test]
fn too_little_memory_is_read_in_the_forms_of_docker_and_kubernetes() {
    for (final_state, expected) in [
        (json!({"OOMKilled": true, "ExitCode": 137}), true),
        (json!({"OOMKilled": false, "ExitCode": 137}), false),
        (json!({"reason": "OOMKilled", "exit_code": 137}), true),
        (json!({"reason": "Error", "exit_code": 1}), false),
        (Value::Null, false),
    ] {
        let read = execution(json!(137), final_state.clone()).is_out_of_memory();
        assert_eq!(read, expected, "{final_state}");
    }
}

#[tokio::test]
async fn an_execution_on_kubernetes_is_judged_by_its_exit_code() {
    let world = world().await;
    for (image, code) in [("kubernetes", 0), ("kubernetes-fails", 1)] {
        let actor: tapis_client::actors::types::NewActor = from(json!({"image": image}));
        let actor = world.t.actors.create_actor(actor).await.unwrap().id;
        let message = tapis_client::actors::types::Message::new("hello");
        let sent = world.t.actors.send_message(&actor, message).await.unwrap();
        let sent = sent.execution_id.unwrap();
        let waited = world.t.actors.wait_execution(&actor, &sent).await;
        assert_eq!(waited.is_ok(), code == 0, "{waited:?}");
        let execution = world.t.actors.get_execution(&actor, &sent).await.unwrap();
        assert_eq!(execution.container_exit_code(), Some(code));
        let state = execution.final_state.as_ref().unwrap();
        assert_eq!(state.get("exit_code"), Some(&json!(code)));
        assert!(execution.finish_time.is_none());
    }
}

#[tokio::test]
async fn a_message_to_an_actor_in_error_does_not_wait_for_ever() {
    let world = world().await;
    let actor: tapis_client::actors::types::NewActor = from(json!({"image": "nobody/missing"}));
    let actor = world.t.actors.create_actor(actor).await.unwrap().id;
    let error = world.t.actors.run(&actor, "hello").await.unwrap_err();
    assert!(error.is_failed(), "{error}");
    assert!(error.message().contains("which is in ERROR: Error pulling image"), "{error}");
}

#[tokio::test]
async fn an_actor_is_used_with_a_nonce_and_without_a_token() {
    use tapis_client::actors::types::NewActorNonce;
    let world = world().await;
    let actor: tapis_client::actors::types::NewActor = from(json!({"image": "abacosamples/test"}));
    let actor = world.t.actors.create_actor(actor).await.unwrap().id;
    let nonce = NewActorNonce::new().max_uses(2);
    let nonce = world.t.actors.create_nonce(&actor, nonce).await.unwrap().id;
    let stranger = tapis_client::Tapis::builder(world.mock.base_url()).build().unwrap();
    let send = || {
        let message = tapis_client::actors::types::Message::new("hello");
        stranger.actors.send_message(&actor, message)
    };
    let refused = send().await.unwrap_err();
    assert!(refused.is_authentication(), "{refused}");
    let sent = send().x_nonce(nonce.clone()).await.unwrap();
    assert!(sent.execution_id.is_some());
    stranger.actors.get_actor(&actor).x_nonce(nonce.clone()).await.unwrap();
    let used_up = send().x_nonce(nonce).await.unwrap_err();
    assert!(used_up.message().contains("No remaining uses"), "{used_up}");
}

async fn instrument(world: &World) {
    use tapis_client::streams::calls::CreateVariableArgs;
    let t = &world.t;
    let project = json!({"project_name": "p", "description": "d", "owner": "testuser", "pi": "testuser", "funding_resource": "f", "project_url": "u"});
    t.streams
        .create_project(from::<tapis_client::streams::types::NewProject>(project))
        .await
        .unwrap();
    let site = json!([{"site_id": "s", "site_name": "s", "latitude": 1.0, "longitude": 2.0, "elevation": 3.0, "description": "d"}]);
    t.streams
        .create_site("p", from::<Vec<tapis_client::streams::types::NewSite>>(site))
        .await
        .unwrap();
    let instrument = json!([{"inst_id": "i", "inst_name": "i", "inst_description": "d"}]);
    t.streams
        .create_instrument(
            "p",
            "s",
            from::<Vec<tapis_client::streams::types::NewInstrument>>(instrument),
        )
        .await
        .unwrap();
    let variables =
        json!([{"var_id": "temp", "var_name": "temp"}, {"var_id": "rain", "var_name": "rain"}]);
    t.streams
        .create_variable(CreateVariableArgs {
            project_id: "p".into(),
            site_id: "s".into(),
            inst_id: "i".into(),
            body: from(variables),
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn measurements_go_in_and_out_as_a_table() {
    for strictness in [Strictness::AsDocumented, Strictness::AsDeployed] {
        let world = World::with(|mock| mock.strictness(strictness), |client| client).await.unwrap();
        instrument(&world).await;
        let text = "datetime,rain,temp\n2026-11-01T00:00:00Z,0,1.5\n2026-11-02T00:00:00Z,,2.5\n";
        let readings = MeasurementTable::from_csv(text).unwrap();
        world.t.streams.write_measurements("i", readings.clone()).await.unwrap();
        let read = world.t.streams.read_measurements("p", "s", "i").await.unwrap();
        // The service writes timestamps in a form of its own.
        let written = text.replace("T00:00:00Z", " 00:00:00+00:00");
        assert_eq!(read, MeasurementTable::from_csv(&written).unwrap());
        assert_eq!(read.to_csv(), written);
        world.mock.clear_requests();
        world.t.streams.write_measurements("i", MeasurementTable::new()).await.unwrap();
        assert!(world.mock.requests().is_empty());
        let mut wrong = MeasurementTable::new();
        wrong.insert("2026-11-01T00:00:00Z", "wind", 1.0);
        let error = world.t.streams.write_measurements("i", wrong).await.unwrap_err();
        assert_eq!(error.status().unwrap(), 500, "{strictness:?} {error}");
    }
}

#[tokio::test]
async fn a_waiter_has_the_id_of_its_resource() {
    let World { t, .. } = world().await;
    let job = t.jobs.wait("job").until(JobStatus::Running);
    let run = t.workflows.wait_run("lab", "nightly", "run");
    let execution = t.actors.wait_execution("actor", "execution");
    let pods = [t.pods.wait_available("pod"), t.pods.wait_stopped("pod")];
    let transfer = t.files.wait_transfer("transfer");
    assert_eq!(
        [job.id(), run.id(), execution.id(), pods[0].id(), pods[1].id(), transfer.id()],
        ["job", "run", "execution", "pod", "pod", "transfer"]
    );
}

#[tokio::test]
async fn the_waiting_has_an_end_of_its_own() {
    let world = world().await;
    pod(&world, "mydb", "postgres").await;
    let waiter = world
        .t
        .pods
        .wait_available("mydb")
        .poll_interval(PollInterval::every(Duration::from_secs(4)));
    let error = waiter.timeout(Duration::from_secs(15)).await.unwrap_err();
    assert!(
        error.is_timeout()
            && error.message().contains("pod mydb was still SPAWNER SETUP after 15s"),
        "{error}"
    );
    // The last one is at the deadline.
    assert_eq!(world.mock.requests_for("pods.get_pod").len(), 5);
    world.t.pods.wait_available("mydb").await.unwrap();
}

#[tokio::test]
async fn connections_that_break_do_not_end_the_waiting() {
    let world = world().await;
    pod(&world, "mydb", "postgres").await;
    // Each question is tried four times, so that one of them has no answer.
    world.mock.inject(Fault::reset().on("pods.get_pod").after(1).times(5));
    world.t.pods.wait_available("mydb").await.unwrap();
    world.mock.inject(Fault::status(502).on("actors.get_execution").after(1).times(5));
    let actor: tapis_client::actors::types::NewActor = from(json!({"image": "abacosamples/test"}));
    let actor = world.t.actors.create_actor(actor).await.unwrap().id;
    assert_eq!(world.t.actors.run(actor, "hello").await.unwrap().result, "hello");
    assert!(world.mock.faults().is_empty(), "all of them struck");
}

#[tokio::test]
async fn a_run_is_terminated_with_its_waiter_only_when_asked() {
    let world = world().await;
    pipeline(&world, "nightly").await;
    for asked in [false, true] {
        let uuid = run(&world, "nightly").await;
        let waiter = world.t.workflows.wait_run("lab", "nightly", uuid);
        let mut watch = if asked { waiter.cancel_on_drop() } else { waiter }.watch();
        watch.next().await.unwrap().unwrap();
        drop(watch);
        // Terminating is a task of its own, and is sent after what else is ready.
        let terminated = || world.mock.requests_for("workflows.terminatePipeline").len();
        for _ in 0..if asked { usize::MAX } else { 100 } {
            if terminated() > 0 {
                break;
            }
            tokio::task::yield_now().await;
        }
        assert_eq!(terminated(), usize::from(asked));
    }
}

#[test]
fn everything_can_be_waited_for_without_a_runtime() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (world, uuid) = runtime.block_on(async {
        let world = world().await;
        pod(&world, "mydb", "postgres").await;
        pipeline(&world, "nightly").await;
        instrument(&world).await;
        let uuid = run(&world, "nightly").await;
        (world, uuid)
    });
    let t = &world.t;
    let states: Result<Vec<_>, Error> =
        t.pods.wait_available("mydb").watch().blocking_iter().collect();
    assert_eq!(states.unwrap().len(), 4);
    let pod = t.pods.wait_available("mydb").wait().unwrap();
    assert_eq!(pod.status.as_deref(), Some("AVAILABLE"));
    let done = t.workflows.wait_run("lab", "nightly", uuid).wait().unwrap();
    assert_eq!(done.status, Some(RunStatus::Completed));
    let actor: tapis_client::actors::types::NewActor = from(json!({"image": "abacosamples/test"}));
    let actor = t.actors.create_actor(actor).wait().unwrap().id;
    assert_eq!(t.actors.run(actor, "hello").wait().unwrap().result, "hello");
    let readings = MeasurementTable::from_csv("datetime,temp\n2026-11-01T00:00:00Z,1.5\n").unwrap();
    t.streams.write_measurements("i", readings.clone()).wait().unwrap();
    let read = t.streams.read_measurements("p", "s", "i").wait().unwrap();
    assert_eq!(read.rows["2026-11-01 00:00:00+00:00"]["temp"].as_f64(), Some(1.5));
}

#[tokio::test]
async fn a_task_of_a_pipeline_need_not_be_told_its_type() {
    use tapis_client::workflows::types::{ReqFunctionTask, ReqPipeline, ReqTapisActorTask};
    let world = world().await;
    pipeline(&world, "nightly").await;
    let greet = ReqFunctionTask::new("greet", "pip", "python:3.9");
    let pipeline = ReqPipeline::new("two", "workflow");
    let pipeline = pipeline.tasks([greet.code("cGFzcw==")]);
    world.t.workflows.create_pipeline("lab", pipeline).await.unwrap();
    let actor = ReqTapisActorTask::new("act", "a");
    world.t.workflows.create_task("lab", "two", actor).await.unwrap();
    let sent = world.mock.requests_for("workflows.createPipeline");
    assert_eq!(sent[1].json().unwrap()["tasks"][0]["type"], "function");
    let sent = world.mock.requests_for("workflows.createTask")[0].json().unwrap();
    assert_eq!(sent, json!({"id": "act", "tapis_actor_id": "a", "type": "tapis_actor"}));
    // From JSON, what is missing in one is named, before anything is sent.
    let task = json!({"id": "act", "type": "tapis_actor"});
    let error = ReqTapisActorTask::try_from(task).unwrap_err();
    assert!(error.is_input() && error.message().contains("tapis_actor_id"), "{error}");
}
