//! The request of an earlier job, as it is parsed and written again: with all fields of its class
//! (tapis-jobs `ReqSubmitJob.java:21-66`, `JobParameterSet.java:24-36`, `JobFileInput.java:17-30`).

use serde_json::{Map, Value, json};

use super::schema::{ARGUMENT, FILTER, INPUT, INPUT_ARRAY, JOB, LOG, SUBSCRIPTION, VARIABLE};
use super::text::as_doubles;
use crate::shared::java::schema::Record;

/// The request with every field of its class. Missing fields are null; objects that were sent have
/// the initial values of their classes.
pub(super) fn written_again(request: Map<String, Value>) -> Value {
    let mut out = Value::Object(request);
    fill(&mut out, &JOB, &json!({}));
    let unshared = json!({ "optional": false, "srcSharedAppCtx": "", "destSharedAppCtx": "" });
    for (list, record) in [("fileInputs", &INPUT), ("fileInputArrays", &INPUT_ARRAY)] {
        fill_each(&mut out[list], record, &unshared);
    }
    fill_each(&mut out["subscriptions"], &SUBSCRIPTION, &json!({ "enabled": true }));
    let set = &mut out["parameterSet"];
    if set.is_object() {
        for list in ["appArgs", "containerArgs", "schedulerOptions", "envVariables"] {
            let record = if list == "envVariables" { &VARIABLE } else { &ARGUMENT };
            or_insert(set, list, &json!([]));
            fill_each(&mut set[list], record, &json!({}));
        }
        for (part, record) in [("archiveFilter", &FILTER), ("logConfig", &LOG)] {
            or_insert(set, part, &json!({}));
            let values = match part {
                "archiveFilter" => json!({ "includes": [], "excludes": [] }),
                _ => json!({}),
            };
            fill(&mut set[part], record, &values);
        }
    }
    out
}

/// Adds the missing fields: first those with an initial value, then the others as nulls.
fn fill(object: &mut Value, record: &Record, values: &Value) {
    for (name, value) in values.as_object().into_iter().flatten() {
        or_insert(object, name, value);
    }
    // Only the document, which is newer, has the archive mode.
    for (name, _) in record.fields.iter().filter(|(name, _)| *name != "archiveMode") {
        or_insert(object, name, &Value::Null);
    }
    if object["notes"].is_object() {
        object["notes"] = as_doubles(&object["notes"]);
    }
}

fn fill_each(list: &mut Value, record: &Record, values: &Value) {
    for object in list.as_array_mut().into_iter().flatten() {
        fill(object, record, values);
    }
}

fn or_insert(object: &mut Value, name: &str, value: &Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.entry(name).or_insert_with(|| value.clone());
    }
}
