//! Projects, sites, instruments and variables. Instruments are in the record of their site, and
//! variables in that of their instrument, as in the service; deleted ones are only marked.

use serde_json::{Map, Value, json};

use super::projects::{DELETED, lives, project, projects};
use super::replies::{database, lacks, told};
use super::roles::{ADMIN, ANY, MANAGERS, allow, give};
use crate::call::{Call, text};
use crate::dates::{self, Style};
use crate::reply::{Failure, Outcome, Reply};
use crate::store::{Store, in_tenant};

/// The maximum length of a list of projects or sites.
const MOST: i64 = 1000;

fn sites(call: &Call<'_>, project: &str) -> String {
    in_tenant(&call.tenant, &format!("streams.sites/{project}"))
}

/// The collection of buckets, by name.
pub(super) fn buckets(call: &Call<'_>) -> String {
    in_tenant(&call.tenant, "streams.buckets")
}

/// The index of the instruments of all projects, with their positions.
pub(super) fn index(call: &Call<'_>) -> String {
    in_tenant(&call.tenant, "streams.instruments")
}

pub(super) fn site(
    call: &Call<'_>,
    store: &Store,
    project: &str,
    id: &str,
) -> Result<Value, Failure> {
    let found = store.get(&sites(call, project), id).filter(|record| lives(record));
    found.cloned().ok_or_else(|| {
        let message = format!("No Site Found Matching Site ID: {id} In Project: {project}");
        Failure::bad_request(message)
    })
}

/// The records at `name` in another one, such as the instruments of a site, including deleted ones.
pub(super) fn members<'a>(record: &'a Value, name: &str) -> Result<&'a [Value], Failure> {
    record[name].as_array().map(Vec::as_slice).ok_or_else(|| lacks(name))
}

fn living(records: &[Value]) -> Vec<Value> {
    records.iter().filter(|record| lives(record)).cloned().collect()
}

fn now(call: &Call<'_>) -> Value {
    dates::write(call.world.clock.timestamp(), Style::Spaced).into()
}

/// The bodies of a request: a list, or a single one.
fn bodies(call: &Call<'_>) -> Result<Vec<Map<String, Value>>, Failure> {
    let body: Value = serde_json::from_slice(call.body)
        .map_err(|error| Failure::bad_request(error.to_string()))?;
    let bodies = match body {
        Value::Array(bodies) => bodies,
        one => vec![one],
    };
    Ok(bodies.into_iter().filter_map(|body| body.as_object().cloned()).collect())
}

fn one_body(call: &Call<'_>) -> Result<Map<String, Value>, Failure> {
    Ok(bodies(call)?.into_iter().next().unwrap_or_default())
}

/// A number such as CHORDS assigns.
fn registered(store: &mut Store, call: &Call<'_>) -> Value {
    let counters = in_tenant(&call.tenant, "streams.registry");
    let next = store.get(&counters, "last").and_then(Value::as_i64).unwrap_or_default() + 1;
    store.put(&counters, "last", next.into());
    next.into()
}

fn number(call: &Call<'_>, name: &str, usual: i64) -> i64 {
    call.query(name).and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// The page of a call. Without `skip`, a limit of 0 is an empty page, or no limit.
fn page(call: &Call<'_>, all: Vec<Value>, zero_is_all: bool) -> Vec<Value> {
    let (skip, limit) = (number(call, "skip", 0), number(call, "limit", 100));
    let to = match (skip > 0, limit > 0) {
        (true, true) => skip.saturating_add(limit),
        // The last entry is lost.
        (true, false) => -1,
        (false, false) if zero_is_all => i64::MAX,
        (false, _) => limit,
    };
    let count = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let to = if to < 0 { count.saturating_add(to) } else { to.min(count) };
    let place = |at: i64| usize::try_from(at).unwrap_or_default();
    all.into_iter().take(place(to)).skip(place(skip)).collect()
}

fn limited(call: &Call<'_>) -> Result<(), Failure> {
    match number(call, "limit", 100) {
        limit if limit > MOST => Err(Failure::bad_request("Limit cannot exceed 1000")),
        _ => Ok(()),
    }
}

// ---- Projects ----

pub(super) fn list_projects(call: &Call<'_>) -> Outcome {
    limited(call)?;
    let store = call.world.store();
    let names = |record: &Value| {
        let users = record["permissions"]["users"].as_array().into_iter().flatten();
        users.clone().any(|user| user == call.user())
    };
    let all = store.records(&projects(call)).map(|(_, record)| record);
    let all: Vec<Value> = all.filter(|one| lives(one) && names(one)).cloned().collect();
    let message = if all.is_empty() { "No Projects found" } else { "Projects found" };
    Ok(Reply::result(page(call, all, false), message))
}

pub(super) fn create_project(call: &Call<'_>) -> Outcome {
    let mut record = call.object()?;
    let name = text(&record, "project_name").unwrap_or_default().to_owned();
    let id = name.replace(' ', "");
    let mut store = call.world.store();
    if store.contains(&buckets(call), &name) {
        return Err(database(422));
    }
    store.put(&buckets(call), name.as_str(), json!({}));
    if store.contains(&projects(call), &id) {
        return told("null", "Could not create project");
    }
    record.insert("bucket".into(), name.into());
    record.insert("project_id".into(), id.as_str().into());
    record.insert("created_at".into(), now(call));
    record.insert("last_updated".into(), now(call));
    record.insert("permissions".into(), json!({ "users": [call.user()] }));
    let record = Value::Object(record);
    store.put(&projects(call), id.as_str(), record.clone());
    give(call, &mut store, &id, call.user(), ADMIN);
    Ok(Reply::result(record, "Project Created"))
}

pub(super) fn get_project(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let id = call.path("project_id");
    allow(call, &store, id, ANY)?;
    Ok(Reply::result(project(call, &store, id)?, "Project found."))
}

pub(super) fn update_project(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    change_project(call, MANAGERS, body, "Project Updated")
}

pub(super) fn delete_project(call: &Call<'_>) -> Outcome {
    let body = Map::from_iter([(DELETED.to_owned(), true.into())]);
    change_project(call, &[ADMIN], body, "Project Deleted")
}

fn change_project(
    call: &Call<'_>,
    roles: &[&str],
    body: Map<String, Value>,
    message: &str,
) -> Outcome {
    let id = call.path("project_id");
    let mut store = call.world.store();
    allow(call, &store, id, roles)?;
    let mut record = project(call, &store, id)?;
    merge(call, &mut record, body);
    store.put(&projects(call), id, record.clone());
    Ok(Reply::result(record, message))
}

fn merge(call: &Call<'_>, record: &mut Value, body: Map<String, Value>) {
    for (name, value) in body {
        record[name] = value;
    }
    record["last_updated"] = now(call);
}

// ---- Sites ----

pub(super) fn list_sites(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let id = call.path("project_id");
    allow(call, &store, id, ANY)?;
    limited(call)?;
    let all = store.records(&sites(call, id)).map(|(_, record)| record);
    let all: Vec<Value> = all.filter(|record| lives(record)).cloned().collect();
    if all.is_empty() {
        return Err(Failure::bad_request("No Sites found"));
    }
    Ok(Reply::result(page(call, all, false), "Sites found"))
}

pub(super) fn create_sites(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let project = call.path("project_id");
    allow(call, &store, project, MANAGERS)?;
    let bodies = bodies(call)?;
    let id = |body: &Map<String, Value>| text(body, "site_id").unwrap_or_default().to_owned();
    for body in &bodies {
        if site(call, &store, project, &id(body)).is_ok() {
            let message = format!("Site ID: {} already use in project namepsace", id(body));
            return Err(Failure::bad_request(message));
        }
    }
    let mut made = Vec::new();
    for mut body in bodies {
        let place = point(&body)?;
        body.insert("chords_id".into(), registered(&mut store, call));
        body.insert("created_at".into(), now(call));
        body.insert("last_updated".into(), now(call));
        body.insert("location".into(), place);
        let id = id(&body);
        let record = Value::Object(body);
        store.put(&sites(call, project), id, record.clone());
        made.push(record);
    }
    Ok(Reply::result(made, "Site Created."))
}

fn point(body: &Map<String, Value>) -> Result<Value, Failure> {
    let degrees = |name: &str| body.get(name).cloned().ok_or_else(|| lacks(name));
    Ok(json!({ "type": "Point", "coordinates": [degrees("longitude")?, degrees("latitude")?] }))
}

pub(super) fn get_site(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let (_, site) = found(call, &store, ANY)?;
    Ok(Reply::result(site, "Site found."))
}

/// The site of a call, with its project, for a caller with one of these roles.
fn found<'a>(
    call: &'a Call<'_>,
    store: &Store,
    roles: &[&str],
) -> Result<(&'a str, Value), Failure> {
    let project = call.path("project_id");
    allow(call, store, project, roles)?;
    Ok((project, site(call, store, project, call.path("site_id"))?))
}

fn keep(call: &Call<'_>, store: &mut Store, site: Value) {
    store.put(&sites(call, call.path("project_id")), call.path("site_id"), site);
}

pub(super) fn update_site(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut store = call.world.store();
    let (_, mut site) = found(call, &store, MANAGERS)?;
    let place = if body.contains_key("location") { None } else { Some(point(&body)?) };
    merge(call, &mut site, body);
    if let Some(place) = place {
        site["location"] = place;
    }
    keep(call, &mut store, site.clone());
    Ok(Reply::result(site, "Site Updated"))
}

pub(super) fn delete_site(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let (_, mut site) = found(call, &store, &[ADMIN])?;
    site[DELETED] = true.into();
    keep(call, &mut store, site);
    Ok(Reply::result(json!({}), format!("Site {} deleted.", call.path("site_id"))))
}

// ---- Instruments ----

pub(super) fn list_instruments(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let (_, site) = found(call, &store, ANY)?;
    let all = living(members(&site, "instruments").unwrap_or_default());
    if all.is_empty() {
        return Ok(Reply::result(json!({}), "No Instruments Found").imitated());
    }
    Ok(Reply::result(page(call, all, true), "Instruments Found"))
}

pub(super) fn create_instruments(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    allow(call, &store, call.path("project_id"), MANAGERS)?;
    let bodies = bodies(call)?;
    let id = |body: &Map<String, Value>| text(body, "inst_id").unwrap_or_default().to_owned();
    for body in &bodies {
        let id = id(body);
        let wrong = if store.contains(&index(call), &id) {
            format!("Instrument ID: {id} already exists in the streams service")
        } else if id.contains('.') {
            "Invalid Instrument ID format - period \".\" is not allowed".to_owned()
        } else if id.contains(':') {
            "Invalid Instrument ID format - colon \":\" is not allowed".to_owned()
        } else {
            continue;
        };
        return Err(Failure::bad_request(wrong));
    }
    let (project, mut site) = found(call, &store, MANAGERS)?;
    let mut made = Vec::new();
    for mut body in bodies {
        let number = registered(&mut store, call);
        body.insert("chords_id".into(), number.clone());
        body.insert("created_at".into(), now(call));
        body.insert("last_updated".into(), now(call));
        let place = json!({
            "project_id": project,
            "site_id": call.path("site_id"),
            "chords_inst_id": number,
        });
        store.put(&index(call), id(&body), place);
        made.push(Value::Object(body));
    }
    let mut all = site["instruments"].as_array().cloned().unwrap_or_default();
    all.extend(made.iter().cloned());
    site["instruments"] = all.into();
    keep(call, &mut store, site);
    Ok(Reply::result(made, "Instrument Created"))
}

/// Whether a record has the id of the path.
fn is_named(call: &Call<'_>, record: &Value, field: &str) -> bool {
    record[field].as_str() == Some(call.path(field))
}

pub(super) fn get_instrument(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let (_, site) = found(call, &store, ANY)?;
    Ok(Reply::result(instrument(call, &site)?, "Instrument Found"))
}

/// The instrument of a call, without its deleted variables.
fn instrument(call: &Call<'_>, site: &Value) -> Result<Value, Failure> {
    let mut all = living(members(site, "instruments")?).into_iter();
    let mut found = all.find(|one| is_named(call, one, "inst_id")).ok_or_else(|| {
        let id = call.path("inst_id");
        Failure::bad_request(format!("Instrument Not Found With Instrument ID: {id}"))
    })?;
    if let Ok(variables) = members(&found, "variables") {
        found["variables"] = living(variables).into();
    }
    Ok(found)
}

pub(super) fn update_instrument(call: &Call<'_>) -> Outcome {
    let mut body = one_body(call)?;
    let mut store = call.world.store();
    let (_, mut site) = found(call, &store, MANAGERS)?;
    let mut all = members(&site, "instruments")?.to_vec();
    let old = all.iter_mut().find(|one| is_named(call, one, "inst_id"));
    let old = old.ok_or_else(|| lacks("chords_id"))?;
    for kept in ["inst_id", "chords_id", "variables"] {
        if let Some(value) = old.get(kept) {
            body.insert(kept.into(), value.clone());
        }
    }
    body.insert("last_updated".into(), now(call));
    let mut new = Value::Object(body);
    *old = new.clone();
    new["site_chords_id"] = site["chords_id"].clone();
    site["instruments"] = all.into();
    keep(call, &mut store, site);
    Ok(Reply::result(new, "Instrument updated"))
}

pub(super) fn delete_instrument(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let (_, mut site) = found(call, &store, &[ADMIN])?;
    let mut all = members(&site, "instruments")?.to_vec();
    let message = match all.iter_mut().find(|one| is_named(call, one, "inst_id")) {
        Some(found) => {
            found[DELETED] = true.into();
            "Instrument Deleted"
        }
        None => "Instrument Not Found For This Site. Delete Failed",
    };
    site["instruments"] = all.into();
    keep(call, &mut store, site);
    Ok(Reply::result(json!({}), message))
}

// ---- Variables ----

pub(super) fn list_variables(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let (_, site) = found(call, &store, ANY)?;
    let mut all = members(&site, "instruments")?.iter();
    let Some(found) = all.find(|one| is_named(call, one, "inst_id")) else {
        return Ok(Reply::result(json!([]), "Instrument Not Found - No Variables Exist"));
    };
    let all = living(members(found, "variables").unwrap_or_default());
    let all = page(call, all, true);
    let message = if all.is_empty() { "No Variables Found" } else { "Variables Found" };
    Ok(Reply::result(all, message))
}

pub(super) fn create_variables(call: &Call<'_>) -> Outcome {
    let bodies = bodies(call)?;
    let mut store = call.world.store();
    let (_, mut site) = found(call, &store, MANAGERS)?;
    let known = instrument(call, &site)?;
    let mut known = members(&known, "variables").unwrap_or_default().to_vec();
    let (mut made, mut message) = (Vec::new(), String::new());
    for mut body in bodies {
        let id = text(&body, "var_id").unwrap_or_default().to_owned();
        if known.iter().any(|one| one["var_id"] == id.as_str()) {
            message += &format!(" Variable {id} already exists, skipping creation.");
            continue;
        }
        body.insert("chords_id".into(), registered(&mut store, call));
        body.insert("created_at".into(), now(call));
        body.insert("last_updated".into(), now(call));
        message += &format!("Variable {id} Created Successfully.");
        known.push(body.clone().into());
        made.push(Value::Object(body));
    }
    let mut all = members(&site, "instruments")?.to_vec();
    for one in all.iter_mut().filter(|one| is_named(call, one, "inst_id")) {
        let mut variables = one["variables"].as_array().cloned().unwrap_or_default();
        variables.extend(made.iter().cloned());
        one["variables"] = variables.into();
    }
    site["instruments"] = all.into();
    keep(call, &mut store, site);
    Ok(Reply::result(made, message))
}

pub(super) fn get_variable(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let (_, site) = found(call, &store, ANY)?;
    let mut all = members(&site, "instruments")?.iter();
    let Some(found) = all.find(|one| is_named(call, one, "inst_id")) else {
        // A list, where the document has one variable.
        return Ok(Reply::result(json!([]), "Instrument Not Found - No Variables Exist").imitated());
    };
    let mut all = living(members(found, "variables").unwrap_or_default()).into_iter();
    Ok(match all.find(|one| is_named(call, one, "var_id")) {
        Some(found) => Reply::result(found, "Variable Found"),
        None => {
            let id = call.path("var_id");
            Reply::result(json!({}), format!("No Variable with variable_id: {id} Found"))
        }
    })
}

pub(super) fn update_variable(call: &Call<'_>) -> Outcome {
    let body = one_body(call)?;
    let (changed, was_there) = change_variable(call, MANAGERS, body, false)?;
    if !was_there {
        return Err(lacks("chords_id"));
    }
    Ok(Reply::result(changed, "Variable Updated"))
}

pub(super) fn delete_variable(call: &Call<'_>) -> Outcome {
    let (changed, _) = change_variable(call, &[ADMIN], Map::new(), true)?;
    Ok(Reply::result(changed, "Variable Deleted"))
}

/// Replaces a variable, or marks it as deleted; returns the service's result, and whether it
/// existed.
fn change_variable(
    call: &Call<'_>,
    roles: &[&str],
    mut body: Map<String, Value>,
    delete: bool,
) -> Result<(Value, bool), Failure> {
    let mut store = call.world.store();
    let (_, mut site) = found(call, &store, roles)?;
    let mut all = members(&site, "instruments")?.to_vec();
    let Some(instrument) = all.iter_mut().find(|one| is_named(call, one, "inst_id")) else {
        return Ok((json!({}), false));
    };
    body.insert("var_id".into(), call.path("var_id").into());
    body.insert("last_updated".into(), now(call));
    let mut variables = members(instrument, "variables").unwrap_or_default().to_vec();
    let old = variables.iter_mut().find(|one| is_named(call, one, "var_id"));
    let was_there = old.is_some();
    match old {
        Some(old) if delete => old[DELETED] = true.into(),
        Some(old) => {
            body.insert("chords_id".into(), old["chords_id"].clone());
            *old = Value::Object(body.clone());
        }
        None => {}
    }
    instrument["variables"] = variables.into();
    body.insert("inst_chords_id".into(), instrument["chords_id"].clone());
    site["instruments"] = all.into();
    keep(call, &mut store, site);
    Ok((body.into(), was_there))
}
