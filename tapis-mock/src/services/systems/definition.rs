//! Converts a definition to a system: which attributes are copied, which have defaults and which
//! are resolved (tapis-systems `TSystem.java`, `SystemResource.java`).

use serde_json::{Map, Value, json};

use crate::call::{Call, text};
use crate::folder::Within;

/// The attributes that only POST copies.
const CREATED: [&str; 8] =
    ["id", "systemType", "owner", "enabled", "effectiveUserId", "bucketName", "rootDir", "canExec"];
/// The attributes that POST, PUT and PATCH copy.
const CHANGEABLE: [&str; 25] = [
    "description",
    "host",
    "defaultAuthnMethod",
    "port",
    "useProxy",
    "proxyHost",
    "proxyPort",
    "dtnSystemId",
    "canRunBatch",
    "enableCmdPrefix",
    "allowChildren",
    "mpiCmd",
    "jobRuntimes",
    "jobWorkingDir",
    "jobEnvVariables",
    "jobMaxJobs",
    "jobMaxJobsPerUser",
    "batchScheduler",
    "batchLogicalQueues",
    "batchDefaultLogicalQueue",
    "batchSchedulerProfile",
    "jobCapabilities",
    "tags",
    "notes",
    "importRefId",
];
/// Texts that are trimmed.
const STRIPPED: [&str; 12] = [
    "id",
    "owner",
    "host",
    "effectiveUserId",
    "bucketName",
    "rootDir",
    "proxyHost",
    "dtnSystemId",
    "mpiCmd",
    "jobWorkingDir",
    "batchDefaultLogicalQueue",
    "batchSchedulerProfile",
];
/// The value of an environment variable that a job must set.
pub(super) const NOT_SET: &str = "!tapis_not_set";

/// A new system, with defaults.
pub(super) fn created(call: &Call<'_>, given: &Map<String, Value>) -> Map<String, Value> {
    let names = CREATED.iter().chain(&CHANGEABLE);
    let mut system: Map<String, Value> = chosen(given, names).collect();
    complete(&mut system);
    resolve(call, &mut system);
    system
}

/// A system after PUT: attributes that can be changed are those of the request, or have defaults.
pub(super) fn replaced(system: &Value, given: &Map<String, Value>) -> Map<String, Value> {
    let mut system = system.as_object().cloned().unwrap_or_default();
    system.retain(|name, _| !CHANGEABLE.contains(&name.as_str()));
    system.extend(chosen(given, CHANGEABLE.iter()));
    complete(&mut system);
    system
}

/// A system after PATCH. `null` changes nothing.
pub(super) fn patched(system: &Value, given: &Map<String, Value>) -> Map<String, Value> {
    let mut system = system.as_object().cloned().unwrap_or_default();
    system.extend(chosen(given, CHANGEABLE.iter().chain(&["effectiveUserId"])));
    complete(&mut system);
    system
}

fn chosen<'a>(
    given: &Map<String, Value>,
    names: impl Iterator<Item = &'a &'a str>,
) -> impl Iterator<Item = (String, Value)> {
    names.filter_map(|name| {
        let value = given.get(*name).filter(|value| !value.is_null())?;
        let strips = STRIPPED.contains(name);
        let value = match value {
            Value::String(text) if strips => text.trim().into(),
            Value::Array(tags) if *name == "tags" => {
                tags.iter().filter_map(Value::as_str).map(str::trim).collect()
            }
            value => value.clone(),
        };
        Some(((*name).to_owned(), value))
    })
}

/// Sets the defaults.
pub(super) fn complete(system: &mut Map<String, Value>) {
    let defaults = [
        ("owner", json!("${apiUserId}")),
        ("enabled", json!(true)),
        ("effectiveUserId", json!("${apiUserId}")),
        ("rootDir", json!("")),
        ("port", json!(-1)),
        ("useProxy", json!(false)),
        ("proxyPort", json!(-1)),
        ("canRunBatch", json!(false)),
        ("enableCmdPrefix", json!(false)),
        ("allowChildren", json!(false)),
        ("jobMaxJobs", json!(-1)),
        ("jobMaxJobsPerUser", json!(-1)),
        ("jobEnvVariables", json!([])),
        ("batchLogicalQueues", json!([])),
        ("jobCapabilities", json!([])),
        ("tags", json!([])),
        ("notes", json!({})),
    ];
    for (name, value) in defaults {
        system.entry(name).or_insert(value);
    }
    for name in ["owner", "effectiveUserId"] {
        if text(system, name).is_none() {
            system.insert(name.into(), "${apiUserId}".into());
        }
    }
    each(system, "jobEnvVariables", complete_variable);
    each(system, "batchLogicalQueues", complete_queue);
    each(system, "jobCapabilities", |capability| {
        capability.entry("precedence").or_insert(100.into());
    });
    // A single queue is the default, whatever the request says (`TSystem.setDefaults` 485-490).
    let only = match system.get("batchLogicalQueues").and_then(Value::as_array).map(Vec::as_slice) {
        Some([queue]) => queue.get("name").cloned(),
        _ => None,
    };
    if let Some(name) = only.filter(|_| is(system, "canRunBatch")) {
        system.insert("batchDefaultLogicalQueue".into(), name);
    }
}

fn each(system: &mut Map<String, Value>, name: &str, how: impl Fn(&mut Map<String, Value>)) {
    let items = system.get_mut(name).and_then(Value::as_array_mut);
    items.into_iter().flatten().filter_map(Value::as_object_mut).for_each(how);
}

/// `KeyValuePair.java` 44-76.
fn complete_variable(variable: &mut Map<String, Value>) {
    variable.retain(|_, value| !value.is_null());
    let mode = variable.entry("inputMode").or_insert("INCLUDE_BY_DEFAULT".into());
    let value = if mode == "REQUIRED" { NOT_SET } else { "" };
    variable.entry("value").or_insert(value.into());
    variable.entry("description").or_insert("".into());
    variable.entry("notes").or_insert(json!({}));
}

/// The limits of jobs are those of the document; minimum values are 0.
fn complete_queue(queue: &mut Map<String, Value>) {
    queue.retain(|_, value| !value.is_null());
    for name in ["maxJobs", "maxJobsPerUser"] {
        queue.entry(name).or_insert(i32::MAX.into());
    }
    for name in ["minNodeCount", "minCoresPerNode", "minMemoryMB", "minMinutes"] {
        queue.entry(name).or_insert(0.into());
    }
}

/// Resolves variables, which happens only here (`TSystem.resolveVariablesAtCreate` 497-513).
fn resolve(call: &Call<'_>, system: &mut Map<String, Value>) {
    let owner = match text(system, "owner") {
        Some(owner) if !owner.eq_ignore_ascii_case("${apiUserId}") => owner.to_owned(),
        _ => call.user().to_owned(),
    };
    if text(system, "effectiveUserId") == Some("${owner}") {
        system.insert("effectiveUserId".into(), owner.as_str().into());
    }
    for name in ["bucketName", "jobWorkingDir", "rootDir"] {
        if let Some(text) = text(system, name) {
            let resolved = replace(text, call.user(), &owner, &call.tenant);
            system.insert(name.into(), resolved.into());
        }
    }
    system.insert("owner".into(), owner.into());
}

/// Replaces variables in a text by their values. Values are not searched for variables.
fn replace(text: &str, user: &str, owner: &str, tenant: &str) -> String {
    let variables = [("${apiUserId}", user), ("${owner}", owner), ("${tenant}", tenant)];
    let mut resolved = String::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let found = variables
            .iter()
            .find_map(|(name, value)| rest.strip_prefix(name).map(|after| (*value, after)));
        match found {
            Some((value, after)) => {
                resolved.push_str(value);
                rest = after;
            }
            None => {
                resolved.push(letter);
                rest = rest.get(letter.len_utf8()..).unwrap_or_default();
            }
        }
    }
    resolved
}

/// Normalises the root of a host, with a leading slash (`PathUtils.getAbsolutePath` of
/// tapis-shared-java).
pub(super) fn normalise(system: &mut Map<String, Value>) {
    let hosts = ["LINUX", "IRODS"];
    if !text(system, "systemType").is_some_and(|sort| hosts.contains(&sort)) {
        return;
    }
    let root = text(system, "rootDir").and_then(Within::clean);
    if let Some(root) = root {
        system.insert("rootDir".into(), format!("/{root}").into());
    }
}

/// Whether a system has an attribute.
pub(super) fn is(system: &Map<String, Value>, name: &str) -> bool {
    system.get(name).is_some_and(|value| value == true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced_once() {
        let resolved = replace("/w/${owner}/${tenant}/${apiUserId}/${other}", "${owner}", "o", "t");
        assert_eq!(resolved, "/w/o/t/${owner}/${other}");
    }

    #[test]
    fn a_root_has_one_form() {
        let cases = [("/", "/"), ("//", "/"), ("/work/", "/work"), ("/a/./b//c/..", "/a/b")];
        for (root, expected) in cases {
            let mut system = json!({ "systemType": "LINUX", "rootDir": root });
            let system = system.as_object_mut().unwrap();
            normalise(system);
            assert_eq!(system["rootDir"], expected, "{root}");
        }
    }
}
