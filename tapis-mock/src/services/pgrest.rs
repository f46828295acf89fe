//! Tables of the database service, and their rows.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::call::{Call, Handler};
use crate::engine;
use crate::query::{Condition, Piece, Test, compare_values};
use crate::reply::{Content, Failure, Outcome, Reply};
use crate::store::{Store, in_tenant};

/// What can be done with the rows of a table unless its owner allows less.
const ENDPOINTS: [&str; 5] = ["GET_ONE", "GET_ALL", "CREATE", "UPDATE", "DELETE"];
/// The field in which every row has its key once more.
const KEY: &str = "_pkid";
/// How many rows come unless the call says otherwise.
const DEFAULT_LIMIT: usize = 1000;

/// What the service does for each of its operations.
pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("create_table", tables),
    ("get_table", tables),
    ("list_tables", tables),
    ("update_table", tables),
    ("get_table_rows", list),
    ("add_table_rows", add),
    ("update_table_rows", update_all),
    ("get_table_row", get),
    ("update_table_row", update),
    ("delete_table_row", delete),
];

fn tables(call: &Call<'_>) -> Outcome {
    let mut reply = engine::answer(call)?;
    if let Content::Result { result, .. } = &mut reply.content {
        let tables = match result {
            Value::Array(tables) => tables.iter_mut().collect(),
            table => vec![table],
        };
        for table in tables.into_iter().filter(|table| table.is_object()) {
            let given = table["endpoints"].as_array().filter(|given| **given != [json!("ALL")]);
            let given = given.cloned().unwrap_or_else(|| ENDPOINTS.map(Value::from).to_vec());
            table["endpoints"] = given.into();
        }
    }
    Ok(reply)
}

/// The collection of a table's rows, and the name of the column that is its key.
fn rows(call: &Call<'_>, store: &Store) -> Result<(String, String), Failure> {
    let root = call.path("root_url");
    let all = in_tenant(&call.tenant, "/v3/pgrest/manage/tables");
    let mut tables = store.records(&all);
    let (id, table) = tables
        .find(|(_, table)| table["root_url"] == root)
        .ok_or_else(|| Failure::not_found(format!("Table with root url {root} not found.")))?;
    let key = table["primary_key"].as_str().map(str::to_owned);
    let key =
        key.unwrap_or_else(|| format!("{}_id", table["table_name"].as_str().unwrap_or_default()));
    Ok((format!("{all}/{id}/rows"), key))
}

fn data(call: &Call<'_>) -> Result<Value, Failure> {
    let data = call.object()?.remove("data");
    data.ok_or_else(|| Failure::bad_request("data is a required property."))
}

fn add(call: &Call<'_>) -> Outcome {
    let new = match data(call)? {
        Value::Array(rows) => rows,
        row => vec![row],
    };
    let mut store = call.world.store();
    let (collection, key) = rows(call, &store)?;
    let keys = store.records(&collection).filter_map(|(id, _)| id.parse::<u64>().ok());
    let mut last = keys.max().unwrap_or_default();
    let mut made = BTreeMap::new();
    let mut ids = Vec::new();
    for mut row in new {
        let own = row.get(&key).filter(|own| !own.is_null()).cloned();
        last = last.saturating_add(1);
        let own = own.unwrap_or_else(|| last.into());
        let id = own.as_str().map_or_else(|| own.to_string(), str::to_owned);
        row[&key] = own.clone();
        row[KEY] = own;
        if store.contains(&collection, &id) || made.insert(id.clone(), row).is_some() {
            let message = format!("duplicate key value violates unique constraint: {key}={id}");
            return Err(Failure::bad_request(message));
        }
        ids.push(id);
    }
    // All of them or none.
    for (id, row) in &made {
        store.put(&collection, id.clone(), row.clone());
    }
    let made: Vec<Value> = ids.iter().filter_map(|id| made.remove(id)).collect();
    Ok(Reply::result(made, "Rows successfully created.").with_status(call.operation.success))
}

fn list(call: &Call<'_>) -> Outcome {
    let number = |name: &str, usual| call.query(name).and_then(|n| n.parse().ok()).unwrap_or(usual);
    let (limit, offset) = (number("limit", DEFAULT_LIMIT), number("offset", 0));
    let store = call.world.store();
    let (collection, _) = rows(call, &store)?;
    // Every column is a parameter of its own: `name=x` or `name.gt=x`.
    let beside = ["limit", "offset", "order"];
    let wanted = call.query.iter().filter(|(name, _)| !beside.contains(&&**name));
    let wanted: Vec<Condition> = wanted
        .map(|(name, value)| match name.rsplit_once('.') {
            Some((column, operator)) => condition(column, operator, &text_values(value)),
            None => Ok(Condition::test(name, Test::Equal(value.clone()))),
        })
        .collect::<Result<_, _>>()?;
    let wanted = Condition::All(wanted);
    let all = store.records(&collection).map(|(_, row)| row).filter(|row| wanted.holds(row));
    let mut all: Vec<&Value> = all.collect();
    if let Some(order) = call.query("order") {
        let (column, direction) = order.split_once(',').unwrap_or((order, "ASC"));
        all.sort_by(|a, b| {
            let order = compare_values(&a[column], &b[column]);
            if direction.eq_ignore_ascii_case("DESC") { order.reverse() } else { order }
        });
    }
    let page: Vec<Value> = all.into_iter().skip(offset).take(limit).cloned().collect();
    Ok(Reply::result(page, "Rows successfully retrieved."))
}

fn get(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let row = row(call, &mut store)?.clone();
    Ok(Reply::result(json!([row]), "Row successfully retrieved."))
}

fn update(call: &Call<'_>) -> Outcome {
    let data = data(call)?;
    let mut store = call.world.store();
    let row = row(call, &mut store)?;
    change(row, &data);
    Ok(Reply::result(json!([row]), "Row successfully updated."))
}

/// Changes the rows that meet all conditions; without any that is every row.
fn update_all(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let data = data(call)?;
    let empty = Map::new();
    let wanted = body.get("where").and_then(Value::as_object).unwrap_or(&empty);
    let wanted: Vec<Condition> = wanted
        .iter()
        .map(|(column, wanted)| {
            let values = match &wanted["value"] {
                Value::Array(values) => values.iter().map(plain).collect(),
                value => vec![plain(value)],
            };
            condition(column, wanted["operator"].as_str().unwrap_or_default(), &values)
        })
        .collect::<Result<_, _>>()?;
    let wanted = Condition::All(wanted);
    let mut store = call.world.store();
    let (collection, _) = rows(call, &store)?;
    for (_, row) in store.records_mut(&collection).filter(|(_, row)| wanted.holds(row)) {
        change(row, &data);
    }
    Ok(Reply::result(Value::Null, "Rows successfully updated."))
}

fn delete(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    row(call, &mut store)?;
    let (collection, _) = rows(call, &store)?;
    store.remove(&collection, call.path("item"));
    Ok(Reply::result(Value::Null, "Row successfully deleted."))
}

fn row<'a>(call: &Call<'_>, store: &'a mut Store) -> Result<&'a mut Value, Failure> {
    let (collection, key) = rows(call, store)?;
    let id = call.path("item");
    let row = store.get_mut(&collection, id);
    row.ok_or_else(|| Failure::not_found(format!("Row with {key} {id} not found.")))
}

/// The key of a row stays.
fn change(row: &mut Value, data: &Value) {
    for (name, value) in data.as_object().into_iter().flatten().filter(|(name, _)| *name != KEY) {
        row[name.as_str()] = value.clone();
    }
}

fn condition(column: &str, operator: &str, values: &[String]) -> Result<Condition, Failure> {
    let value = |at: usize| values.get(at).cloned().unwrap_or_default();
    let (negated, operator) = match operator {
        "neq" | "nin" | "nlike" | "nbetween" => (true, operator.get(1..).unwrap_or_default()),
        "null" => (value(0).eq_ignore_ascii_case("false"), operator),
        _ => (false, operator),
    };
    if let "lte" | "gte" = operator {
        let strict = condition(column, operator.trim_end_matches('e'), values)?;
        let equal = condition(column, "eq", values)?;
        return Ok(Condition::Any(vec![strict, equal]));
    }
    let test = match operator {
        "eq" => Test::Equal(value(0)),
        "lt" => Test::Less(value(0)),
        "gt" => Test::Greater(value(0)),
        "in" => Test::OneOf(values.to_vec()),
        "between" => Test::Between(value(0), value(1)),
        "like" => Test::Like(value(0).chars().map(piece).collect()),
        "null" => Test::Null,
        _ => return Err(Failure::bad_request(format!("Invalid operator: {operator}"))),
    };
    let condition = Condition::test(column, test);
    Ok(if negated { condition.negate() } else { condition })
}

fn piece(c: char) -> Piece {
    match c {
        '%' => Piece::AnyMany,
        '_' => Piece::AnyOne,
        c => Piece::One(c),
    }
}

fn text_values(text: &str) -> Vec<String> {
    text.split(',').map(str::to_owned).collect()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
