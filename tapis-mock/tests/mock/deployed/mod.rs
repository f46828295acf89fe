//! What deployed services do and no document says, item by item.

mod core;
mod java;
mod jobs_and_files;
mod others;
mod router;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::support::*;
use serde_json::Value;
use tapis_mock::{MockTapis, Strictness};

/// How long things stay in one state.
const STEP: Duration = Duration::from_secs(10);

/// A mock with quirks, whose clock stands at 23:00:49.12 on 22 November 2026.
async fn deployed() -> MockTapis {
    let mock = builder().admin("root", "pw").client("cli", "key").step(STEP);
    start(mock.strictness(Strictness::AsDeployed).clock_stopped_at(moment())).await
}

fn moment() -> SystemTime {
    UNIX_EPOCH + Duration::from_micros(1_795_388_449_120_000)
}

/// What a `GET` of the administrator gives.
async fn read(mock: &MockTapis, path: &str) -> Value {
    get(mock, path).by("root").send().await.result()
}

/// What a `POST` of the administrator gives.
async fn make(mock: &MockTapis, path: &str, body: Value) -> Value {
    post(mock, path, body).by("root").send().await.result()
}

/// The names of an object's fields.
fn names(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Whether the text has the form of `pattern`, in which `9` stands for a digit.
#[track_caller]
fn has_form(text: &Value, pattern: &str) {
    let text = text.as_str().unwrap_or_else(|| panic!("no text: {text}"));
    let form: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    assert_eq!(form, pattern, "{text}");
}
