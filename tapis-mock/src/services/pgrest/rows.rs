//! Rows of tables. They have no order of their own: one that is changed moves to the end, as in the
//! database behind the service.

use std::fmt::Display;

use serde_json::{Map, Value};

use super::access::allow;
use super::tables::{complaint, next, tables};
use crate::call::Call;
use crate::query::{Condition, Piece, Test, compare_values};
use crate::reply::{Failure, Outcome, Reply};
use crate::store::Store;

/// The field in which rows that are read have their key once more.
const KEY: &str = "_pkid";
const DONE: &str = "The request was successful.";
/// The operators of conditions, in the order in which the service looks for them.
const OPERATORS: [&str; 13] = [
    "neq", "eq", "lte", "lt", "gte", "gt", "nin", "in", "null", "between", "nbetween", "like",
    "nlike",
];

fn bad(message: impl Into<String>) -> Failure {
    Failure::bad_request(message)
}

/// A table whose rows a call is about.
struct Table {
    record: Value,
    /// The collection of its rows.
    rows: String,
    /// The column that is its key.
    key: String,
}

impl Table {
    /// The table that the path names, for a caller with one of the roles and where it is allowed.
    fn open(call: &Call<'_>, store: &Store, endpoint: &str) -> Result<Self, Failure> {
        let (roles, what) = match endpoint {
            "GET_ALL" | "GET_ONE" => (&["PGREST_WRITE", "PGREST_READ"][..], "read"),
            _ => (&["PGREST_WRITE"][..], "write"),
        };
        allow(call, store, roles, what)?;
        let root = call.path("root_url").replace('/', "");
        let all = tables(call);
        let found = store.records(&all).find(|(_, table)| table["root_url"] == root.as_str());
        let (id, record) = found.ok_or_else(|| {
            let message = format!("Table with root url {root} does not exist.");
            if endpoint == "GET_ALL" { Failure::not_found(message) } else { bad(message) }
        })?;
        let endpoints = record["endpoints"].as_array().into_iter().flatten();
        if !endpoints.clone().any(|one| one == endpoint) {
            let what = match endpoint {
                "GET_ALL" => "LIST ROWS",
                "GET_ONE" => "LIST SINGLE ROW",
                other => other,
            };
            return Err(bad(format!("API access to {what} disabled.")));
        }
        let key = record["primary_key"].as_str().unwrap_or_default().to_owned();
        Ok(Self { record: record.clone(), rows: format!("{all}/{id}/rows"), key })
    }

    fn name(&self) -> &str {
        self.record["table_name"].as_str().unwrap_or_default()
    }

    fn column(&self, name: &str) -> &Value {
        &self.record["columns"][name]
    }

    fn has_column(&self, name: &str) -> bool {
        name == self.key || self.record["columns"].get(name).is_some()
    }

    /// Whether the keys are numbers that the database counts.
    fn counts_keys(&self) -> bool {
        let column = self.column(&self.key);
        column.is_null() || column["data_type"] == "serial"
    }

    /// A row as it is read.
    fn shown(&self, row: &Value) -> Value {
        let mut shown = row.clone();
        shown[KEY] = row[&self.key].clone();
        shown
    }

    /// The row that the path names.
    fn row(&self, call: &Call<'_>, store: &Store) -> Result<Option<Value>, String> {
        let id = call.path("item");
        let is_number = self.counts_keys() || self.column(&self.key)["data_type"] == "integer";
        if is_number && id.parse::<i64>().is_err() {
            return Err(format!(
                "Error accessing database: invalid input syntax for type integer: \"{id}\""
            ));
        }
        Ok(store.get(&self.rows, id).cloned())
    }
}

fn data(call: &Call<'_>, what: &str) -> Result<Value, Failure> {
    let data = call.object()?.remove("data");
    data.ok_or_else(|| bad(format!("'('data',)' is required {what}")))
}

pub(super) fn add(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let table = Table::open(call, &store, "CREATE")?;
    let new = match data(call, "when creating new row in a table.")? {
        Value::Array(rows) => rows,
        row => vec![row],
    };
    let failed = |why: &dyn Display| {
        bad(format!(
            "Failed to add rows to table {} on tenant {}. {why}",
            table.name(),
            call.tenant
        ))
    };
    let mut rows = Vec::new();
    for row in new {
        let Value::Object(row) = row else {
            return Err(failed(&"Data lists during row creation should contain dicts"));
        };
        if let Some(complaint) = complaint(&table.record, &row, true) {
            let message = "Error occurred when validating the data from the validation schema; \
                           Details: Row definition determined invalid from validation schema";
            return Err(failed(&format!("{message}; errors: {complaint}")));
        }
        rows.push(row);
    }
    let mut made: Vec<(String, Value)> = Vec::new();
    for mut row in rows {
        if !row.contains_key(&table.key) && table.counts_keys() {
            let number = next(&mut store, call, &table.rows);
            row.insert(table.key.clone(), number.into());
        }
        for (name, column) in table.record["columns"].as_object().into_iter().flatten() {
            let usual = || column.get("default").cloned().unwrap_or_default();
            row.entry(name.clone()).or_insert_with(usual);
        }
        let id = plain(row.get(&table.key).unwrap_or(&Value::Null));
        let taken = store.contains(&table.rows, &id) || made.iter().any(|(other, _)| *other == id);
        if taken {
            let (name, key) = (table.name(), &table.key);
            return Err(failed(&format!(
                "Error adding rows to table {}.{name}: Error accessing database: duplicate key value \
                 violates unique constraint \"{name}_pkey\"\nDETAIL:  Key ({key})=({id}) already \
                 exists.\n",
                call.tenant
            )));
        }
        made.push((id, row.into()));
    }
    for (id, row) in &made {
        store.put(&table.rows, id.as_str(), row.clone());
    }
    Ok(Reply::result(made.into_iter().map(|(_, row)| row).collect::<Vec<_>>(), DONE))
}

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let table = Table::open(call, &store, "GET_ALL")?;
    let failed = |why: &dyn Display| {
        bad(format!(
            "Failed to retrieve rows from table {} on tenant {}. {why}",
            table.name(),
            call.tenant
        ))
    };
    let mut wanted = Vec::new();
    for (name, value) in call.query {
        // Names without an operator say nothing.
        let operator = OPERATORS.iter().find(|operator| name.ends_with(&format!(".{operator}")));
        let Some(operator) = operator else { continue };
        let column = name.replace(&format!(".{operator}"), "");
        wanted.push(condition(&table, &column, operator, value).map_err(|why| failed(&why))?);
    }
    let wanted = Condition::All(wanted);
    let rows = store.records(&table.rows).map(|(_, row)| row);
    let mut rows: Vec<&Value> = rows.filter(|row| wanted.holds(row)).collect();
    if let Some(order) = call.query("order") {
        let (column, direction) = order.split_once(',').unwrap_or((order, "ASC"));
        if !matches!(direction, "ASC" | "DESC") {
            return Err(failed(&"Order must be in the format 'columnName,DESC'"));
        }
        if !table.has_column(column) {
            return Err(failed(&"can only concatenate str (not \"Exception\") to str"));
        }
        rows.sort_by(|a, b| {
            let order = compare_values(&a[column], &b[column]);
            if direction == "DESC" { order.reverse() } else { order }
        });
    }
    let number = |name: &str| call.query(name).and_then(|text| text.parse::<i64>().ok());
    let limit = match number("limit") {
        None | Some(-1 | 0) => usize::MAX,
        Some(limit) => usize::try_from(limit).map_err(|_| failed(&"LIMIT must not be negative"))?,
    };
    let offset = number("offset").unwrap_or_default();
    let offset = usize::try_from(offset).map_err(|_| failed(&"OFFSET must not be negative"))?;
    let page = rows.into_iter().skip(offset).take(limit).map(|row| table.shown(row));
    Ok(Reply::result(page.collect::<Vec<_>>(), DONE))
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
    Ok(Reply::result(vec![table.shown(&row)], DONE))
}

pub(super) fn update(call: &Call<'_>) -> Outcome {
    let data = data(call, "to update a row in a table.")?;
    let mut store = call.world.store();
    let table = Table::open(call, &store, "UPDATE")?;
    let new = changes(&table, &data)?;
    let (id, name, tenant) = (call.path("item"), table.name(), &call.tenant);
    let failed = |why: &dyn Display| {
        bad(format!(
            "Failed to update row in table {name} with pk {id} in tenant {tenant}. Error updating \
             row ID {id} in table {tenant}.{name}: {why}"
        ))
    };
    let new = literals(new).map_err(|why| failed(&why))?;
    let row = table.row(call, &store).map_err(|why| failed(&why))?;
    let row =
        row.ok_or_else(|| failed(&"Error. Delete row affected 0 rows, expected to delete 1."))?;
    replace(&mut store, &table, id, row, &new);
    read(call, &store, &table)
}

/// Changes the rows that meet all conditions; without any that is every row.
pub(super) fn update_all(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let data = data(call, "to update rows in a table.")?;
    let mut store = call.world.store();
    let table = Table::open(call, &store, "UPDATE")?;
    let new = changes(&table, &data)?;
    let failed = |why: &dyn Display| {
        bad(format!(
            "Failed to update row in table {} on tenant {}. {why}",
            table.name(),
            call.tenant
        ))
    };
    let mut wanted = Vec::new();
    for (column, test) in body.get("where").and_then(Value::as_object).into_iter().flatten() {
        let operator = test["operator"].as_str().unwrap_or_default();
        let value = &test["value"];
        let is_nothing = matches!(value, Value::Null | Value::Bool(false))
            || value.as_f64() == Some(0.0)
            || value == ""
            || value.as_array().is_some_and(Vec::is_empty);
        for (name, lacks) in [("operator", operator.is_empty()), ("value", is_nothing)] {
            if lacks {
                return Err(bad(format!("'{name}' must be a key in where_clause dict.")));
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
        wanted.push(condition(&table, column, operator, &value).map_err(|why| failed(&why))?);
    }
    let new = literals(new).map_err(|why| failed(&why))?;
    let wanted = Condition::All(wanted);
    let rows = store.records(&table.rows).filter(|(_, row)| wanted.holds(row));
    let rows: Vec<(String, Value)> = rows.map(|(id, row)| (id.to_owned(), row.clone())).collect();
    for (id, row) in rows {
        replace(&mut store, &table, &id, row, &new);
    }
    Ok(Reply::result(Value::Null, "Table put successfully."))
}

/// The changes that a request asks for, as far as the table has such columns.
fn changes<'a>(table: &Table, data: &'a Value) -> Result<&'a Map<String, Value>, Failure> {
    let new = data.as_object().ok_or_else(|| bad("Error occurred when validating the data"))?;
    match complaint(&table.record, new, false) {
        Some(complaint) => {
            Err(bad(format!("Data determined invalid from json validation schema: {complaint}")))
        }
        None => Ok(new),
    }
}

/// Puts a changed row at the end.
fn replace(store: &mut Store, table: &Table, id: &str, mut row: Value, new: &Map<String, Value>) {
    for (name, value) in new {
        row[name.as_str()] = value.clone();
    }
    store.remove(&table.rows, id);
    let id = plain(&row[&table.key]);
    store.put(&table.rows, id, row);
}

/// Values as the database reads them from a statement in which they stand as they were sent.
fn literals(values: &Map<String, Value>) -> Result<Map<String, Value>, String> {
    let fault =
        |near: &str| format!("Error accessing database: syntax error at or near \"{near}\"");
    if values.is_empty() {
        return Err(fault("WHERE"));
    }
    let literal = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::String(text) => unquoted(text).ok_or_else(|| fault(text))?.into(),
            Value::Array(_) | Value::Object(_) => return Err(fault("[")),
            value => value.clone(),
        };
        Ok((name.clone(), value))
    };
    values.iter().map(literal).collect()
}

/// What a literal means between apostrophes: two in a row are one, and one alone ends it too early.
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

fn condition(
    table: &Table,
    column: &str,
    operator: &str,
    value: &str,
) -> Result<Condition, String> {
    if !table.has_column(column) {
        let name = table.name();
        return Err(format!("Column parameter, {column}, not found in the columns of {name}."));
    }
    if let "neq" | "nin" | "nlike" | "nbetween" = operator {
        let operator = operator.get(1..).unwrap_or_default();
        return Ok(condition(table, column, operator, value)?.negate());
    }
    if let "lte" | "gte" = operator {
        let strict = condition(table, column, operator.trim_end_matches('e'), value)?;
        return Ok(Condition::Any(vec![strict, condition(table, column, "eq", value)?]));
    }
    let test = match operator {
        "eq" => Test::Equal(value.to_owned()),
        "lt" => Test::Less(value.to_owned()),
        "gt" => Test::Greater(value.to_owned()),
        "in" => Test::OneOf(value.split(',').map(str::to_owned).collect()),
        "between" => match value.split(',').collect::<Vec<_>>()[..] {
            [from, to] => Test::Between(from.to_owned(), to.to_owned()),
            _ => {
                let message = ".between/.nbetween operators must have two variables seperated by a \
                               comma.";
                return Err(message.to_owned());
            }
        },
        "like" => Test::Like(value.chars().map(piece).collect()),
        _ => {
            let is = Condition::test(column, Test::Null);
            return match value.to_ascii_lowercase().as_str() {
                "true" => Ok(is),
                "false" => Ok(is.negate()),
                _ => Err(format!(
                    ".null operator can only receive case-insensitive true or false as inputs. \
                     Received {value}"
                )),
            };
        }
    };
    Ok(Condition::test(column, test))
}

fn piece(c: char) -> Piece {
    match c {
        '%' => Piece::AnyMany,
        '_' => Piece::AnyOne,
        c => Piece::One(c),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
