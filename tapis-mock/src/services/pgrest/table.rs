//! The table of a call about rows.

use std::fmt::Display;

use serde_json::{Map, Value, json};

use super::access::allow;
use super::database;
use super::database::{ENUMERATION, VALUES};
use super::tables::{FIXED, enumerations, tables};
use crate::call::Call;
use crate::reply::Failure;
use crate::store::Store;

/// The additional field with the key, in rows that are read.
const KEY: &str = "_pkid";

fn bad(message: impl Into<String>) -> Failure {
    Failure::bad_request(message)
}

/// The table of a call about rows.
pub(super) struct Table {
    pub(super) record: Value,
    /// The collection of its rows.
    pub(super) rows: String,
    /// The key column, as the database names it.
    pub(super) key: String,
    /// The columns as the database names them, including the key.
    columns: Map<String, Value>,
}

impl Table {
    /// The table of the path, if the caller has one of the roles and the operation is enabled.
    pub(super) fn open(call: &Call<'_>, store: &Store, endpoint: &str) -> Result<Self, Failure> {
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
        let mut table = Self::new(record, &all, id);
        for (_, column) in &mut table.columns {
            let kind = database::name(column["data_type"].as_str().unwrap_or_default());
            if let Some(values) = store.get(&enumerations(call), &kind) {
                column[ENUMERATION] = format!("{}.{kind}", call.tenant).into();
                column[VALUES] = values.clone();
            }
        }
        Ok(table)
    }

    /// The table of a record in the collection of tables.
    pub(super) fn new(record: &Value, all: &str, id: &str) -> Self {
        let key = database::name(record["primary_key"].as_str().unwrap_or_default());
        let columns = record["columns"].as_object().into_iter().flatten();
        let columns = columns.map(|(name, column)| {
            let mut column = column.clone();
            if let Some(fixed) = record[FIXED].get(name) {
                column["default"] = fixed.clone();
            }
            (database::name(name), column)
        });
        let mut columns: Map<String, Value> = columns.collect();
        columns.entry(key.clone()).or_insert_with(|| json!({ "data_type": "serial" }));
        Self { record: record.clone(), rows: format!("{all}/{id}/rows"), key, columns }
    }

    /// The columns of a view, with the names in the view.
    pub(super) fn of_view(name: &str, columns: Map<String, Value>) -> Self {
        let record = json!({ "table_name": name });
        Self { record, rows: String::new(), key: String::new(), columns }
    }

    pub(super) fn name(&self) -> &str {
        self.record["table_name"].as_str().unwrap_or_default()
    }

    /// A column, as the database names it.
    pub(super) fn column(&self, name: &str) -> Option<&Value> {
        self.columns.get(name)
    }

    pub(super) fn columns(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.columns.iter()
    }

    /// Whether the keys are serial numbers of the database.
    pub(super) fn counts_keys(&self) -> bool {
        self.columns.get(&self.key).is_some_and(|column| column["data_type"] == "serial")
    }

    /// Rows in replies. The service looks up the key by its name in the definition, while the
    /// database returns names in lower case.
    pub(super) fn shown<'a>(
        &self,
        rows: impl Iterator<Item = &'a Value>,
    ) -> Result<Vec<Value>, String> {
        let key = self.record["primary_key"].as_str().unwrap_or_default();
        let shown = rows.map(|row| {
            let Some(value) = row.get(key) else {
                return Err(format!(
                    "Error finding 'primary_key' field, {key} in result list: [{row}]"
                ));
            };
            let mut shown = row.clone();
            shown[KEY] = value.clone();
            Ok(shown)
        });
        shown.collect()
    }

    /// The row of the path.
    pub(super) fn row(&self, call: &Call<'_>, store: &Store) -> Result<Option<Value>, String> {
        let id = call.path("item");
        database::read(self.columns.get(&self.key).unwrap_or(&Value::Null), id)?;
        Ok(store.get(&self.rows, id).cloned())
    }

    /// Refuses a row that violates a unique constraint.
    pub(super) fn is_unique<'a>(
        &self,
        row: &Value,
        mut others: impl Iterator<Item = &'a Value>,
    ) -> Result<(), String> {
        let name = database::name(self.name());
        let own = self.columns.iter().filter(|(_, column)| column["unique"] == true);
        let own = own.map(|(column, _)| (format!("{name}_{column}_key"), vec![column.clone()]));
        let shared = self.record["constraints"]["unique"].as_object().into_iter().flatten();
        let shared = shared.map(|(constraint, columns)| {
            let columns = columns.as_array().into_iter().flatten().filter_map(Value::as_str);
            (constraint.clone(), columns.map(database::name).collect())
        });
        let key = (format!("{name}_pkey"), vec![self.key.clone()]);
        let all: Vec<(String, Vec<String>)> = [key].into_iter().chain(own).chain(shared).collect();
        let taken = others.find_map(|other| {
            all.iter().find(|(_, columns)| {
                columns.iter().all(|name| !row[name].is_null() && row[name] == other[name])
            })
        });
        let Some((constraint, columns)) = taken else { return Ok(()) };
        let values: Vec<String> = columns.iter().map(|name| plain(&row[name])).collect();
        Err(database::error(&format!(
            "duplicate key value violates unique constraint \"{constraint}\"\nDETAIL:  Key \
             ({})=({}) already exists.\n",
            columns.join(", "),
            values.join(", ")
        )))
    }
}

/// The error of a call about the rows of a table.
pub(super) fn failed(call: &Call<'_>, table: &Table, what: &str, why: impl Display) -> Failure {
    bad(format!("Failed to {what} table {} on tenant {}. {why}", table.name(), call.tenant))
}

pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
