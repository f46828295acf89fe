//! The stored pipelines, and the format of records in replies.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::call::Call;
use crate::dates::{self, Style};
use crate::reply::{Failure, Reply};
use crate::store::{Store, in_tenant};

pub(super) fn collection(call: &Call<'_>) -> String {
    in_tenant(&call.tenant, &format!("/v3/workflows/groups/{}/pipelines", call.path("group_id")))
}

/// The collection for the parts of a pipeline.
pub(super) fn below(call: &Call<'_>, pipeline: &str, what: &str) -> String {
    format!("{}/{pipeline}/{what}", collection(call))
}

/// The pipeline of the path. The error for a missing one depends on the operation.
pub(super) fn pipeline<'a>(
    call: &Call<'_>,
    store: &'a mut Store,
    missing: impl Fn(&str) -> Failure,
) -> Result<&'a mut Value, Failure> {
    let id = call.path("pipeline_id");
    store.get_mut(&collection(call), id).ok_or_else(|| missing(id))
}

/// A record without its internal attributes, and without `null`s unless the mock behaves as
/// deployed.
pub(super) fn shown(call: &Call<'_>, mut record: Value) -> Value {
    if let Some(fields) = record.as_object_mut() {
        let deployed = call.world.settings.deployed();
        fields.retain(|name, value| !name.starts_with('_') && (deployed || !value.is_null()));
    }
    record
}

/// The reply to a creation, with the URL of the record.
pub(super) fn created(call: &Call<'_>, path: &str) -> Reply {
    let url = format!("{}{path}", call.base_url);
    Reply::result(json!({ "url": url }), "created").with_status(call.operation.success)
}

/// A timestamp in the stored format; the service writes most of them with a `T` and milliseconds.
pub(super) fn now(call: &Call<'_>) -> Value {
    dates::write(call.world.clock.timestamp(), Style::Millis).into()
}

/// The same with a blank and without a fraction, as in runs that are read.
pub(super) fn with_blank(time: &Value) -> Value {
    let time = time.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    time.map_or(Value::Null, |time| time.strftime("%Y-%m-%d %H:%M:%S").to_string().into())
}
