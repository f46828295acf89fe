//! Where pipelines are kept, and in which form records go out.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::call::Call;
use crate::dates::{self, Style};
use crate::reply::{Failure, Reply};
use crate::store::{Store, in_tenant};

pub(super) fn collection(call: &Call<'_>) -> String {
    in_tenant(&call.tenant, &format!("/v3/workflows/groups/{}/pipelines", call.path("group_id")))
}

/// Where what belongs to a pipeline is kept.
pub(super) fn below(call: &Call<'_>, pipeline: &str, what: &str) -> String {
    format!("{}/{pipeline}/{what}", collection(call))
}

/// The pipeline of the path. What the service says of one that is not there depends on the operation.
pub(super) fn pipeline<'a>(
    call: &Call<'_>,
    store: &'a mut Store,
    missing: impl Fn(&str) -> Failure,
) -> Result<&'a mut Value, Failure> {
    let id = call.path("pipeline_id");
    store.get_mut(&collection(call), id).ok_or_else(|| missing(id))
}

/// A record without what is nobody's business, and without `null` where only what is deployed sends it.
pub(super) fn shown(call: &Call<'_>, mut record: Value) -> Value {
    if let Some(fields) = record.as_object_mut() {
        let deployed = call.world.settings.deployed();
        fields.retain(|name, value| !name.starts_with('_') && (deployed || !value.is_null()));
    }
    record
}

/// The reply to what was made, which names its address.
pub(super) fn created(call: &Call<'_>, path: &str) -> Reply {
    let url = format!("{}{path}", call.base_url);
    Reply::result(json!({ "url": url }), "created").with_status(call.operation.success)
}

/// A time as records hold it; with a `T` and milliseconds, as the service writes most of them.
pub(super) fn now(call: &Call<'_>) -> Value {
    dates::write(call.world.clock.timestamp(), Style::Millis).into()
}

/// The same with a blank and without a fraction, as runs that are read have it.
pub(super) fn with_blank(time: &Value) -> Value {
    let time = time.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    time.map_or(Value::Null, |time| time.strftime("%Y-%m-%d %H:%M:%S").to_string().into())
}
