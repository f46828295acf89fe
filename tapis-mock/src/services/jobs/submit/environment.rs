//! The environment variables of system, application and request, in one list (tapis-jobs
//! `JobParmSetMarshaller.java:231-360, 949-1048`).

use serde_json::{Value, json};

use super::text::{
    NOT_SET, bad, field, is_variable, join_descriptions, list, notes_text, refuse_control,
};
use crate::reply::Failure;

/// The prefix of variables that Tapis sets itself.
pub(super) const RESERVED: &str = "_tapis";

/// The variables of a job, without those of Tapis itself.
pub(super) fn merge(request: &Value, app: &Value, system: &Value) -> Result<Vec<Value>, Failure> {
    let requested = list(request, "envVariables");
    check_names(requested)?;
    let mut defined = defined(list(app, "envVariables"), list(system, "jobEnvVariables"))?;
    defined.retain(|variable| {
        let asked = requested.iter().find(|asked| asked["key"] == variable["key"]);
        match (variable["inputMode"].as_str(), asked) {
            (Some("INCLUDE_BY_DEFAULT"), None) => variable["value"] != NOT_SET,
            (Some("INCLUDE_ON_DEMAND"), None) => false,
            (Some("INCLUDE_BY_DEFAULT" | "INCLUDE_ON_DEMAND"), Some(asked)) => {
                asked["include"] != false
            }
            _ => true,
        }
    });
    let mut merged = Vec::new();
    for asked in requested {
        let known = defined.iter().position(|variable| variable["key"] == asked["key"]);
        let known = known.map(|at| defined.remove(at));
        merged.push(combine(asked, known.as_ref())?);
    }
    for variable in &defined {
        merged.push(json!({
            "key": variable["key"],
            "value": variable["value"],
            "description": variable["description"],
            "include": null,
            "notes": notes_text(&variable["notes"]),
        }));
    }
    for variable in &merged {
        let key = variable["key"].as_str().unwrap_or_default();
        match variable["value"].as_str() {
            None | Some(NOT_SET) => {
                let what = format!("The environment variable {key} has no value.");
                return Err(bad("JOBS_MISSING_ENV_VALUE", &what));
            }
            Some(value) => refuse_control("envVariables", key, value)?,
        }
    }
    Ok(merged)
}

/// A variable of the request, completed by the definitions.
fn combine(asked: &Value, known: Option<&Value>) -> Result<Value, Failure> {
    let mut variable = json!({
        "key": asked["key"],
        "value": asked["value"],
        "description": asked["description"],
        "include": asked["include"].as_bool().unwrap_or(true),
        "notes": notes_text(&asked["notes"]),
    });
    let Some(known) = known else { return Ok(variable) };
    // Notes of a request are an object, which never equals a string; missing notes equal empty
    // ones.
    let same = asked["notes"].is_null() && is_same(asked, known);
    if known["inputMode"] == "FIXED" && !same {
        return Err(fixed(known, "job request", "application"));
    }
    if variable["value"] == NOT_SET {
        variable["value"] = known["value"].clone();
    }
    if asked["notes"].is_null() {
        variable["notes"] = notes_text(&known["notes"]);
    }
    variable["description"] =
        join_descriptions(field(asked, "description"), field(known, "description"));
    Ok(variable)
}

/// The variables of the application, then those of the system that the application does not have.
fn defined(app: &[Value], system: &[Value]) -> Result<Vec<Value>, Failure> {
    let normal = |variable: &Value| {
        let mut variable = variable.clone();
        if variable["inputMode"].is_null() {
            variable["inputMode"] = "INCLUDE_BY_DEFAULT".into();
        }
        if variable["value"].is_null() {
            // The placeholder that Apps and Systems store for a missing value (tapis-apps
            // `KeyValuePair.java:64-71`).
            let is_required = variable["inputMode"] == "REQUIRED";
            variable["value"] = if is_required { NOT_SET } else { "" }.into();
        }
        variable
    };
    check_names(app)?;
    check_names(system)?;
    let system: Vec<Value> = system.iter().map(normal).collect();
    for variable in &system {
        let unset = variable["value"] == NOT_SET;
        match variable["inputMode"].as_str() {
            Some("FIXED") if unset => return Err(invalid("JOBS_INVALID_FIXED_ENV_VAR", variable)),
            Some("REQUIRED") if !unset => {
                return Err(invalid("JOBS_INVALID_REQUIRED_ENV_VAR", variable));
            }
            _ => {}
        }
    }
    let mut all = Vec::new();
    for mut variable in app.iter().map(normal) {
        if variable["inputMode"] == "FIXED" && variable["value"] == NOT_SET {
            return Err(invalid("JOBS_INVALID_FIXED_ENV_VAR", &variable));
        }
        if let Some(below) = system.iter().find(|below| below["key"] == variable["key"]) {
            if below["inputMode"] == "FIXED"
                && !(variable["inputMode"] == "FIXED" && is_same(&variable, below))
            {
                return Err(fixed(&variable, "application", "system"));
            }
            if below["inputMode"] == "REQUIRED" && variable["inputMode"] != "FIXED" {
                variable["inputMode"] = "REQUIRED".into();
            }
            variable["description"] =
                join_descriptions(field(&variable, "description"), field(below, "description"));
        }
        all.push(variable);
    }
    let more = system.into_iter().filter(|below| app.iter().all(|one| one["key"] != below["key"]));
    all.extend(more);
    Ok(all)
}

/// Whether two definitions have the same value and notes of a variable.
fn is_same(one: &Value, other: &Value) -> bool {
    let notes = |variable: &Value| match variable["notes"].as_object() {
        Some(notes) if !notes.is_empty() => Some(notes.clone()),
        _ => None,
    };
    one["value"] == other["value"] && notes(one) == notes(other)
}

fn fixed(variable: &Value, above: &str, below: &str) -> Failure {
    let key = variable["key"].as_str().unwrap_or_default();
    let what = format!(
        "The {above} definition cannot change the FIXED environment variable \"{key}\" of the \
         {below} definition."
    );
    bad("JOBS_FIXED_ENV_VAR_ERROR", &what)
}

fn invalid(id: &str, variable: &Value) -> Failure {
    bad(id, &format!("The value does not suit the mode of {}.", variable["key"]))
}

fn check_names(variables: &[Value]) -> Result<(), Failure> {
    let mut seen: Vec<&str> = Vec::new();
    for key in variables.iter().filter_map(|variable| variable["key"].as_str()) {
        if key.starts_with(RESERVED) {
            return Err(bad("JOBS_RESERVED_ENV_VAR", &format!("{key} begins with {RESERVED}.")));
        }
        if !is_variable(key) {
            let what = format!("{key} cannot be the name of an environment variable.");
            return Err(bad("JOBS_INVALID_ENV_VAR_CHAR", &what));
        }
        if seen.contains(&key) {
            return Err(bad("JOBS_DUPLICATE_ENV_VAR", &format!("{key} is set twice.")));
        }
        seen.push(key);
    }
    Ok(())
}
