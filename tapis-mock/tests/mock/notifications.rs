//! Subscriptions, events and trials of delivery.

use std::time::{Duration, SystemTime};

use crate::support::*;
use serde_json::{Value, json};
use tapis_mock::{MockTapis, Strictness};

const SUBSCRIPTIONS: &str = "/v3/notifications/subscriptions";
const EVENTS: &str = "/v3/notifications/events";
const MINUTE: Duration = Duration::from_secs(60);

/// A mock whose clock stands still.
async fn still() -> MockTapis {
    start(builder().admin("boss", "pw").clock_stopped_at(SystemTime::UNIX_EPOCH)).await
}

fn subscription(name: &str) -> Value {
    json!({
        "name": name,
        "typeFilter": "jobs.job.*",
        "subjectFilter": "a-job",
        "deliveryTargets": [
            { "deliveryMethod": "WEBHOOK", "deliveryAddress": "https://example.invalid/hook" },
        ],
    })
}

/// Subscribes on behalf of `testuser`.
async fn subscribe(mock: &MockTapis, body: Value) -> Got {
    post(mock, SUBSCRIPTIONS, body).by_service("jobs", "testuser").send().await
}

async fn read(mock: &MockTapis, path: &str) -> Got {
    get(mock, path).by("testuser").send().await
}

async fn named(mock: &MockTapis, name: &str) -> Got {
    read(mock, &format!("{SUBSCRIPTIONS}/byName/{name}")).await
}

/// Does something to a subscription of `testuser` and says how much changed.
async fn act(mock: &MockTapis, path: &str) -> Value {
    let path = format!("{SUBSCRIPTIONS}/{path}");
    let got = ask(mock, http::Method::POST, &path).by_service("jobs", "testuser").send().await;
    got.result()["changes"].clone()
}

async fn publish(mock: &MockTapis, event: Value) -> Got {
    // Only the service that a type begins with may publish it.
    let service = event["type"].as_str().unwrap_or_default().split('.').next().unwrap();
    let service = service.to_owned();
    post(mock, &format!("{EVENTS}/publish"), event).by_service(&service, "testuser").send().await
}

/// Begins a trial and gives its name.
async fn begin(mock: &MockTapis, query: &str) -> String {
    let path = format!("/v3/notifications/test/begin?{query}");
    let begun = ask(mock, http::Method::POST, &path).by_service("jobs", "testuser").send().await;
    begun.result()["name"].as_str().unwrap().to_owned()
}

async fn trial(mock: &MockTapis, name: &str) -> Got {
    read(mock, &format!("/v3/notifications/test/{name}")).await
}

/// The places in their series of the events that a trial has received.
async fn received(mock: &MockTapis, name: &str) -> Vec<u64> {
    let trial = trial(mock, name).await.result();
    let events = trial["receivedEvents"].as_array().unwrap();
    events.iter().map(|event| event["seriesSeqCount"].as_u64().unwrap_or_default()).collect()
}

#[tokio::test]
async fn a_subscription_is_active_at_once_and_lives_for_a_week() {
    let mock = still().await;
    let made = subscribe(&mock, subscription("s")).await;
    assert_eq!(made.status, 201);
    let url = made.result()["url"].as_str().unwrap().to_owned();
    assert_eq!(url, format!("{}{SUBSCRIPTIONS}/s", mock.base_url()));
    let found = named(&mock, "s").await.result();
    assert_eq!(found["owner"], "testuser");
    assert_eq!(found["enabled"], true);
    assert_eq!(found["ttlMinutes"], 10_080);
    assert_eq!(found["created"], "1970-01-01T00:00:00Z");
    assert_eq!(found["expiry"], "1970-01-08T00:00:00Z");
    let uuid = found["uuid"].as_str().unwrap();
    assert_eq!(read(&mock, &format!("{SUBSCRIPTIONS}/byUuid/{uuid}")).await.result(), found);
}

#[tokio::test]
async fn a_subscription_without_a_name_gets_one() {
    let mock = still().await;
    let mut body = subscription("s");
    body.as_object_mut().unwrap().remove("name");
    for _ in 0..2 {
        subscribe(&mock, body.clone()).await.result();
    }
    let list = read(&mock, SUBSCRIPTIONS).await.result();
    let names: Vec<&str> =
        list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 2);
    assert_ne!(names[0], names[1]);
    assert!(names[0].starts_with("jobs~testuser~dev~a-job~"), "{names:?}");
    assert!(named(&mock, names[0]).await.status.is_success());
}

#[tokio::test]
async fn a_name_is_taken_for_its_owner_only() {
    let mock = still().await;
    subscribe(&mock, subscription("s")).await.result();
    subscribe(&mock, subscription("s")).await.fails(409, "NTFAPI_SUBSCR_EXISTS");
    let mut other = subscription("s");
    other["owner"] = "other".into();
    subscribe(&mock, other).await.result();
}

#[tokio::test]
async fn what_cannot_be_delivered_is_refused() {
    let mock = still().await;
    for (field, bad) in [
        ("typeFilter", json!("jobs.job")),
        ("deliveryTargets", json!([])),
        ("deliveryTargets", json!([{ "deliveryMethod": "EMAIL", "deliveryAddress": "nobody" }])),
        ("deliveryTargets", json!([{ "deliveryMethod": "WEBHOOK", "deliveryAddress": "file:x" }])),
        ("name", json!("a name")),
    ] {
        let mut body = subscription("s");
        body[field] = bad;
        subscribe(&mock, body).await.fails(400, "invalid input");
    }
    assert_eq!(read(&mock, SUBSCRIPTIONS).await.result(), json!([]));
}

#[tokio::test]
async fn users_cannot_do_what_is_reserved_for_services_and_owners() {
    let mock = still().await;
    subscribe(&mock, subscription("s")).await.result();
    let by_name = format!("{SUBSCRIPTIONS}/byName/s?ownedBy=testuser");
    let switch = format!("{SUBSCRIPTIONS}/s/disable?ownedBy=testuser");
    let refused = [
        (post(&mock, SUBSCRIPTIONS, subscription("t")), "NTFLIB_SUBSCR_UNAUTH"),
        (patch(&mock, &by_name, json!({ "typeFilter": "jobs.*.*" })), "NTFLIB_UNAUTH"),
        (delete(&mock, &by_name), "NTFLIB_UNAUTH"),
        (ask(&mock, http::Method::POST, &switch), "NTFLIB_UNAUTH"),
        (
            delete(&mock, &format!("{SUBSCRIPTIONS}/bySubject/a-job?anyOwner=true")),
            "NTFLIB_UNAUTH1",
        ),
        (ask(&mock, http::Method::POST, "/v3/notifications/test/begin"), "NTFLIB_EVENT_UNAUTH"),
    ];
    for (request, id) in refused {
        request.by("other").send().await.fails(500, id);
    }
    assert_eq!(named(&mock, "s").await.result()["enabled"], true);
    let own = ask(&mock, http::Method::POST, &format!("{SUBSCRIPTIONS}/s/disable"));
    assert_eq!(own.by("testuser").send().await.result()["changes"], 1);
}

#[tokio::test]
async fn a_list_holds_a_summary_unless_more_is_selected() {
    let mock = still().await;
    subscribe(&mock, subscription("s")).await.result();
    let list = read(&mock, SUBSCRIPTIONS).await.result();
    assert_eq!(list[0]["name"], "s");
    assert_eq!(list[0].get("deliveryTargets"), None);
    let list = read(&mock, &format!("{SUBSCRIPTIONS}?select=uuid")).await.result();
    assert!(list[0]["uuid"].is_string() && list[0]["name"] == "s" && list[0]["owner"].is_null());
    let list = read(&mock, &format!("{SUBSCRIPTIONS}?select=allAttributes")).await.result();
    assert_eq!(list[0]["deliveryTargets"][0]["deliveryMethod"], "WEBHOOK");
}

#[tokio::test]
async fn lists_are_paged_and_ordered_and_searched() {
    let mock = still().await;
    for name in ["b", "a", "c"] {
        subscribe(&mock, subscription(name)).await.result();
    }
    let names = |got: Got| -> Vec<String> {
        let list = got.result();
        list.as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap().to_owned()).collect()
    };
    let page =
        read(&mock, &format!("{SUBSCRIPTIONS}?orderBy=name&limit=2&computeTotal=true")).await;
    assert_eq!(page.json()["metadata"]["totalCount"], 3);
    assert_eq!(names(page), ["a", "b"]);
    let rest = read(&mock, &format!("{SUBSCRIPTIONS}?orderBy=name&startAfter=b")).await;
    assert_eq!(names(rest), ["c"]);
    let found =
        read(&mock, &format!("{SUBSCRIPTIONS}?search=name.in.a,c&orderBy=name(desc)")).await;
    assert_eq!(names(found), ["c", "a"]);
    let found = read(&mock, &format!("{SUBSCRIPTIONS}/search?name.like=b*&ownedBy=testuser")).await;
    assert_eq!(names(found), ["b"]);
    let body = json!({ "search": ["name = 'a'", "OR name = 'b'"] });
    let found =
        post(&mock, &format!("{SUBSCRIPTIONS}/search?orderBy=name"), body).by("testuser").send();
    assert_eq!(names(found.await), ["a", "b"]);
    let bad = read(&mock, &format!("{SUBSCRIPTIONS}?search=colour.eq.red")).await;
    bad.fails(500, "NTFLIB_DB_NO_COLUMN");
}

#[tokio::test]
async fn subscriptions_of_others_are_for_administrators_and_services() {
    let mock = still().await;
    subscribe(&mock, subscription("s")).await.result();
    let mine = get(&mock, SUBSCRIPTIONS).by("other").send().await.result();
    assert_eq!(mine, json!([]));
    let uuid = named(&mock, "s").await.result()["uuid"].as_str().unwrap().to_owned();
    let by_uuid = format!("{SUBSCRIPTIONS}/byUuid/{uuid}");
    let theirs = format!("{SUBSCRIPTIONS}?ownedBy=testuser");
    get(&mock, &by_uuid).by("other").send().await.fails(500, "NTFLIB_UNAUTH");
    get(&mock, &theirs).by("other").send().await.fails(500, "NTFLIB_UNAUTH2");
    assert_eq!(get(&mock, &theirs).by("boss").send().await.result()[0]["name"], "s");
    assert_eq!(get(&mock, &by_uuid).by("boss").send().await.result()["name"], "s");
    let all = format!("{SUBSCRIPTIONS}?anyOwner=true");
    get(&mock, &all).by("boss").send().await.fails(500, "NTFLIB_UNAUTH1");
    let list = get(&mock, &all).by_service("jobs", "other").send().await.result();
    assert_eq!(list[0]["owner"], "testuser");
}

#[tokio::test]
async fn a_patch_changes_what_it_names() {
    let mock = still().await;
    subscribe(&mock, subscription("s")).await.result();
    mock.advance(MINUTE);
    let path = format!("{SUBSCRIPTIONS}/byName/s");
    let change = |body: Value| patch(&mock, &path, body).by_service("jobs", "testuser").send();
    let both = json!({ "typeFilter": "jobs.job.*", "subjectFilter": "*", "description": "all" });
    change(both).await.result();
    let found = named(&mock, "s").await.result();
    assert_eq!(found["subjectFilter"], "*");
    assert_eq!(found["description"], "all");
    assert_eq!(found["typeFilter"], "jobs.job.*");
    assert_eq!(found["updated"], "1970-01-01T00:01:00Z");
    change(json!({ "typeFilter": "nothing" })).await.fails(400, "NTFAPI_SUBSCR_TYPE_ERR");
    change(json!({ "subjectFilter": "*" })).await.fails(400, "NTFAPI_SUBSCR_TYPE_ERR");
    change(json!({ "typeFilter": "jobs.*.*", "enabled": false })).await.fails(400, "enabled");
    let none = json!({ "typeFilter": "jobs.*.*" });
    let none = patch(&mock, &format!("{SUBSCRIPTIONS}/byName/none"), none);
    none.by_service("jobs", "testuser").send().await.fails(404, "NTFAPI_NOT_FOUND");
}

#[tokio::test]
async fn switching_always_counts_as_a_change() {
    let mock = still().await;
    subscribe(&mock, subscription("s")).await.result();
    let enabled = format!("{SUBSCRIPTIONS}/s/isEnabled");
    assert_eq!(act(&mock, "s/disable").await, 1);
    assert_eq!(act(&mock, "s/disable").await, 1);
    assert_eq!(read(&mock, &enabled).await.result()["aBool"], false);
    assert_eq!(act(&mock, "s/enable").await, 1);
    assert_eq!(read(&mock, &enabled).await.result()["aBool"], true);
    read(&mock, &format!("{SUBSCRIPTIONS}/none/isEnabled")).await.fails(404, "NTFAPI_NOT_FOUND");
}

#[tokio::test]
async fn a_subscription_ends_with_its_time_to_live() {
    let mock = still().await;
    let mut body = subscription("s");
    body["ttlMinutes"] = 10.into();
    subscribe(&mock, body).await.result();
    mock.advance(MINUTE * 9);
    assert_eq!(act(&mock, "s/updateTTL/5").await, 1);
    mock.advance(MINUTE * 4);
    assert_eq!(named(&mock, "s").await.result()["expiry"], "1970-01-01T00:14:00Z");
    mock.advance(MINUTE);
    named(&mock, "s").await.fails(404, "NTFAPI_NOT_FOUND");
    assert_eq!(read(&mock, SUBSCRIPTIONS).await.result(), json!([]));
}

#[tokio::test]
async fn a_life_of_no_length_is_one_for_ever() {
    let mock = still().await;
    subscribe(&mock, subscription("s")).await.result();
    act(&mock, "s/updateTTL/0").await;
    mock.advance(MINUTE * 60 * 24 * 365);
    let found = named(&mock, "s").await.result();
    assert_eq!((&found["ttlMinutes"], found.get("expiry")), (&json!(0), None));
}

#[tokio::test]
async fn subscriptions_are_deleted_by_name_and_by_uuid() {
    let mock = still().await;
    for name in ["a", "b"] {
        subscribe(&mock, subscription(name)).await.result();
    }
    let uuid = named(&mock, "b").await.result()["uuid"].as_str().unwrap().to_owned();
    for path in ["byName/a".to_owned(), format!("byUuid/{uuid}")] {
        let path = format!("{SUBSCRIPTIONS}/{path}");
        let gone = || delete(&mock, &path).by_service("jobs", "testuser").send();
        assert_eq!(gone().await.result()["changes"], 1);
        assert_eq!(gone().await.result()["changes"], 0);
    }
    assert_eq!(read(&mock, SUBSCRIPTIONS).await.result(), json!([]));
}

#[tokio::test]
async fn deleting_by_subject_leaves_wildcards_and_other_owners() {
    let mock = still().await;
    for name in ["a", "b"] {
        subscribe(&mock, subscription(name)).await.result();
    }
    let mut wild = subscription("wild");
    wild["subjectFilter"] = "*".into();
    subscribe(&mock, wild).await.result();
    let mut other = subscription("other");
    other["owner"] = "other".into();
    subscribe(&mock, other).await.result();
    let path = format!("{SUBSCRIPTIONS}/bySubject/a-job");
    let gone = |query: &str| {
        delete(&mock, &format!("{path}{query}")).by_service("jobs", "testuser").send()
    };
    assert_eq!(gone("").await.result()["changes"], 2);
    assert_eq!(gone("").await.result()["changes"], 0);
    assert_eq!(gone("?anyOwner=true").await.result()["changes"], 1);
    assert_eq!(read(&mock, SUBSCRIPTIONS).await.result()[0]["name"], "wild");
}

#[tokio::test]
async fn events_of_services_are_accepted() {
    let mock = still().await;
    let event = json!({ "source": "jobs", "type": "jobs.job.done", "subject": "a-job",
        "timestamp": "2026-11-01T00:00:00Z" });
    for path in ["", "/publish"] {
        let path = format!("{EVENTS}{path}");
        let sent = post(&mock, &path, event.clone());
        assert!(sent.by_service("jobs", "testuser").send().await.status.is_success());
        let by_user = post(&mock, &path, event.clone()).by("testuser").send().await;
        by_user.fails(500, "NTFLIB_EVENT_UNAUTH");
        let of_another = post(&mock, &path, event.clone()).by_service("files", "testuser");
        of_another.send().await.fails(500, "NTFLIB_EVENT_SVC_NOMATCH");
    }
    let mut bad = event.clone();
    bad["type"] = "done".into();
    publish(&mock, bad).await.fails(400, "three parts");
    let mut bad = event;
    bad["seriesId"] = "s".into();
    bad.as_object_mut().unwrap().remove("subject");
    publish(&mock, bad).await.fails(400, "needs a subject");
}

#[tokio::test]
async fn the_events_of_a_trial_come_three_seconds_apart() {
    let mock = still().await;
    let name = begin(&mock, "numberOfEvents=3").await;
    assert_eq!(received(&mock, &name).await, [1]);
    mock.advance(Duration::from_secs(2));
    assert_eq!(received(&mock, &name).await, [1]);
    mock.advance(Duration::from_secs(1));
    assert_eq!(received(&mock, &name).await, [1, 2]);
    mock.advance(Duration::from_secs(60));
    assert_eq!(received(&mock, &name).await, [1, 2, 3]);
    let trial = trial(&mock, &name).await.result();
    assert_eq!(trial["subscription"]["name"], name.as_str());
    assert_eq!(trial["receivedEvents"][2]["received"], "1970-01-01T00:00:06Z");
    assert_eq!(trial["receivedEvents"][2]["endSeries"], true);
}

#[tokio::test]
async fn a_suspended_subscription_misses_events_for_good() {
    let mock = still().await;
    let name = begin(&mock, "numberOfEvents=3").await;
    act(&mock, &format!("{name}/disable")).await;
    mock.advance(Duration::from_secs(3));
    act(&mock, &format!("{name}/enable")).await;
    mock.advance(Duration::from_secs(3));
    assert_eq!(received(&mock, &name).await, [1, 3]);
}

/// An event that the subscription of a trial waits for.
fn event_for(trial: &str) -> Value {
    json!({
        "source": "notifications",
        "type": "notifications.test.extra",
        "subject": trial,
        "seriesId": trial,
        "timestamp": "2026-11-01T00:00:00Z",
        "seriesSeqCount": 77,
        "user": "nobody",
    })
}

#[tokio::test]
async fn published_events_reach_the_subscriptions_they_fit() {
    let mock = still().await;
    let name = begin(&mock, "endSeries=false").await;
    assert!(publish(&mock, event_for(&name)).await.status.is_success());
    let mut other = event_for(&name);
    other["type"] = "jobs.test.extra".into();
    publish(&mock, other).await;
    publish(&mock, event_for("another")).await;
    let trial = trial(&mock, &name).await.result();
    let last = &trial["receivedEvents"][1];
    assert_eq!(trial["receivedEvents"].as_array().unwrap().len(), 2);
    // What a service says of these is ignored.
    assert_eq!((&last["seriesSeqCount"], &last["user"]), (&json!(2), &json!("testuser")));
}

#[tokio::test]
async fn a_series_that_was_ended_begins_anew() {
    let mock = still().await;
    let name = begin(&mock, "endSeries=false").await;
    publish(&mock, event_for(&name)).await;
    let series = json!({ "source": "notifications", "subject": name, "seriesId": name });
    let ended = post(&mock, &format!("{EVENTS}/endSeries"), series);
    assert!(ended.by_service("jobs", "testuser").send().await.status.is_success());
    publish(&mock, event_for(&name)).await;
    let mut last = event_for(&name);
    last["endSeries"] = true.into();
    publish(&mock, last).await;
    publish(&mock, event_for(&name)).await;
    assert_eq!(received(&mock, &name).await, [1, 2, 1, 2, 1]);
}

#[tokio::test]
async fn an_event_can_end_the_subscriptions_of_its_subject() {
    let mock = still().await;
    let name = begin(&mock, "endSeries=false").await;
    let mut last = event_for(&name);
    last["deleteSubscriptionsMatchingSubject"] = true.into();
    publish(&mock, last).await;
    named(&mock, &name).await.fails(404, "NTFAPI_NOT_FOUND");
    publish(&mock, event_for(&name)).await;
    assert_eq!(received(&mock, &name).await, [1, 2]);
}

#[tokio::test]
async fn the_webhook_of_a_trial_takes_notifications() {
    let mock = still().await;
    let name = begin(&mock, "").await;
    let notification = json!({ "subscriptionName": name, "event": event_for(&name) });
    let hook = |name: &str| format!("/v3/notifications/test/callback/{name}");
    let taken = post(&mock, &hook(&name), notification.clone()).send().await;
    assert!(taken.status.is_success(), "{}", taken.text());
    assert_eq!(received(&mock, &name).await, [1, 77]);
    post(&mock, &hook(&name), json!({})).send().await.fails(400, "no event");
    post(&mock, &hook("none"), notification).send().await.fails(404, "NTFAPI_NOT_FOUND");
}

#[tokio::test]
async fn a_trial_is_deleted_with_its_subscription() {
    let mock = still().await;
    let name = begin(&mock, "").await;
    let path = format!("/v3/notifications/test/{name}");
    get(&mock, &path).by("other").send().await.fails(404, "NTFAPI_NOT_FOUND");
    let others = delete(&mock, &path).by_service("jobs", "other").send().await;
    assert_eq!(others.result()["changes"], 0);
    let gone = delete(&mock, &path).by_service("jobs", "testuser").send().await;
    assert_eq!(gone.result()["changes"], 1);
    trial(&mock, &name).await.fails(404, "NTFAPI_NOT_FOUND");
    named(&mock, &name).await.fails(404, "NTFAPI_NOT_FOUND");
}

#[tokio::test]
async fn a_snapshot_brings_subscriptions_and_trials_back() {
    let mock = still().await;
    subscribe(&mock, subscription("s")).await.result();
    let name = begin(&mock, "numberOfEvents=2").await;
    let snapshot = mock.snapshot().unwrap();
    mock.reset().unwrap();
    named(&mock, "s").await.fails(404, "NTFAPI_NOT_FOUND");
    mock.restore(snapshot).unwrap();
    assert_eq!(named(&mock, "s").await.result()["name"], "s");
    mock.advance(MINUTE);
    assert_eq!(received(&mock, &name).await, [1, 2]);
}

#[tokio::test]
async fn a_deployed_service_writes_booleans_of_summaries_as_text() {
    let mock = start(builder().strictness(Strictness::AsDeployed)).await;
    let mut body = subscription("s");
    body["ttlMinutes"] = 0.into();
    subscribe(&mock, body).await.result();
    let list = read(&mock, &format!("{SUBSCRIPTIONS}?select=enabled")).await.result();
    assert_eq!(list[0]["enabled"], "true");
    let targets = read(&mock, &format!("{SUBSCRIPTIONS}?select=deliveryTargets")).await;
    assert_eq!(targets.status, 500);
    assert_eq!(read(&mock, &format!("{SUBSCRIPTIONS}?select=expiry")).await.status, 500);
    let whole = named(&mock, "s").await.result();
    assert_eq!((&whole["enabled"], &whole["expiry"]), (&json!(true), &Value::Null));
    assert!(whole.as_object().unwrap().contains_key("expiry"));
}

#[tokio::test]
async fn the_subscriptions_of_jobs_are_among_their_owners() {
    let mock = still().await;
    make_system(&mock, "testuser", linux("s")).await;
    let app = json!({ "id": "a", "version": "1", "runtime": "DOCKER", "containerImage": "image",
        "jobAttributes": { "execSystemId": "s" } });
    post(&mock, "/v3/apps", app).by("testuser").send().await.result();
    let job = json!({ "name": "j", "appId": "a", "appVersion": "1", "execSystemId": "s" });
    let job = post(&mock, "/v3/jobs/submit", job).by("testuser").send().await.result();
    let id = job["uuid"].as_str().unwrap();
    let body = json!({ "eventCategoryFilter": "JOB_NEW_STATUS",
        "deliveryTargets": subscription("s")["deliveryTargets"] });
    post(&mock, &format!("/v3/jobs/subscribe/{id}"), body).by("testuser").send().await.result();
    let list = read(&mock, SUBSCRIPTIONS).await.result();
    assert_eq!(list[0]["subjectFilter"], id);
    assert_eq!(list[0]["typeFilter"], "jobs.JOB_NEW_STATUS.*");
}
