//! The stored pods, and their action logs.

use serde_json::{Value, json};

use crate::call::Call;
use crate::dates::{self, Style};
use crate::reply::Failure;
use crate::store::{Store, in_tenant};

pub(super) fn collection(call: &Call<'_>) -> String {
    in_tenant(&call.tenant, "/v3/pods")
}

pub(super) fn action_logs(call: &Call<'_>) -> String {
    in_tenant(&call.tenant, "pods.action_logs")
}

/// Adds an entry to the action logs of a pod.
pub(super) fn note(call: &Call<'_>, store: &mut Store, id: &str, what: &str) {
    let at = call.world.clock.timestamp().strftime("%y/%m/%d %H:%M").to_string();
    let line = Value::from(format!("{at}: {what}"));
    match store.get_mut(&action_logs(call), id).and_then(Value::as_array_mut) {
        Some(lines) => lines.push(line),
        None => store.put(&action_logs(call), id, json!([line])),
    }
}

pub(super) fn find<'a>(call: &Call<'_>, store: &'a mut Store) -> Result<&'a mut Value, Failure> {
    let id = call.path("pod_id");
    let pod = store.get_mut(&collection(call), id);
    pod.ok_or_else(|| Failure::not_found(format!("Pod with identifier pod_id: '{id}' not found")))
}

/// The service's reply to an unexpected exception.
pub(super) fn unexpected(error: &str) -> Failure {
    Failure::server(format!("Unexpected. {error} debug: no errors() method"))
}

/// A timestamp in the format of this service, without a time zone.
pub(super) fn written(time: jiff::Timestamp) -> Value {
    dates::write(time, Style::Naive).into()
}

pub(super) fn timestamp(call: &Call<'_>) -> Value {
    written(call.world.clock.timestamp())
}
