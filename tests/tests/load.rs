//! Many calls at once, beside as many by hand in the same run.

#![allow(clippy::unwrap_used)] // what cannot be set up fails the test

use futures_util::StreamExt as _;
use tapis_client::Tapis;
use tapis_tests::{ScriptServer, Step};

const JWT: &str = "e30.eyJ0YXBpcy9hY2NvdW50X3R5cGUiOiJ1c2VyIn0.c2ln";
const GOOD: &str = r#"{"status":"success","result":{"id":"x"}}"#;
const CALLS: usize = 10_000;
const IN_FLIGHT: usize = 256;

async fn server() -> ScriptServer {
    ScriptServer::start(vec![Step::reply("200 OK", "", GOOD)]).await
}

/// The connections that the calls needed; all of them have to succeed.
async fn ours() -> usize {
    let server = server().await;
    let t = Tapis::builder(server.base_url()).access_token(JWT).build().unwrap();
    let calls =
        futures_util::stream::iter(0..CALLS).map(|_| t.systems.get_system("x").into_future());
    let good = calls
        .buffer_unordered(IN_FLIGHT)
        .filter(|outcome| std::future::ready(outcome.as_ref().is_ok_and(|s| s.id == "x")))
        .count()
        .await;
    assert_eq!((good, server.requests()), (CALLS, CALLS));
    server.connections()
}

/// The same by hand.
async fn by_hand() -> usize {
    let server = server().await;
    let url = format!("{}/v3/systems/x", server.base_url());
    // Nobody else has chosen what TLS is made with.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::new();
    let calls = futures_util::stream::iter(0..CALLS).map(|_| {
        let request = http.get(&url).header("x-tapis-token", JWT);
        async move { request.send().await.unwrap().bytes().await.unwrap() }
    });
    let good = calls.buffer_unordered(IN_FLIGHT).count().await;
    assert_eq!(good, CALLS);
    server.connections()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_calls_lose_none_and_need_no_more_connections_than_by_hand() {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        with.push(ours().await);
        without.push(by_hand().await);
    }
    with.sort_unstable();
    without.sort_unstable();
    println!("connections: {with:?}, by hand {without:?}");
    assert!(with[1] * 10 <= without[1] * 12, "{with:?} connections, by hand {without:?}");
}
