//! Measurements of instruments.

use crate::support::*;
use serde_json::{Value, json};
use tapis_mock::{MockTapis, Strictness};

const SITES: &str = "/v3/streams/projects/p/sites";

/// An instrument `i` with the variables `temp` and `rain`.
async fn with_instrument(strictness: Strictness) -> MockTapis {
    let mock = start(builder().strictness(strictness)).await;
    let project = json!({ "project_name": "p", "description": "d", "owner": "testuser",
        "pi": "testuser", "funding_resource": "f", "project_url": "u" });
    let site = json!([{ "site_id": "s", "site_name": "s", "latitude": 1.0, "longitude": 2.0,
        "elevation": 3.0, "description": "d" }]);
    let instrument = json!([{ "inst_id": "i", "inst_name": "i", "inst_description": "d" }]);
    let variable = |id: &str| json!({ "var_id": id, "var_name": id, "unit": "u" });
    for (path, body) in [
        ("/v3/streams/projects".to_owned(), project),
        (SITES.to_owned(), site),
        (format!("{SITES}/s/instruments"), instrument),
        (format!("{SITES}/s/instruments/i/variables"), json!([variable("temp"), variable("rain")])),
    ] {
        let got = post(&mock, &path, body).by("testuser").send().await;
        assert!(got.status.is_success(), "{path} {}", got.text());
    }
    mock
}

async fn store(mock: &MockTapis, vars: Value) -> Got {
    let body = json!({ "inst_id": "i", "vars": vars });
    post(mock, "/v3/streams/measurements", body).by("testuser").send().await
}

async fn read(mock: &MockTapis, query: &str) -> Got {
    let path = format!("{SITES}/s/instruments/i/measurements?{query}");
    get(mock, &path).by("testuser").send().await
}

fn three_days() -> Value {
    json!([
        { "datetime": "2026-11-01T00:00:00Z", "temp": 1.5, "rain": 0.0 },
        { "datetime": "2026-11-02T00:00:00Z", "temp": 2.5 },
        { "datetime": "2026-11-03T00:00:00Z", "temp": 3.5, "rain": 2.0 },
    ])
}

#[tokio::test]
async fn what_is_stored_is_listed_by_variable_and_moment() {
    let mock = with_instrument(Strictness::AsDocumented).await;
    let stored = store(&mock, three_days()).await;
    assert!(stored.status.is_success(), "{}", stored.text());
    let all = read(&mock, "").await.result();
    assert_eq!(all["temp"]["2026-11-02 00:00:00+00:00"], 2.5);
    assert_eq!(all["rain"]["2026-11-02 00:00:00+00:00"], Value::Null);
    assert_eq!(all["measurements_in_file"], 3);
    let other = get(&mock, "/v3/streams/measurements/i").by("testuser").send().await.result();
    assert_eq!(other, all);
    for (query, count) in [
        ("limit=2", 3),
        ("skip=2", 3),
        ("start_date=2026-11-02T00:00:00Z", 2),
        ("end_date=2026-11-02T00:00:00Z", 1),
        ("start_date=2026-11-02T00:00:00Z&end_date=2026-11-03T00:00:00Z", 1),
        ("var_ids=rain", 2),
        ("with_metadata=true", 3),
    ] {
        assert_eq!(read(&mock, query).await.result()["measurements_in_file"], count, "{query}");
    }
}

#[tokio::test]
async fn a_table_comes_without_an_envelope() {
    let mock = with_instrument(Strictness::AsDocumented).await;
    store(&mock, three_days()).await;
    let got = read(&mock, "format=csv&limit=2").await;
    assert_eq!(got.header("content-type"), Some("text/csv"));
    assert_eq!(
        got.text(),
        "time,temp,rain\n2026-11-01 00:00:00+00:00,1.5,0.0\n2026-11-02 00:00:00+00:00,2.5,\n\
         2026-11-03 00:00:00+00:00,,2.0\n"
    );
}

#[tokio::test]
async fn measurements_of_what_is_not_there_are_refused() {
    let mock = with_instrument(Strictness::AsDocumented).await;
    let got = store(&mock, json!([{ "datetime": "2026-11-01T00:00:00Z", "wind": 1.0 }])).await;
    got.fails(500, "KeyError");
    let got = store(&mock, json!([{ "datetime": "soon", "temp": 1.0 }])).await;
    got.fails(500, "Unknown string format");
    let body = json!({ "inst_id": "none", "vars": [] });
    let got = post(&mock, "/v3/streams/measurements", body).by("testuser").send().await;
    got.fails(400, "No Instrument found");
}
