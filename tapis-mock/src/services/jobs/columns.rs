//! The columns of the table of jobs, and which operators each of them takes
//! (tapis-jobs `JobsDao.java:3289-3427`, tapis-shared-java `SearchUtils.java:86-129`).

use super::record::COMPONENT;
use crate::call::Call;
use crate::query::{Listing, Test, camel_case, timestamp};
use crate::reply::Failure;
use crate::shared::java::present;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Flag,
    Time,
    List,
    /// JSON, which cannot be searched.
    Json,
}

/// Columns of JSON, some of which the document shows as texts.
const JSON: [&str; 4] = ["fileInputs", "parameterSet", "subscriptions", "notes"];

impl Kind {
    /// The column of an attribute, named as in the document or as in the database.
    fn of(call: &Call<'_>, attribute: &str) -> Option<Self> {
        let columns = present::fields(call.service, COMPONENT);
        let name = if columns.contains_key(attribute) {
            attribute.to_owned()
        } else {
            camel_case(attribute)
        };
        let schema = columns.get(&name).filter(|_| !name.starts_with('_'))?;
        if JSON.contains(&name.as_str()) {
            return Some(Self::Json);
        }
        Some(match (schema["type"].as_str(), schema["format"].as_str()) {
            (Some("integer"), _) => Self::Number,
            (Some("boolean"), _) => Self::Flag,
            (Some("array"), _) => Self::List,
            (_, Some("date-time")) => Self::Time,
            _ => Self::Text,
        })
    }

    fn takes(self, test: &Test) -> bool {
        match (self, test) {
            (Self::Json, _) => false,
            (Self::List, test) => matches!(test, Test::Contains(_) | Test::OneOf(_)),
            (_, Test::Contains(_) | Test::Null) => false,
            (Self::Flag, test) => matches!(test, Test::Equal(_)),
            (Self::Time, test) => !matches!(test, Test::OneOf(_) | Test::Like(_)),
            (Self::Number, test) => !matches!(test, Test::Like(_)),
            (Self::Text, _) => true,
        }
    }

    fn holds(self, value: &str) -> bool {
        match self {
            Self::Number => value.parse::<i64>().is_ok(),
            Self::Flag => ["true", "false"].iter().any(|word| word.eq_ignore_ascii_case(value)),
            Self::Time => timestamp(value).is_some(),
            Self::Text | Self::List | Self::Json => true,
        }
    }
}

/// Refuses conditions, orders and selections that the table does not have.
pub(super) fn check(call: &Call<'_>, listing: &Listing) -> Result<(), Failure> {
    let known = |name: &str| Kind::of(call, name).is_some();
    let words = ["allAttributes", "summaryAttributes"];
    if let Some(name) = listing.selected().find(|name| !words.contains(name) && !known(name)) {
        let what = format!("JOBS_SEARCH_INVALID_SELECTLIST_ERROR Invalid select string {name}.");
        return Err(Failure::bad_request(what));
    }
    let refuse = |id: &str, name: &str| {
        let what = format!("JOBS_SEARCHLIST_ERROR Unable to search jobs: {id} {name}");
        Err(Failure::server(what))
    };
    if let Some(name) = listing.ordered_by().find(|name| !known(name)) {
        return refuse("SEARCH_ORDERBY_DB_NO_COLUMN", name);
    }
    for (name, test) in listing.condition().tests() {
        match Kind::of(call, name) {
            None => return refuse("SEARCH_DB_NO_COLUMN", name),
            Some(Kind::Json) => return refuse("SEARCH_DB_UNSUPPORTED_SQLTYPE", name),
            Some(kind) if !kind.takes(test) => {
                return refuse("SEARCH_DB_INVALID_SEARCH_TYPE", name);
            }
            Some(kind) if !values(test).iter().all(|value| kind.holds(value)) => {
                return refuse("SEARCH_DB_INVALID_SEARCH_VALUE", name);
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn values(test: &Test) -> Vec<&str> {
    match test {
        Test::Equal(value) | Test::Less(value) | Test::Greater(value) => vec![value],
        Test::OneOf(values) | Test::Contains(values) => values.iter().map(String::as_str).collect(),
        Test::Between(low, high) => vec![low, high],
        Test::Like(_) | Test::Null => Vec::new(),
    }
}
