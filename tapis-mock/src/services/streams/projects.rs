//! The stored projects. Deleted records are only marked.

use serde_json::Value;

use crate::call::Call;
use crate::reply::Failure;
use crate::store::{Store, in_tenant};

/// The field that marks a deleted record.
pub(super) const DELETED: &str = "tapis_deleted";

/// The collection of projects, by id.
pub(super) fn projects(call: &Call<'_>) -> String {
    in_tenant(&call.tenant, "streams.projects")
}

pub(super) fn project(call: &Call<'_>, store: &Store, id: &str) -> Result<Value, Failure> {
    let found = store.get(&projects(call), id).filter(|record| lives(record));
    found.cloned().ok_or_else(|| Failure::bad_request("No Project found"))
}

pub(super) fn lives(record: &Value) -> bool {
    record.get(DELETED).is_none()
}
