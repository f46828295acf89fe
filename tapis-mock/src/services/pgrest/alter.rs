//! Changes of the definition of a table.

use serde_json::{Value, json};

use super::access::body;
use super::database;
use super::table::plain;
use super::tables::{ENDPOINTS, FIXED, admin, bad, default, lacking, named, tables};
use crate::call::Call;
use crate::reply::{Failure, Kind, Outcome, Reply};
use crate::store::Store;

/// The operations that `ALL` stands for.
const ALL: [&str; 5] = ["GET_ALL", "GET_ONE", "CREATE", "UPDATE", "DELETE"];
/// The possible changes, one per request.
const CHANGES: [&str; 9] = [
    "root_url",
    "table_name",
    "comments",
    "endpoints",
    "column_type",
    "drop_column",
    "drop_default",
    "set_default",
    "add_column",
];
/// The types to which a column can be changed.
const NEW_TYPES: [&str; 6] = ["varchar", "boolean", "integer", "text", "timestamp", "datetime"];

/// Makes one change.
pub(super) fn update(call: &Call<'_>) -> Outcome {
    let body = body(call)?;
    let mut store = call.world.store();
    admin(call, &store)?;
    let mut table = named(call, &store)
        .map_err(|failure| Failure { kind: not_missing(failure.kind), ..failure })?;
    let is_set = |value: &Value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        value => value.as_f64() != Some(0.0),
    };
    let mut changes = CHANGES.iter().filter_map(|name| Some((*name, body.get(*name)?)));
    let mut changes = changes.by_ref().filter(|(_, value)| is_set(value));
    let Some((what, value)) = changes.next() else {
        return Ok(Reply::result(Value::Null, "No updates to table requested. Success."));
    };
    if changes.next().is_some() {
        return Err(bad("Only one update to table may be done at a time."));
    }
    if let ("table_name", Some(name)) = (what, value.as_str())
        && store.records(&tables(call)).any(|(_, one)| one["table_name"] == name)
    {
        let before = table["table_name"].as_str().unwrap_or_default();
        return Err(bad(format!(
            "Changes reverted. Error changing table name from {before} to {name}. e: Constraints names \
             must be unique. relation \"{name}\" already exists\n"
        )));
    }
    let message = match change(&mut table, what, value) {
        Ok(message) => message,
        Err(why) => return Err(bad(why)),
    };
    let id = call.path("table_id");
    if let ("add_column", Some((name, column))) =
        (what, value.as_object().and_then(|columns| columns.iter().next()))
    {
        add_to_rows(call, &mut store, &table, name, column).map_err(bad)?;
    }
    if let ("drop_column", Some(name)) = (what, value.as_str()) {
        let rows = format!("{}/{id}/rows", tables(call));
        for (_, row) in store.records_mut(&rows) {
            row.as_object_mut().map(|row| row.remove(&database::name(name)));
        }
    }
    if let ("column_type", Some((name, "text" | "varchar"))) = (
        what,
        value.as_str().and_then(|text| text.split_once(',')).map(|(a, b)| (a.trim(), b.trim())),
    ) {
        let name = database::name(name);
        for (_, row) in store.records_mut(&format!("{}/{id}/rows", tables(call))) {
            if !row[&name].is_null() {
                row[&name] = plain(&row[&name]).into();
            }
        }
    }
    store.put(&tables(call), id, table);
    Ok(Reply::result(Value::Null, message))
}

/// Existing rows get the default of a new column.
fn add_to_rows(
    call: &Call<'_>,
    store: &mut Store,
    table: &Value,
    name: &str,
    column: &Value,
) -> Result<(), String> {
    let rows = format!("{}/{}/rows", tables(call), call.path("table_id"));
    let usual = default(column, call)?;
    let (column_name, table_name) = (database::name(name), &table["table_name"]);
    if usual.is_null() && column["null"] == false && store.records(&rows).next().is_some() {
        let table_name = table_name.as_str().unwrap_or_default();
        return Err(format!(
            "Changes reverted. Error adding column_name '{name}' to table '{table_name}'. e: {}",
            database::error(&format!(
                "column \"{column_name}\" of relation \"{}\" contains null values",
                database::name(table_name)
            ))
        ));
    }
    for (_, row) in store.records_mut(&rows) {
        row[column_name.as_str()] = usual.clone();
    }
    Ok(())
}

/// A default that the database evaluated once is replaced.
fn forget_fixed(table: &mut Value, column: &str) {
    table[FIXED].as_object_mut().map(|fixed| fixed.remove(column));
}

fn not_missing(kind: Kind) -> Kind {
    if kind == Kind::NotFound { Kind::BadRequest } else { kind }
}

/// Makes a change, and returns a description of it or the error.
fn change(table: &mut Value, what: &str, value: &Value) -> Result<String, String> {
    let name = table["table_name"].as_str().unwrap_or_default().to_owned();
    let is_text = !matches!(what, "endpoints" | "add_column");
    let Some(text) = value.as_str().or((!is_text).then_some("")) else {
        return Err(format!("Error changing {what} for table {name}. '{what}' must be a str."));
    };
    let pair = || match text.split(',').collect::<Vec<_>>()[..] {
        [column, rest] if !column.is_empty() && !rest.is_empty() => {
            Ok((column.trim(), rest.trim()))
        }
        _ => {
            let format = if what == "column_type" {
                "column_name, new_type"
            } else {
                "column_name, new_default"
            };
            Err(format!(
                "Error changing column: '{what}' should come in format '{format}', got {text}"
            ))
        }
    };
    let has = |table: &Value, column: &str| match table["columns"].get(column) {
        Some(_) => Ok(()),
        None => {
            let columns = table["columns"].as_object().into_iter().flatten();
            let columns: Vec<String> = columns.map(|(name, _)| format!("'{name}'")).collect();
            Err(format!(
                "Error: column_name not in current table. '{column}' not in [{}].",
                columns.join(", ")
            ))
        }
    };
    match what {
        "root_url" => {
            table["root_url"] = text.into();
            Ok(format!("Successfully changed table root_url to '{text}' for table '{name}'."))
        }
        "table_name" => {
            database::is_name(text).map_err(|why| {
                format!(
                    "Changes reverted. Error changing table name from {name} to {text}. e: {why}"
                )
            })?;
            table["table_name"] = text.into();
            Ok(format!("Successfully changed table_name to '{text}' from '{name}'."))
        }
        "comments" => {
            table["comments"] = text.into();
            Ok(format!("Successfully added comments to table, '{name}'."))
        }
        "endpoints" => {
            let failed = |why: &str| format!("Error with put to table with ID {name}. {why}");
            let given = value.as_array().ok_or_else(|| failed("'endpoints' must be a list."))?;
            let given: Vec<&str> = given.iter().filter_map(Value::as_str).collect();
            let is_known = |one: &&str| ENDPOINTS.iter().any(|(name, _)| name == one);
            let endpoints = match given[..] {
                ["ALL"] => ALL.to_vec(),
                ["NONE"] => Vec::new(),
                _ if given.contains(&"ALL") || given.contains(&"NONE") => {
                    return Err(
                        "Error, when specifying ALL or NONE in endpoints you cannot specify \
                                anything else."
                            .to_owned(),
                    );
                }
                _ if given.iter().all(is_known) => given,
                _ => return Err(failed("Endpoints list can only contain str values from: [...]")),
            };
            let named: Vec<String> = endpoints.iter().map(|one| format!("'{one}'")).collect();
            table["endpoints"] = json!(endpoints);
            Ok(format!(
                "Successfully changed table, '{name}', to have the following endpoints: [{}]",
                named.join(", ")
            ))
        }
        "add_column" => {
            let mut columns = value.as_object().into_iter().flatten();
            let (Some((column, definition)), None) = (columns.next(), columns.next()) else {
                return Err("add_column dict received is too large.".to_owned());
            };
            if let Some(missing) = lacking(definition) {
                return Err(format!(
                    "Unable to create json validation schema after adding column to table \
                     definition. e: '{missing}'"
                ));
            }
            let reverted = |why: &str| {
                format!(
                    "Changes reverted. Error adding column_name '{column}' to table '{name}'. e: {why}"
                )
            };
            if table["columns"].get(column).is_some() {
                let relation = database::name(&name);
                return Err(reverted(&format!(
                    "Constraints names must be unique. column \"{column}\" of relation \
                     \"{relation}\" already exists"
                )));
            }
            let kind = definition["data_type"].as_str().unwrap_or_default();
            database::is_column(column, kind, &[]).map_err(|why| reverted(&why))?;
            table["columns"][column.as_str()] = definition.clone();
            Ok(format!("Successfully added column, '{column}', to table '{name}'"))
        }
        "drop_column" => {
            has(table, text)?;
            table["columns"].as_object_mut().map(|columns| columns.remove(text));
            Ok(format!("Successfully dropped column, '{text}', from table '{name}'"))
        }
        "drop_default" => {
            has(table, text)?;
            forget_fixed(table, text);
            let column = table["columns"][text].as_object_mut();
            column.and_then(|column| column.remove("default")).ok_or_else(|| {
                "Error dropping column default in column_definition. e: 'default'".to_owned()
            })?;
            Ok(format!("Successfully dropped default from column, '{text}', from table '{name}'"))
        }
        "set_default" => {
            let (column, new) = pair()?;
            has(table, column)?;
            // The value is a part of the statement as it is.
            let quoted = new.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
            let is_literal = new.parse::<f64>().is_ok()
                || ["true", "false", "null", "now()"].contains(&new.to_lowercase().as_str());
            if quoted.is_none() && !is_literal {
                return Err(format!(
                    "Changes reverted. Error changing default for column_name '{column}' to '{new}' in \
                     table '{name}'. e: {}",
                    database::error("cannot use column reference in DEFAULT expression")
                ));
            }
            forget_fixed(table, column);
            table["columns"][column]["default"] = quoted.unwrap_or(new).into();
            Ok(format!("Successfully set column default for column, '{column}', on table '{name}'"))
        }
        _ => {
            let (column, kind) = pair()?;
            if !NEW_TYPES.contains(&kind) {
                return Err(format!(
                    "Error changing column type for table. '{kind}' not in {NEW_TYPES:?}. Note: \
                     Cannot update to a serial data type."
                ));
            }
            has(table, column)?;
            let is_cast =
                matches!(kind, "text" | "varchar") || table["columns"][column]["data_type"] == kind;
            if !is_cast {
                return Err(format!(
                    "Changes reverted. Error changing column_name '{column}' to type '{kind}' in table \
                     '{name}'. e: {}",
                    database::error(&format!(
                        "column \"{column}\" cannot be cast automatically to type {kind}"
                    ))
                ));
            }
            table["columns"][column]["data_type"] = kind.into();
            Ok(format!(
                "Successfully changed column_name '{column}' to type '{kind}' in table '{name}'."
            ))
        }
    }
}
