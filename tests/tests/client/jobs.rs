//! Jobs: submitted, waited for, watched, followed, submitted again.

use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use serde_json::json;
use tapis_client::blocking::{IntoBlockingIter as _, Wait as _};
use tapis_client::jobs::JobFailed;
use tapis_client::jobs::types::{JobStatus, ReqSubmitJob};
use tapis_client::wait::PollInterval;
use tapis_client::{Error, ErrorKind};
use tapis_mock::Fault;
use tapis_tests::World;

const GET: &str = "jobs.getJob";

/// The states of a job of the mock, each of which lasts ten seconds.
const WAY: [&str; 9] = [
    "PENDING",
    "PROCESSING_INPUTS",
    "STAGING_INPUTS",
    "STAGING_JOB",
    "SUBMITTING_JOB",
    "QUEUED",
    "RUNNING",
    "ARCHIVING",
    "FINISHED",
];

async fn world() -> World {
    let world = World::new().await.unwrap();
    world.make_system("s").await.unwrap();
    let app = json!({
        "id": "hello", "version": "1", "containerImage": "busybox",
        "jobAttributes": {"execSystemId": "s"},
    });
    let app: tapis_client::apps::types::ReqPostApp = serde_json::from_value(app).unwrap();
    world.t.apps.create_app_version(app).await.unwrap();
    world
}

fn request() -> ReqSubmitJob {
    let request = json!({
        "name": "greeting", "appId": "hello", "appVersion": "1",
        "parameterSet": {"appArgs": [{"name": "word", "arg": "world"}]},
        "notes": {"project": "p"},
    });
    serde_json::from_value(request).unwrap()
}

async fn submit(world: &World) -> String {
    world.t.jobs.submit_job(request()).await.unwrap().uuid
}

fn every(seconds: u64) -> PollInterval {
    PollInterval::every(Duration::from_secs(seconds))
}

#[tokio::test]
async fn a_job_is_watched_through_every_state() {
    let world = world().await;
    let uuid = submit(&world).await;
    let jobs = &world.t.jobs;
    let mut watch = jobs.watching(jobs.wait(&uuid).poll_interval(every(5)));
    let (mut states, mut events) = (Vec::new(), Vec::new());
    while let Some(change) = watch.next().await.unwrap() {
        states.push(change.job.status.unwrap().as_str().to_owned());
        events.extend(
            change.events.into_iter().filter(|e| e.event.as_deref() == Some("JOB_NEW_STATUS")),
        );
    }
    assert_eq!(states, WAY);
    let events: Vec<String> = events.into_iter().filter_map(|event| event.event_detail).collect();
    assert_eq!(events, WAY, "no event is told twice or left out");
    assert!(watch.next().await.unwrap().is_none());
}

#[tokio::test]
async fn events_are_told_also_of_states_that_nobody_saw() {
    let world = world().await;
    let uuid = submit(&world).await;
    let jobs = &world.t.jobs;
    let mut watch = jobs.watching(jobs.wait(&uuid).poll_interval(every(25)));
    let (mut states, mut events) = (0, 0);
    while let Some(change) = watch.next().await.unwrap() {
        states += 1;
        events +=
            change.events.iter().filter(|e| e.event.as_deref() == Some("JOB_NEW_STATUS")).count();
    }
    assert!(states < WAY.len(), "{states}");
    assert_eq!(events, WAY.len());
}

#[tokio::test]
async fn submitting_and_waiting_is_one_thing() {
    let world = world().await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = {
        let told = Arc::clone(&told);
        move |job: &tapis_client::jobs::types::Job| told.lock().unwrap().push(job.status.clone())
    };
    let job = world.t.jobs.run(request()).await.unwrap().on_change(tell).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Finished));
    assert_eq!(told.lock().unwrap().last().unwrap(), &Some(JobStatus::Finished));
    assert_eq!(
        job.parameter_set().unwrap().unwrap().app_args.unwrap()[0].arg.as_deref(),
        Some("world")
    );
    assert_eq!(job.notes().unwrap()["project"], "p");
}

#[tokio::test]
async fn the_questions_become_fewer_as_a_job_ages() {
    let world = world().await;
    let uuid = submit(&world).await;
    world.mock.set_job_status(&uuid, "RUNNING").unwrap();
    world.mock.clear_requests();
    let waiter = world
        .t
        .jobs
        .wait(&uuid)
        .poll_interval(PollInterval::increasing(Duration::from_secs(1), Duration::from_secs(30)));
    let error = waiter.timeout(Duration::from_secs(600)).await.unwrap_err();
    assert!(error.is_timeout() && error.message().contains("still RUNNING after 600s"), "{error}");
    // 1, 1.5, 2.25 … 25.6 and then 30 each, and once at the deadline.
    assert_eq!(world.mock.requests_for(GET).len(), 28);
    assert_eq!(world.clock.pauses()[..3], [1.0, 1.5, 2.25].map(Duration::from_secs_f64));
}

#[tokio::test]
async fn a_job_that_fails_says_why_and_where_its_output_is() {
    let world = world().await;
    let uuid = submit(&world).await;
    world.mock.fail_job(&uuid).unwrap();
    let error = world.t.jobs.wait(&uuid).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Failed);
    let text = error.to_string();
    for part in [
        &format!("job {uuid} is FAILED"),
        "condition JOB_",
        "remote outcome FAILED",
        "jobs.outputs(",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains('\n'));
    let job = JobFailed::of(&error).unwrap().job();
    assert_eq!(job.status, Some(JobStatus::Failed));
    assert!(job.ended.is_some());
}

#[tokio::test]
async fn the_events_that_explain_a_failure_come_before_the_error() {
    let world = world().await;
    let uuid = submit(&world).await;
    world.mock.fail_job(&uuid).unwrap();
    let jobs = &world.t.jobs;
    let mut watch = jobs.watching(jobs.wait(&uuid).poll_interval(every(25)));
    let mut last = None;
    let error = loop {
        match watch.next().await {
            Ok(change) => last = Some(change.unwrap()),
            Err(error) => break error,
        }
    };
    let last = last.unwrap();
    assert_eq!(last.job.status, Some(JobStatus::Failed));
    let mut states = last.events.iter().filter_map(|event| event.event_detail.as_deref());
    assert_eq!(states.next_back(), Some("FAILED"));
    assert!(JobFailed::of(&error).is_some() && watch.next().await.unwrap().is_none());

    // A history that cannot be fetched does not hide how the job ended.
    world.mock.inject(Fault::status(403).on("jobs.getJobHistory").always());
    let mut watch = jobs.watch(&uuid);
    let change = watch.next().await.unwrap().unwrap();
    assert_eq!((change.job.status, change.events.len()), (Some(JobStatus::Failed), 0));
    assert!(watch.next().await.unwrap_err().is_failed());
}

#[tokio::test]
async fn a_job_that_is_blocked_or_paused_or_in_an_unknown_state_goes_on() {
    let world = world().await;
    let uuid = submit(&world).await;
    let mut watch = world.t.jobs.wait(&uuid).poll_interval(every(1)).watch();
    for state in ["BLOCKED", "PAUSED", "REQUEUED", "RUNNING"] {
        if world.mock.set_job_status(&uuid, state).is_err() {
            let job = json!({"status": "success", "result": {"uuid": uuid, "status": state}});
            world.mock.inject(Fault::status(200).body(job.to_string()).on(GET).times(1));
        }
        let job = watch.next().await.unwrap().unwrap();
        assert_eq!(job.status.unwrap().as_str(), state);
    }
    world.mock.release_job(&uuid).unwrap();
    let mut last = None;
    while let Some(job) = watch.next().await.unwrap() {
        last = job.status;
    }
    assert_eq!(last, Some(JobStatus::Finished));
}

#[tokio::test]
async fn a_job_that_runs_out_of_time_says_so_in_its_last_message() {
    let world = world().await;
    let job = json!({
        "uuid": "u", "status": "FAILED", "remoteOutcome": "FAILED",
        "lastMessage": "The job ended with status TIMEOUT", "remoteResultInfo": "0:0",
    });
    let body = json!({"status": "success", "result": job}).to_string();
    world.mock.inject(Fault::status(200).body(body).on(GET).always());
    let error = world.t.jobs.wait("u").until(JobStatus::Running).await.unwrap_err();
    assert!(error.message().contains("ended with status TIMEOUT"), "{error}");
    let message = JobFailed::of(&error).unwrap().job().last_message.clone();
    assert_eq!(message.as_deref(), Some("The job ended with status TIMEOUT"));
}

#[tokio::test]
async fn a_job_can_be_waited_for_until_it_runs() {
    let world = world().await;
    let jobs = &world.t.jobs;
    let running = jobs.run(request()).await.unwrap().until(JobStatus::Running).await.unwrap();
    assert_eq!(running.status, Some(JobStatus::Running));
    // One that has run is not waited for.
    for state in ["ARCHIVING", "FINISHED"] {
        world.mock.set_job_status(&running.uuid, state).unwrap();
        let job = jobs.wait(&running.uuid).until(JobStatus::Running).await.unwrap();
        assert_eq!(job.status.unwrap().as_str(), state);
    }
    world.mock.set_job_status(&running.uuid, "CANCELLED").unwrap();
    let waiter = jobs.wait(&running.uuid);
    assert!(waiter.clone().until(JobStatus::Running).await.unwrap_err().is_failed());
    // Unless that is what is waited for.
    waiter.until(JobStatus::Cancelled).await.unwrap();
}

#[tokio::test]
async fn a_job_that_is_cancelled_ends_the_waiting() {
    let world = world().await;
    let uuid = submit(&world).await;
    let mut watch = world.t.jobs.wait(&uuid).poll_interval(every(5)).watch();
    watch.next().await.unwrap().unwrap();
    world.t.jobs.cancel_job(uuid.as_str()).await.unwrap();
    let error = loop {
        match watch.next().await {
            Ok(job) => assert!(job.is_some()),
            Err(error) => break error,
        }
    };
    assert!(error.is_failed() && error.message().contains("is CANCELLED"), "{error}");
}

#[tokio::test]
async fn failures_that_may_pass_are_lived_with_and_others_are_not() {
    let world = world().await;
    let uuid = submit(&world).await;
    // Each question is tried four times, so that this is five questions without an answer.
    world.mock.inject(Fault::status(503).on(GET).after(2).times(20));
    world.t.jobs.wait(&uuid).await.unwrap();

    let uuid = submit(&world).await;
    world.mock.inject(Fault::status(503).on(GET).after(2).always());
    let error = world.t.jobs.wait(&uuid).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 503);
    world.mock.clear_faults();

    let uuid = submit(&world).await;
    world.mock.inject(Fault::status(403).on(GET).after(2).times(1));
    let error = world.t.jobs.wait(&uuid).await.unwrap_err();
    assert!(error.is_permission(), "{error}");

    let error = world.t.jobs.wait("no-such-job").await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
}

#[tokio::test]
async fn a_job_is_cancelled_with_its_waiter_only_when_asked() {
    let world = world().await;
    let status = async |uuid: &str| world.t.jobs.get_job(uuid).await.unwrap().status.unwrap();
    for asked in [false, true] {
        let uuid = submit(&world).await;
        let mut waiter = world.t.jobs.wait(&uuid);
        if asked {
            waiter = waiter.cancel_on_drop();
        }
        let mut watch = waiter.watch();
        watch.next().await.unwrap().unwrap();
        drop(watch);
        let cancelled = async {
            while status(&uuid).await != JobStatus::Cancelled {
                tokio::task::yield_now().await;
            }
        };
        let seen =
            tokio::time::timeout(Duration::from_secs(if asked { 30 } else { 0 }), cancelled).await;
        assert_eq!(seen.is_ok(), asked);
        assert_eq!(status(&uuid).await == JobStatus::Cancelled, asked);
    }
    // One that has ended is not cancelled.
    let uuid = submit(&world).await;
    world.t.jobs.wait(&uuid).cancel_on_drop().await.unwrap();
    assert_eq!(status(&uuid).await, JobStatus::Finished);
}

#[tokio::test]
async fn output_is_listed_and_downloaded() {
    let world = world().await;
    let t = &world.t;
    let uuid = t.jobs.run(request()).await.unwrap().await.unwrap().uuid;
    let outputs = t.jobs.outputs(&uuid).await.unwrap();
    let paths: Vec<&str> = outputs.iter().map(|output| output.path.as_str()).collect();
    assert_eq!(paths, ["tapisjob.out"]);
    let text = t.jobs.download_output(&uuid, "tapisjob.out").bytes().await.unwrap();
    assert!(text.ends_with(b"arguments: world\n"), "{text:?}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/out.txt");
    let bytes = t.jobs.download_output(&uuid, "tapisjob.out").to_path(&path).await.unwrap();
    assert_eq!((bytes, std::fs::read(&path).unwrap()), (text.len() as u64, text.to_vec()));
    world.mock.inject(Fault::truncate(3).on("jobs.getJobOutputDownload").times(1));
    let error = t.jobs.download_output(&uuid, "tapisjob.out").to_path(&path).await.unwrap_err();
    assert!(error.is_connection(), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), text, "what was there is there");
}

#[tokio::test]
async fn a_text_is_followed_while_the_job_writes_it() {
    let world = world().await;
    let uuid = submit(&world).await;
    world.mock.inject(Fault::reset().on("jobs.getJobOutputDownload").after(3).times(2));
    let mut tail = world.t.jobs.tail_at(every(5), &uuid, "tapisjob.out");
    let mut pieces = Vec::new();
    while let Some(piece) = tail.next().await.unwrap() {
        let job = world.t.jobs.get_job(uuid.as_str()).await.unwrap();
        pieces.push((piece, job.status.unwrap()));
    }
    assert_eq!(pieces.len(), 2, "{pieces:?}");
    assert_eq!(pieces[0], (format!("job: {uuid}\nname: greeting\n"), JobStatus::Running));
    assert!(
        pieces[1].0.starts_with("app: hello 1\n") && pieces[1].0.ends_with("arguments: world\n")
    );
    let whole = world.t.jobs.download_output(&uuid, "tapisjob.out").bytes().await.unwrap();
    assert_eq!(pieces.iter().map(|(text, _)| text.as_str()).collect::<String>().as_bytes(), whole);
}

#[tokio::test]
async fn an_outage_ends_neither_a_wait_nor_a_tail() {
    let world = world().await;
    // Each question is tried up to four times where it may pass, and the pauses in between are skipped;
    // a 401 is asked about once.
    for (status, times) in [(401, 15), (502, 40), (503, 40)] {
        let outage = || Fault::status(status).on(GET).after(2).times(times);
        let uuid = submit(&world).await;
        world.mock.inject(outage());
        world.t.jobs.wait(&uuid).await.unwrap();

        let uuid = submit(&world).await;
        world.mock.inject(outage());
        let mut tail = world.t.jobs.tail(&uuid, "tapisjob.out");
        let mut text = String::new();
        while let Some(piece) = tail.next().await.unwrap() {
            text.push_str(&piece);
        }
        assert!(text.ends_with("arguments: world\n"), "{status}: {text}");
    }
    let uuid = submit(&world).await;
    world.mock.inject(Fault::status(503).on(GET).after(2).always());
    let mut tail = world.t.jobs.tail(&uuid, "tapisjob.out");
    let error = loop {
        match tail.next().await {
            Ok(piece) => assert!(piece.is_some()),
            Err(error) => break error,
        }
    };
    assert_eq!(error.status().unwrap(), 503);
}

#[tokio::test]
async fn a_history_that_cannot_be_had_comes_later() {
    let world = world().await;
    let uuid = submit(&world).await;
    let jobs = &world.t.jobs;
    // Each question is tried four times, so that this is two questions without an answer.
    world.mock.inject(Fault::status(503).on("jobs.getJobHistory").after(2).times(8));
    let mut watch = jobs.watching(jobs.wait(&uuid).poll_interval(every(10)));
    let mut told = Vec::new();
    while let Some(change) = watch.next().await.unwrap() {
        told.push(
            change
                .events
                .iter()
                .filter(|event| event.event.as_deref() == Some("JOB_NEW_STATUS"))
                .count(),
        );
    }
    assert_eq!(told.iter().sum::<usize>(), WAY.len(), "{told:?}");
    assert_eq!((told[2], told[3]), (0, 0), "{told:?}");

    world.mock.inject(Fault::status(403).on("jobs.getJobHistory").after(1).times(1));
    let uuid = submit(&world).await;
    let mut watch = jobs.watch(&uuid);
    watch.next().await.unwrap().unwrap();
    assert!(watch.next().await.unwrap_err().is_permission());
}

#[test]
fn everything_can_be_waited_for_without_a_runtime() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(world());
    let jobs = &world.t.jobs;
    let uuid = jobs.run(request()).wait().unwrap().wait().unwrap().uuid;
    let changes: Result<Vec<_>, Error> = jobs.watch(&uuid).blocking_iter().collect();
    assert_eq!(changes.unwrap()[0].job.status, Some(JobStatus::Finished));
    let text: Result<String, Error> = jobs.tail(&uuid, "tapisjob.out").blocking_iter().collect();
    assert!(text.unwrap().ends_with("arguments: world\n"));
    assert_eq!(jobs.outputs(&uuid).wait().unwrap()[0].path, "tapisjob.out");
    let entries: Result<Vec<_>, Error> = jobs.outputs(&uuid).entries().blocking_iter().collect();
    assert_eq!(entries.unwrap().len(), 1);
    let folder = tempfile::tempdir().unwrap();
    let download = jobs.download_output(&uuid, "tapisjob.out");
    assert!(download.to_path(folder.path().join("out")).wait().unwrap() > 0);
    let again = jobs.resubmit_with(&uuid, |request| request.max_minutes = Some(7)).wait().unwrap();
    assert_eq!(again.max_minutes, Some(7));
}

#[tokio::test]
async fn output_is_downloaded_with_progress_and_can_be_dropped_on_its_way() {
    let world = world().await;
    let (t, mock) = (&world.t, &world.mock);
    let uuid = t.jobs.run(request()).await.unwrap().await.unwrap().uuid;
    let whole = t.jobs.download_output(&uuid, "tapisjob.out").bytes().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let told = Arc::new(Mutex::new(Vec::new()));
    let saving = || {
        let told = Arc::clone(&told);
        let download = t.jobs.download_output(&uuid, "tapisjob.out");
        download
            .on_progress(move |progress| told.lock().unwrap().push(progress.bytes))
            .to_path(&path)
    };
    mock.inject(Fault::stall(5).on("jobs.getJobOutputDownload").times(1));
    let mut cut = saving();
    while told.lock().unwrap().is_empty() {
        let _ = std::future::poll_fn(|context| Poll::Ready(cut.as_mut().poll(context))).await;
        tokio::task::yield_now().await;
    }
    drop(cut);
    assert!(!path.exists(), "nothing half has the name");
    mock.clear_faults();
    told.lock().unwrap().clear();
    saving().await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), whole);
    assert_eq!(told.lock().unwrap().last(), Some(&(whole.len() as u64)));
}

#[tokio::test]
async fn a_job_is_submitted_again_with_changes() {
    let world = world().await;
    let uuid = submit(&world).await;
    let again = world.t.jobs.resubmit_with(&uuid, |request| {
        request.name = "again".to_owned();
        request.max_minutes = Some(7);
    });
    let again = again.await.unwrap();
    assert_ne!(again.uuid, uuid);
    assert_eq!((again.name.as_deref(), again.max_minutes), (Some("again"), Some(7)));
    assert_eq!(
        again.parameter_set().unwrap().unwrap().app_args.unwrap()[0].arg.as_deref(),
        Some("world")
    );
}

#[tokio::test]
async fn a_submission_is_not_sent_twice() {
    let world = world().await;
    world.mock.inject(Fault::reset().on("jobs.submitJob").times(1));
    let error: Error = world.t.jobs.run(request()).await.unwrap_err();
    assert!(error.is_connection() && error.maybe_sent(), "{error}");
    assert_eq!(world.mock.requests_for("jobs.submitJob").len(), 1);
}
