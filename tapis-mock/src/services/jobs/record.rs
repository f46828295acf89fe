//! The record of a job, and its presentation.

use serde_json::Value;

use crate::call::Call;
use crate::shared::java::present;

/// The field with internal data of the mock.
pub(super) const OWN: &str = "_mock";
/// The component that describes a job.
pub(super) const COMPONENT: &str = "Job";

/// A job as callers see it.
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

/// A value that a job stores as a string of JSON.
pub(super) fn embedded(job: &Value, field: &str) -> Value {
    serde_json::from_str(job[field].as_str().unwrap_or_default()).unwrap_or_default()
}
