//! Measurements of instruments.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::{Map, Value, json};

use crate::call::{Call, Handler};
use crate::reply::{Content, Failure, Outcome, Reply};
use crate::store::{Store, in_tenant};

/// What the service does for each of its operations.
pub(crate) const HANDLERS: &[(&str, Handler)] =
    &[("create_measurement", create), ("list_measurements", list), ("download_measurements", list)];

/// What a deployed service makes of a failure: a success that says otherwise inside.
pub(crate) fn as_deployed(call: &Call<'_>, outcome: Outcome) -> Outcome {
    let failure = match outcome {
        Err(failure) => failure,
        // Nothing is a word of its own here.
        Ok(Reply { status, headers, content: Content::Result { result, message, metadata } })
            if call.operation.method == Method::DELETE =>
        {
            let nothing = result.is_null() || result == "";
            let result = if nothing { "null".into() } else { result };
            return Ok(Reply {
                status,
                headers,
                content: Content::Result { result, message, metadata },
            });
        }
        done => return done,
    };
    let body = json!({
        "message": failure.message,
        "metadata": {},
        "result": "null",
        "status": "error",
        "version": "dev",
    });
    Ok(Reply::json(&body))
}

/// Values by variable and timestamp.
fn collection(call: &Call<'_>) -> String {
    in_tenant(&call.tenant, "streams.measurements")
}

/// The record of an instrument, wherever it stands.
fn instrument(call: &Call<'_>, store: &Store, id: &str) -> Result<(String, Value), Failure> {
    let prefix = in_tenant(&call.tenant, "/v3/streams/projects/");
    let is_instruments = |name: &str| name.starts_with(&prefix) && name.ends_with("/instruments");
    let found = store.find(is_instruments, id);
    let found = found.map(|(name, record)| (name.to_owned(), record.clone()));
    found.ok_or_else(|| Failure::not_found(format!("No instrument found matching id: {id}")))
}

fn create(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let id = body.get("inst_id").and_then(Value::as_str).unwrap_or_default();
    let mut store = call.world.store();
    let (place, _) = instrument(call, &store, id)?;
    let variables = format!("{place}/{id}/variables");
    let mut stored: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut kept = store.get(&collection(call), id).cloned().unwrap_or_else(|| json!({}));
    for row in body.get("vars").and_then(Value::as_array).into_iter().flatten() {
        let Some(timestamp) = row["datetime"].as_str().filter(|text| time(text).is_some()) else {
            return Err(Failure::bad_request("Each measurement needs a datetime in ISO 8601."));
        };
        let values = row.as_object().into_iter().flatten().filter(|(name, _)| *name != "datetime");
        for (name, value) in values {
            if !store.contains(&variables, name) {
                let message = format!("The instrument {id} has no variable {name}.");
                return Err(Failure::bad_request(message));
            }
            kept[name.as_str()][timestamp] = value.clone();
            stored.entry(name.clone()).or_default().push(json!({ timestamp: value }));
        }
    }
    store.put(&collection(call), id, kept);
    Ok(Reply::result(json!(stored), "Measurements Saved").with_status(call.operation.success))
}

fn list(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let id = call.path("inst_id");
    let (place, record) = instrument(call, &store, id)?;
    let wanted: Option<BTreeSet<&str>> =
        call.query("var_ids").map(|names| names.split(',').map(str::trim).collect());
    let (from, to) = (bound(call, "start_date")?, bound(call, "end_date")?);
    let number = |name: &str| call.query(name).and_then(|text| text.parse::<usize>().ok());
    let (skip, limit) = (number("skip").unwrap_or(0), number("limit").unwrap_or(usize::MAX));
    let empty = Map::new();
    let all = store.get(&collection(call), id).and_then(Value::as_object).unwrap_or(&empty);
    let meant = |name: &str| wanted.as_ref().is_none_or(|wanted| wanted.contains(name));
    // Rows are counted by timestamp, whatever was measured then.
    let mut rows: BTreeMap<Timestamp, BTreeMap<&str, (&str, &Value)>> = BTreeMap::new();
    for (name, values) in all.iter().filter(|(name, _)| meant(name)) {
        for (timestamp, value) in values.as_object().into_iter().flatten() {
            let Some(at) = time(timestamp) else { continue };
            if from.is_none_or(|from| at >= from) && to.is_none_or(|to| at <= to) {
                rows.entry(at).or_default().insert(name, (timestamp, value));
            }
        }
    }
    let rows: Vec<_> = rows.into_values().skip(skip).take(limit).collect();
    if call.query("format") == Some("csv") {
        return Ok(Reply::raw("text/csv", csv(&rows)));
    }
    let mut result = json!({ "measurements_in_file": rows.len() });
    for row in &rows {
        for (name, (timestamp, value)) in row {
            result[*name][*timestamp] = (*value).clone();
        }
    }
    if call.flag("with_metadata") {
        result["instrument"] = record;
        let site = place.trim_end_matches("/instruments").rsplit_once('/');
        let site = site.and_then(|(sites, id)| store.get(sites, id));
        result["site"] = site.cloned().unwrap_or_default();
    }
    Ok(Reply::result(result, "Measurements List"))
}

/// Not in the envelope: a table with a header.
fn csv(rows: &[BTreeMap<&str, (&str, &Value)>]) -> String {
    let names: BTreeSet<&str> = rows.iter().flat_map(|row| row.keys().copied()).collect();
    let header = std::iter::once("datetime").chain(names.iter().copied());
    let mut text = header.collect::<Vec<_>>().join(",") + "\n";
    for row in rows {
        let timestamp = row.values().next().map_or("", |(timestamp, _)| *timestamp).to_owned();
        let cell = |name: &&str| row.get(name).map(|(_, value)| value.to_string());
        let cells = names.iter().map(|name| cell(name).unwrap_or_default());
        text += &(std::iter::once(timestamp).chain(cells).collect::<Vec<_>>().join(",") + "\n");
    }
    text
}

fn bound(call: &Call<'_>, name: &str) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = call.query(name) else { return Ok(None) };
    let bad = || Failure::bad_request(format!("Invalid value for {name}: {text}"));
    time(text).map(Some).ok_or_else(bad)
}

/// A timestamp, with or without a zone.
fn time(text: &str) -> Option<Timestamp> {
    let naive = || text.parse::<DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    text.parse().ok().or_else(|| naive().map(|zoned| zoned.timestamp()))
}
