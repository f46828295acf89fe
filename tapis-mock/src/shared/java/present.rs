//! Records as the Java services show them.

use serde_json::{Map, Value};
use tapis_specs::reader::resolve;

use super::sort::Sort;
use crate::call::Call;
use crate::document::Service;
use crate::query::columns::refusal;
use crate::query::{Column, Listing, Refusal, timestamp};
use crate::reply::{Failure, Outcome, Reply};
use crate::schema::properties;

/// How the records of a kind are shown.
pub(crate) struct Shape {
    /// The component of the document that describes a record.
    pub(crate) component: &'static str,
    /// The fields that are always included.
    pub(crate) always: &'static [&'static str],
    /// The default fields of a list.
    pub(crate) summary: &'static [&'static str],
    /// The plural in messages.
    pub(crate) plural: &'static str,
}

impl Shape {
    /// The list parameters of a call, if its table supports them.
    pub(crate) fn check(
        &self,
        call: &Call<'_>,
        sort: &Sort,
        listing: Listing,
    ) -> Result<Listing, Failure> {
        let known = fields(call.service, self.component);
        let column = |name: &str| {
            let schema = known.get(name).filter(|_| !COMPUTED.contains(&name))?;
            Some(Column::of(&plain(call.service, schema)))
        };
        self.check_columns(call, sort, listing, column)
    }

    /// As [`check`](Self::check), for a table whose columns differ from the records' fields.
    pub(crate) fn check_columns(
        &self,
        call: &Call<'_>,
        sort: &Sort,
        listing: Listing,
        column: impl Fn(&str) -> Option<Column>,
    ) -> Result<Listing, Failure> {
        let listing = listing.select_unless_told("summaryAttributes");
        let Some((refusal, name)) = refusal(&listing, column) else { return Ok(listing) };
        let id = match refusal {
            Refusal::NoColumn => "DB_NO_COLUMN",
            Refusal::NoColumnToSort => "DB_NO_COLUMN_SORT",
            Refusal::Unsupported => "DB_UNSUPPORTED_SQLTYPE",
            Refusal::Operator => "DB_INVALID_SEARCH_TYPE",
            Refusal::Value => "DB_INVALID_SEARCH_VALUE",
            Refusal::Database => "DB_QUERY_ERROR",
        };
        let sentence = format!("{}_{id} Attribute: {name}", sort.lib);
        Err(Failure::server(sort.message(call, "SELECT_ERROR", &sentence, "")))
    }

    /// One record with the selected fields.
    pub(crate) fn one(&self, call: &Call<'_>, listing: &Listing, record: Value) -> Value {
        let shown = listing.select(record, self.always, self.summary);
        let mut shown = as_deployed(call, self.component, shown, listing.is_partial());
        if listing.is_partial()
            && call.world.settings.deployed()
            && let Some(shown) = shown.as_object_mut()
        {
            // A selected field is included, with or without a value.
            let known = fields(call.service, self.component);
            let summary = listing.selected().any(|name| name == "summaryAttributes");
            let summary = self.summary.iter().copied().filter(|_| summary);
            let selected = listing.selected().filter(|name| known.contains_key(*name));
            for name in selected.chain(summary) {
                shown.entry(name).or_insert(Value::Null);
            }
        }
        shown
    }

    /// The requested page of the records.
    pub(crate) fn page(&self, call: &Call<'_>, listing: &Listing, records: Vec<Value>) -> Outcome {
        self.page_as(call, listing, records, |record| record)
    }

    /// As [`page`](Self::page). Conditions and order apply to the stored records, and `show`
    /// converts one for the caller.
    pub(crate) fn page_as(
        &self,
        call: &Call<'_>,
        listing: &Listing,
        mut records: Vec<Value>,
        show: impl Fn(Value) -> Value,
    ) -> Outcome {
        let changed = |record: &Value| record["updated"].as_str().and_then(timestamp);
        records.sort_by_key(changed);
        self.page_of_rows(call, listing, records, show)
    }

    /// As [`page_as`](Self::page_as), in the order of the rows in their table: a changed row moves
    /// to the end.
    pub(crate) fn page_of_rows(
        &self,
        call: &Call<'_>,
        listing: &Listing,
        records: Vec<Value>,
        show: impl Fn(Value) -> Value,
    ) -> Outcome {
        let (page, metadata) = listing.apply(records);
        let page = page.into_iter().map(|record| self.one(call, listing, show(record)));
        let page: Vec<Value> = page.collect();
        let message = format!("{} found: {} item(s).", self.plural, page.len());
        Ok(Reply::result(page, message).with_metadata(metadata))
    }
}

/// Fields without a column, because the services derive them or store them elsewhere.
pub(crate) const COMPUTED: [&str; 6] = [
    "isPublic",
    "sharedWithUsers",
    "sharedAppCtx",
    "isDynamicEffectiveUser",
    "hasCredentials",
    "authnCredential",
];

/// The schema of a field, including its parts and the items of a list.
pub(crate) fn plain(service: &Service, schema: &Value) -> Value {
    let mut schema = resolve(service.document, schema).clone();
    let parts = schema.get("allOf").and_then(Value::as_array).cloned().unwrap_or_default();
    for part in parts {
        if let Value::Object(part) = resolve(service.document, &part) {
            for (name, value) in part {
                schema[name] = value.clone();
            }
        }
    }
    if let Some(items) = schema.get("items") {
        schema["items"] = resolve(service.document, items).clone();
    }
    schema
}

/// All fields of a component of the service's document.
pub(crate) fn fields(service: &Service, component: &str) -> Map<String, Value> {
    let schema = service.schema(component);
    schema.map(|schema| properties(service.document, schema)).unwrap_or_default()
}

/// Converts a record to the format of the deployed services: `null` for missing values and, if only
/// some fields are selected, booleans as text.
pub(crate) fn as_deployed(
    call: &Call<'_>,
    component: &str,
    mut record: Value,
    partial: bool,
) -> Value {
    if !call.world.settings.deployed() {
        return record;
    }
    let Some(all) = record.as_object_mut() else { return record };
    if partial {
        for value in all.values_mut() {
            if let Value::Bool(flag) = value {
                *value = flag.to_string().into();
            }
        }
        return record;
    }
    for name in fields(call.service, component).keys() {
        all.entry(name).or_insert(Value::Null);
    }
    record
}
