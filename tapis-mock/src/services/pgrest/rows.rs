//! Rows of tables. They have no order of their own: as in the service's database, a changed row
//! moves to the end.

use std::fmt::Display;

use serde_json::{Map, Value};

use super::access::body;
use super::conditions::{OPERATORS, Refused, condition};
use super::database;
use super::table::{Table, failed, plain};
use super::tables::{FORBIDDEN, UPDATED, complaint, default, next, now};
use crate::call::Call;
use crate::query::{Condition, compare_values};
use crate::reply::{Failure, Outcome, Reply};
use crate::store::Store;

const DONE: &str = "The request was successful.";

fn bad(message: impl Into<String>) -> Failure {
    Failure::bad_request(message)
}

fn data(call: &Call<'_>, what: &str) -> Result<Value, Failure> {
    body(call)?.remove("data").ok_or_else(|| bad(format!("'('data',)' is required {what}")))
}

pub(super) fn add(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let table = Table::open(call, &store, "CREATE")?;
    let new = data(call, "when creating new row in a table.")?;
    let failed = |why: &dyn Display| failed(call, &table, "add rows to", why);
    let new = match new {
        Value::Array(rows) => rows,
        row @ Value::Object(_) => vec![row],
        _ => {
            let why =
                "Data for row creation should be of type dict or list (which contains dicts).";
            return Err(failed(&why));
        }
    };
    let mut rows = Vec::new();
    for row in new {
        let Value::Object(row) = row else {
            let why = "Data lists during row creation should contain dicts of row_information.";
            return Err(failed(&why));
        };
        if let Some(complaint) = complaint(&table.record, &row, true) {
            let message = "Error occurred when validating the data from the validation schema; \
                           Details:";
            return Err(failed(&format!("{message} {complaint}")));
        }
        rows.push(row);
    }
    let of_database = |why: String| {
        failed(&format!("Error adding rows to table {}.{}: {why}", call.tenant, table.name()))
    };
    if rows.is_empty() {
        return Err(of_database(database::error("syntax error at or near \"VALUERETURNING\"")));
    }
    let mut made: Vec<(String, Value)> = Vec::new();
    for row in rows {
        let row = stored(call, &mut store, &table, row).map_err(|why| match why {
            Refused::Service(why) => failed(&why),
            Refused::Database(why) => of_database(why),
        })?;
        let others = store.records(&table.rows).map(|(_, row)| row);
        let others = others.chain(made.iter().map(|(_, row)| row));
        table.is_unique(&row, others).map_err(of_database)?;
        made.push((plain(&row[&table.key]), row));
    }
    for (id, row) in &made {
        store.put(&table.rows, id.as_str(), row.clone());
    }
    Ok(Reply::result(made.into_iter().map(|(_, row)| row).collect::<Vec<_>>(), DONE))
}

/// A new row in the format of the database.
fn stored(
    call: &Call<'_>,
    store: &mut Store,
    table: &Table,
    row: Map<String, Value>,
) -> Result<Value, Refused> {
    let mut given: Map<String, Value> =
        row.into_iter().map(|(name, value)| (database::name(&name), value)).collect();
    if let Some(key) = given.get(&table.key).and_then(Value::as_str)
        && key.contains(|c: char| FORBIDDEN.contains(c))
    {
        return Err(Refused::Service(format!(
            "The primary_key value must be url safe. Value inputted for pk '{}' was '{key}'",
            table.key
        )));
    }
    let mut stored = Map::new();
    for (name, column) in table.columns() {
        let value = match given.remove(name) {
            Some(value) => database::keep(column, value)?,
            None if *name == table.key && table.counts_keys() => {
                next(store, call, &table.rows).into()
            }
            None => default(column, call)?,
        };
        if value.is_null() && (*name == table.key || column["null"] == false) {
            let relation = database::name(table.name());
            return Err(Refused::Database(database::error(&format!(
                "null value in column \"{name}\" of relation \"{relation}\" violates not-null \
                 constraint"
            ))));
        }
        stored.insert(name.clone(), value);
    }
    Ok(stored.into())
}

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let table = Table::open(call, &store, "GET_ALL")?;
    let rows = store.records(&table.rows).map(|(_, row)| row).collect();
    let failed = |why: String| failed(call, &table, "retrieve rows from", why);
    let page = page(call, &table, "table", rows).map_err(|why| match why {
        Unpaged::Asked(message) => bad(message),
        Unpaged::Failed(why) => failed(why),
    })?;
    let by_database = |why| failed(format!("{}{why}", retrieving(call, &table, "table")));
    Ok(Reply::result(table.shown(page.into_iter()).map_err(by_database)?, DONE))
}

/// Why a page of rows cannot be returned.
pub(super) enum Unpaged {
    /// The request is for an impossible page.
    Asked(&'static str),
    /// The message after the description of the failed action.
    Failed(String),
}

/// The rows that match the conditions of the query, in its order, on its page. `what` is a table or
/// a view.
pub(super) fn page<'a>(
    call: &Call<'_>,
    table: &Table,
    what: &str,
    rows: Vec<&'a Value>,
) -> Result<Vec<&'a Value>, Unpaged> {
    let by_service = |why: &str| {
        let tried = "Unable to add order, limit, offset, and search for";
        Unpaged::Failed(format!("{tried} {what} {}.{}: {why}", call.tenant, table.name()))
    };
    let by_database = |why: &str| Unpaged::Failed(retrieving(call, table, what) + why);
    let (Ok(limit), Ok(offset)) = (number(last(call, "limit")), number(last(call, "offset")))
    else {
        return Err(Unpaged::Asked("Limit and offset query parameters must be ints."));
    };
    let mut wanted = Vec::new();
    for (at, (name, value)) in call.query.iter().enumerate() {
        // If a name is repeated, the last value is used; names without an operator are ignored.
        if call.query.iter().skip(at.saturating_add(1)).any(|(later, _)| later == name) {
            continue;
        }
        let operator = OPERATORS.iter().find(|operator| name.ends_with(&format!(".{operator}")));
        let Some(operator) = operator else { continue };
        let column = name.replace(&format!(".{operator}"), "");
        let condition = condition(table, &call.tenant, &column, operator, value);
        wanted.push(condition.map_err(|why| match why {
            Refused::Service(why) => by_service(&why),
            Refused::Database(why) => by_database(&why),
        })?);
    }
    let wanted = Condition::All(wanted);
    let mut rows: Vec<&Value> = rows.into_iter().filter(|row| wanted.holds(row)).collect();
    if let Some(order) = last(call, "order") {
        let (column, direction) = order.split_once(',').unwrap_or((order, "ASC"));
        if !matches!(direction, "ASC" | "DESC") {
            return Err(by_service(&format!(
                "Order must be in the format 'columnName,DESC', 'columnName,ASC' or 'columnName'. \
                 Got {order}"
            )));
        }
        if table.column(column).is_none() {
            return Err(by_service("can only concatenate str (not \"Exception\") to str"));
        }
        rows.sort_by(|a, b| {
            let order = compare_values(&a[column], &b[column]);
            if direction == "DESC" { order.reverse() } else { order }
        });
    }
    let negative =
        |what: &str| by_database(&database::error(&format!("{what} must not be negative")));
    let limit = match limit {
        None | Some(-1 | 0) => usize::MAX,
        Some(limit) => usize::try_from(limit).map_err(|_| negative("LIMIT"))?,
    };
    let offset = usize::try_from(offset.unwrap_or_default()).map_err(|_| negative("OFFSET"))?;
    Ok(rows.into_iter().skip(offset).take(limit).collect())
}

/// The error after the database has replied.
fn retrieving(call: &Call<'_>, table: &Table, what: &str) -> String {
    format!("Error retrieving rows from {what} {}.{}: ", call.tenant, table.name())
}

/// A query parameter; the last one with the name.
fn last<'a>(call: &'a Call<'_>, name: &str) -> Option<&'a str> {
    call.query.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn number(text: Option<&str>) -> Result<Option<i64>, std::num::ParseIntError> {
    text.filter(|text| !text.is_empty()).map(|text| text.trim().parse()).transpose()
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let table = Table::open(call, &store, "GET_ONE")?;
    read(call, &store, &table)
}

fn read(call: &Call<'_>, store: &Store, table: &Table) -> Outcome {
    let (id, name, tenant) = (call.path("item"), table.name(), &call.tenant);
    let failed = |why: &dyn Display| {
        bad(format!(
            "Failed to retrieve row from table {name} with pk {id} on tenant {tenant}. Error \
             retrieving row with pk '{id}' from view {tenant}.{name}: {why}"
        ))
    };
    let row = table.row(call, store).map_err(|why| failed(&why))?.ok_or_else(|| {
        let why = format!(
            "Error. Received no result when retrieving row with pk '{id}' from view {tenant}.{name}."
        );
        failed(&why)
    })?;
    Ok(Reply::result(table.shown([&row].into_iter()).map_err(|why| failed(&why))?, DONE))
}

pub(super) fn update(call: &Call<'_>) -> Outcome {
    let data = data(call, "to update a row in a table.")?;
    let mut store = call.world.store();
    let table = Table::open(call, &store, "UPDATE")?;
    let new = changes(call, &table, data)?;
    let (id, name, tenant) = (call.path("item"), table.name(), &call.tenant);
    let failed = |why: &dyn Display| {
        bad(format!(
            "Failed to update row in table {name} with pk {id} in tenant {tenant}. Error updating \
             row ID {id} in table {tenant}.{name}: {why}"
        ))
    };
    let new = literals(&table, &new).map_err(|why| failed(&why))?;
    let row = table.row(call, &store).map_err(|why| failed(&why))?;
    let row =
        row.ok_or_else(|| failed(&"Error. Delete row affected 0 rows, expected to delete 1."))?;
    replace(&mut store, &table, vec![(id.to_owned(), row)], &new).map_err(|why| failed(&why))?;
    read(call, &store, &table)
}

/// Changes the rows that match all conditions; without any, every row.
pub(super) fn update_all(call: &Call<'_>) -> Outcome {
    let body = body(call)?;
    let data = data(call, "to update rows in a table.")?;
    let mut store = call.world.store();
    let table = Table::open(call, &store, "UPDATE")?;
    let new = changes(call, &table, data)?;
    let failed = |why: &dyn Display| failed(call, &table, "update row in", why);
    let by_database = |why: String| {
        failed(&format!("Error updating rows in table {}.{}: {why}", call.tenant, table.name()))
    };
    let mut wanted = Vec::new();
    for (column, test) in conditions(&body)? {
        let operator = test["operator"].as_str().unwrap_or_default();
        let value = &test["value"];
        let is_nothing = matches!(value, Value::Null | Value::Bool(false))
            || value.as_f64() == Some(0.0)
            || value == ""
            || value.as_array().is_some_and(Vec::is_empty);
        for (name, lacks) in [("operator", operator.is_empty()), ("value", is_nothing)] {
            if lacks {
                let why =
                    format!("'{name}' must be a key in where_clause dict. where_clause dict:");
                return Err(bad(format!("{why} {test}")));
            }
        }
        if !OPERATORS.contains(&operator) {
            return Err(bad(format!("where_oper must be in {OPERATORS:?}, got {operator}.")));
        }
        let splits = matches!(operator, "in" | "nin" | "between" | "nbetween" | "null");
        let value = match value.as_str() {
            Some(text) => text.to_owned(),
            None if splits => return Err(failed(&"object has no attribute 'split'")),
            None => plain(value),
        };
        let wanted_one = condition(&table, &call.tenant, column, operator, &value);
        wanted.push(wanted_one.map_err(|why| match why {
            Refused::Service(why) => failed(&why),
            Refused::Database(why) => by_database(why),
        })?);
    }
    let new = literals(&table, &new).map_err(by_database)?;
    let wanted = Condition::All(wanted);
    let rows = store.records(&table.rows).filter(|(_, row)| wanted.holds(row));
    let rows: Vec<(String, Value)> = rows.map(|(id, row)| (id.to_owned(), row.clone())).collect();
    replace(&mut store, &table, rows, &new).map_err(by_database)?;
    Ok(Reply::result(Value::Null, "Table put successfully."))
}

/// The conditions in a body, each with a column and a test. An empty value is no condition.
fn conditions(body: &Map<String, Value>) -> Result<Vec<(&str, &Value)>, Failure> {
    let conditions = match body.get("where") {
        None | Some(Value::Null | Value::Bool(false)) => return Ok(Vec::new()),
        Some(Value::Array(none)) if none.is_empty() => return Ok(Vec::new()),
        Some(Value::Object(conditions)) => conditions,
        Some(_) => return Err(bad("Error, where clause should come as a dict, got another type")),
    };
    let conditions = conditions.iter().map(|(column, test)| {
        if !test.is_object() {
            return Err(bad(format!(
                "Error in where_clause. Got key, but value should be of type dict, got {test}"
            )));
        }
        Ok((column.as_str(), test))
    });
    conditions.collect()
}

/// The changes in a request, for columns that the table has, and the time for columns with the time
/// of the last change.
fn changes(call: &Call<'_>, table: &Table, data: Value) -> Result<Map<String, Value>, Failure> {
    let Value::Object(mut new) = data else {
        return Err(bad("Error occurred when validating the data from the json validation schema"));
    };
    for name in table.record[UPDATED].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if new.get(name).is_none_or(Value::is_null) {
            new.insert(name.to_owned(), now(call).into());
        }
    }
    match complaint(&table.record, &new, false) {
        Some(complaint) => {
            Err(bad(format!("Data determined invalid from json validation schema: {complaint}")))
        }
        None => Ok(new),
    }
}

/// Moves changed rows to the end, all of them or none.
fn replace(
    store: &mut Store,
    table: &Table,
    rows: Vec<(String, Value)>,
    new: &Map<String, Value>,
) -> Result<(), String> {
    let untouched = |id: &str| !rows.iter().any(|(changed, _)| changed == id);
    let others = store.records(&table.rows).filter(|(id, _)| untouched(id)).map(|(_, row)| row);
    let others: Vec<Value> = others.cloned().collect();
    let mut changed: Vec<Value> = Vec::new();
    for (_, row) in &rows {
        let mut row = row.clone();
        for (name, value) in new {
            row[name.as_str()] = value.clone();
        }
        table.is_unique(&row, others.iter().chain(&changed))?;
        changed.push(row);
    }
    for ((id, _), row) in rows.iter().zip(changed) {
        store.remove(&table.rows, id);
        store.put(&table.rows, plain(&row[&table.key]), row);
    }
    Ok(())
}

/// Values as the database reads them from a statement that contains them unescaped.
fn literals(table: &Table, values: &Map<String, Value>) -> Result<Map<String, Value>, String> {
    let fault = |near: &str| database::error(&format!("syntax error at or near \"{near}\""));
    if values.is_empty() {
        return Err(fault("WHERE"));
    }
    let literal = |(name, value): (&String, &Value)| {
        let name = database::name(name);
        let value = match value {
            Value::String(text) => unquoted(text).ok_or_else(|| fault(text))?.into(),
            Value::Array(_) | Value::Object(_) => return Err(fault("[")),
            value => value.clone(),
        };
        let value = match table.column(&name) {
            Some(column) => database::keep(column, value)?,
            None => value,
        };
        Ok((name, value))
    };
    values.iter().map(literal).collect()
}

/// The value of a literal between apostrophes: two of them are one, and a single one ends the
/// literal too early.
fn unquoted(text: &str) -> Option<String> {
    let single = text.replace("''", "");
    (!single.contains('\'')).then(|| text.replace("''", "'"))
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let table = Table::open(call, &store, "DELETE")?;
    let (id, name, tenant) = (call.path("item"), table.name(), &call.tenant);
    let failed = |why: &dyn Display| {
        bad(format!(
            "Failed to delete row from table {name} with pk {id} in tenant {tenant}. Error deleting \
             row ID {id} in table {tenant}.{name}: {why}"
        ))
    };
    if table.row(call, &store).map_err(|why| failed(&why))?.is_none() {
        return Err(failed(&"Error. Delete row affected 0 rows, expected to delete 1."));
    }
    store.remove(&table.rows, id);
    Ok(Reply::result(Value::Null, "Row delected successfully."))
}
