//! What goes wrong on the way: what the caller is told, and how often the service is asked.

use std::time::Duration;

use rstest::rstest;
use tapis_client::http::{Method, Options, Retry};
use tapis_client::systems::types::ReqPutSystem;
use tapis_client::{Error, ErrorKind, Tapis};
use tapis_tests::{ScriptServer, Step, TestClock, whole};

/// Claims and nothing else: `{"tapis/account_type":"user"}`.
const JWT: &str = "e30.eyJ0YXBpcy9hY2NvdW50X3R5cGUiOiJ1c2VyIn0.c2ln";

const GOOD: &str = r#"{"status":"success","message":"found","result":{"id":"x"},"version":"1"}"#;

fn client(server: &ScriptServer, clock: &TestClock) -> Tapis {
    Tapis::builder(server.base_url()).access_token(JWT).clock(clock.clone()).build().unwrap()
}

/// A call that may be repeated.
async fn read(t: &Tapis) -> Result<String, Error> {
    t.systems.get_system("x").await.map(|system| system.id)
}

/// A call that acts.
async fn act(t: &Tapis) -> Result<(), Error> {
    t.request(Method::POST, "/v3/jobs/submit")
        .json(&serde_json::json!({"name": "j"}))
        .await
        .map(drop)
}

fn json(status: &str, message: &str) -> Step {
    Step::reply(
        status,
        "",
        &format!(r#"{{"status":"error","message":"{message}","result":null,"version":"7"}}"#),
    )
}

fn chunked(rest: &[u8]) -> Vec<u8> {
    [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", rest].concat()
}

#[rstest]
#[case::refused(
    json("400 Bad Request", "no"),
    ErrorKind::Request,
    "request refused (HTTP 400): no",
    1,
    1
)]
#[case::permission(
    json("403 Forbidden", "no"),
    ErrorKind::Permission,
    "permission denied (HTTP 403): no",
    1,
    1
)]
#[case::not_found(
    json("404 Not Found", "gone"),
    ErrorKind::NotFound,
    "not found (HTTP 404): gone",
    1,
    1
)]
#[case::conflict(
    json("409 Conflict", "there"),
    ErrorKind::Conflict,
    "conflict (HTTP 409): there",
    1,
    1
)]
#[case::rate_limit(
    json("429 Too Many Requests", "slow"),
    ErrorKind::RateLimit,
    "rate limited (HTTP 429): slow",
    4,
    1
)]
#[case::server(
    json("500 Internal Server Error", "oops"),
    ErrorKind::Server,
    "service failed (HTTP 500): oops",
    1,
    1
)]
#[case::bad_gateway(
    Step::reply(
        "502 Bad Gateway",
        "content-type: text/html\r\n",
        "<html><title>502 Bad Gateway</title></html>"
    ),
    ErrorKind::Server,
    "(HTTP 502): a page of HTML: 502 Bad Gateway",
    4,
    1
)]
#[case::unavailable(
    json("503 Service Unavailable", "wait"),
    ErrorKind::Server,
    "(HTTP 503): wait",
    4,
    1
)]
#[case::gateway_timeout(
    Step::reply("504 Gateway Timeout", "", "<html></html>"),
    ErrorKind::Server,
    "(HTTP 504): a page of HTML",
    4,
    1
)]
#[case::empty_failure(
    Step::reply("500 Internal Server Error", "", ""),
    ErrorKind::Server,
    "service failed (HTTP 500)",
    1,
    1
)]
#[case::bare_text(
    Step::reply("400 Bad Request", "content-type: application/json\r\n", "TAPIS_X  bad\nvalue"),
    ErrorKind::Request,
    "TAPIS_X bad value",
    1,
    1
)]
#[case::array_message(
    Step::reply("400 Bad Request", "", r#"{"message":["a","b"]}"#),
    ErrorKind::Request,
    "a; b",
    1,
    1
)]
#[case::failed_success(
    json("200 OK", "it failed"),
    ErrorKind::Request,
    "request refused (HTTP 200): it failed",
    1,
    1
)]
#[case::reset_before_headers(Step::Reset, ErrorKind::Connection, "before the reply arrived", 4, 1)]
#[case::closed_before_headers(
    Step::SendAndClose(Vec::new()),
    ErrorKind::Connection,
    "before the reply arrived",
    4,
    1
)]
#[case::reset_after_headers(
    Step::SendAndReset(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_vec()),
    ErrorKind::Connection, "the connection broke", 4, 1
)]
#[case::truncated_body(
    Step::SendAndClose(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"result\"".to_vec()),
    ErrorKind::Connection, "while the reply was read", 4, 1
)]
#[case::bad_chunking(
    Step::SendAndClose(chunked(b"zz\r\nnonsense")),
    ErrorKind::Connection,
    "while the reply was read",
    4,
    1
)]
#[case::not_http(Step::SendAndClose(b"SSH-2.0-OpenSSH\r\n".to_vec()), ErrorKind::Connection, "before the reply arrived", 4, 1)]
#[tokio::test]
async fn each_failure_is_told_and_repeated_only_where_that_does_no_harm(
    #[case] step: Step,
    #[case] kind: ErrorKind,
    #[case] text: &str,
    #[case] reads: usize,
    #[case] acts: usize,
) {
    let clock = TestClock::default();
    for (acting, expected) in [(false, reads), (true, acts)] {
        let server = ScriptServer::start(vec![step.clone()]).await;
        let t = client(&server, &clock);
        let error = if acting { act(&t).await.unwrap_err() } else { read(&t).await.unwrap_err() };
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(text), "{error}");
        assert_eq!(server.requests(), expected, "{error}");
        assert_eq!(error.attempts() as usize, expected);
        assert!(error.maybe_sent(), "the service may have acted");
    }
}

#[rstest]
#[case::empty(Step::reply("200 OK", "", ""), "no result")]
#[case::html(
    Step::reply("200 OK", "content-type: text/html\r\n", "<html>hi</html>"),
    "expected JSON, got a page of HTML"
)]
#[case::wrong_shape(Step::reply("200 OK", "", r#"{"status":"success","result":[1,2]}"#), "result")]
#[case::no_identity(
    Step::reply("200 OK", "", r#"{"status":"success","result":{"host":"h"}}"#),
    "missing field `id`"
)]
#[case::bad_utf8(Step::Send([b"HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{\"result\":".as_slice(), b"\xff"].concat()), "result")]
#[tokio::test]
async fn a_success_that_cannot_be_read_says_that_it_was_one(
    #[case] step: Step,
    #[case] text: &str,
) {
    let server = ScriptServer::start(vec![step]).await;
    let error = read(&client(&server, &TestClock::default())).await.unwrap_err();
    assert!(error.is_decoding(), "{error}");
    assert!(
        error.to_string().contains("request succeeded, reply not readable (HTTP 200)"),
        "{error}"
    );
    assert!(error.to_string().contains(text), "{error}");
    assert_eq!(server.requests(), 1, "it is not asked again");
}

#[tokio::test]
async fn a_passing_failure_passes() {
    let clock = TestClock::default();
    let steps = vec![
        Step::Reset,
        Step::reply("503 Service Unavailable", "retry-after: 7\r\n", ""),
        Step::reply("200 OK", "", GOOD),
    ];
    let server = ScriptServer::start(steps).await;
    assert_eq!(read(&client(&server, &clock)).await.unwrap(), "x");
    assert_eq!(server.requests(), 3);
    let pauses = clock.pauses();
    assert_eq!(pauses.len(), 2);
    assert!(pauses[0] <= Duration::from_millis(250));
    assert_eq!(pauses[1], Duration::from_secs(7), "as the service asked");
}

#[tokio::test]
async fn what_was_never_sent_is_tried_again_whatever_it_does() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let clock = TestClock::default();
    let t = Tapis::builder(url).access_token(JWT).clock(clock.clone()).build().unwrap();
    let error = act(&t).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.maybe_sent(), error.attempts()),
        (ErrorKind::Connection, false, 4)
    );
    assert!(error.to_string().contains("cannot connect"), "{error}");
    assert_eq!(clock.pauses().len(), 3);
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_a_connection_error() {
    let t = Tapis::builder("https://no-such-host.invalid")
        .access_token(JWT)
        .clock(TestClock::default())
        .build()
        .unwrap();
    let error = read(&t).await.unwrap_err();
    assert!(error.is_connection() && !error.maybe_sent(), "{error}");
}

#[tokio::test]
async fn https_to_a_server_without_tls_is_a_connection_error() {
    let server = ScriptServer::start(vec![Step::reply("200 OK", "", GOOD)]).await;
    let url = server.base_url().replace("http", "https");
    let t = Tapis::builder(url).access_token(JWT).clock(TestClock::default()).build().unwrap();
    let error = read(&t).await.unwrap_err();
    assert!(error.is_connection() && !error.maybe_sent(), "{error}");
}

#[rstest]
#[case::never_answers(Vec::new(), "the time limit has passed: 120s for one attempt")]
#[case::slow_headers(b"HTTP/1.1 200 OK\r\n".to_vec(), "the time limit has passed")]
#[case::slow_body(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_vec(), "the reply stopped in the middle")]
#[tokio::test]
async fn silence_ends_in_a_time_limit(#[case] bytes: Vec<u8>, #[case] text: &str) {
    let clock = TestClock::default();
    let server = ScriptServer::start(vec![Step::SendAndStall(bytes)]).await;
    let t = client(&server, &clock).with_options(Options::new().with_retry(Retry::never()));
    let call = tokio::spawn(async move { read(&t).await });
    while server.requests() == 0 {
        tokio::task::yield_now().await;
    }
    // The reply has to be on its way before the limits are moved past.
    tokio::time::sleep(Duration::from_millis(50)).await;
    clock.advance(Duration::from_secs(61));
    tokio::time::sleep(Duration::from_millis(50)).await;
    clock.advance(Duration::from_secs(61));
    let error = call.await.unwrap().unwrap_err();
    assert!(error.is_timeout() && error.to_string().contains(text), "{error}");
}

#[tokio::test]
async fn a_limit_that_has_passed_is_named_with_its_option() {
    let clock = TestClock::default();
    let server = ScriptServer::start(vec![Step::SendAndStall(Vec::new())]).await;
    let call = client(&server, &clock).systems.get_system("x").with_timeout(Duration::from_secs(5));
    let call = tokio::spawn(call.into_future());
    while server.requests() == 0 {
        tokio::task::yield_now().await;
    }
    clock.advance(Duration::from_secs(6));
    let error = call.await.unwrap().unwrap_err();
    let text = "the time limit has passed: 5s for the call";
    assert_eq!((error.is_timeout(), error.message()), (true, text));
    assert_eq!(error.hint(), Some("with_timeout() sets another limit"));
}

#[tokio::test]
async fn the_callers_limit_holds_for_all_attempts_together() {
    let clock = TestClock::default();
    let server = ScriptServer::start(vec![json("503 Service Unavailable", "wait")]).await;
    let t = client(&server, &clock);
    let patient =
        Retry::default().attempts(100).backoff(Duration::from_secs(20), Duration::from_secs(20));
    let call = t.systems.get_system("x").with_retry(patient);
    let error = call.with_timeout(Duration::from_secs(30)).await.unwrap_err();
    assert!(server.requests() < 30, "{} attempts", server.requests());
    assert!(error.is_retryable(), "{error}");
}

#[tokio::test]
async fn an_outage_is_not_amplified() {
    let server = ScriptServer::start(vec![json("503 Service Unavailable", "wait")]).await;
    let t = client(&server, &TestClock::default());
    for _ in 0..100 {
        read(&t).await.unwrap_err();
    }
    assert!(server.requests() <= 200, "{} requests for 100 calls", server.requests());
}

#[tokio::test]
async fn the_caller_decides_about_repeating() {
    let failing =
        || async { ScriptServer::start(vec![json("503 Service Unavailable", "wait")]).await };
    let server = failing().await;
    let t = client(&server, &TestClock::default());
    t.systems.get_system("x").with_retry(Retry::never()).await.unwrap_err();
    assert_eq!(server.requests(), 1);
    let server = failing().await;
    let t = client(&server, &TestClock::default());
    t.request(Method::POST, "/v3/a")
        .with_retry(Retry::default().idempotent(true))
        .await
        .unwrap_err();
    assert_eq!(server.requests(), 4);
}

#[tokio::test]
async fn a_reply_without_end_is_given_up() {
    let server = ScriptServer::start(vec![Step::Endless]).await;
    let error = read(&client(&server, &TestClock::default())).await.unwrap_err();
    assert!(error.is_decoding() && error.to_string().contains("too large"), "{error}");
}

#[tokio::test]
async fn bad_input_is_told_before_anything_is_sent() {
    let server = ScriptServer::start(vec![Step::reply("200 OK", "", GOOD)]).await;
    let t = client(&server, &TestClock::default());
    let systems = &t.systems;
    for (error, text) in [
        (systems.get_system("..").await.unwrap_err(), "systemId: the path segments"),
        (systems.get_system("").await.unwrap_err(), "systemId: an empty path segment"),
        (
            systems.get_system("x").with_header("a b", "c").await.unwrap_err(),
            "not a valid header name",
        ),
        (systems.get_system("x").with_tracking_id("bad").await.unwrap_err(), "not a tracking id"),
        (t.request(Method::GET, "/v3/../x").await.unwrap_err(), "path: the path segments"),
    ] {
        assert!(error.is_input() && error.to_string().contains(text), "{error}");
    }
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn a_stream_that_can_be_sent_once_is_never_sent_twice() {
    let server = ScriptServer::start(vec![json("503 Service Unavailable", "wait")]).await;
    let t = client(&server, &TestClock::default());
    let stream = || futures_util::stream::iter([Ok::<_, std::io::Error>("data".into())]);
    let once = tapis_client::http::Body::stream(stream());
    t.request(Method::PUT, "/v3/a").body(once).await.unwrap_err();
    assert_eq!(server.requests(), 1);
    let again = tapis_client::http::Body::retryable(stream);
    t.request(Method::PUT, "/v3/a").body(again).await.unwrap_err();
    assert_eq!(server.requests(), 5, "what can be rebuilt goes four times");
}

#[tokio::test]
async fn calls_one_after_the_other_share_a_connection() {
    let server = ScriptServer::start(vec![Step::Send(whole("200 OK", "", GOOD))]).await;
    let t = client(&server, &TestClock::default());
    for _ in 0..10 {
        read(&t).await.unwrap();
    }
    let body = ReqPutSystem::default();
    let _ = t.systems.put_system("x", body).await;
    assert_eq!((server.connections(), server.requests()), (1, 11));
}

#[tokio::test]
async fn an_attempt_that_may_have_acted_is_not_forgotten_by_the_next() {
    // The connection is lost, and the next attempts find nobody.
    let server = ScriptServer::start(vec![Step::Reset]).await;
    let t = client(&server, &TestClock::default());
    let url = server.base_url().to_owned();
    let call = tokio::spawn(async move { t.request(Method::DELETE, "/v3/a").await });
    while server.requests() == 0 {
        tokio::task::yield_now().await;
    }
    drop(server);
    let error = call.await.unwrap().unwrap_err();
    assert!(error.is_connection() && error.maybe_sent(), "{url}: {error}");
}

#[tokio::test]
async fn a_pause_of_all_eternity_is_not_made() {
    let never = Step::reply("503 Service Unavailable", "retry-after: 18446744073709551615\r\n", "");
    let server = ScriptServer::start(vec![never]).await;
    let error = read(&client(&server, &TestClock::default())).await.unwrap_err();
    assert_eq!((server.requests(), error.retry_after()), (1, Some(Duration::from_secs(u64::MAX))));
}

#[tokio::test]
async fn a_stream_that_does_not_begin_ends_in_a_time_limit() {
    let clock = TestClock::default();
    let server = ScriptServer::start(vec![Step::SendAndStall(Vec::new())]).await;
    let t = client(&server, &clock).with_options(Options::new().with_retry(Retry::never()));
    let call = tokio::spawn(async move { t.files.get_contents("s", "p").await });
    while server.requests() == 0 {
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    clock.advance(Duration::from_secs(121));
    let error = call.await.unwrap().unwrap_err();
    assert!(error.is_timeout() && error.to_string().contains("did not start"), "{error}");
}

#[tokio::test]
async fn the_text_null_is_no_result_and_a_bare_failure_is_one() {
    let null = r#"{"status":"success","message":"m","result":"null","version":"1"}"#;
    let server = ScriptServer::start(vec![Step::reply("200 OK", "", null)]).await;
    let t = client(&server, &TestClock::default());
    assert!(t.systems.get_systems().await.unwrap().is_empty());
    let failure = r#"{"status":"error","message":"it failed","result":null,"version":"1"}"#;
    let server = ScriptServer::start(vec![Step::reply("200 OK", "", failure)]).await;
    let t = client(&server, &TestClock::default());
    let error = t.meta.list_db_names().await.unwrap_err();
    assert!(error.to_string().contains("it failed"), "{error}");
}

/// Sends `body` for ever, in pieces.
fn endless_upload(t: &Tapis) -> tapis_client::http::RawRequest {
    let pieces = futures_util::stream::repeat_with(|| {
        Ok::<_, std::io::Error>(bytes::Bytes::from_static(&[b'x'; 65536]))
    });
    t.request(Method::POST, "/v3/files/ops/s/f").body(tapis_client::http::Body::stream(pieces))
}

#[tokio::test]
async fn an_upload_that_nobody_takes_ends_and_one_that_moves_does_not() {
    // Accepts connections and never reads.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let deaf = tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((connection, _)) = listener.accept().await {
            kept.push(connection);
        }
    });
    let t = Tapis::builder(format!("http://{address}"))
        .access_token(JWT)
        .options(Options::new().with_idle_timeout(Duration::from_millis(300)))
        .build()
        .unwrap();
    let error = endless_upload(&t).await.unwrap_err();
    assert!(error.is_timeout() && error.maybe_sent(), "{error}");
    assert!(error.to_string().contains("the upload stalled"), "{error}");
    deaf.abort();

    // A source that takes its time, but not too long, arrives.
    let server = ScriptServer::start(vec![Step::reply("200 OK", "", GOOD)]).await;
    let t = Tapis::builder(server.base_url())
        .access_token(JWT)
        .options(Options::new().with_idle_timeout(Duration::from_millis(400)))
        .build()
        .unwrap();
    let slow = futures_util::stream::unfold(0, |count| async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        (count < 8).then(|| (Ok::<_, std::io::Error>("piece"), count + 1))
    });
    let slow = futures_util::StreamExt::map(slow, |piece| piece.map(bytes::Bytes::from));
    t.request(Method::POST, "/v3/files/ops/s/f")
        .body(tapis_client::http::Body::stream(slow))
        .await
        .unwrap();
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_limit_of_a_view_can_be_switched_off_for_a_call() {
    let clock = TestClock::default();
    let server = ScriptServer::start(vec![Step::reply("200 OK", "", GOOD)]).await;
    let t = client(&server, &clock).with_options(Options::new().with_timeout(Duration::ZERO));
    assert!(read(&t).await.unwrap_err().is_timeout());
    t.systems.get_system("x").with_timeout(None).await.unwrap();
}

#[tokio::test]
async fn no_more_calls_are_in_flight_than_allowed() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    let server = ScriptServer::start(vec![Step::reply("200 OK", "", GOOD)]).await;
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (begun, ended, highest) = (now.clone(), now, most.clone());
    let t = Tapis::builder(server.base_url())
        .access_token(JWT)
        .max_in_flight(3.try_into().unwrap())
        .options(
            Options::new()
                .with_request_hook(move |_| {
                    highest.fetch_max(begun.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    Ok(())
                })
                .with_reply_hook(move |_| {
                    ended.fetch_sub(1, Ordering::SeqCst);
                }),
        )
        .build()
        .unwrap();
    let calls = (0..40).map(|_| read(&t));
    for outcome in futures_util::future::join_all(calls).await {
        outcome.unwrap();
    }
    assert_eq!(most.load(Ordering::SeqCst), 3);
    assert!(server.connections() <= 4, "{} connections", server.connections());
}

#[tokio::test]
async fn a_call_in_the_queue_keeps_its_own_time_limit() {
    let server = ScriptServer::start(vec![Step::SendAndStall(Vec::new())]).await;
    let t = Tapis::builder(server.base_url())
        .access_token(JWT)
        .max_in_flight(1.try_into().unwrap())
        .build()
        .unwrap();
    let first = tokio::spawn({
        let t = t.clone();
        async move { read(&t).await }
    });
    while server.requests() == 0 {
        tokio::task::yield_now().await;
    }
    let waiting = t.systems.get_system("x").with_timeout(Duration::from_millis(50));
    let error = waiting.await.unwrap_err();
    assert!(error.is_timeout() && !error.maybe_sent(), "{error}");
    assert_eq!(error.attempts(), 0);
    // A call that is dropped gives its place back.
    first.abort();
    assert!(first.await.is_err());
    let next = t.systems.get_system("x").with_timeout(Duration::from_millis(50));
    assert!(next.await.unwrap_err().maybe_sent(), "it was sent this time");
}

#[tokio::test]
async fn hooks_see_each_attempt_and_may_sign_it_or_refuse() {
    use std::sync::{Arc, Mutex};

    let clock = TestClock::default();
    let server = ScriptServer::start(vec![
        json("503 Service Unavailable", "wait"),
        Step::reply("200 OK", "", GOOD),
    ])
    .await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (asked, answered) = (seen.clone(), seen.clone());
    let options = Options::new()
        .with_request_hook(move |request| {
            let line = format!("{} {}", request.method().as_str(), request.path());
            request.headers_mut().insert("x-signature", line.parse()?);
            asked.lock().unwrap().push(format!("{line} #{}", request.attempt()));
            Ok(())
        })
        .with_reply_hook(move |reply| {
            answered.lock().unwrap().push(format!("{} {}", reply.operation().id, reply.status()));
        });
    let t = client(&server, &clock).with_options(options);
    read(&t).await.unwrap();
    assert_eq!(
        *seen.lock().unwrap(),
        [
            "GET /v3/systems/x #1",
            "getSystem 503 Service Unavailable",
            "GET /v3/systems/x #2",
            "getSystem 200 OK",
        ]
    );

    let before = server.requests();
    let refusing = Options::new().with_request_hook(|_| Err("no key to sign with".into()));
    let error = read(&t.with_options(refusing)).await.unwrap_err();
    assert!(error.is_input() && !error.maybe_sent(), "{error}");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "no key to sign with");
    assert_eq!(server.requests(), before);
}

/// The router closes a connection that has been idle for five seconds. The connection is the
/// system's and the idle time the HTTP client's own, so that this one test waits for real.
#[tokio::test]
async fn a_post_after_the_router_has_closed_the_connection_arrives_once() {
    let server =
        ScriptServer::closing_idle(vec![Step::reply("200 OK", "", GOOD)], Duration::from_secs(5))
            .await;
    let t = Tapis::builder(server.base_url()).access_token(JWT).build().unwrap();
    act(&t).await.unwrap();
    tokio::time::sleep(Duration::from_secs(6)).await;
    act(&t).await.unwrap();
    assert_eq!((server.requests(), server.connections()), (2, 2));
    // At once after another it takes the connection that is there.
    act(&t).await.unwrap();
    assert_eq!((server.requests(), server.connections()), (3, 2));
}

#[tokio::test]
async fn a_request_that_was_half_sent_may_have_acted_and_is_not_sent_again() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        let mut connections = 0;
        while let Ok((connection, _)) = listener.accept().await {
            connections += 1;
            connection.readable().await.unwrap();
            // Some of the request has come; what is left of it resets the connection.
            let _ = connection.try_read(&mut [0; 100]);
            if connections == 2 {
                break;
            }
        }
    });
    let t = Tapis::builder(format!("http://{address}")).access_token(JWT).build().unwrap();
    let call = t
        .request(Method::POST, "/v3/jobs/submit")
        .json(&serde_json::json!({"notes": "x".repeat(16 * 1024 * 1024)}));
    let error = call.await.unwrap_err();
    assert!(error.is_connection() && error.maybe_sent(), "{error}");
    assert_eq!(error.attempts(), 1);
    tokio::task::yield_now().await;
    assert!(!serving.is_finished(), "there was no second connection");
    serving.abort();
}

#[tokio::test]
async fn what_has_a_body_and_none_given_says_that_its_length_is_zero() {
    let good = r#"{"status":"success","result":{"id":"x","changes":1,"message":"done"}}"#;
    let server = ScriptServer::start(vec![Step::reply("200 OK", "", good)]).await;
    let t = client(&server, &TestClock::default());
    t.systems.enable_system("x").await.unwrap();
    t.jobs.cancel_job("u").await.unwrap();
    t.request(Method::PUT, "/v3/x").await.unwrap();
    t.request(Method::PATCH, "/v3/x").await.unwrap();
    read(&t).await.unwrap();
    let says: Vec<bool> =
        server.heads().iter().map(|head| head.contains("\r\ncontent-length: 0")).collect();
    assert_eq!(says, [true, true, true, true, false]);
}

#[tokio::test]
async fn a_job_whose_submission_takes_minutes_is_waited_for() {
    let clock = TestClock::default();
    let server = ScriptServer::start(vec![Step::SendAndStall(Vec::new())]).await;
    let t = client(&server, &clock);
    let body = tapis_client::jobs::types::ReqSubmitJob::new("j", "a", "1");
    let submit = tokio::spawn(t.jobs.submit_job(body).into_future());
    let get = tokio::spawn(t.jobs.get_job("u").with_retry(Retry::never()).into_future());
    while server.requests() < 2 {
        tokio::task::yield_now().await;
    }
    clock.advance(Duration::from_secs(150));
    assert!(get.await.unwrap().unwrap_err().is_timeout());
    assert!(!submit.is_finished());
    clock.advance(Duration::from_secs(900));
    let error = submit.await.unwrap().unwrap_err();
    assert!(error.is_timeout() && error.maybe_sent(), "{error}");
    assert!(error.hint().unwrap().contains("may have been carried out"), "{error:?}");
}

#[tokio::test]
async fn a_host_that_is_unknown_and_was_never_reached_is_asked_for_once() {
    let clock = TestClock::default();
    let builder = Tapis::builder("https://tapis.invalid").clock(clock.clone());
    let t = builder.access_token(JWT).build().unwrap();
    let error = read(&t).await.unwrap_err();
    assert!(error.is_connection() && !error.is_retryable() && !error.maybe_sent(), "{error:?}");
    assert_eq!((error.attempts(), clock.pauses().len()), (1, 0));
    assert!(error.hint().unwrap().contains("host name"), "{error:?}");
}

/// Knows every name for the first connection, and none afterwards.
#[derive(Debug)]
struct OnceKnown(std::net::SocketAddr, std::sync::atomic::AtomicUsize);

impl reqwest::dns::Resolve for OnceKnown {
    fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let first = self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        let addresses: reqwest::dns::Addrs = Box::new(std::iter::once(self.0));
        let outcome = if first { Ok(addresses) } else { Err("no such host is known".into()) };
        Box::pin(std::future::ready(outcome))
    }
}

#[tokio::test]
async fn a_host_that_was_reached_before_is_asked_for_again() {
    let server = ScriptServer::start(vec![Step::SendAndClose(whole("200 OK", "", GOOD))]).await;
    let address: std::net::SocketAddr =
        server.base_url().trim_start_matches("http://").parse().unwrap();
    let known = std::sync::Arc::new(OnceKnown(address, 0.into()));
    let resolver = known.clone();
    let t = Tapis::builder(format!("http://tapis.test:{}", address.port()))
        .allow_http()
        .access_token(JWT)
        .clock(TestClock::default())
        .http(move |http| http.dns_resolver(resolver.clone()))
        .build()
        .unwrap();
    read(&t).await.unwrap();
    let error = read(&t).await.unwrap_err();
    assert!(error.is_connection() && error.is_retryable(), "{error:?}");
    assert_eq!(error.attempts(), 4);
}

#[tokio::test]
async fn a_status_that_the_caller_names_is_retried_where_that_does_no_harm() {
    let failed = || json("500 Internal Server Error", "FILES_CLIENT_SSH_OP_ERR1 not yet");
    let steps = vec![failed(), failed(), Step::reply("200 OK", "", GOOD)];
    let server = ScriptServer::start(steps).await;
    let retry = Retry::default().also_on(reqwest::StatusCode::INTERNAL_SERVER_ERROR);
    let t = client(&server, &TestClock::default()).with_options(Options::new().with_retry(retry));
    assert_eq!(read(&t).await.unwrap(), "x");
    assert_eq!(server.requests(), 3);
    let server = ScriptServer::start(vec![failed()]).await;
    let retry = Retry::default().also_on(reqwest::StatusCode::INTERNAL_SERVER_ERROR);
    let t = client(&server, &TestClock::default()).with_options(Options::new().with_retry(retry));
    act(&t).await.unwrap_err();
    assert_eq!(server.requests(), 1, "what acts is not repeated");
}

#[tokio::test]
async fn a_download_may_take_longer_to_begin_than_a_silence_in_its_middle() {
    let clock = TestClock::default();
    let server = ScriptServer::start(vec![Step::SendAndStall(Vec::new())]).await;
    let t = client(&server, &clock).with_options(Options::new().with_retry(Retry::never()));
    let call = tokio::spawn(t.files.get_contents("s", "p").into_future());
    while server.requests() < 1 {
        tokio::task::yield_now().await;
    }
    clock.advance(Duration::from_secs(90));
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    assert!(!call.is_finished());
    clock.advance(Duration::from_secs(31));
    assert!(call.await.unwrap().unwrap_err().is_timeout());
}

#[tokio::test]
async fn a_header_of_a_view_is_as_good_as_one_of_the_call() {
    let server = ScriptServer::start(vec![Step::reply("200 OK", "", GOOD)]).await;
    let t = client(&server, &TestClock::default());
    let call = |t: &Tapis| t.workflows.update_pipeline_run_status("u", "active");
    assert!(call(&t).await.unwrap_err().to_string().contains("is not set"));
    let view = t.with_options(Options::new().with_header("X-WORKFLOW-EXECUTOR-TOKEN", "secret"));
    call(&view).send_as::<serde_json::Value>().await.unwrap();
}
