//! Checks the consistency of a version (tapis-apps `App.checkAttributeRestrictions` and
//! `AppsServiceImpl.validateApp` at 2a93b5e).

use serde_json::{Map, Value};

use crate::call::Call;
use crate::shared::java::Permission;
use crate::shared::systems::SYSTEM;
use crate::store::Store;

const ZIP_ARGUMENT: &str = "--tapis-zip-save";
const RESERVED_PREFIX: &str = "_tapis";

/// The faults of a version itself, one message each.
pub(super) fn faults(version: &Map<String, Value>) -> Vec<String> {
    let mut wrong = Vec::new();
    let attributes = &version["jobAttributes"];
    for name in ["id", "version", "containerImage"] {
        if text(version.get(name)).is_empty() {
            wrong.push(format!("APPLIB_CREATE_MISSING_ATTR Attribute: {name}"));
        }
    }
    let ids = [
        ("id", text(version.get("id"))),
        ("execSystemId", text(attributes.get("execSystemId"))),
        ("archiveSystemId", text(attributes.get("archiveSystemId"))),
    ];
    for (name, id) in ids {
        if !id.is_empty() && !is_id(id) {
            wrong.push(format!("APPLIB_INVALID_STR_ATTR Attribute: {name} String: {id}"));
        }
    }
    image(version, &mut wrong);
    if attributes["dynamicExecSystem"] == true
        && list(attributes, "execSystemConstraints").is_empty()
    {
        wrong.push("APPLIB_DYNAMIC_NOCONSTRAINTS".to_owned());
    }
    if !text(attributes.get("archiveSystemId")).is_empty()
        && text(attributes.get("archiveSystemDir")).is_empty()
    {
        wrong.push("APPLIB_ARCHIVE_NODIR".to_owned());
    }
    let variables = list(&attributes["parameterSet"], "envVariables");
    variables.iter().for_each(|one| variable(one, &mut wrong));
    for argument in list(&attributes["parameterSet"], "containerArgs") {
        if (version["runtime"] == "ZIP") != (argument["arg"] == ZIP_ARGUMENT) {
            wrong.push(format!("APPLIB_CON_ARG_NOT_SUPPORTED {}", text(argument.get("arg"))));
        }
    }
    let keys: Vec<&str> = variables.iter().map(|one| text(one.get("key"))).collect();
    for input in list(attributes, "fileInputs") {
        check_input("FILEINPUT", input, &[text(input.get("sourceUrl"))], &keys, &mut wrong);
    }
    for input in list(attributes, "fileInputArrays") {
        let urls = list(input, "sourceUrls").iter().map(|url| text(Some(url)));
        check_input("FILEINPUTARRAY", input, &urls.collect::<Vec<_>>(), &keys, &mut wrong);
    }
    control_characters(version, &mut wrong);
    wrong
}

fn image(version: &Map<String, Value>, wrong: &mut Vec<String>) {
    let image = text(version.get("containerImage"));
    match version["runtime"].as_str() {
        Some("SINGULARITY") => {
            let options = version["runtimeOptions"].as_array().into_iter().flatten();
            let starts = options.filter(|option| *option != "NONE").count();
            if starts != 1 {
                wrong.push(
                    "APPLIB_CONTAINERIZED_SING_OPT Use one and only one of SINGULARITY_RUN, \
                     SINGULARITY_START"
                        .to_owned(),
                );
            }
        }
        Some("ZIP") if !image.is_empty() && !image.starts_with('/') && !is_uri(image) => {
            wrong.push(format!("APPLIB_INVALID_CONTAINERIZED_ZIP_IMAGE ContainerImage: {image}"));
        }
        _ => {}
    }
}

fn variable(variable: &Value, wrong: &mut Vec<String>) {
    let key = text(variable.get("key"));
    let mut say = |what: &str| wrong.push(format!("APPLIB_ENV_VAR_{what} Name: {key}"));
    if key.is_empty() {
        say("NO_NAME");
    } else if !is_variable(key) {
        say("INVALID_NAME");
    }
    if key.starts_with(RESERVED_PREFIX) {
        say("INVALID_PREFIX");
    }
    if variable["inputMode"] == "FIXED" && variable["value"] == super::definition::NOT_SET {
        say("FIXED_UNSET");
    }
}

/// An input without a source is not checked any further.
fn check_input(
    sort: &str,
    input: &Value,
    urls: &[&str],
    variables: &[&str],
    wrong: &mut Vec<String>,
) {
    let name = text(input.get("name"));
    let urls: Vec<&&str> = urls.iter().filter(|url| !url.is_empty()).collect();
    if urls.is_empty() {
        return;
    }
    for url in urls {
        let scheme = url.split_once("://").map(|(scheme, _)| scheme);
        let known = ["http", "https", "tapis", "tapislocal"];
        if !is_uri(url) || scheme.is_none_or(|scheme| !known.contains(&scheme)) {
            wrong.push(format!(
                "APPLIB_INVALID_{sort}_SOURCEURL InputName: {name} SourceUrl: {url}"
            ));
        }
    }
    let key = text(input.get("envKey"));
    let mut say = |what: &str| {
        wrong.push(format!("APPLIB_INVALID_{sort}_{what} InputName: {name} EnvKey: {key}"));
    };
    if key.is_empty() {
        return;
    }
    if variables.contains(&key) {
        say("ENVKEY_COLLISION");
    }
    if !is_variable(key) {
        say("INVALID_ENVKEY");
    }
    if key.starts_with(RESERVED_PREFIX) {
        say("INVALID_PREFIX");
    }
}

/// Only descriptions and notes may have control characters.
fn control_characters(version: &Map<String, Value>, wrong: &mut Vec<String>) {
    fn look(name: &str, value: &Value, wrong: &mut Vec<String>) {
        match value {
            Value::String(text) if text.chars().any(char::is_control) => {
                wrong.push(format!("APPLIB_CTL_CHR_ATTR Attribute: {name}"));
            }
            Value::Array(values) => values.iter().for_each(|value| look(name, value, wrong)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    if !["description", "notes", "cmdPrefix"].contains(&name.as_str()) {
                        look(name, value, wrong);
                    }
                }
            }
            _ => {}
        }
    }
    look("app", &Value::Object(version.clone()), wrong);
}

/// The faults of the systems in a version.
pub(super) fn system_faults(
    call: &Call<'_>,
    store: &Store,
    version: &Map<String, Value>,
) -> Vec<String> {
    let attributes = &version["jobAttributes"];
    let mut wrong = Vec::new();
    let find = |id: &str, permission: Permission| {
        let system = store.get(&SYSTEM.in_tenant(&call.tenant), id);
        system
            .filter(|system| system["deleted"] != true)
            .filter(|system| SYSTEM.allows(call, store, system, permission))
    };
    let id = text(attributes.get("execSystemId"));
    if !id.is_empty() {
        match find(id, Permission::Execute) {
            Some(system) => execution(version, system, &mut wrong),
            None => wrong.push(format!("APPLIB_EXECSYS_NO_SYSTEM Exec System Id: {id}")),
        }
    }
    let id = text(attributes.get("archiveSystemId"));
    if !id.is_empty() && find(id, Permission::Read).is_none() {
        wrong.push(format!("APPLIB_ARCHSYS_NO_SYSTEM Archive System Id: {id}"));
    }
    wrong
}

/// AppsServiceImpl.checkExecSystem.
fn execution(version: &Map<String, Value>, system: &Value, wrong: &mut Vec<String>) {
    let id = text(system.get("id"));
    if system["canExec"] != true {
        wrong.push(format!("APPLIB_EXECSYS_NOT_EXEC Exec System Id: {id}"));
    }
    if version["jobType"] != "BATCH" {
        return;
    }
    if system["canRunBatch"] != true {
        wrong.push(format!("APPLIB_EXECSYS_NOT_BATCH Exec System Id: {id}"));
    }
    let attributes = &version["jobAttributes"];
    let name = text(attributes.get("execSystemLogicalQueue"));
    if name.is_empty() {
        return;
    }
    let mut queues = list(system, "batchLogicalQueues").iter();
    let Some(queue) = queues.find(|queue| queue["name"] == name) else {
        wrong.push(format!("APPLIB_EXECQ_NOT_FOUND Queue name: {name} System Id: {id}"));
        return;
    };
    for (amount, most, least) in [
        ("nodeCount", "maxNodeCount", "minNodeCount"),
        ("coresPerNode", "maxCoresPerNode", "minCoresPerNode"),
        ("memoryMB", "maxMemoryMB", "minMemoryMB"),
        ("maxMinutes", "maxMinutes", "minMinutes"),
    ] {
        // A value that is not positive is no limit.
        let positive = |value: &Value| value.as_i64().filter(|number| *number > 0);
        let Some(value) = positive(&attributes[amount]) else { continue };
        let mut say = |which: &str| {
            let what = format!("APPLIB_EXECQ_LIMIT_{which} Attribute: {amount} Value: {value}");
            wrong.push(format!("{what} Queue name: {name} System Id: {id}"));
        };
        if positive(&queue[most]).is_some_and(|most| value > most) {
            say("HIGH");
        }
        if positive(&queue[least]).is_some_and(|least| value < least) {
            say("LOW");
        }
    }
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A text; empty if it is missing or blank.
fn text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).filter(|text| !text.trim().is_empty()).unwrap_or_default()
}

fn is_id(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_alphanumeric())
        && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~'))
}

fn is_variable(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A scheme, followed by any text.
fn is_uri(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, rest)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-'))
            && !rest.is_empty()
            && !rest.chars().any(char::is_control)
    })
}
