//! Tables, as their administrators define them.

use serde_json::{Map, Value, json};

use super::access::allow;
use crate::call::{Call, text};
use crate::reply::{Failure, Outcome, Reply};
use crate::store::{Store, in_tenant};

/// What can be done with the rows of a table, with the switch of each.
const ENDPOINTS: [(&str, &str); 5] = [
    ("GET_ONE", "list_one"),
    ("GET_ALL", "list_all"),
    ("CREATE", "create"),
    ("UPDATE", "update"),
    ("DELETE", "delete"),
];
const DONE: &str = "The request was successful.";

/// The collection of tables, each under its number.
pub(super) fn tables(call: &Call<'_>) -> String {
    in_tenant(&call.tenant, "pgrest.tables")
}

fn admin(call: &Call<'_>, store: &Store) -> Result<(), Failure> {
    allow(call, store, &[], "manage database tables")
}

pub(super) fn create(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut store = call.world.store();
    admin(call, &store)?;
    let name = text(&body, "table_name").unwrap_or_default();
    let root = text(&body, "root_url").unwrap_or(name);
    let all = tables(call);
    let taken = |field: &str, value: &str| store.records(&all).any(|(_, one)| one[field] == value);
    for (what, field, value) in [("name", "table_name", name), ("root url", "root_url", root)] {
        if taken(field, value) {
            let tenant = &call.tenant;
            return Err(Failure::bad_request(format!(
                "Table with {what} '{value}' and tenant_id '{tenant}' already exists in \
                 ManageTables table."
            )));
        }
    }
    let columns = body.get("columns").cloned().unwrap_or_default();
    let of_columns = columns.as_object().into_iter().flatten();
    let mut keys = of_columns.filter(|(_, column)| column["primary_key"] == true);
    let key = keys.next().map(|(name, _)| name.clone());
    if keys.next().is_some() {
        let message = "Found two columns with 'primary_key' set to True, only one primary key may \
                       exist in each table.";
        return Err(Failure::bad_request(message));
    }
    let lacks_length = |(_, column): &(&String, &Value)| {
        matches!(column["data_type"].as_str(), Some("varchar" | "char"))
            && column["char_len"].is_null()
    };
    if let Some((column, _)) = columns.as_object().into_iter().flatten().find(lacks_length) {
        return Err(Failure::bad_request(format!(
            "Unable to create json validation schema for table {name}: 'char_len' ({column})\n\
             Failed to create table {name}. "
        )));
    }
    let on = |switch: &str| body.get(switch).is_none_or(|on| on != false);
    let endpoints = ENDPOINTS.iter().filter(|(_, switch)| on(switch) && on("endpoints"));
    let endpoints: Vec<&str> = endpoints.map(|(endpoint, _)| *endpoint).collect();
    let id = next(&mut store, call, "pgrest.table_numbers");
    let part = |name: &str, usual: Value| body.get(name).cloned().unwrap_or(usual);
    let table = json!({
        "table_name": name,
        "table_id": id,
        "root_url": root,
        "tenant_id": call.tenant,
        "endpoints": endpoints,
        "primary_key": key.unwrap_or_else(|| format!("{name}_id")),
        "columns": columns,
        "constraints": part("constraints", json!({})),
        "comments": part("comments", json!("")),
    });
    let made = ["table_name", "table_id", "root_url", "endpoints", "constraints", "comments"];
    let made: Map<String, Value> =
        made.iter().map(|name| ((*name).to_owned(), table[*name].clone())).collect();
    store.put(&all, id.to_string(), table);
    Ok(Reply::result(made, DONE))
}

/// The next of the numbers that are counted under `name`.
pub(super) fn next(store: &mut Store, call: &Call<'_>, name: &str) -> u64 {
    let counters = in_tenant(&call.tenant, "pgrest.counters");
    let last = store.get(&counters, name).and_then(Value::as_u64).unwrap_or_default();
    let next = last.saturating_add(1);
    store.put(&counters, name, next.into());
    next
}

/// Whether the definition of the columns is asked for; any text asks for it.
fn with_details(call: &Call<'_>) -> bool {
    call.query("details").is_some_and(|details| !details.is_empty())
}

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    admin(call, &store)?;
    let details = with_details(call);
    let all = store.records(&tables(call)).map(|(_, table)| {
        let mut shown = table.clone();
        shown["tenant"] = table["tenant_id"].clone();
        if details {
            let (create, update) = schemas(table);
            shown["create_schema"] = create;
            shown["update_schema"] = update;
        } else {
            shown.as_object_mut().map(|shown| shown.remove("columns"));
        }
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
    let mut table = named(call, &store)?;
    if with_details(call) {
        let (create, update) = schemas(&table);
        table["create schema"] = create;
        table["update schema"] = update;
    } else {
        table.as_object_mut().map(|table| table.remove("columns"));
    }
    Ok(Reply::result(table, DONE))
}

fn named(call: &Call<'_>, store: &Store) -> Result<Value, Failure> {
    let id = call.path("table_id");
    store.get(&tables(call), id).cloned().ok_or_else(|| {
        Failure::not_found(format!("Table with id {id} does not exist in the ManageTables table."))
    })
}

/// What new rows and changes of rows are checked against.
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

/// The type of the values of a column.
fn kind(column: &Value) -> &str {
    match column["data_type"].as_str().unwrap_or_default() {
        "varchar" | "char" | "text" | "date" | "timestamp" => "string",
        "serial" => "integer",
        list if list.contains("[]") => "list",
        kind @ ("boolean" | "integer" | "float") => kind,
        // An enumeration.
        _ => "string",
    }
}

/// What is wrong with a row, checked against the columns of its table.
pub(super) fn complaint(table: &Value, row: &Map<String, Value>, is_new: bool) -> Option<String> {
    let (create, update) = schemas(table);
    let schema = if is_new { create } else { update };
    let wrong = row.iter().find_map(|(name, value)| {
        let Some(schema) = schema.get(name) else { return Some((name, "unknown field")) };
        if value.is_null() {
            return (schema["nullable"] != true).then_some((name, "null value not allowed"));
        }
        let fits = match schema["type"].as_str() {
            Some("string") => value.is_string(),
            Some("integer") => value.is_i64() || value.is_u64(),
            Some("float") => value.is_number(),
            Some("boolean") => value.is_boolean(),
            _ => value.is_array(),
        };
        if !fits {
            return Some((name, "wrong type"));
        }
        let length = value.as_str().map(|text| text.chars().count());
        let most = schema["maxlength"].as_u64().and_then(|most| usize::try_from(most).ok());
        (most.is_some() && length > most).then_some((name, "max length exceeded"))
    });
    let required = schema.as_object().into_iter().flatten();
    let mut required = required.filter(|(_, schema)| schema["required"] == true);
    let missing = required.find(|(name, _)| !row.contains_key(*name));
    let wrong = wrong.or_else(|| missing.map(|(name, _)| (name, "required field")));
    wrong.map(|(name, what)| format!("{{'{name}': ['{what}']}}"))
}

/// Makes one change.
pub(super) fn update(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut store = call.world.store();
    admin(call, &store)?;
    let id = call.path("table_id");
    let Some(mut table) = store.get(&tables(call), id).cloned() else {
        let message = format!("Table with ID {id} does not exist in ManageTables table.");
        return Err(Failure::bad_request(message));
    };
    let is_set = |value: &Value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        _ => true,
    };
    let mut changes = body.iter().filter(|(_, value)| is_set(value));
    let Some((what, value)) = changes.next() else {
        return Ok(Reply::result(Value::Null, "No updates to table requested. Success."));
    };
    if changes.next().is_some() {
        return Err(Failure::bad_request("Only one update to table may be done at a time."));
    }
    change(&mut table, what, value)?;
    let message = format!("Successfully changed {what} of table '{}'.", table["table_name"]);
    store.put(&tables(call), id, table);
    Ok(Reply::result(Value::Null, message))
}

fn change(table: &mut Value, what: &str, value: &Value) -> Result<(), Failure> {
    let text = value.as_str().unwrap_or_default();
    let (column, rest) = text.split_once(',').unwrap_or((text, ""));
    let (column, rest) = (column.trim(), rest.trim());
    let of_column = matches!(what, "column_type" | "drop_column" | "drop_default" | "set_default");
    if of_column && table["columns"].get(column).is_none() {
        let message = format!("Error: column_name not in current table. '{column}'");
        return Err(Failure::bad_request(message));
    }
    if matches!(what, "column_type" | "set_default") && rest.is_empty() {
        let message = format!("Error: '{what}' should come in format 'column_name, value'");
        return Err(Failure::bad_request(message));
    }
    match what {
        "endpoints" => {
            let given: Vec<&str> =
                value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            table["endpoints"] = match given[..] {
                ["ALL"] => ENDPOINTS.iter().map(|(endpoint, _)| *endpoint).collect(),
                ["NONE"] => json!([]),
                _ if given.iter().all(|one| ENDPOINTS.iter().any(|(name, _)| name == one)) => {
                    json!(given)
                }
                _ => return Err(Failure::bad_request("Error with put to table: endpoints")),
            };
        }
        "add_column" => {
            for (name, column) in value.as_object().into_iter().flatten() {
                table["columns"][name.as_str()] = column.clone();
            }
        }
        "drop_column" => {
            table["columns"].as_object_mut().map(|columns| columns.remove(column));
        }
        "drop_default" => {
            table["columns"][column].as_object_mut().map(|column| column.remove("default"));
        }
        "set_default" => table["columns"][column]["default"] = rest.into(),
        "column_type" => table["columns"][column]["data_type"] = rest.into(),
        other => table[other] = value.clone(),
    }
    Ok(())
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
