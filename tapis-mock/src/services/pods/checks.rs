//! Checks of the service beyond its document.

use serde_json::{Map, Value};

use crate::reply::Failure;

/// Literals in the service's paths.
const RESERVED: [&str; 11] = [
    "catalog",
    "snapshots",
    "volumes",
    "admin",
    "catalogs",
    "snapshot",
    "volume",
    "image",
    "images",
    "template",
    "templates",
];

/// The definition of a pod, or a part of it.
pub(super) fn pod(body: &Map<String, Value>) -> Result<(), Failure> {
    let mut faults = Vec::new();
    if let Some(id) = body.get("pod_id").and_then(Value::as_str) {
        if RESERVED.contains(&id) {
            let rule = format!("pod_id overlaps with reserved pod ids: {RESERVED:?}");
            faults.push(fault("pod_id", &rule));
        } else {
            faults.extend(id_fault("pod_id", id, 64));
        }
    }
    faults.extend(description_fault(body));
    for field in ["time_to_stop_default", "time_to_stop_instance"] {
        let seconds = body.get(field).and_then(Value::as_i64);
        if seconds.is_some_and(|seconds| seconds != -1 && seconds < 300) {
            let rule = format!("Pod {field} must be -1 or be greater than 300 seconds.");
            faults.push(fault(field, &rule));
        }
    }
    refuse(&faults)
}

/// A new pod has an image, or a template with one. This is checked after each field is valid.
pub(super) fn image(body: &Map<String, Value>) -> Result<(), Failure> {
    let named =
        |field: &str| body.get(field).and_then(Value::as_str).is_some_and(|s| !s.is_empty());
    if named("image") || named("template") {
        return Ok(());
    }
    refuse(&[fault("", "image is required if template is not provided.")])
}

/// A volume or a snapshot.
pub(super) fn folder(body: &Map<String, Value>) -> Result<(), Failure> {
    let mut faults = Vec::new();
    for field in ["volume_id", "snapshot_id"] {
        let id = body.get(field).and_then(Value::as_str);
        faults.extend(id.and_then(|id| id_fault(field, id, 128)));
    }
    faults.extend(description_fault(body));
    refuse(&faults)
}

fn id_fault(field: &str, id: &str, longest: usize) -> Option<String> {
    let small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !(id.starts_with(|c: char| c.is_ascii_lowercase()) && id.len() > 1 && id.chars().all(small))
    {
        let rule = "must be lowercase alphanumeric. First character must be alpha.";
        return Some(fault(field, &format!("{field} {rule}")));
    }
    let length = id.len();
    (!(3..=longest).contains(&length)).then(|| {
        let rule =
            format!("length must be between 3-{longest} characters. Inputted length: {length}");
        fault(field, &format!("{field} {rule}"))
    })
}

fn description_fault(body: &Map<String, Value>) -> Option<String> {
    let description = body.get("description").and_then(Value::as_str)?;
    if !description.is_ascii() {
        return Some(fault("description", "description field may only contain ASCII characters."));
    }
    (description.len() > 255).then(|| {
        let length = description.len();
        let rule = "description field must be less than 255 characters.";
        fault("description", &format!("{rule} Inputted length: {length}"))
    })
}

/// A validator's message for a field; the model as a whole has no name.
pub(super) fn fault(field: &str, rule: &str) -> String {
    format!("{field}: Value error, {rule}")
}

/// Each line is a fault, which the reply makes an entry of a list.
fn refuse(faults: &[String]) -> Result<(), Failure> {
    if faults.is_empty() { Ok(()) } else { Err(Failure::bad_request(faults.join("\n"))) }
}
