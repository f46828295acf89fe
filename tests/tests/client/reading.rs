//! What is made of successes: what each kind of operation takes for one, and what it names when
//! something else came.

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use rstest::rstest;
use tapis_client::{Error, ErrorKind, Tapis};
use tapis_tests::{ScriptServer, Step, TestClock, World};

const JWT: &str = "e30.eyJ0YXBpcy9hY2NvdW50X3R5cGUiOiJ1c2VyIn0.c2ln";

/// A client of a server that answers everything with a success and `body`.
async fn answered(body: impl AsRef<[u8]>) -> (Tapis, ScriptServer) {
    answered_as("application/json", body).await
}

async fn answered_as(media: &str, body: impl AsRef<[u8]>) -> (Tapis, ScriptServer) {
    let body = body.as_ref();
    let length = body.len();
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-type: {media}\r\ncontent-length: {length}\r\n\r\n");
    let server = ScriptServer::start(vec![Step::Send([head.as_bytes(), body].concat())]).await;
    let clock = TestClock::default();
    let t = Tapis::builder(server.base_url()).access_token(JWT).clock(clock).build().unwrap();
    (t, server)
}

/// Asks for a result, for an acknowledgement, for bare JSON and for nothing at all.
async fn each_kind(t: &Tapis) -> [Result<(), Error>; 4] {
    [
        t.systems.get_system("s").await.map(drop),
        t.systems.check_user_credential("s", "u").await.map(drop),
        t.meta.get_db_metadata("d").await.map(drop),
        t.meta.delete_db("d").if_match("e").await,
    ]
}

const HOTEL: &str = "<!DOCTYPE html>\n<html><head><title>Log in to the hotel's WLAN</title></head>";

#[rstest]
#[case::captive_portal(HOTEL.as_bytes(), "a page of HTML: Log in to the hotel's WLAN")]
#[case::html_without_title(b"<html>", "a page of HTML")]
#[case::cut_off(br#"{"status":"success","message":"don"#, "JSON that is cut off")]
#[case::tail(br#"{"status":"success"}{"status":"success"}"#, "JSON with something behind it")]
#[case::gzip(b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "gzip data")]
#[case::utf16(b"\xff\xfe{\x00}\x00", "UTF-16 text")]
#[tokio::test]
async fn what_is_no_answer_of_the_service_is_named_by_every_kind_of_operation(
    #[case] body: &[u8],
    #[case] came: &str,
) {
    let (t, _server) = answered(body).await;
    for (kind, outcome) in each_kind(&t).await.into_iter().enumerate() {
        let error = outcome.expect_err(came);
        assert_eq!(error.kind(), ErrorKind::Decoding, "{kind}: {error}");
        assert!(error.message().contains(&format!("expected JSON, got {came}")), "{kind}: {error}");
        assert!(error.maybe_sent(), "the service may have acted");
        assert_eq!(error.body(), body);
    }
}

#[tokio::test]
async fn text_is_named_where_json_was_to_come_and_will_do_where_nothing_was() {
    let (t, _server) = answered("Moved for the time being").await;
    let [result, acknowledgement, json, nothing] = each_kind(&t).await;
    for outcome in [result, acknowledgement, json] {
        let error = outcome.unwrap_err();
        assert!(error.message().contains("got text that is not JSON"), "{error}");
    }
    nothing.unwrap();
    // What the deployed service says of a database that was to go.
    let (t, _server) = answered("{ TODO }").await;
    t.meta.delete_db("d").if_match("e").await.unwrap();
}

#[tokio::test]
async fn a_page_is_no_acknowledgement_of_an_upload() {
    let (t, _server) = answered_as("text/html", HOTEL).await;
    let error = t.files.upload("s", "a.bin").from_bytes("x").await.unwrap_err();
    assert!(error.is_decoding() && error.message().contains("hotel"), "{error}");
    let error = t.files.at("tapis://s/d").mkdir().await.unwrap_err();
    assert!(error.is_decoding(), "{error}");
}

#[rstest]
#[case::empty("")]
#[case::white_space(" \r\n")]
#[case::null("null")]
#[case::empty_text(r#""""#)]
#[case::empty_list("[]")]
#[case::text(r#""deleted""#)]
#[case::object("{}")]
#[case::envelope(r#"{"message":"m","metadata":{},"result":null,"status":"success","version":"1"}"#)]
#[case::java(r#"{"status":"SUCCESS","message":"m","result":"null","version":"1","commit":"c","build":"b","metadata":null}"#)]
#[case::no_result(r#"{"message":"m","status":"success"}"#)]
#[case::with_mark("\u{feff}{\"status\":\"success\",\"message\":\"m\"}")]
#[case::lone_surrogate(r#"{"status":"success","message":"\ud800"}"#)]
#[tokio::test]
async fn every_form_in_which_services_acknowledge_is_one(#[case] body: &str) {
    // pgrest labels its JSON as HTML.
    for media in ["application/json", "text/html"] {
        let (t, _server) = answered_as(media, body).await;
        t.systems.check_user_credential("s", "u").await.unwrap();
        t.meta.delete_db("d").if_match("e").await.unwrap();
    }
}

#[rstest]
#[tokio::test]
async fn a_status_that_tells_of_a_failure_is_one_in_any_case(
    #[values("error", "ERROR", "Error", "failure", "FAILURE")] status: &str,
) {
    let body =
        format!(r#"{{"status":"{status}","message":"it failed","result":null,"version":"1"}}"#);
    let (t, _server) = answered(body).await;
    for (kind, outcome) in each_kind(&t).await.into_iter().enumerate() {
        let error = outcome.expect_err(status);
        assert_eq!(error.message(), "it failed", "{kind}");
    }
    let raw = t.request(tapis_client::http::Method::GET, "/v3/x").await.unwrap_err();
    assert_eq!(raw.message(), "it failed");
}

#[tokio::test]
async fn a_download_that_fails_with_a_success_writes_no_file() {
    let body = r#"{"result": null, "status": "error", "message": "it failed", "version": "1.9", "metadata": null}"#;
    for media in ["application/octet-stream", "application/json"] {
        let (t, _server) = answered_as(media, body).await;
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("out");
        let error = t.jobs.download_output("u-1", "dir").to_path(&to).await.unwrap_err();
        assert_eq!(error.message(), "it failed");
        assert!(error.maybe_sent() && error.status().is_some());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
        let stream = t.files.get_contents("s", "p").await.unwrap();
        assert_eq!(stream.bytes().await.unwrap_err().message(), "it failed");
    }
}

#[rstest]
#[case::its_own_status(r#"{"status":"error","host":"h"}"#)]
#[case::more_than_an_envelope(r#"{"status":"error","message":"m","version":"1","line":3}"#)]
#[case::a_saved_success(r#"{"status":"success","message":"m","version":"1","result":[]}"#)]
#[case::lines(
    "{\"status\":\"error\",\"message\":\"m\",\"version\":\"1\"}\n{\"status\":\"error\",\"message\":\"m\",\"version\":\"1\"}\n"
)]
#[case::cut(r#"{"status":"error","mess"#)]
#[case::html("<html><title>mine</title></html>")]
#[case::empty("")]
#[tokio::test]
async fn a_users_own_document_is_content(#[case] body: &'static str) {
    let (t, _server) = answered(body).await;
    let stream = t.files.get_contents("s", "p").await.unwrap();
    assert_eq!(stream.bytes().await.unwrap(), Bytes::from_static(body.as_bytes()));
}

#[tokio::test]
async fn the_beginning_of_a_stream_is_handed_on_as_soon_as_it_is_content() {
    for begin in [r#"{"type":"FeatureCollection","features":["#, "plain", "{\"status\":\"ok\"}\n"] {
        let length = begin.len();
        let reply = format!(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{length:x}\r\n{begin}\r\n"
        );
        let server = ScriptServer::start(vec![Step::SendAndStall(reply.into_bytes())]).await;
        let t = Tapis::builder(server.base_url())
            .access_token(JWT)
            .clock(TestClock::default())
            .build()
            .unwrap();
        let stream = t.files.get_contents("s", "p").await.unwrap();
        let mut stream = std::pin::pin!(stream.into_stream());
        assert_eq!(stream.try_next().await.unwrap().unwrap(), begin);
    }
}

/// Answers with an envelope around `result`.
async fn resulted(result: &str) -> (Tapis, ScriptServer) {
    answered(format!(r#"{{"status":"success","message":"m","version":"1","result":{result}}}"#))
        .await
}

#[tokio::test]
async fn one_odd_entry_does_not_hide_the_others_of_its_page() {
    let (t, _server) = resulted(r#"[null,{"id":"a"},null,{"id":"b"}]"#).await;
    let ids = t.systems.get_systems().await.unwrap().into_iter().map(|system| system.id);
    assert_eq!(ids.collect::<Vec<_>>(), ["a", "b"]);
    let names = answered(r#"["a",null]"#).await.0.meta.list_db_names().await.unwrap();
    assert_eq!(names, ["a"]);
}

#[tokio::test]
async fn lists_lose_their_nulls_on_every_level_and_may_be_null() {
    let system = r#"{"id":"s","tags":["a",null],"batchLogicalQueues":[null,{"name":"q","maxJobs":"7"}],"jobCapabilities":null}"#;
    let (t, _server) = resulted(system).await;
    let system = t.systems.get_system("s").await.unwrap();
    assert_eq!(system.tags.unwrap(), ["a"]);
    assert!(system.job_capabilities.is_none());
    let queues = system.batch_logical_queues.unwrap();
    assert_eq!((queues.len(), queues[0].max_jobs), (1, Some(7)));
}

#[tokio::test]
async fn a_list_whose_places_say_something_keeps_its_nulls() {
    let site = r#"{"site_id":"s","location":{"type":"Point","coordinates":[null,7.5]}}"#;
    let (t, _server) = resulted(site).await;
    let site = t.streams.get_site("p", "s").await.unwrap();
    assert_eq!(site.location.unwrap().coordinates.unwrap(), [None, Some(7.5)]);
}

#[tokio::test]
async fn a_job_of_an_older_service_is_read() {
    let job = r#"{"uuid":"u","sharedAppCtx":false,"tags":null,"nodeCount":1e3,"memoryMB":"100.0","subscriptions":null}"#;
    let (t, _server) = resulted(job).await;
    let job = t.jobs.get_job("u").await.unwrap();
    assert_eq!((job.node_count, job.memory_mb), (Some(1000), Some(100)));
    assert_eq!(job.shared_app_ctx.as_deref(), Some("false"));
}

#[rstest]
#[tokio::test]
async fn a_login_is_good_however_its_numbers_are_written(
    #[values("14400", "14400.0", "\"14400\"", "1.44e4")] expires_in: &str,
) {
    let result = format!(
        r#"{{"access_token":{{"access_token":"{JWT}","expires_at":"2099-01-01T00:00:00+00:00","expires_in":{expires_in}}}}}"#
    );
    let (t, _server) = resulted(&result).await;
    let request = tapis_client::authenticator::types::NewToken::new("password");
    let issued = t.authenticator.create_token(request).await.unwrap();
    assert_eq!(issued.access_token.expires_in, Some(14400));
}

#[tokio::test]
async fn nothing_but_what_identifies_has_to_be_in_a_reply() {
    let (t, _server) = resulted("{}").await;
    assert_eq!(t.jobs.get_job_status("u").await.unwrap().status, None);
    assert_eq!(t.jobs.cancel_job("u").await.unwrap().message, None);
    assert_eq!(t.pods.get_pod_logs("p").await.unwrap().logs, None);
    assert!(t.pods.get_pod_credentials("p").await.unwrap().user_password.is_none());
    let pods = r#"[{"pod_id":"p","volume_mounts":{"/data":{"source_id":"v"}}}]"#;
    let (t, _server) = resulted(pods).await;
    assert_eq!(t.pods.list_pods().await.unwrap()[0].pod_id, "p");
}

#[tokio::test]
async fn the_counts_of_a_reply_are_read_whatever_stands_beside_them() {
    let body = r#"{"status":"success","result":[],"metadata":{"recordCount":"1","recordLimit":100,"startAfter":5,"totalCount":77}}"#;
    let (t, _server) = answered(body).await;
    let metadata = t.systems.get_systems().send().await.unwrap().metadata();
    assert_eq!(
        (metadata.record_count, metadata.record_limit, metadata.total_count),
        (Some(1), Some(100), Some(77))
    );
    assert_eq!(metadata.start_after.as_deref(), Some("5"));
}

#[tokio::test]
async fn what_identifies_is_selected_with_whatever_the_caller_selects() {
    let World { t, mock, .. } = World::new().await.unwrap();
    t.jobs.get_job_search_list().select("id,name").await.unwrap();
    t.systems.get_systems().select("allAttributes").await.unwrap();
    let selected = |operation| {
        let query = mock.requests_for(operation).remove(0).query;
        query.into_iter().find_map(|(name, value)| (name == "select").then_some(value)).unwrap()
    };
    assert_eq!(selected("jobs.getJobSearchList"), "id,name,uuid");
    assert_eq!(selected("systems.getSystems"), "allAttributes");
}

const UNCHANGED: &str = r#"{"status":"error","message":"Incoming data made no changes to pod. Is incoming data equal to current data?","result":{"pod_id":"mypod"},"metadata":{},"version":"1"}"#;

#[tokio::test]
async fn a_change_that_is_in_force_already_is_a_success() {
    let (t, _server) = answered(UNCHANGED).await;
    let body = || tapis_client::pods::types::UpdatePod::new().description("same");
    assert_eq!(t.pods.update_pod("mypod", body()).await.unwrap().pod_id, "mypod");
    let reply = t.pods.update_pod("mypod", body()).send().await.unwrap();
    assert!(!reply.changed());
    assert!(reply.message().unwrap().contains("made no changes"));
    let (t, _server) =
        answered(UNCHANGED.replace("error", "success").replace("Incoming", "")).await;
    assert!(t.pods.update_pod("mypod", body()).send().await.unwrap().changed());
}

#[tokio::test]
async fn no_other_failure_in_the_guise_of_a_success_is_one() {
    for body in [
        UNCHANGED.replace("made no changes to pod", "is refused"),
        UNCHANGED.replace(r#"{"pod_id":"mypod"}"#, "null"),
    ] {
        let (t, _server) = answered(&body).await;
        let body = tapis_client::pods::types::UpdatePod::new().description("same");
        assert!(t.pods.update_pod("mypod", body).await.is_err());
    }
}
