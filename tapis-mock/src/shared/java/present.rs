//! Records as the Java services show them.

use serde_json::{Map, Value};

use crate::call::Call;
use crate::document::Service;
use crate::query::Listing;
use crate::reply::{Failure, Outcome, Reply};
use crate::schema::properties;

/// How the records of a sort are shown.
pub(crate) struct Shape {
    /// The component of the document that describes a record.
    pub(crate) component: &'static str,
    /// The fields that are there whatever was selected.
    pub(crate) always: &'static [&'static str],
    /// The fields of a list in which nothing was selected.
    pub(crate) summary: &'static [&'static str],
    /// What several of them are called.
    pub(crate) plural: &'static str,
}

impl Shape {
    /// What a call asks of a list, if it asks for what there is.
    pub(crate) fn check(&self, call: &Call<'_>, listing: Listing) -> Result<Listing, Failure> {
        let listing = listing.select_unless_told("summaryAttributes");
        listing.check_attributes(&fields(call.service, self.component))?;
        Ok(listing)
    }

    /// One record with the fields that were selected.
    pub(crate) fn one(&self, call: &Call<'_>, listing: &Listing, record: Value) -> Value {
        let shown = listing.select(record, self.always, self.summary);
        let mut shown = as_deployed(call, self.component, shown, listing.is_partial());
        if listing.is_partial()
            && call.world.settings.deployed()
            && let Some(shown) = shown.as_object_mut()
        {
            // What was selected is there, with or without a value.
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

    /// The page of the records that was asked for.
    pub(crate) fn page(&self, call: &Call<'_>, listing: &Listing, records: Vec<Value>) -> Outcome {
        self.page_as(call, listing, records, |record| record)
    }

    /// As [`page`](Self::page). Conditions and order are about the records as they are kept, and
    /// `show` makes of one what a caller sees.
    pub(crate) fn page_as(
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

/// All fields of a component of the service's document.
pub(crate) fn fields(service: &Service, component: &str) -> Map<String, Value> {
    let schema = service.schema(component);
    schema.map(|schema| properties(service.document, schema)).unwrap_or_default()
}

/// Puts a record in the form of the deployed services: `null` for what is not there, and, for
/// records of which only some fields were selected, booleans as text.
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
