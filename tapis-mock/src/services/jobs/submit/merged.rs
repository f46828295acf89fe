//! The smaller attributes of a job that come from the request, the application and the system.

use serde_json::{Map, Value};

use super::text::{bad, field, in_map, list, refuse_dangerous};
use crate::reply::Failure;

/// Whether MPI launches the application, with which command, and the command prefix.
pub(super) fn launch(
    request: &Map<String, Value>,
    attributes: &Value,
    system: &Value,
) -> Result<(bool, Option<String>, Option<String>), Failure> {
    let is_mpi = request.get("isMpi").and_then(Value::as_bool);
    let is_mpi = is_mpi.unwrap_or(attributes["isMpi"] == true);
    let mpi_cmd = in_map(request, "mpiCmd")
        .or_else(|| field(attributes, "mpiCmd"))
        .or_else(|| field(system, "mpiCmd"));
    let prefix = in_map(request, "cmdPrefix").or_else(|| field(attributes, "cmdPrefix"));
    if is_mpi && mpi_cmd.is_none() {
        return Err(bad("JOBS_MISSING_MPI_CMD", "An MPI job needs mpiCmd."));
    }
    if is_mpi && prefix.is_some() {
        return Err(bad("JOBS_MPI_CMD_CONFLICT", "An MPI job takes no cmdPrefix."));
    }
    refuse_dangerous("", "mpiCmd", mpi_cmd.unwrap_or_default())?;
    let owned = |text: Option<&str>| text.map(|text| text.trim().to_owned());
    Ok((is_mpi, owned(mpi_cmd), owned(prefix)))
}

/// The tags of request and application, without duplicates, in order.
pub(super) fn tags(request: &Map<String, Value>, attributes: &Value) -> Vec<String> {
    let asked = request.get("tags").and_then(Value::as_array).into_iter().flatten();
    let all = asked.chain(list(attributes, "tags")).filter_map(Value::as_str);
    let mut all: Vec<String> = all.map(str::to_owned).collect();
    all.sort();
    all.dedup();
    all
}

/// The subscriptions of the request and of the application, which has another name for one field.
pub(super) fn subscriptions(request: &Map<String, Value>, attributes: &Value) -> Value {
    let asked = request.get("subscriptions").and_then(Value::as_array).into_iter().flatten();
    let of_app = list(attributes, "subscriptions").iter().map(|subscription| {
        let mut subscription = subscription.clone();
        let fields = subscription.as_object_mut();
        let category = fields.and_then(|fields| fields.remove("jobEventCategoryFilter"));
        if let Some(category) = category {
            subscription["eventCategoryFilter"] = category;
        }
        subscription
    });
    asked.cloned().chain(of_app).collect()
}

/// The constraints of request and application in one clause.
pub(super) fn constraints(request: &Map<String, Value>, attributes: &Value) -> Option<String> {
    let join = |list: &[Value]| {
        let words: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
        Some(words.join(" ")).filter(|text| !text.is_empty())
    };
    let asked = request.get("execSystemConstraints").and_then(Value::as_array);
    let asked = join(asked.map(Vec::as_slice).unwrap_or_default());
    match (asked, join(list(attributes, "execSystemConstraints"))) {
        (Some(asked), Some(usual)) => Some(format!("({asked}) AND ({usual})")),
        (asked, usual) => asked.or(usual),
    }
}
