//! Things that go through stages by themselves, as time passes.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::files::transfers::steps;
use crate::call::Call;

/// The field of a record that says which stages it goes through since when. Replies leave it out,
/// since no document knows it.
const STAGES: &str = "_stages";

/// Sends a record through `stages`, beginning now. It stays in the last one.
pub(super) fn begin(call: &Call<'_>, record: &mut Value, stages: &[&str]) {
    let now = call.now();
    record[STAGES] = json!({ "since": now, "way": stages });
    settle(call, record);
}

/// Puts a record into the stage in which it is by now, and says whether that is another one.
pub(super) fn settle(call: &Call<'_>, record: &mut Value) -> bool {
    let now = call.world.clock.timestamp();
    let since = record[STAGES]["since"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let Some(since) = since else { return false };
    let Some(way) = record[STAGES]["way"].as_array() else { return false };
    let at = steps(since, now, call.world.settings.step).min(way.len().saturating_sub(1));
    let Some(stage) = way.get(at).cloned() else { return false };
    let changed = record["status"] != stage;
    record["status"] = stage;
    changed
}

/// Whether something is to fail: what is named so fails.
pub(super) fn is_to_fail(name: &str) -> bool {
    name.contains("fail")
}
