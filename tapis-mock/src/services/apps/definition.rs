//! The attributes of a version, as the service derives them from a request (tapis-apps at 2a93b5e).

use serde_json::{Map, Value, json};

/// The placeholder for a missing value.
pub(super) const NOT_SET: &str = "!tapis_not_set";
/// The arrays of `parameterSet`.
const ARGUMENTS: [&str; 3] = ["appArgs", "containerArgs", "schedulerOptions"];
/// Texts of `jobAttributes` that are trimmed.
const STRIPPED: [&str; 10] = [
    "execSystemId",
    "execSystemExecDir",
    "execSystemInputDir",
    "execSystemOutputDir",
    "dtnSystemInputDir",
    "dtnSystemOutputDir",
    "execSystemLogicalQueue",
    "archiveSystemId",
    "archiveSystemDir",
    "mpiCmd",
];
/// The numbers in `jobAttributes`, in the order in which the service checks them.
const AMOUNTS: [(&str, i32); 4] =
    [("nodeCount", 1), ("coresPerNode", 1), ("memoryMB", 100), ("maxMinutes", 10)];

/// The attributes that POST and PUT set, from their bodies.
pub(super) fn whole(given: &Map<String, Value>) -> Map<String, Value> {
    let get = |name: &str| given.get(name).cloned().unwrap_or_default();
    let attributes = json!({
        "description": get("description"),
        "runtime": given.get("runtime").cloned().unwrap_or_else(|| "DOCKER".into()),
        "runtimeVersion": stripped(get("runtimeVersion")),
        "runtimeOptions": get("runtimeOptions"),
        "containerImage": stripped(get("containerImage")),
        // A null is treated as missing (App.java 409).
        "jobType": if get("jobType").is_null() { "FORK".into() } else { get("jobType") },
        "maxJobs": given.get("maxJobs").cloned().unwrap_or_else(|| (-1).into()),
        "maxJobsPerUser": given.get("maxJobsPerUser").cloned().unwrap_or_else(|| (-1).into()),
        "strictFileInputs": given.get("strictFileInputs").cloned().unwrap_or_else(|| false.into()),
        "jobAttributes": job_attributes(given.get("jobAttributes").and_then(Value::as_object)),
        "tags": texts(given.get("tags").cloned().unwrap_or_else(|| json!([]))),
        "notes": given.get("notes").cloned().unwrap_or_else(|| json!({})),
    });
    match attributes {
        Value::Object(attributes) => attributes,
        _ => Map::new(),
    }
}

fn job_attributes(given: Option<&Map<String, Value>>) -> Value {
    let get = |name: &str| given.and_then(|given| given.get(name)).cloned().unwrap_or_default();
    let or = |name: &str, default: Value| if get(name).is_null() { default } else { get(name) };
    let mut all = json!({
        "description": get("description"),
        "dynamicExecSystem": or("dynamicExecSystem", false.into()),
        "execSystemConstraints": texts(get("execSystemConstraints")),
        // A boolean field starts as false (api/model/JobAttributes.java 34), although the document
        // says true.
        "archiveOnAppError": or("archiveOnAppError", false.into()),
        "archiveMode": get("archiveMode"),
        "isMpi": or("isMpi", false.into()),
        "cmdPrefix": get("cmdPrefix"),
        "parameterSet": parameter_set(get("parameterSet").as_object()),
        "fileInputs": each(or("fileInputs", json!([])), file_input),
        "fileInputArrays": each(or("fileInputArrays", json!([])), file_input_array),
        "subscriptions": each(or("subscriptions", json!([])), subscription),
        "tags": texts(or("tags", json!([]))),
    });
    for name in STRIPPED {
        all[name] = stripped(get(name));
    }
    for name in ["dtnSystemInputDir", "dtnSystemOutputDir"] {
        if all[name].is_null() {
            all[name] = NOT_SET.into();
        }
    }
    for (name, default) in AMOUNTS {
        all[name] = or(name, default.into());
    }
    // The default of any missing number becomes the run time (AppResource.java 1455-1458).
    let mut reversed = AMOUNTS.iter().rev();
    let missing = |name: &str| given.is_some() && get(name).is_null();
    if let Some((_, default)) = reversed.find(|(name, _)| missing(name)) {
        all["maxMinutes"] = (*default).into();
    }
    all
}

/// The `parameterSet` of a request. Missing arrays are empty, also in a PATCH, because the
/// constructor of the class sets them (ParameterSet.java 26-34); a `null` stays null.
fn parameter_set(given: Option<&Map<String, Value>>) -> Value {
    let get = |name: &str| given.and_then(|given| given.get(name)).cloned();
    let mut all = json!({});
    for name in ARGUMENTS {
        all[name] = each(get(name).unwrap_or_else(|| json!([])), argument);
    }
    all["envVariables"] = each(get("envVariables").unwrap_or_else(|| json!([])), variable);
    let filter = get("archiveFilter").unwrap_or_else(|| json!({}));
    let list = |name: &str| filter.get(name).cloned().unwrap_or_else(|| json!([]));
    all["archiveFilter"] = json!({
        "includes": list("includes"),
        "excludes": list("excludes"),
        "includeLaunchFiles": filter.get("includeLaunchFiles").cloned().unwrap_or_else(|| true.into()),
    });
    let log = get("logConfig").unwrap_or_default();
    let name = |name: &str| log[name].as_str().unwrap_or_default().to_owned();
    all["logConfig"] = json!({ "stdoutFilename": name("stdoutFilename"), "stderrFilename": name("stderrFilename") });
    all
}

/// Applies a PATCH (AppsServiceImpl.createPatchedApp).
pub(super) fn merge(version: &mut Map<String, Value>, given: &Map<String, Value>) {
    for (name, value) in given {
        match (name.as_str(), value) {
            // Stored as null, and read as the default.
            ("jobType", Value::Null) => set(version, name, "FORK".into()),
            ("jobAttributes", Value::Object(given)) => {
                if let Some(Value::Object(attributes)) = version.get_mut("jobAttributes") {
                    merge_job_attributes(attributes, given);
                }
            }
            ("tags", value) => set(version, name, texts(value.clone())),
            ("containerImage" | "runtimeVersion", value) => {
                set(version, name, stripped(value.clone()));
            }
            (_, value) => set(version, name, value.clone()),
        }
    }
}

fn merge_job_attributes(attributes: &mut Map<String, Value>, given: &Map<String, Value>) {
    for (name, value) in given.iter().filter(|(_, value)| !value.is_null()) {
        let value = value.clone();
        let value = match name.as_str() {
            "parameterSet" => {
                if let Some(known) = attributes.get_mut("parameterSet") {
                    merge_parameter_set(known, parameter_set(value.as_object()));
                }
                continue;
            }
            "fileInputs" => each(value, file_input),
            "fileInputArrays" => each(value, file_input_array),
            "subscriptions" => each(value, subscription),
            "execSystemConstraints" | "tags" => texts(value),
            name if STRIPPED.contains(&name) => stripped(value),
            _ => value,
        };
        set(attributes, name, value);
    }
}

/// Values that are not null are copied, except blank file names.
fn merge_parameter_set(known: &mut Value, given: Value) {
    let Value::Object(given) = given else { return };
    for (name, value) in given {
        match value {
            Value::Null => {}
            Value::Object(parts) => {
                for (part, value) in parts {
                    let blank = value.as_str().is_some_and(|text| text.trim().is_empty());
                    if !value.is_null() && !blank {
                        known[&name][&part] = stripped(value);
                    }
                }
            }
            value => known[&name] = value,
        }
    }
}

fn set(object: &mut Map<String, Value>, name: &str, value: Value) {
    object.insert(name.to_owned(), value);
}

fn argument(given: &Value) -> Value {
    json!({
        "name": given["name"],
        "description": given["description"],
        "inputMode": or(given, "inputMode", "INCLUDE_ON_DEMAND".into()),
        "arg": given["arg"],
        "notes": or(given, "notes", json!({})),
    })
}

/// A variable with its defaults (KeyValuePair.java 58-74).
fn variable(given: &Value) -> Value {
    let mode = or(given, "inputMode", "INCLUDE_BY_DEFAULT".into());
    let none = if mode == "REQUIRED" { NOT_SET } else { "" };
    let description = given["description"].as_str().filter(|text| !text.trim().is_empty());
    json!({
        "key": stripped(given["key"].clone()),
        "value": given["value"].as_str().map_or(none, str::trim),
        "description": description.unwrap_or_default(),
        "inputMode": mode,
        "notes": or(given, "notes", json!({})),
    })
}

fn file_input(given: &Value) -> Value {
    let mut all = input(given);
    all["autoMountLocal"] = or(given, "autoMountLocal", true.into());
    all["sourceUrl"] = given["sourceUrl"].clone();
    all["targetPath"] = given["targetPath"].clone();
    all
}

fn file_input_array(given: &Value) -> Value {
    let mut all = input(given);
    all["sourceUrls"] = given["sourceUrls"].clone();
    all["targetDir"] = given["targetDir"].clone();
    all
}

fn input(given: &Value) -> Value {
    json!({
        "name": given["name"],
        "description": given["description"],
        "inputMode": or(given, "inputMode", "OPTIONAL".into()),
        "envKey": given["envKey"],
        "notes": or(given, "notes", json!({})),
    })
}

fn subscription(given: &Value) -> Value {
    let target = |target: &Value| {
        json!({
            "deliveryMethod": target["deliveryMethod"],
            "deliveryAddress": target["deliveryAddress"],
        })
    };
    json!({
        "description": given["description"],
        "enabled": or(given, "enabled", true.into()),
        "jobEventCategoryFilter": given["jobEventCategoryFilter"],
        "ttlMinutes": or(given, "ttlMinutes", 10080.into()),
        "deliveryTargets": each(given["deliveryTargets"].clone(), target),
    })
}

/// An attribute of an object, or its default.
fn or(given: &Value, name: &str, default: Value) -> Value {
    given.get(name).filter(|value| !value.is_null()).cloned().unwrap_or(default)
}

/// Converts each item of a list. A value that is not a list is not changed.
fn each(list: Value, form: impl Fn(&Value) -> Value) -> Value {
    match list {
        Value::Array(values) => values.iter().map(form).collect(),
        other => other,
    }
}

fn texts(list: Value) -> Value {
    each(list, |text| stripped(text.clone()))
}

fn stripped(value: Value) -> Value {
    match value {
        Value::String(text) => text.trim().into(),
        other => other,
    }
}
