//! The stored transfers between systems.

use serde_json::{Value, json};

use crate::store::in_tenant;
use crate::world::World;

/// The collection of a tenant's transfers.
pub(crate) fn collection(tenant: &str) -> String {
    in_tenant(tenant, "files.transfers")
}

/// One element of a finished transfer: source, destination, and the error if it failed.
pub(crate) struct Element {
    pub(crate) source: String,
    pub(crate) destination: String,
    pub(crate) optional: bool,
    pub(crate) error: Option<String>,
}

/// The record of a transfer that a service created for a user and that ended at `now`.
pub(crate) fn ended(
    world: &World,
    tenant: &str,
    user: &str,
    number: usize,
    elements: &[Element],
    now: &Value,
) -> Value {
    let tag = world.random.uuid().to_string();
    let parents: Vec<Value> = elements
        .iter()
        .enumerate()
        .map(|(index, element)| {
            let status = match (&element.error, element.optional) {
                (None, _) => "COMPLETED",
                (Some(_), true) => "FAILED_OPT",
                (Some(_), false) => "FAILED",
            };
            let mut parent = json!({
                "id": index + 1,
                "taskId": number,
                "uuid": world.random.uuid(),
                "tenantId": tenant,
                "username": user,
                "sourceURI": element.source,
                "destinationURI": element.destination,
                "optional": element.optional,
                "status": status,
                "bytesTransferred": 0,
                "totalBytes": 0,
                "transferType": "TRANSFER",
                "created": now,
                "startTime": now,
                "endTime": now,
                "children": [],
            });
            if let Some(error) = &element.error {
                parent["errorMessage"] = error.as_str().into();
            }
            let mut child = parent.clone();
            child["uuid"] = world.random.uuid().to_string().into();
            child["parentTaskId"] = parent["id"].clone();
            child["retries"] = 0.into();
            child["dir"] = false.into();
            if let Some(fields) = child.as_object_mut() {
                for name in ["children", "optional", "transferType"] {
                    fields.remove(name);
                }
            }
            parent["children"] = json!([child]);
            parent
        })
        .collect();
    let failed = elements.iter().find(|element| element.error.is_some() && !element.optional);
    let mut task = json!({
        "id": number,
        "uuid": world.random.uuid(),
        "tenantId": tenant,
        "username": user,
        "tag": tag,
        "status": if failed.is_some() { "FAILED" } else { "COMPLETED" },
        "created": now,
        "startTime": now,
        "endTime": now,
        "parentTasks": parents,
    });
    if let Some(error) = failed.and_then(|element| element.error.as_deref()) {
        task["errorMessage"] = error.into();
    }
    task
}
