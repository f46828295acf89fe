//! The columns of the jobs table, and what they refuse (tapis-jobs `JobsDao.java:3289-3427`).

use super::job::no_message;
use super::record::COMPONENT;
use crate::call::Call;
use crate::query::columns::{named, refusal};
use crate::query::{Column, Listing, Refusal};
use crate::reply::Failure;
use crate::shared::java::present;

/// JSON columns, some of which are strings in the document.
const JSON: [&str; 4] = ["fileInputs", "parameterSet", "subscriptions", "notes"];

/// The column of an attribute, by its name in the document.
fn column(call: &Call<'_>, name: &str) -> Option<Column> {
    let columns = present::fields(call.service, COMPONENT);
    let schema = columns.get(name).filter(|_| !name.starts_with('_'))?;
    Some(if JSON.contains(&name) { Column::Other } else { Column::of(schema) })
}

/// Refuses conditions, orders and selections that the table does not support.
pub(super) fn check(call: &Call<'_>, listing: &Listing) -> Result<(), Failure> {
    let column = |name: &str| column(call, name);
    let known = |name: &str| named(name, column).is_some();
    let words = ["allAttributes", "summaryAttributes"];
    if let Some(name) = listing.selected().find(|name| !words.contains(name) && !known(name)) {
        let what = format!("JOBS_SEARCH_INVALID_SELECTLIST_ERROR Invalid select string {name}.");
        return Err(Failure::bad_request(what));
    }
    let Some((refusal, name)) = refusal(listing, column) else { return Ok(()) };
    let id = match refusal {
        Refusal::NoColumn => "SEARCH_DB_NO_COLUMN",
        Refusal::NoColumnToSort => "SEARCH_ORDERBY_DB_NO_COLUMN",
        Refusal::Unsupported => "SEARCH_DB_UNSUPPORTED_SQLTYPE",
        Refusal::Operator => "SEARCH_DB_INVALID_SEARCH_TYPE",
        Refusal::Value => "SEARCH_DB_INVALID_SEARCH_VALUE",
        Refusal::Database => "DB_QUERY_ERROR",
    };
    let cause = format!(
        "{}, {}, edu.utexas.tacc.tapis.shared.exceptions.TapisException: {id} {name}",
        call.user(),
        call.tenant
    );
    Err(Failure::server(no_message("JOBS_SEARCHLIST_ERROR", &cause)))
}
