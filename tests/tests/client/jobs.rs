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

use super::job_outputs::{client, content, failure, file, noise, success, zip};

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
    world.make_app("hello", "s").await.unwrap();
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
    let mut watch = jobs.watch_with(jobs.wait(&uuid).poll_interval(every(5)));
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
    let mut watch = jobs.watch_with(jobs.wait(&uuid).poll_interval(every(25)));
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
    for part in [&format!("job {uuid} is FAILED"), "condition JOB_", "remote outcome FAILED"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(error.hint().unwrap().contains("jobs.outputs("), "{error:?}");
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
    let mut watch = jobs.watch_with(jobs.wait(&uuid).poll_interval(every(25)));
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
    assert!(change.history_error.unwrap().contains("403"));
    assert!(watch.next().await.unwrap_err().is_failed());
}

#[tokio::test]
async fn a_job_that_is_blocked_or_paused_or_in_an_unknown_state_goes_on() {
    let world = world().await;
    let uuid = submit(&world).await;
    world.t.jobs.wait(&uuid).until(JobStatus::Running).await.unwrap();
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
    assert_eq!(paths, ["tapisjob.env", "tapisjob.out", "tapisjob.sh"]);
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
async fn a_missing_log_says_where_the_job_prints_to() {
    let world = world().await;
    let jobs = &world.t.jobs;
    let docker = json!({
        "id": "docker", "version": "1", "containerImage": "busybox",
        "jobAttributes": {"execSystemId": "s"},
    });
    let docker = tapis_client::apps::types::ReqPostApp::try_from(docker).unwrap();
    world.t.apps.create_app_version(docker).await.unwrap();
    let job = ReqSubmitJob::new("j", "docker", "1");
    let uuid = jobs.submit_job(job).await.unwrap().uuid;
    let error = jobs.tail(&uuid, "tapisjob.out").next().await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    let message = format!("job {uuid} has ended and has no output file tapisjob.out");
    assert!(error.message().contains(&message), "{error}");
    let list = format!("t.jobs.outputs(\"{uuid}\")");
    for error in [error, jobs.download_output(&uuid, "tapisjob.out").bytes().await.unwrap_err()] {
        let hint = error.hint().unwrap();
        assert!(hint.contains("Docker") && hint.contains("/TapisOutput"), "{hint}");
        assert!(hint.contains("runtime to SINGULARITY") && hint.contains(&list), "{hint}");
    }

    let log = json!({"stdoutFilename": "a.log", "stderrFilename": "b.log"});
    let elsewhere = json!({
        "name": "j", "appId": "hello", "appVersion": "1", "parameterSet": {"logConfig": log},
    });
    let elsewhere: ReqSubmitJob = serde_json::from_value(elsewhere).unwrap();
    let uuid = jobs.run(elsewhere).await.unwrap().await.unwrap().uuid;
    let error = jobs.download_output(&uuid, "tapisjob.out").bytes().await.unwrap_err();
    let hint = "the job's standard output is in a.log, its standard error in b.log";
    assert!(error.hint().unwrap().starts_with(hint), "{error:?}");
    jobs.download_output(&uuid, "a.log").bytes().await.unwrap();
}

#[tokio::test]
async fn a_text_is_followed_while_the_job_writes_it() {
    let world = world().await;
    let uuid = submit(&world).await;
    world.mock.inject(Fault::reset().on("files.getContents").times(2));
    let mut tail = world.t.jobs.tail_with_poll_interval(every(5), &uuid, "tapisjob.out");
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
    let mut watch = jobs.watch_with(jobs.wait(&uuid).poll_interval(every(10)));
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

    // Not even one that is refused ends the watch.
    world.mock.inject(Fault::status(403).on("jobs.getJobHistory").after(1).times(1));
    let uuid = submit(&world).await;
    let mut watch = jobs.watch_with(jobs.wait(&uuid).poll_interval(every(10)));
    let (mut events, mut refused) = (0, 0);
    while let Some(change) = watch.next().await.unwrap() {
        events +=
            change.events.iter().filter(|e| e.event.as_deref() == Some("JOB_NEW_STATUS")).count();
        refused += usize::from(change.history_error.is_some());
    }
    assert_eq!((events, refused), (WAY.len(), 1));
}

#[tokio::test]
async fn events_after_a_transfer_that_files_refuses_still_come() {
    let event = |state: &str| json!([{"event": "JOB_NEW_STATUS", "eventDetail": state}]);
    let refused = || {
        let message = "FILES_TRANSFER_HISTORY_RETRIEVE_ERROR The task t of job u: 404";
        failure("404 Not Found", message)
    };
    let job = json!({"uuid": "u", "status": "FINISHED"});
    let replies = vec![
        success(&job),
        refused(),
        success(&event("PENDING")),
        refused(),
        success(&event("RUNNING")),
        success(&json!([])),
    ];
    let (server, t) = client(replies).await;
    let mut watch = t.jobs.watch("u");
    let change = watch.next().await.unwrap().unwrap();
    let states: Vec<_> = change.events.iter().filter_map(|e| e.event_detail.as_deref()).collect();
    assert_eq!(states, ["PENDING", "RUNNING"]);
    assert!(change.history_error.unwrap().contains("FILES_TRANSFER_HISTORY_RETRIEVE_ERROR"));
    assert!(watch.next().await.unwrap().is_none());
    assert_eq!(server.requests(), 6);
}

#[tokio::test]
async fn an_event_has_what_files_says_of_its_transfer() {
    let event = json!([
        {"event": "JOB_NEW_STATUS", "eventDetail": "PENDING", "transferSummary": {},
            "description": "{\"newJobStatus\":\"PENDING\",\"oldJobStatus\":null}"},
        {"event": "JOB_INPUT_TRANSACTION_ID", "transferTaskUuid": "t", "transferSummary": {
            "uuid": "t", "status": "FAILED", "estimatedTotalBytes": 0, "totalBytesTransferred": 0,
            "completeTransfers": 1, "totalTransfers": 2, "created": "2026-01-02T03:04:05Z",
            "startTime": "", "endTime": "", "errorMessage": "no such file"}},
    ]);
    let (_server, t) = client(vec![success(&event)]).await;
    let events = t.jobs.get_job_history("u").await.unwrap();
    assert_eq!(events[0].details()["newJobStatus"], "PENDING");
    assert_eq!(events[0].transfer_summary.as_ref().unwrap().uuid, None);
    let transfer = events[1].transfer_summary.as_ref().unwrap();
    assert_eq!(transfer.status.as_deref(), Some("FAILED"));
    assert_eq!((transfer.complete_transfers, transfer.total_transfers), (Some(1), Some(2)));
    assert_eq!(transfer.start_time.as_ref().unwrap().parsed(), None);
    assert_eq!(transfer.error_message.as_deref(), Some("no such file"));
}

#[tokio::test]
async fn a_cancelled_job_is_waited_for_until_it_has_ended() {
    let world = world().await;
    let jobs = &world.t.jobs;
    let uuid = submit(&world).await;
    let job = jobs.cancel(&uuid).await.unwrap().poll_interval(every(5)).await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Cancelled));
    assert!(job.ended.is_some());
    // One that has ended before is returned as it is.
    let job = jobs.cancel(&uuid).await.unwrap().await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Cancelled));
    assert!(jobs.cancel("no-such-job").await.unwrap_err().is_not_found());
    // It may finish all the same.
    let accepted = success(&json!({"message": "accepted"}));
    let running = success(&json!({"uuid": "u", "status": "ARCHIVING"}));
    let finished = success(&json!({"uuid": "u", "status": "FINISHED"}));
    let (_server, t) = client(vec![accepted, running, finished]).await;
    let job = t.jobs.cancel("u").await.unwrap().await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Finished));
}

#[tokio::test]
async fn a_job_that_is_held_up_shows_why() {
    let job = |status: &str, message: &str| {
        success(&json!({"uuid": "u", "status": status, "lastMessage": message}))
    };
    let replies = vec![
        job("RUNNING", "started"),
        job("RUNNING", "still here"),
        job("BLOCKED", "the system is down"),
        job("BLOCKED", "the quota is used up"),
        job("PAUSED", ""),
    ];
    let (_server, t) = client(replies).await;
    let mut watch = t.jobs.wait("u").timeout(Duration::from_secs(600)).watch();
    let mut seen = Vec::new();
    let error = loop {
        match watch.next().await {
            Ok(job) => seen.push(job.unwrap().last_message.unwrap()),
            Err(error) => break error,
        }
    };
    assert_eq!(seen, ["started", "the system is down", "the quota is used up", ""]);
    assert!(error.is_timeout() && error.message().contains("still PAUSED"), "{error}");
}

#[tokio::test]
async fn another_users_job_ends_the_wait_at_once() {
    let running = success(&json!({"uuid": "u", "status": "RUNNING"}));
    let foreign = failure("401 Unauthorized", "JOBS_MISMATCHED_OWNER Job u is owned by jane.");
    let (server, t) = client(vec![running, foreign]).await;
    let error = t.jobs.wait("u").await.unwrap_err();
    assert!(error.is_permission(), "{error}");
    assert!(error.hint().unwrap().contains("share"), "{error:?}");
    assert_eq!(server.requests(), 2, "a permission is no matter of tokens, nor of time");
}

#[tokio::test]
async fn a_job_whose_submission_got_no_reply_is_found() {
    let world = world().await;
    // The job is there, and its reply is not.
    world.mock.inject(Fault::truncate(5).on("jobs.submitJob").times(1));
    let job = world.t.jobs.run(request()).await.unwrap().await.unwrap();
    assert_eq!(job.status, Some(JobStatus::Finished));
    assert_eq!(world.mock.requests_for("jobs.submitJob").len(), 1);
    assert_eq!(world.t.jobs.get_job_list().await.unwrap().len(), 1);
}

#[tokio::test]
async fn every_job_is_listed_once_while_jobs_change_and_others_come() {
    let world = world().await;
    let mut submitted = Vec::new();
    for _ in 0..7 {
        submitted.push(submit(&world).await);
        world.mock.advance(Duration::from_secs(3));
    }
    let mut pages = world.t.jobs.get_job_list().limit(2).pages();
    let mut listed = Vec::new();
    while let Some(page) = pages.next().await.unwrap() {
        listed.extend(page.into_result().into_iter().map(|job| job.uuid));
        // A row that is updated changes its place in the database.
        world.mock.advance(Duration::from_secs(10));
        submit(&world).await;
    }
    listed.retain(|uuid| submitted.contains(uuid));
    submitted.reverse();
    assert_eq!(listed, submitted, "newest first");
}

#[tokio::test]
async fn jobs_come_newest_first_and_none_twice() {
    let page = |uuids: &[&str]| {
        let jobs = uuids.iter().map(
            |uuid| json!({"uuid": uuid, "created": format!("2026-01-02T03:04:0{}Z", uuid.len())}),
        );
        success(&jobs.collect())
    };
    // A job is submitted between the first page and the second, which begins one job too early.
    let (server, t) = client(vec![page(&["c", "b"]), page(&["b", "a"]), page(&[])]).await;
    let jobs = t.jobs.get_job_list().limit(2).items().collect_all(100).await.unwrap();
    let uuids: Vec<&str> = jobs.iter().map(|job| job.uuid.as_str()).collect();
    assert_eq!(uuids, ["c", "b", "a"]);
    for head in server.heads() {
        assert!(head.contains("orderby=created%28desc%29%2cuuid"), "{head}");
        assert!(!head.contains("startafter"), "{head}");
    }
    let (server, t) = client(vec![page(&["a"])]).await;
    t.jobs.get_job_list().order_by("name").items().collect_all(100).await.unwrap();
    assert!(server.heads()[0].contains("orderby=name%2ccreated%28desc%29%2cuuid"));
}

#[tokio::test]
async fn a_file_that_has_not_grown_is_not_downloaded_again() {
    let job = |status: &str| success(&json!({"uuid": "u", "status": status}));
    let size = |size| success(&json!([file("work/u/output/log", size)]));
    let replies = vec![
        job("RUNNING"),
        size(5),
        content(b"hello"),
        job("RUNNING"),
        size(5),
        job("RUNNING"),
        size(8),
        content(b"hello yo"),
        // It is written anew, and shorter.
        job("RUNNING"),
        size(2),
        content(b"ab"),
        // The archive has all of it.
        job("FINISHED"),
        size(4),
        content(b"abcd"),
    ];
    let (server, t) = client(replies).await;
    let pieces: Vec<String> =
        futures_util::TryStreamExt::try_collect(t.jobs.tail("u", "log")).await.unwrap();
    assert_eq!(pieces, ["hello", " yo", "ab", "cd"]);
    assert_eq!(server.requests(), 14);
}

#[tokio::test]
async fn a_text_that_has_become_long_is_followed_on() {
    let text: String = (0..120_000).map(|n| format!("line {n} é\n")).collect();
    let cut = text.char_indices().nth(900_000).unwrap().0;
    // In the middle of a letter of two bytes, or not: what has come of it is kept.
    let cut = text[cut..].find('é').unwrap() + cut + 1;
    let job = |status: &str| success(&json!({"uuid": "u", "status": status}));
    let size = |size| success(&json!([file("work/u/output/log.txt", size)]));
    let (before, whole) = (&text.as_bytes()[..cut], text.as_bytes());
    let replies = vec![
        job("RUNNING"),
        size(before.len()),
        content(before),
        job("FINISHED"),
        size(whole.len()),
        content(&zip([("log.txt", whole)])),
    ];
    let (_server, t) = client(replies).await;
    let pieces: Vec<String> =
        futures_util::TryStreamExt::try_collect(t.jobs.tail("u", "log.txt")).await.unwrap();
    assert!(pieces.concat() == text);
}

#[tokio::test]
async fn a_text_ends_with_what_was_there_if_the_archive_is_missing() {
    let job = |status: &str| success(&json!({"uuid": "u", "status": status}));
    let replies = vec![
        job("RUNNING"),
        success(&json!([file("work/u/output/log", 5)])),
        content(b"hello"),
        job("FAILED"),
        failure("404 Not Found", "FILES_REMOTE_LIST_ERROR not there"),
    ];
    let (_server, t) = client(replies).await;
    let mut tail = t.jobs.tail("u", "log");
    assert_eq!(tail.next().await.unwrap().as_deref(), Some("hello"));
    assert_eq!(tail.next().await.unwrap(), None);
}

#[tokio::test]
async fn a_directory_cannot_be_followed() {
    let job = success(&json!({"uuid": "u", "status": "RUNNING"}));
    let (_server, t) = client(vec![job, success(&json!([file("work/u/output/logs/a", 5)]))]).await;
    let error = t.jobs.tail("u", "logs").next().await.unwrap_err();
    assert!(error.is_input() && error.message().contains("is a directory"), "{error}");
}

#[tokio::test]
async fn a_job_goes_from_submission_to_a_result_of_five_megabytes() {
    let world = world().await;
    let t = &world.t;
    t.files.upload("s", "in/reads.txt").from_bytes("reads").await.unwrap();
    let request = json!({
        "name": "whole", "appId": "hello", "appVersion": "1",
        "fileInputs": [{"name": "reads", "sourceUrl": "tapis://s/in/reads.txt"}],
    });
    let request = ReqSubmitJob::try_from(request).unwrap();
    let waiter = t.jobs.run(request).await.unwrap();
    let running = waiter.clone().until(JobStatus::Running).await.unwrap();
    // The application writes.
    let result = noise(5_000_000);
    let directory = running.exec_output_url().unwrap();
    let target = format!("{directory}/deep/result.dat");
    t.files.at(target.as_str()).upload().from_bytes(result.clone()).await.unwrap();
    let done = waiter.await.unwrap();
    let events = t.jobs.get_job_history(done.uuid.as_str()).limit(1000).await.unwrap();
    let transfers = events.iter().filter_map(|event| event.transfer_summary.as_ref());
    let states: Vec<_> = transfers.filter_map(|transfer| transfer.status.as_deref()).collect();
    assert_eq!(states.first(), Some(&"COMPLETED"), "{states:?}");
    let outputs = t.jobs.outputs(&done.uuid).await.unwrap();
    let listed = outputs.iter().find(|output| output.path == "deep/result.dat").unwrap();
    assert_eq!(listed.info.size, Some(5_000_000));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("result.dat");
    let download = t.jobs.download_output(&done.uuid, &listed.path);
    assert_eq!(download.to_path(&path).await.unwrap(), 5_000_000);
    assert!(std::fs::read(&path).unwrap() == result);
    // The same through Files, from where the job says that it is.
    let url = format!("{}/deep/result.dat", done.output_url().unwrap());
    assert!(t.files.at(url.as_str()).download().bytes().await.unwrap() == result);
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
    let outputs = jobs.outputs(&uuid).wait().unwrap();
    assert!(outputs.iter().any(|output| output.path == "tapisjob.out"), "{outputs:?}");
    let entries: Result<Vec<_>, Error> = jobs.outputs(&uuid).entries().blocking_iter().collect();
    assert_eq!(entries.unwrap().len(), outputs.len());
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
    assert!(error.hint().unwrap().contains("look for the tag submission-"), "{error:?}");
    assert_eq!(world.mock.requests_for("jobs.submitJob").len(), 1);
}
