//! How jobs are listed and searched.

use std::time::{Duration, SystemTime};

use crate::support::*;
use serde_json::{Value, json};
use tapis_mock::MockTapis;

const STEP: Duration = Duration::from_secs(1);

/// A mock with three jobs: `a` has ended, `b` failed, `c` is new.
async fn ready() -> (MockTapis, [String; 3]) {
    let builder = builder().admin("boss", "secret").clock_stopped_at(SystemTime::UNIX_EPOCH);
    let mock = start(builder).await;
    make_system(&mock, "testuser", linux("s")).await;
    make_app(&mock, "wc", json!({}), json!({})).await;
    let a = submit(&mock, "a", json!(["x", "y"])).await;
    let b = submit(&mock, "b", json!(["y", "z"])).await;
    mock.set_job_status(&b, "FAILED").unwrap();
    mock.advance(STEP * 8);
    let c = submit(&mock, r"c\d", json!([])).await;
    (mock, [a, b, c])
}

async fn submit(mock: &MockTapis, name: &str, tags: Value) -> String {
    let body = json!({ "name": name, "appId": "wc", "appVersion": "1", "tags": tags });
    let job = post(mock, "/v3/jobs/submit", body).by("testuser").send().await.result();
    job["uuid"].as_str().unwrap().to_owned()
}

async fn names(mock: &MockTapis, query: &str) -> String {
    let got = get(mock, &format!("/v3/jobs/{query}")).by("testuser").send().await;
    let list = got.result();
    let names: Vec<&str> =
        list.as_array().unwrap().iter().map(|j| j["name"].as_str().unwrap()).collect();
    names.join(" ")
}

#[tokio::test]
async fn without_an_order_a_row_that_was_changed_comes_last() {
    let (mock, [a, ..]) = ready().await;
    assert_eq!(names(&mock, "list").await, r"b a c\d");
    mock.advance(STEP / 2);
    let notes = json!({ "notes": {}, "tags": [] });
    patch(&mock, &format!("/v3/jobs/{a}/annotations"), notes).by("testuser").send().await.result();
    assert_eq!(names(&mock, "list").await, r"b c\d a");
    assert_eq!(names(&mock, "list?orderBy=name(desc)").await, r"c\d b a");
    assert_eq!(names(&mock, "list?orderBy=name&limit=1&skip=1").await, "b");
    assert_eq!(names(&mock, "list?orderBy=name&limit=-1&skip=1").await, r"b c\d");
    assert_eq!(names(&mock, "list?orderBy=name(desc)&limit=-2&skip=1").await.len(), 7);
    assert_eq!(names(&mock, "list?orderBy=name&startAfter=5").await, r"a b c\d", "ignored");
    let refused = async |query: &str| {
        let got = get(&mock, &format!("/v3/jobs/list?{query}")).by("testuser").send().await;
        assert_eq!(got.status, 400, "{query}");
    };
    refused("startAfter=5").await;
    refused("startAfter=5&orderBy=name&skip=0").await;
    let got = get(&mock, "/v3/jobs/list?orderBy=color").by("testuser").send().await;
    got.fails(500, "SEARCH_ORDERBY_DB_NO_COLUMN");
}

#[tokio::test]
async fn the_sort_of_a_list_is_one_of_three_words() {
    let (mock, [a, ..]) = ready().await;
    let share =
        json!({ "grantee": "boss", "jobResource": ["JOB_OUTPUT"], "jobPermission": "READ" });
    post(&mock, &format!("/v3/jobs/{a}/share"), share).by("testuser").send().await.result();
    let app = json!({ "name": "own", "appId": "wc", "appVersion": "1" });
    post(&mock, "/v3/jobs/submit", app).by("boss").send().await.result();
    let names = async |query: &str| {
        let got = get(&mock, &format!("/v3/jobs/list?{query}")).by("boss").send().await.result();
        let jobs = got.as_array().unwrap().clone();
        jobs.iter().map(|job| job["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("listType=MY_JOBS").await, ["own"], "an administrator owns no more");
    assert_eq!(names("listType=SHARED_JOBS").await, ["a"]);
    assert_eq!(names("listType=ALL_JOBS").await, ["own", "a"], "own ones first");
    assert_eq!(names("listType=ALL_JOBS&limit=1").await, ["own"]);
    assert_eq!(names("listType=ALL_JOBS&limit=1&skip=1").await, ["a"]);
    let got = get(&mock, "/v3/jobs/list?listType=my_jobs").by("boss").send().await;
    got.fails(400, "JOBS_SEARCH_INVALID_LISTTYPE_ERROR");
}

#[tokio::test]
async fn an_empty_list_has_no_total() {
    let (mock, _) = ready().await;
    let total = async |query: &str| {
        let path = format!("/v3/jobs/{query}");
        let got = get(&mock, &path).by("testuser").send().await.json();
        got["metadata"]["totalCount"].as_i64().unwrap()
    };
    assert_eq!(total("list?computeTotal=true").await, 3);
    assert_eq!(total("list?computeTotal=true&limit=1").await, 3);
    assert_eq!(total("list").await, -1);
    assert_eq!(total("list?computeTotal=true&skip=9").await, -1);
    assert_eq!(total("search?computeTotal=true&status.eq=BLOCKED").await, -1);
}

#[tokio::test]
async fn conditions_are_those_of_the_database() {
    let (mock, _) = ready().await;
    for (query, found) in [
        ("name.eq=a", "a"),
        ("name.in=a,b", "b a"),
        ("name.like=!", "b a"),
        ("name.nlike=*d", "b a"),
        (r"name.eq=c%5Cd", r"c\d"),
        (r"name.like=c%5C%5Cd", r"c\d"),
        ("tags.contains=x,z", "b a"),
        ("tags.in=x", "a"),
        ("tags.ncontains=x", r"b c\d"),
        ("ended.lt=2030", "b a"),
        ("ended.gte=1970-01", "b a"),
        // What has not ended meets neither a test nor its opposite.
        ("ended.lte=2030", "b a"),
        ("ended.neq=2030", "b a"),
        ("ended.nbetween=2030,2031", "b a"),
        ("node_count.between=1,1", r"b a c\d"),
        ("isMpi.eq=FALSE", r"b a c\d"),
        ("condition.nin=NORMAL_COMPLETION", "b"),
    ] {
        assert_eq!(names(&mock, &format!("search?{query}")).await, found, "{query}");
    }
    assert_eq!(names(&mock, "list?search=(name.eq.a)").await.len(), 7, "lists do not search");
}

#[tokio::test]
async fn what_the_table_does_not_have_is_an_error_of_the_server() {
    let (mock, _) = ready().await;
    let ask = async |query: &str| {
        get(&mock, &format!("/v3/jobs/search?{query}")).by("testuser").send().await
    };
    for (query, id) in [
        ("color.eq=red", "SEARCH_DB_NO_COLUMN"),
        ("nodeCount.like=1*", "SEARCH_DB_INVALID_SEARCH_TYPE"),
        ("created.in=2020,2021", "SEARCH_DB_INVALID_SEARCH_TYPE"),
        ("isMpi.gt=true", "SEARCH_DB_INVALID_SEARCH_TYPE"),
        ("tags.eq=x", "SEARCH_DB_INVALID_SEARCH_TYPE"),
        ("name.contains=x", "SEARCH_DB_INVALID_SEARCH_TYPE"),
        ("notes.eq=x", "SEARCH_DB_UNSUPPORTED_SQLTYPE"),
        ("nodeCount.eq=many", "SEARCH_DB_INVALID_SEARCH_VALUE"),
        ("created.gt=yesterday", "SEARCH_DB_INVALID_SEARCH_VALUE"),
        ("isMpi.eq=maybe", "SEARCH_DB_INVALID_SEARCH_VALUE"),
        ("name.in=a,,b", "SEARCH_DB_INVALID_SEARCH_VALUE"),
    ] {
        ask(query).await.fails(500, id);
    }
    for query in ["status=FINISHED", "status.eq=", "name.foo=a"] {
        assert_eq!(ask(query).await.status, 400, "{query}");
    }
    ask("select=color").await.fails(400, "JOBS_SEARCH_INVALID_SELECTLIST_ERROR");
    let got = ask("select=uuid,name&name.eq=a").await.result();
    assert_eq!(got[0].as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn the_long_form_takes_fewer_words_than_sql() {
    let (mock, _) = ready().await;
    let ask = async |text: &str| {
        let body = json!({ "search": [text] });
        post(&mock, "/v3/jobs/search", body).by("testuser").send().await
    };
    for (text, count) in [
        ("name = 'a' OR name LIKE 'b%'", 2),
        ("name NOT IN ('a') AND nodeCount = 1", 2),
        (" ", 3),
        ("created BETWEEN '1970-01-01' AND '2000-01-01'", 3),
    ] {
        assert_eq!(ask(text).await.result().as_array().unwrap().len(), count, "{text}");
    }
    for text in ["NOT name = 'a'", "ended IS NULL", "nodeCount IN (1)", "color = 'red'"] {
        assert_eq!(ask(text).await.status, 500, "{text}");
    }
}
