//! Measurements of instruments.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::projects::project;
use super::records::{buckets, index, members, site};
use super::replies::{database, lacks, unexpected};
use super::roles::{MANAGERS, allow};
use crate::call::{Call, text};
use crate::dates::{self, Style};
use crate::reply::{Failure, Outcome, Reply};
use crate::store::{Store, in_tenant};

/// The texts that the service's table reader treats as missing values.
const NOTHING: [&str; 19] = [
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
];

/// The values of each instrument, by variable and timestamp.
fn collection(call: &Call<'_>) -> String {
    in_tenant(&call.tenant, "streams.measurements")
}

/// The instrument in the record of its site, with its variables by id.
fn variables<'a>(site: &'a Value, inst_id: &str) -> Result<BTreeMap<&'a str, &'a Value>, Failure> {
    let mut all = members(site, "instruments")?.iter();
    let found = all.find(|one| one["inst_id"] == inst_id).ok_or_else(|| {
        let text = "local variable 'instrument' referenced before assignment";
        unexpected("UnboundLocalError", text)
    })?;
    let all = members(found, "variables")?.iter();
    Ok(all.filter_map(|one| Some((one["var_id"].as_str()?, one))).collect())
}

pub(super) fn create(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let Some(id) = text(&body, "inst_id") else {
        let message = "The inst_id field is missing and is required to write a Measurement.";
        return Err(Failure::bad_request(message));
    };
    let mut store = call.world.store();
    let Some(place) = store.get(&index(call), id).cloned() else {
        return Err(Failure::bad_request("No Instrument found matching inst_id."));
    };
    let project_id = place["project_id"].as_str().unwrap_or_default();
    let site = site(call, &store, project_id, place["site_id"].as_str().unwrap_or_default())?;
    allow(call, &store, project_id, MANAGERS)?;
    let known = variables(&site, id)?;
    let mut kept = store.get(&collection(call), id).cloned().unwrap_or_else(|| json!({}));
    let mut saved: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for row in body.get("vars").and_then(Value::as_array).into_iter().flatten() {
        let row = row.as_object().cloned().unwrap_or_default();
        for (name, value) in row.iter().filter(|(name, _)| *name != "datetime") {
            let known = known.get_key_value(name.as_str());
            let (Some((name, _)), Some(datetime)) = (known, row.get("datetime")) else {
                return Err(lacks("body"));
            };
            let datetime = datetime.as_str().unwrap_or_default();
            let value = stored(value)?;
            let at = time(datetime).ok_or_else(|| {
                unexpected("ValueError", &format!("Unknown string format: {datetime}"))
            })?;
            if !value.is_null() {
                kept[*name][at.to_string()] = value.clone();
            }
            saved.entry(name).or_default().push(json!({ datetime: value }));
        }
    }
    if !store.contains(&buckets(call), project_id) {
        return Err(database(404));
    }
    let saved = json!(saved);
    store.put(&collection(call), id, kept);
    Ok(Reply::result(saved, "Measurements Saved"))
}

/// A value in the format of the database: a number or a text; `None` for NaN and the like.
fn stored(value: &Value) -> Result<Value, Failure> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::Bool(yes) => Some(f64::from(u8::from(*yes))),
        Value::String(text) => match text.trim().parse() {
            Ok(number) => Some(number),
            Err(_) => return Ok(value.clone()),
        },
        _ => {
            let text = "float() argument must be a string or a number";
            return Err(unexpected("TypeError", text));
        }
    };
    Ok(number.into())
}

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let project = call.path("project_id");
    allow(call, &store, project, MANAGERS)?;
    let site = site(call, &store, project, call.path("site_id"))?;
    read(call, &store, &site)
}

pub(super) fn download(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let Some(place) = store.get(&index(call), call.path("inst_id")) else {
        // The service sends no reply in this case.
        return if call.world.settings.deployed() {
            Ok(Reply::json(&Value::Null))
        } else {
            Err(Failure::bad_request("No Instrument found matching inst_id."))
        };
    };
    let part = |name: &str| place[name].as_str().unwrap_or_default();
    let site = site(call, &store, part("project_id"), part("site_id"))?;
    project(call, &store, part("project_id"))?;
    allow(call, &store, part("project_id"), MANAGERS)?;
    read(call, &store, &site)
}

/// A variable with its values by timestamp.
type Series<'a> = (&'a str, BTreeMap<Timestamp, Value>);

fn read(call: &Call<'_>, store: &Store, site: &Value) -> Outcome {
    let id = call.path("inst_id");
    let known = variables(site, id)?;
    let wanted = match call.query("var_ids").filter(|names| !names.is_empty()) {
        None => known.keys().copied().collect(),
        Some(names) => names
            .split(',')
            .map(|name| known.get_key_value(name.trim()).map(|(name, _)| *name).ok_or(name.trim()))
            .collect::<Result<BTreeSet<&str>, _>>()
            .map_err(lacks)?,
    };
    let (from, to) = (bound(call, "start_date")?, bound(call, "end_date")?);
    if from.is_some() && to.is_some() && from >= to {
        return Err(database(400));
    }
    let empty = Map::new();
    let all = store.get(&collection(call), id).and_then(Value::as_object).unwrap_or(&empty);
    let within =
        |at: &Timestamp| from.is_none_or(|from| *at >= from) && to.is_none_or(|to| *at < to);
    let mut series: Vec<Series<'_>> = Vec::new();
    for (name, _) in known.iter().filter(|(name, _)| wanted.contains(*name)) {
        let values = all.get(*name).and_then(Value::as_object).into_iter().flatten();
        let values = values.filter_map(|(at, value)| Some((at.parse().ok()?, value.clone())));
        let values: BTreeMap<Timestamp, Value> = values.filter(|(at, _)| within(at)).collect();
        let cut = cut(call, values);
        if !cut.is_empty() {
            series.push((name, cut));
        }
    }
    // The columns are sorted by the variables' numbers as text.
    series.sort_by_key(|(name, _)| known.get(name).map(|record| record["chords_id"].to_string()));
    let times: BTreeSet<Timestamp> =
        series.iter().flat_map(|(_, values)| values.keys().copied()).collect();
    if call.query("format") == Some("csv") {
        return Ok(Reply::raw("text/csv", csv(&series, &times)));
    }
    if call.query("with_metadata") == Some("True") {
        return Err(unexpected("NameError", "name 'site' is not defined"));
    }
    let mut result = json!({ "measurements_in_file": times.len() });
    for (name, values) in &series {
        let values = column(values);
        let cell = |at: &Timestamp| values.get(at).cloned().unwrap_or_default();
        let cells = times.iter().map(|at| (written(*at), cell(at)));
        result[*name] = cells.collect::<Map<_, _>>().into();
    }
    let found = if times.is_empty() { "Measurements Not Found" } else { "Measurements Found" };
    Ok(Reply::result(result, found))
}

/// The page of a variable's values. Numbers and texts are two series in the database.
fn cut(call: &Call<'_>, values: BTreeMap<Timestamp, Value>) -> BTreeMap<Timestamp, Value> {
    let number = |name: &str| call.query(name).and_then(|text| text.parse::<usize>().ok());
    let (offset, limit) = (number("offset").unwrap_or(0), number("limit").unwrap_or(usize::MAX));
    let (numbers, texts): (Vec<_>, Vec<_>) =
        values.into_iter().partition(|(_, value)| value.is_number());
    let page = |of: Vec<_>| of.into_iter().skip(offset).take(limit);
    page(numbers).chain(page(texts)).collect()
}

/// The values of a variable in a table: one text makes all of them texts.
fn column(values: &BTreeMap<Timestamp, Value>) -> BTreeMap<Timestamp, Value> {
    let is_nothing = |value: &Value| value.as_str().is_some_and(|text| NOTHING.contains(&text));
    let is_text = values.values().any(|value| value.is_string() && !is_nothing(value));
    let cell = |value: &Value| match value {
        nothing if is_nothing(nothing) => Value::Null,
        Value::Number(number) if is_text => number.to_string().into(),
        value => value.clone(),
    };
    values.iter().map(|(at, value)| (*at, cell(value))).collect()
}

/// Without the envelope: a table with a header.
fn csv(series: &[Series<'_>], times: &BTreeSet<Timestamp>) -> String {
    let names = series.iter().map(|(name, _)| *name);
    let mut text = std::iter::once("time").chain(names).collect::<Vec<_>>().join(",") + "\n";
    for at in times {
        let cell = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let cells = series.iter().map(|(_, of)| of.get(at).map(cell).unwrap_or_default());
        text += &(std::iter::once(written(*at)).chain(cells).collect::<Vec<_>>().join(",") + "\n");
    }
    text
}

fn written(at: Timestamp) -> String {
    dates::write(at, Style::Spaced) + "+00:00"
}

/// A time that is inserted into a query as it is: a date, or a date and time with a zone.
fn bound(call: &Call<'_>, name: &str) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = call.query(name).filter(|text| !text.is_empty()) else { return Ok(None) };
    let date = || text.parse::<Date>().ok().filter(|_| !text.contains('T'));
    let midnight = || date()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let at = text.parse().ok().or_else(midnight);
    at.map(Some).ok_or_else(|| database(400))
}

/// A timestamp, with or without a time zone.
fn time(text: &str) -> Option<Timestamp> {
    let naive = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok();
    text.parse().ok().or_else(|| naive().map(|zoned| zoned.timestamp()))
}
