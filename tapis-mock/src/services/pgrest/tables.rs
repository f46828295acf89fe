//! Tables, as their administrators define them.

use serde_json::{Map, Value, json};

use super::access::{BROKEN, allow, body};
use super::database;
use crate::call::{Call, text};
use crate::reply::{Failure, Outcome, Reply};
use crate::store::{Store, in_tenant};

/// The operations on rows, each with its switch.
pub(super) const ENDPOINTS: [(&str, &str); 5] = [
    ("GET_ONE", "list_one"),
    ("GET_ALL", "list_all"),
    ("CREATE", "create"),
    ("UPDATE", "update"),
    ("DELETE", "delete"),
];
const DONE: &str = "The request was successful.";
/// Characters that must not be in the name of a table.
pub(super) const FORBIDDEN: &str = "<>\\/{}[]~` $'\".:;=?#@!&()*+,";
/// The keys of a column's definition.
const ARGUMENTS: [&str; 14] = [
    "null",
    "unique",
    "default",
    "primary_key",
    "comments",
    "data_type",
    "char_len",
    "foreign_key",
    "reference_table",
    "reference_column",
    "on_event",
    "event_action",
    "serial_start",
    "serial_increment",
];
/// The default that stands for the current time.
pub(super) const NOW: &str = "NOW()";
/// The internal part of a record with the columns for the time of the last change.
pub(super) const UPDATED: &str = "updated";
/// The part with the defaults that the database evaluated once: in quotes, `NOW()` is the time at
/// which the table was created.
pub(super) const FIXED: &str = "fixed";

pub(super) fn bad(message: impl Into<String>) -> Failure {
    Failure::bad_request(message)
}

/// The collection of enumerations, by name.
pub(super) fn enumerations(call: &Call<'_>) -> String {
    in_tenant(&call.tenant, "pgrest.enumerations")
}

/// The collection of tables, by number.
pub(super) fn tables(call: &Call<'_>) -> String {
    in_tenant(&call.tenant, "pgrest.tables")
}

pub(super) fn admin(call: &Call<'_>, store: &Store) -> Result<(), Failure> {
    allow(call, store, &[], "manage database tables")
}

pub(super) fn create(call: &Call<'_>) -> Outcome {
    let body = body(call)?;
    let mut store = call.world.store();
    admin(call, &store)?;
    let tenant = &call.tenant;
    for name in ["table_name", "columns"] {
        if !body.contains_key(name) {
            return Err(bad(format!("'('{name}',)' is required when creating a new table.")));
        }
    }
    let name = text(&body, "table_name").unwrap_or_default();
    let root = text(&body, "root_url").unwrap_or(name);
    let all = tables(call);
    let taken = |field: &str, value: &str| store.records(&all).any(|(_, one)| one[field] == value);
    for (what, field, value) in [("name", "table_name", name), ("root url", "root_url", root)] {
        if taken(field, value) {
            return Err(bad(format!(
                "Table with {what} '{value}' and tenant_id '{tenant}' already exists in \
                 ManageTables table."
            )));
        }
    }
    let enumerations = enumerations(call);
    let new = body.get("enums").and_then(Value::as_object).into_iter().flatten();
    let known = store.records(&enumerations).map(|(id, _)| id.to_owned());
    let known: Vec<String> = known.chain(new.clone().map(|(id, _)| id.to_lowercase())).collect();
    let mut columns = body.get("columns").cloned().unwrap_or_default();
    let (mut updated, mut fixed) = (Vec::new(), Map::new());
    for (column, definition) in columns.as_object_mut().into_iter().flatten() {
        let usual = definition["default"].as_str().unwrap_or_default().to_owned();
        let counts = ["CREATETIME", "UPDATETIME"].contains(&usual.to_uppercase().as_str())
            && ["timestamp", "date"].iter().any(|kind| definition["data_type"] == *kind);
        if !counts {
            continue;
        }
        if usual != usual.to_uppercase() {
            return Err(bad(format!(
                "Failed to parse primary keys and special rules from data for table {name}. \
                 e:'{usual}'"
            )));
        }
        if usual == "UPDATETIME" {
            updated.push(column.clone());
        }
        definition["default"] = NOW.into();
        fixed.insert(column.clone(), now(call).into());
    }
    let of_columns = columns.as_object().into_iter().flatten();
    let mut keys = of_columns.clone().filter(|(_, column)| column["primary_key"] == true);
    let key = keys.next().map(|(name, _)| name.clone());
    if keys.next().is_some() {
        return Err(bad(
            "Found two columns with 'primary_key' set to True, only one primary key may \
                       exist in each table.",
        ));
    }
    let constraints = body.get("constraints").cloned().unwrap_or_else(|| json!({}));
    if !constraints.is_object() {
        return Err(bad(format!(
            "Constraints should be of type dict. Object inputted: {constraints} for table {name} on \
             tenant {tenant}"
        )));
    }
    if let Some(missing) = of_columns.clone().find_map(|(_, column)| lacking(column)) {
        return Err(bad(format!(
            "Unable to create json validation schema for table {name}: '{missing}'\nFailed to create \
             table {name}. "
        )));
    }
    let failed = |why: &str| bad(format!("Failed to create table {name}. {why}"));
    let by_database = |why: String| failed(&format!("Error creating table {tenant}.{name}: {why}"));
    if name.contains(|c: char| FORBIDDEN.contains(c)) {
        return Err(failed(&format!(
            "Forbidden char found in table name {name}. Table name inputted: {name}"
        )));
    }
    if let Some(why) = of_columns.clone().find_map(|(column, definition)| {
        wrong_argument(column, definition).map(|why| format!("{why} Cannot create table: {name}"))
    }) {
        return Err(failed(&why));
    }
    database::is_name(name).map_err(by_database)?;
    let lower = database::name(name);
    if store
        .records(&all)
        .any(|(_, one)| one["table_name"].as_str().map(database::name).as_deref() == Some(&lower))
    {
        let why =
            format!("Constraints names must be unique. relation \"{lower}\" already exists\n");
        return Err(by_database(why));
    }
    for (column, definition) in of_columns {
        let kind = definition["data_type"].as_str().unwrap_or_default();
        database::is_column(column, kind, &known).map_err(by_database)?;
    }
    let on = |switch: &str| body.get(switch).is_none_or(|on| on != false);
    let endpoints = ENDPOINTS.iter().filter(|(_, switch)| on(switch) && on("endpoints"));
    let endpoints: Vec<&str> = endpoints.map(|(endpoint, _)| *endpoint).collect();
    for (id, values) in new {
        store.put(&enumerations, id.to_lowercase(), values.clone());
    }
    let id = next(&mut store, call, "pgrest.table_numbers");
    let table = json!({
        "table_name": name,
        "table_id": id,
        "root_url": root,
        "tenant_id": tenant,
        "endpoints": endpoints,
        "primary_key": key.unwrap_or_else(|| format!("{name}_id")),
        "columns": columns,
        "constraints": constraints,
        "comments": body.get("comments").cloned().unwrap_or_else(|| "".into()),
        UPDATED: updated,
        FIXED: fixed,
    });
    let made = ["table_name", "table_id", "root_url", "endpoints", "constraints", "comments"];
    let made: Map<String, Value> =
        made.iter().map(|name| ((*name).to_owned(), table[*name].clone())).collect();
    store.put(&all, id.to_string(), table);
    Ok(Reply::result(made, DONE))
}

/// The missing part of a column's definition.
pub(super) fn lacking(column: &Value) -> Option<&'static str> {
    let is_sized = matches!(column["data_type"].as_str(), Some("varchar" | "char"));
    match column {
        column if column["data_type"].is_null() => Some("data_type"),
        column if is_sized && column["char_len"].is_null() => Some("char_len"),
        _ => None,
    }
}

/// The service's own error for a column's definition.
fn wrong_argument(column: &str, definition: &Value) -> Option<String> {
    let kind = definition["data_type"].as_str().unwrap_or_default().to_lowercase();
    if definition["primary_key"] == true {
        if !["integer", "varchar", "serial"].contains(&kind.as_str()) {
            return Some(format!(
                "primary_key field can only be set on fields of data_type 'integer', 'serial', or \
                 'varchar'. {kind} is not."
            ));
        }
        if definition["null"] == true {
            let what =
                "primary_key field cannot have 'null' set to True. Field must have unique value.";
            return Some(what.to_owned());
        }
    }
    let mut arguments = definition.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    let unknown = arguments.find(|name| !ARGUMENTS.contains(name))?;
    Some(format!("{unknown} is an invalid argument for column {}.", column.to_uppercase()))
}

/// The next serial number for `name`.
pub(super) fn next(store: &mut Store, call: &Call<'_>, name: &str) -> u64 {
    let counters = in_tenant(&call.tenant, "pgrest.counters");
    let last = store.get(&counters, name).and_then(Value::as_u64).unwrap_or_default();
    let next = last.saturating_add(1);
    store.put(&counters, name, next.into());
    next
}

/// Whether the definition of the columns is requested; any text requests it.
fn with_details(call: &Call<'_>) -> bool {
    call.query("details").is_some_and(|details| !details.is_empty())
}

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    admin(call, &store)?;
    let details = with_details(call);
    let all = store.records(&tables(call)).map(|(_, table)| {
        let mut shown = shown(table, details.then_some(["create_schema", "update_schema"]));
        shown["tenant"] = table["tenant_id"].clone();
        shown
    });
    Ok(Reply::result(all.collect::<Vec<_>>(), DONE))
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    admin(call, &store)?;
    let id = call.path("table_id");
    if id.parse::<i64>().is_err() {
        let message = "Invalid table id; the table id must be an integer.";
        return Err(Failure::bad_request(message));
    }
    let table = store.get(&tables(call), id).ok_or_else(|| {
        let message = format!("Table with id {id} does not exist in the ManageTables table.");
        Failure::not_found(message)
    })?;
    let details = with_details(call).then_some(["create schema", "update schema"]);
    Ok(Reply::result(shown(table, details), DONE))
}

/// A table in a reply, with its columns and schemas under these names if they are requested.
fn shown(table: &Value, details: Option<[&str; 2]>) -> Value {
    let mut shown = table.clone();
    if let Some([for_new, for_changes]) = details {
        let (create, update) = schemas(table);
        shown[for_new] = create;
        shown[for_changes] = update;
    }
    if let Some(shown) = shown.as_object_mut() {
        shown.remove(UPDATED);
        shown.remove(FIXED);
        if details.is_none() {
            shown.remove("columns");
        }
    }
    shown
}

/// The table with the number in the path. A text that is not a number is an error of the database.
pub(super) fn named(call: &Call<'_>, store: &Store) -> Result<Value, Failure> {
    let id = call.path("table_id");
    if id.parse::<i64>().is_err() {
        return Err(Failure::server(BROKEN));
    }
    store.get(&tables(call), id).cloned().ok_or_else(|| {
        Failure::not_found(format!("Table with ID {id} does not exist in ManageTables table."))
    })
}

/// The schema that new rows and updates are checked against.
fn schemas(table: &Value) -> (Value, Value) {
    let columns = table["columns"].as_object().cloned().unwrap_or_default();
    let of = |required: bool| {
        let schema = |(name, column): (&String, &Value)| {
            let mut schema = json!({ "type": kind(column) });
            if let Some(length) = column["char_len"].as_i64() {
                schema["maxlength"] = length.into();
            }
            if let Some(null) = column["null"].as_bool() {
                schema["nullable"] = null.into();
                schema["required"] = (!null).into();
            }
            if !required {
                schema["required"] = false.into();
            }
            (name.clone(), schema)
        };
        columns.iter().map(schema).collect::<Map<_, _>>().into()
    };
    (of(true), of(false))
}

/// The type that the values of a column are checked against; for enumerations a string.
fn kind(column: &Value) -> &str {
    match column["data_type"].as_str().unwrap_or_default() {
        "varchar" | "char" | "text" | "date" | "timestamp" => "string",
        "serial" => "integer",
        list if list.contains("[]") => "list",
        other if database::is_type(other) => other,
        _ => "string",
    }
}

/// The error of a row, checked against the columns of its table.
pub(super) fn complaint(table: &Value, row: &Map<String, Value>, is_new: bool) -> Option<String> {
    let (create, update) = schemas(table);
    let schema = if is_new { create } else { update };
    let checked = ["string", "integer", "list", "float", "boolean"];
    let unchecked = |(_, of): &(&String, &Value)| {
        of["type"].as_str().is_none_or(|kind| !checked.contains(&kind))
    };
    if let Some((name, of)) = schema.as_object().into_iter().flatten().find(unchecked) {
        let kind = of["type"].as_str().unwrap_or_default();
        return Some(format!("{{'{name}': [{{'type': ['Unsupported types: {kind}']}}]}}"));
    }
    let wrong = row.iter().find_map(|(name, value)| {
        let wrong = |what: &str| Some((name, what.to_owned()));
        let Some(schema) = schema.get(name) else { return wrong("unknown field") };
        if value.is_null() {
            return if schema["nullable"] == true { None } else { wrong("null value not allowed") };
        }
        let fits = match schema["type"].as_str() {
            Some("string") => value.is_string(),
            Some("integer") => value.is_i64() || value.is_u64(),
            Some("float") => value.is_number(),
            Some("boolean") => value.is_boolean(),
            _ => value.is_array(),
        };
        if !fits {
            let kind = schema["type"].as_str().unwrap_or_default();
            return wrong(&format!("must be of {kind} type"));
        }
        let length = value.as_str().map(|text| text.chars().count());
        let most = schema["maxlength"].as_u64().and_then(|most| usize::try_from(most).ok());
        if most.is_some() && length > most { wrong("max length exceeded") } else { None }
    });
    let required = schema.as_object().into_iter().flatten();
    let mut required = required.filter(|(_, schema)| schema["required"] == true);
    let missing = required.find(|(name, _)| !row.contains_key(*name));
    let wrong = wrong.or_else(|| missing.map(|(name, _)| (name, "required field".to_owned())));
    wrong.map(|(name, what)| {
        let errors = format!("{{'{name}': ['{what}']}}");
        match is_new {
            true => format!(
                "Row definition determined invalid from validation schema; errors: {errors}"
            ),
            false => errors,
        }
    })
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    admin(call, &store)?;
    named(call, &store)?;
    let all = tables(call);
    store.remove(&all, call.path("table_id"));
    store.forget_below(&format!("{all}/{}/", call.path("table_id")));
    Ok(Reply::result(Value::Null, "Table deleted successfully."))
}

/// The time in the format of the service and the database.
pub(super) fn now(call: &Call<'_>) -> String {
    database::iso(call.world.clock.timestamp().to_zoned(jiff::tz::TimeZone::UTC).datetime())
}

/// The value of a column that a new row does not have.
pub(super) fn default(column: &Value, call: &Call<'_>) -> Result<Value, String> {
    match &column["default"] {
        usual if *usual == NOW => database::read(column, &now(call)),
        Value::String(text) => database::read(column, text),
        usual => database::keep(column, usual.clone()),
    }
}
