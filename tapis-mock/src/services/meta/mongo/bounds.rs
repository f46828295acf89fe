//! How much a pipeline may make of what it is given: a few stages can double documents without end,
//! and nest them without end.

use serde_json::Value;

/// How many stages a pipeline may have.
pub(super) const STAGES: usize = 100;
/// How many parts a path may have.
pub(super) const PARTS: usize = 100;
/// How deep documents may be.
const DEPTH: usize = 200;
/// How many values may be looked at or made by a stage.
const VALUES: usize = 20_000_000;

/// How many values a value holds, itself included; nothing where it is too deep.
fn values(value: &Value, depth: usize) -> Option<usize> {
    let below: Box<dyn Iterator<Item = &Value>> = match value {
        _ if depth == 0 => return None,
        Value::Array(values) => Box::new(values.iter()),
        Value::Object(fields) => Box::new(fields.values()),
        _ => return Some(1),
    };
    below.map(|value| values(value, depth - 1)).try_fold(1, |sum: usize, count| Some(sum + count?))
}

/// How much work a stage is for each value of the documents that go through it.
pub(super) fn weight(stage: &Value) -> usize {
    values(stage, DEPTH).unwrap_or(usize::MAX)
}

/// What is left for a stage that looks at all of the documents `times` times.
///
/// # Errors
/// Documents that are too many, too large or too deep for that.
pub(super) fn budget(documents: &[Value], times: usize) -> Result<usize, String> {
    let count = documents.iter().try_fold(1, |sum: usize, one| Some(sum + values(one, DEPTH)?));
    let count = count.ok_or("the documents are nested deeper than the mock can hold")?;
    let spent = count.saturating_mul(times);
    VALUES.checked_sub(spent).ok_or_else(|| "this is more than the mock can hold".to_owned())
}

/// Takes what another copy of a document costs.
pub(super) fn spend(budget: &mut usize, copy: &Value) -> Result<(), String> {
    let left = values(copy, DEPTH).and_then(|cost| budget.checked_sub(cost));
    *budget = left.ok_or("this is more than the mock can hold")?;
    Ok(())
}
