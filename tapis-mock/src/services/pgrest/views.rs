//! Views of columns of one table. The mock does not support arbitrary SQL.

use serde_json::{Map, Value, json};

use super::access::{body, may};
use super::database;
use super::rows::{Unpaged, page};
use super::table::{Table, plain};
use super::tables::{admin, bad, next, tables};
use crate::call::{Call, text};
use crate::query::{Condition, sql};
use crate::reply::{Failure, Outcome, Reply};
use crate::roles::has_role;
use crate::store::{Store, in_tenant};

const DONE: &str = "The request was successful.";
const ENDPOINTS: [&str; 5] = ["GET_ONE", "GET_ALL", "CREATE", "UPDATE", "DELETE"];

/// The collection of views, by number.
fn views(call: &Call<'_>) -> String {
    in_tenant(&call.tenant, "pgrest.views")
}

pub(super) fn create(call: &Call<'_>) -> Outcome {
    let body = body(call)?;
    let mut store = call.world.store();
    admin(call, &store)?;
    let tenant = &call.tenant;
    let Some(name) = text(&body, "view_name") else {
        return Err(bad("'('view_name',)' is required when creating a new view."));
    };
    let root = text(&body, "root_url").unwrap_or(name);
    let has = |collection: &str, field: &str, value: &str| {
        store.records(collection).any(|(_, one)| one[field] == value)
    };
    let all = views(call);
    for (is_taken, what) in [
        (has(&all, "view_name", name), format!("View with name '{name}'")),
        (has(&tables(call), "table_name", name), format!("Table with name '{name}'")),
        (has(&all, "root_url", root), format!("View with root url '{root}'")),
    ] {
        if is_taken {
            return Err(bad(format!("{what} and tenant_id '{tenant}' already exists.")));
        }
    }
    let given = |part: &&&str| text(&body, part).is_some();
    let raw = ["raw_sql", "materialized_view_raw_sql"];
    let beside = ["materialized_view_raw_sql", "select_query", "where_query", "from_table"];
    if let Some(raw) = raw.iter().find(given) {
        return Err(match beside.iter().filter(|other| *other != raw).find(given) {
            Some(other) => bad(format!("User may only specify {raw} or {other}, got both.")),
            None => Failure::internal("The mock has views of columns of one table alone."),
        });
    }
    let Some(table_name) = text(&body, "from_table") else {
        return Err(bad("'from_table' is required when creating a new view."));
    };
    if !has(&tables(call), "table_name", table_name) {
        return Err(bad(format!(
            "Table with name '{table_name}' and tenant_id '{tenant}' does not exist in ManageTables \
             table."
        )));
    }
    let select = text(&body, "select_query").unwrap_or("None");
    let condition =
        text(&body, "where_query").map_or_else(String::new, |text| format!(" WHERE {text}"));
    let command = format!(
        "CREATE OR REPLACE VIEW {tenant}.{name} AS SELECT {select} FROM {tenant}.{table_name}{condition};"
    );
    let on = |switch: &str| body.get(switch).is_none_or(|on| on != false);
    let endpoints = if on("endpoints") { json!(ENDPOINTS) } else { json!([]) };
    let part = |name: &str| body.get(name).cloned().unwrap_or_default();
    let parts =
        ["from_table", "raw_sql", "materialized_view_raw_sql", "select_query", "where_query"];
    let definition: Map<String, Value> =
        parts.iter().map(|name| ((*name).to_owned(), part(name))).collect();
    let rules = body.get("permission_rules").cloned().unwrap_or_else(|| json!([]));
    let comments = body.get("comments").cloned().unwrap_or_else(|| "".into());
    let mut view = json!({
        "view_name": name,
        "root_url": root,
        "view_definition": definition,
        "permission_rules": rules,
        "endpoints": endpoints,
        "tenant_id": tenant,
        "comments": comments,
    });
    View::of(call, &store, &view).map_err(|why| {
        bad(format!("Failed to create view {name}. Error creating view {tenant}.{name}: {why}"))
    })?;
    let id = next(&mut store, call, "pgrest.view_numbers");
    view["manage_view_id"] = id.into();
    store.put(&all, id.to_string(), view);
    let made = json!({
        "view_name": name, "view_id": id, "root_url": root, "endpoints": endpoints, "comments": comments,
    });
    Ok(Reply::result(made, DONE).with_metadata(json!({ "command": command })))
}

/// The definition of a view, as the database reads it.
struct View {
    /// Its columns.
    table: Table,
    rows: Vec<Value>,
}

impl View {
    fn of(call: &Call<'_>, store: &Store, view: &Value) -> Result<Self, String> {
        let definition = &view["view_definition"];
        let all = tables(call);
        let mut behind = store.records(&all);
        let Some((id, record)) =
            behind.find(|(_, one)| one["table_name"] == definition["from_table"])
        else {
            return Err(database::error("relation does not exist"));
        };
        let behind = Table::new(record, &all, id);
        let known = |column: &str| {
            let missing = || database::error(&format!("column \"{column}\" does not exist"));
            behind.column(column).cloned().ok_or_else(missing)
        };
        let select = definition["select_query"].as_str().unwrap_or_default();
        let mut columns = Map::new();
        for column in select.split(',').map(|column| database::name(column.trim())) {
            match column.as_str() {
                "*" => {
                    columns.extend(behind.columns().map(|(name, of)| (name.clone(), of.clone())))
                }
                column => {
                    let of = known(column)?;
                    columns.insert(column.to_owned(), of);
                }
            }
        }
        let wanted = match definition["where_query"].as_str().unwrap_or_default() {
            "" => Condition::All(Vec::new()),
            condition => sql::parse(condition).map_err(|why| database::error(&why))?,
        };
        wanted.attributes().into_iter().try_for_each(|column| known(column).map(drop))?;
        let rows = store.records(&behind.rows).map(|(_, row)| row).filter(|row| wanted.holds(row));
        let selected = |row: &Value| {
            let fields = columns.keys().map(|name| (name.clone(), row[name].clone()));
            Value::from(fields.collect::<Map<_, _>>())
        };
        let rows = rows.map(selected).collect();
        Ok(Self { table: Table::of_view(&plain(&view["view_name"]), columns), rows })
    }
}

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    admin(call, &store)?;
    let all = store.records(&views(call)).map(|(_, view)| shown(call, view));
    Ok(Reply::result(all.collect::<Vec<_>>(), DONE))
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    admin(call, &store)?;
    let view = named(call, &store, "id", "the ManageViews")?;
    Ok(Reply::result(shown(call, view), DONE))
}

/// A view in a reply; any text requests the details.
fn shown(call: &Call<'_>, view: &Value) -> Value {
    let mut shown = view.clone();
    if call.query("details").is_none_or(str::is_empty)
        && let Some(shown) = shown.as_object_mut()
    {
        shown.remove("view_definition");
        shown.remove("permission_rules");
    }
    shown
}

/// The view with the number in the path, and each call's message for a missing one.
fn named<'a>(
    call: &Call<'_>,
    store: &'a Store,
    id: &str,
    table: &str,
) -> Result<&'a Value, Failure> {
    let number = call.path("view_name");
    if number.parse::<i64>().is_err() {
        return Err(bad("Invalid view id; the view id must be an integer."));
    }
    store.get(&views(call), number).ok_or_else(|| {
        Failure::not_found(format!("View with {id} {number} does not exist in {table} table."))
    })
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    admin(call, &store)?;
    named(call, &store, "ID", "ManageViews")?;
    store.remove(&views(call), call.path("view_name"));
    Ok(Reply::result(Value::Null, "View deleted successfully."))
}

/// An error: the mock does not support materialized views.
pub(super) fn refresh(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    admin(call, &store)?;
    named(call, &store, "id", "the ManageViews")?;
    Err(bad(format!(
        "View with id {} is not a materialized view and thus cannot be refreshed.",
        call.path("view_name")
    )))
}

pub(super) fn rows(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let (user, tenant) = (call.user(), &call.tenant);
    if !may(call, &store, &["PGREST_WRITE", "PGREST_READ", "PGREST_USER"]) {
        let message = format!("User {user} is not a user on this tenant for PgREST.");
        return Err(Failure::forbidden(message));
    }
    let root = call.path("view_name");
    let all = views(call);
    let found = store.records(&all).find(|(_, view)| view["root_url"] == root);
    let Some((_, view)) = found else {
        return Err(Failure::not_found(format!("View with root url {root} does not exist.")));
    };
    let name = view["view_name"].as_str().unwrap_or_default();
    let mut rules = view["permission_rules"].as_array().into_iter().flatten();
    if !rules.all(|rule| rule.as_str().is_some_and(|role| has_role(&store, tenant, user, role))) {
        return Err(bad(format!(
            "User {user} in tenant {tenant} does not have permission to access view {name} in tenant \
             {tenant}."
        )));
    }
    if !view["endpoints"].as_array().into_iter().flatten().any(|one| one == "GET_ALL") {
        return Err(bad("API access to LIST ROWS disabled."));
    }
    let failed = |why: String| {
        bad(format!("Failed to retrieve rows from view {name} on tenant {tenant}. {why}"))
    };
    let view = View::of(call, &store, view).map_err(failed)?;
    let page = page(call, &view.table, "view", view.rows.iter().collect());
    let page = page.map_err(|why| match why {
        Unpaged::Asked(message) => bad(message),
        Unpaged::Failed(why) => failed(why),
    })?;
    Ok(Reply::result(page.into_iter().cloned().collect::<Vec<_>>(), DONE))
}
