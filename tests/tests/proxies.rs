//! Proxies that the environment names.

#![allow(clippy::unwrap_used)] // what cannot be set up fails the test

use std::process::Command;

use tapis_tests::{ScriptServer, Step};

const VARIABLES: [&str; 8] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
];

async fn server() -> ScriptServer {
    let tenant = r#"{"status":"success","result":{"tenant_id":"dev"}}"#;
    ScriptServer::start(vec![Step::reply("200 OK", "", tenant)]).await
}

/// Makes a call in a process whose environment says of proxies what `variables` say, and tells whether
/// it got its reply.
async fn succeeds(arguments: &[&str], variables: &[(&str, &str)]) -> bool {
    let mut command = Command::new(env!("CARGO_BIN_EXE_get_system"));
    for name in VARIABLES {
        command.env_remove(name);
    }
    command.args(arguments).envs(variables.iter().copied());
    tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap().status.success()
}

#[tokio::test]
async fn what_stays_on_this_machine_goes_through_no_proxy_of_the_environment() {
    let (tapis, proxy) = (server().await, server().await);
    for (number, name) in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"].iter().enumerate()
    {
        for host in
            [tapis.base_url().to_owned(), tapis.base_url().replace("127.0.0.1", "localhost")]
        {
            assert!(succeeds(&[&host], &[(name, proxy.base_url())]).await, "{name}, {host}");
        }
        assert_eq!((tapis.requests(), proxy.requests()), (2 * (number + 1), 0), "{name}");
    }
}

#[tokio::test]
async fn what_leaves_it_goes_through_the_proxy_of_the_environment() {
    let proxy = server().await;
    for host in ["http://tapis.invalid", "http://x.localhost:1"] {
        assert!(succeeds(&[host], &[("http_proxy", proxy.base_url())]).await, "{host}");
    }
    assert_eq!(proxy.requests(), 2);
}

#[tokio::test]
async fn hosts_that_the_environment_excepts_go_through_no_proxy() {
    let proxy = server().await;
    let variables = [("http_proxy", proxy.base_url()), ("no_proxy", ".tapis.invalid")];
    assert!(!succeeds(&["http://tacc.tapis.invalid"], &variables).await);
    assert_eq!(proxy.requests(), 0);
}

#[tokio::test]
async fn a_proxy_that_the_program_sets_is_used_for_this_machine_too() {
    let (tapis, proxy) = (server().await, server().await);
    let arguments = [tapis.base_url(), proxy.base_url()];
    assert!(succeeds(&arguments, &[("http_proxy", "http://127.0.0.1:1")]).await);
    assert_eq!((tapis.requests(), proxy.requests()), (0, 1));
}
