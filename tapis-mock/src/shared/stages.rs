//! Records that go through stages as time passes.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::call::Call;

/// The field of a record with its stages and their start. Replies omit it, because no document has
/// it.
const STAGES: &str = "_stages";

/// Starts the `stages` of a record now. It stays in the last one.
pub(crate) fn begin(call: &Call<'_>, record: &mut Value, stages: &[&str]) {
    let now = call.now();
    record[STAGES] = json!({ "since": now, "way": stages });
    settle(call, record);
}

/// Sets the current stage of a record, and returns whether it changed.
pub(crate) fn settle(call: &Call<'_>, record: &mut Value) -> bool {
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

/// The stages that a record has entered since the last call, with their times, except its first
/// one. The record is set to the last of them.
pub(crate) fn entered(call: &Call<'_>, record: &mut Value) -> Vec<(String, Timestamp)> {
    settle(call, record);
    let stages = &record[STAGES];
    let since = stages["since"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let (Some(since), Some(way)) = (since, stages["way"].as_array()) else { return Vec::new() };
    let seen = stages["seen"].as_u64().and_then(|seen| usize::try_from(seen).ok()).unwrap_or(1);
    let step = call.world.settings.step;
    let now = steps(since, call.world.clock.timestamp(), step).saturating_add(1).min(way.len());
    let at = |index: usize| {
        let passed = u32::try_from(index).ok().and_then(|index| step.checked_mul(index));
        passed.and_then(|passed| since.checked_add(passed).ok()).unwrap_or(since)
    };
    let stages = way.iter().enumerate().take(now).skip(seen);
    let entered: Vec<(String, Timestamp)> = stages
        .map(|(index, stage)| (stage.as_str().unwrap_or_default().to_owned(), at(index)))
        .collect();
    record[STAGES]["seen"] = now.max(seen).into();
    entered
}

/// Whether something is meant to fail, which its name decides.
pub(crate) fn is_to_fail(name: &str) -> bool {
    name.contains("fail")
}

/// The number of complete steps between two times.
pub(crate) fn steps(from: Timestamp, to: Timestamp, step: Duration) -> usize {
    let passed = to.duration_since(from).max(SignedDuration::ZERO).as_millis();
    let step = i128::try_from(step.as_millis()).unwrap_or(i128::MAX);
    match passed.checked_div(step) {
        Some(steps) => usize::try_from(steps).unwrap_or(usize::MAX),
        // Steps of zero length: everything has ended.
        None => usize::MAX,
    }
}
