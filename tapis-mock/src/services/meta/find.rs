//! Queries for documents.

use serde_json::{Map, Value, json};

use super::mongo::{Filter, Projection, Sort};
use super::records::{collection, documents_of, misunderstood};
use crate::call::Call;
use crate::reply::{Failure, Outcome, Reply};
use crate::store::Store;

/// The default number of entries per page.
const PAGE: usize = 10;
/// The maximum number of entries per page.
const LONGEST_PAGE: usize = 1000;

pub(super) fn list(call: &Call<'_>) -> Outcome {
    answer(call, &filter(call)?)
}

pub(super) fn list_by_body(call: &Call<'_>) -> Outcome {
    let filter = Filter::parse(&call.object()?.into()).map_err(misunderstood)?;
    answer(call, &filter)
}

pub(super) fn count(call: &Call<'_>) -> Outcome {
    let filter = filter(call)?;
    let store = call.world.store();
    collection(call, &store)?;
    Ok(Reply::json(&json!({ "_size": documents(call, &store, &filter).count() })))
}

fn answer(call: &Call<'_>, filter: &Filter) -> Outcome {
    let page = Page::read(call)?;
    let keys = keys(call)?;
    let sort = sort(call)?;
    let store = call.world.store();
    collection(call, &store)?;
    let mut found: Vec<Value> = documents(call, &store, filter).cloned().collect();
    drop(store);
    sort.apply(&mut found);
    Ok(shown(page.of(found), &keys))
}

fn documents<'a>(
    call: &Call<'_>,
    store: &'a Store,
    filter: &'a Filter,
) -> impl Iterator<Item = &'a Value> {
    let all = store.records(&documents_of(call)).map(|(_, document)| document);
    all.filter(|document| filter.holds(document))
}

fn shown(documents: Vec<Value>, keys: &Projection) -> Reply {
    Reply::json(&documents.into_iter().map(|document| keys.apply(document)).collect())
}

/// All values of a parameter that can be repeated.
fn all<'a>(call: &'a Call<'_>, name: &str) -> impl Iterator<Item = &'a str> {
    let name = name.to_owned();
    let all = call.query.iter().filter(move |(key, value)| *key == name && !value.is_empty());
    all.map(|(_, value)| value.as_str())
}

/// The conjunction of all filters.
fn filter(call: &Call<'_>) -> Result<Filter, Failure> {
    all(call, "filter").try_fold(Filter::everything(), |filter, text| {
        let value: Value =
            serde_json::from_str(text).map_err(|_| illegal("filter", "it is not JSON"))?;
        Ok(filter.and(Filter::parse(&value).map_err(|what| illegal("filter", &what))?))
    })
}

fn sort(call: &Call<'_>) -> Result<Sort, Failure> {
    let mut sorts = all(call, "sort").peekable();
    if sorts.peek().is_none() {
        return Ok(Sort::usual());
    }
    sorts.try_fold(Sort::default(), |sort, text| {
        Ok(sort.then(Sort::parse(text).map_err(|what| illegal("sort", &what))?))
    })
}

fn keys(call: &Call<'_>) -> Result<Projection, Failure> {
    let mut keys = Map::new();
    for text in all(call, "keys") {
        let some: Map<String, Value> =
            serde_json::from_str(text).map_err(|_| illegal("keys", "it is not a JSON object"))?;
        keys.extend(some);
    }
    Projection::parse(&keys).map_err(|what| illegal("keys", &what))
}

fn illegal(parameter: &str, what: &str) -> Failure {
    Failure::bad_request(format!("illegal {parameter} parameter: {what}"))
}

/// The requested part of a list.
#[derive(Clone, Copy)]
struct Page {
    /// Starting at 1.
    number: usize,
    size: usize,
}

impl Page {
    fn read(call: &Call<'_>) -> Result<Self, Failure> {
        let number = |name: &str, otherwise: usize| match call.query(name) {
            None | Some("") => Ok(otherwise),
            Some(text) => text.parse().map_err(|_| illegal(name, "it is not a number")),
        };
        let page = Self { number: number("page", 1)?, size: number("pagesize", PAGE)? };
        if page.number == 0 {
            return Err(illegal("page", "it must be 1 at least"));
        }
        if page.size > LONGEST_PAGE {
            return Err(illegal("pagesize", "it must be 1000 at most"));
        }
        Ok(page)
    }

    fn of(self, all: Vec<Value>) -> Vec<Value> {
        all.into_iter().skip(self.size.saturating_mul(self.number - 1)).take(self.size).collect()
    }
}
