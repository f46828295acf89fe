//! Following what a job writes without fetching all of it again and again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use serde_json::json;
use tapis_client::Tapis;
use tapis_client::jobs::types::ReqSubmitJob;
use tapis_client::wait::{PollInterval, Watch};
use tapis_mock::Fault;
use tapis_tests::{Step, World};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::job_outputs::{client, content, failure, file, success};

const RANGE: &str = "files.getContents";
const WHOLE: &str = "jobs.getJobOutputDownload";

/// Passes connections on to the mock and counts the bytes that come back.
async fn counted(world: &World) -> (Tapis, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let target = world.mock.base_url().trim_start_matches("http://").to_owned();
    let count = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let far = TcpStream::connect(target.as_str()).await.unwrap();
            let ((mut asks, mut answers), (mut replies, mut requests)) =
                (near.into_split(), far.into_split());
            tokio::spawn(async move { tokio::io::copy(&mut asks, &mut requests).await });
            let counter = Arc::clone(&counter);
            tokio::spawn(async move {
                let mut buffer = vec![0; 64 * 1024];
                while let Ok(length) = replies.read(&mut buffer).await {
                    if length == 0 || answers.write_all(&buffer[..length]).await.is_err() {
                        break;
                    }
                    counter.fetch_add(u64::try_from(length).unwrap(), Ordering::Relaxed);
                }
            });
        }
    });
    let t = Tapis::builder(address).password("testuser", "secret").clock(world.clock.clone());
    (t.build().unwrap(), count)
}

/// A job that runs on the system `s` and writes to `name`, and where it does.
async fn running(world: &World) -> (String, String) {
    world.make_system("s").await.unwrap();
    world.make_app("hello", "s").await.unwrap();
    let job = world.t.jobs.submit_job(ReqSubmitJob::new("j", "hello", "1")).await.unwrap();
    world.mock.set_job_status(&job.uuid, "RUNNING").unwrap();
    let directory = job.exec_output_url().unwrap();
    (job.uuid, directory)
}

/// Lines that do not repeat.
fn lines(length: usize) -> String {
    let mut text: String =
        (0..length / 16).map(|n| format!("{:015x}\n", n * 2_654_435_761)).collect();
    text.truncate(length);
    text
}

fn follow(t: &Tapis, uuid: &str, path: &str) -> Watch<String> {
    t.jobs.tail_with_poll_interval(PollInterval::every(Duration::from_secs(5)), uuid, path)
}

/// Writes `text` in `steps` parts, each when the one before has been followed; returns what was.
async fn write_and_follow(
    world: &World,
    target: &str,
    tail: &mut Watch<String>,
    text: &str,
    steps: usize,
) -> String {
    let mut seen = String::new();
    for step in 1..=steps {
        let end = text.len() * step / steps;
        world.t.files.at(target).upload().from_bytes(text[..end].to_owned()).await.unwrap();
        while seen.len() < end {
            seen.push_str(&tail.next().await.unwrap().unwrap());
        }
    }
    seen
}

#[tokio::test]
async fn a_growing_log_is_transferred_once() {
    let world = World::new().await.unwrap();
    let (uuid, directory) = running(&world).await;
    let (t, count) = counted(&world).await;
    let text = lines(2_000_000);
    let mut tail = follow(&t, &uuid, "tapisjob.out");
    let target = format!("{directory}/tapisjob.out");
    let seen = write_and_follow(&world, &target, &mut tail, &text, 16).await;
    assert!(seen == text);
    let moved = count.load(Ordering::Relaxed);
    let length = u64::try_from(text.len()).unwrap();
    // The replies about the job and the file come on top.
    assert!(moved > length && moved < length + length / 10, "{moved} of {length}");
    assert_eq!(world.mock.requests_for(WHOLE).len(), 1);
    assert_eq!(world.mock.requests_for(RANGE).len(), 15);
}

#[tokio::test]
async fn a_log_that_files_does_not_show_is_followed_all_the_same() {
    for fault in [
        // The caller has no right, which stays so.
        Fault::status(403).on(RANGE).always(),
        // Files is out of order for a while; each request is tried four times.
        Fault::status(503).on(RANGE).times(8),
        Fault::reset().on(RANGE).after(1).times(4),
    ] {
        let world = World::new().await.unwrap();
        let (uuid, directory) = running(&world).await;
        world.mock.inject(fault);
        let text = lines(300_000);
        let mut tail = follow(&world.t, &uuid, "tapisjob.out");
        let target = format!("{directory}/tapisjob.out");
        let seen = write_and_follow(&world, &target, &mut tail, &text, 9).await;
        assert!(seen == text);
        assert!(!world.mock.requests_for(RANGE).is_empty());
    }
}

#[tokio::test]
async fn a_path_that_a_shell_would_take_apart_is_never_sent_as_a_range() {
    let world = World::new().await.unwrap();
    let (uuid, directory) = running(&world).await;
    let text = lines(300_000);
    let mut tail = follow(&world.t, &uuid, "my log.txt");
    let target = format!("{directory}/my log.txt");
    assert!(write_and_follow(&world, &target, &mut tail, &text, 4).await == text);
    assert_eq!(world.mock.requests_for(RANGE).len(), 0);
    assert_eq!(world.mock.requests_for(WHOLE).len(), 4);
}

/// A part of a file, as Files labels it.
fn part(bytes: &[u8]) -> Step {
    match content(bytes) {
        Step::Send(reply) => {
            let reply = String::from_utf8(reply).unwrap();
            Step::Send(reply.replace("application/octet-stream", "text/plain").into())
        }
        other => other,
    }
}

fn job(status: &str) -> Step {
    success(&json!({
        "uuid": "u", "status": status, "execSystemId": "s", "execSystemOutputDir": "/work/u/output",
    }))
}

fn size(size: usize) -> Step {
    success(&json!([file("work/u/output/log", size)]))
}

#[tokio::test]
async fn a_part_is_taken_only_if_it_goes_on_where_the_rest_ended() {
    let replies = vec![
        job("RUNNING"),
        size(5),
        content(b"hello"),
        // It has grown once more since it was listed.
        job("RUNNING"),
        size(7),
        part(b"hello you"),
        job("RUNNING"),
        size(9),
        // Other content, so that all of it is fetched, of which the known part is passed over.
        job("RUNNING"),
        size(12),
        part(b"HELLO YOU AND"),
        content(b"hello you an"),
        // Too little: the host has refused, which the service does not look at. It is not asked again.
        job("RUNNING"),
        size(14),
        part(b""),
        content(b"hello you and "),
        job("FINISHED"),
        size(16),
        content(b"hello you and me"),
    ];
    let count = replies.len();
    let (server, t) = client(replies).await;
    let pieces: Vec<String> = t.jobs.tail("u", "log").try_collect().await.unwrap();
    assert_eq!(pieces, ["hello", " you", " an", "d ", "me"]);
    assert_eq!(server.requests(), count);
    let heads = server.heads();
    let ranges: Vec<&String> = heads.iter().filter(|head| head.contains("\r\nrange: ")).collect();
    assert_eq!(ranges.len(), 3);
    assert!(ranges[0].starts_with("get /v3/files/content/s/work/u/output/log "), "{}", ranges[0]);
    assert!(ranges[0].contains("\r\nrange: 0,7\r\n") && ranges[1].contains("\r\nrange: 0,12\r\n"));
}

#[tokio::test]
async fn a_refusal_of_files_is_no_end_of_a_log() {
    let replies = vec![
        job("RUNNING"),
        size(5),
        content(b"hello"),
        job("FINISHED"),
        size(8),
        failure("403 Forbidden", "FILES_NOT_AUTHORIZED no right"),
        content(b"hello yo"),
    ];
    let (_server, t) = client(replies).await;
    let pieces: Vec<String> = t.jobs.tail("u", "log").try_collect().await.unwrap();
    assert_eq!(pieces.concat(), "hello yo");
}
