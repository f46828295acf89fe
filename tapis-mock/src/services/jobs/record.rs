//! What a job's record holds and how it is shown.

use serde_json::Value;

use crate::call::Call;
use crate::shared::java::present;

/// The field that holds what the mock knows and does not tell.
pub(super) const OWN: &str = "_mock";
/// The component that describes a job.
pub(super) const COMPONENT: &str = "Job";

/// A job as its callers see it.
pub(super) fn show(call: &Call<'_>, job: &Value) -> Value {
    let mut shown = job.clone();
    if let Some(fields) = shown.as_object_mut() {
        fields.remove(OWN);
    }
    if call.world.settings.deployed() {
        shown["notes"] = shown["notes"].to_string().into();
        shown["_fileInputsSpec"] = Value::Null;
        shown["_parameterSetModel"] = Value::Null;
    }
    present::as_deployed(call, COMPONENT, shown, false)
}

/// Something that a job keeps as JSON inside of a text.
pub(super) fn embedded(job: &Value, field: &str) -> Value {
    serde_json::from_str(job[field].as_str().unwrap_or_default()).unwrap_or_default()
}
