//! Merges the environment variables of the system, the app and the request, by the rules of the service
//! (tapis-jobs `JobParmSetMarshaller.java` 231 to 400, 949 to 1030).

use serde_json::{Map, Value};
use tapis_jobs::types::KeyValuePair;

use super::problem::{JobParameter, JobProblem};
use super::values::{NOT_SET, join, same_fixed_notes, same_notes};

const VARIABLE: JobParameter = JobParameter::Variable;
/// The prefix of the service's own variables.
const RESERVED: &str = "_tapis";

/// A variable that an app or a system defines.
#[derive(Clone)]
pub(super) struct Variable {
    pub(super) key: String,
    pub(super) value: String,
    pub(super) description: Option<String>,
    pub(super) mode: String,
    pub(super) notes: Option<Map<String, Value>>,
}

/// Converts the definitions of a service, with the default input mode.
macro_rules! definitions {
    ($list:expr) => {
        $list
            .into_iter()
            .flatten()
            .map(|one| Variable {
                key: one.key.clone().unwrap_or_default(),
                value: one.value.clone().unwrap_or_default(),
                description: one.description.clone(),
                mode: one
                    .input_mode
                    .as_ref()
                    .map_or("INCLUDE_BY_DEFAULT", |mode| mode.as_str())
                    .to_owned(),
                notes: one.notes.clone(),
            })
            .collect::<Vec<Variable>>()
    };
}
pub(super) use definitions;

/// Returns the variables of the job, sorted by name.
pub(super) fn merge(
    of_system: Vec<Variable>,
    of_app: Vec<Variable>,
    of_request: &[KeyValuePair],
    problems: &mut Vec<JobProblem>,
) -> Vec<KeyValuePair> {
    check_names(of_request, problems);
    let named = |key: &str| of_request.iter().find(|one| one.key.as_deref() == Some(key));
    let mut defined = with_system(of_system, of_app, problems);
    defined.retain(|one| {
        let asked = named(&one.key).map(|one| one.include != Some(false));
        match one.mode.as_str() {
            "REQUIRED" | "FIXED" => true,
            "INCLUDE_ON_DEMAND" => asked.unwrap_or(false),
            _ => asked.unwrap_or(one.value != NOT_SET),
        }
    });
    let mut merged: Vec<KeyValuePair> = Vec::new();
    for one in of_request {
        let mut variable = one.clone();
        let key = one.key.as_deref().unwrap_or_default();
        if let Some(place) = defined.iter().position(|known| known.key == key) {
            let known = defined.remove(place);
            let same = one.value.as_deref() == Some(known.value.as_str())
                && same_fixed_notes(one.notes.as_ref(), known.notes.as_ref());
            if known.mode == "FIXED" && !same {
                problems.push(JobProblem::fixed(VARIABLE, key));
            }
            if one.value.as_deref() == Some(NOT_SET) {
                variable.value = Some(known.value);
            }
            variable.notes = variable.notes.or(known.notes);
            variable.description = join(variable.description, known.description.as_ref());
        }
        merged.push(variable);
    }
    merged.extend(defined.into_iter().map(|one| {
        let mut variable = KeyValuePair::new().key(one.key).value(one.value);
        (variable.description, variable.notes) = (one.description, one.notes);
        variable
    }));
    for one in &merged {
        if one.value.as_deref().is_none_or(|value| value == NOT_SET) {
            let key = one.key.as_deref().unwrap_or_default();
            problems.push(JobProblem::missing(VARIABLE, key, one.description.as_deref()));
        }
    }
    merged.sort_by_key(|one| one.key.as_deref().unwrap_or_default().to_lowercase());
    merged
}

/// Returns the variables of the app, and those that only the system has.
fn with_system(
    of_system: Vec<Variable>,
    mut of_app: Vec<Variable>,
    problems: &mut Vec<JobProblem>,
) -> Vec<Variable> {
    for system in of_system {
        let Some(app) = of_app.iter_mut().find(|one| one.key == system.key) else {
            of_app.push(system);
            continue;
        };
        let same = app.mode == "FIXED"
            && app.value == system.value
            && same_notes(app.notes.as_ref(), system.notes.as_ref());
        app.description = join(app.description.take(), system.description.as_ref());
        if system.mode == "FIXED" && !same {
            let message = "is fixed by the system, but the app defines another value";
            problems.push(JobProblem::invalid(VARIABLE, system.key, message));
        } else if system.mode == "REQUIRED" && app.mode != "FIXED" {
            app.mode = system.mode;
        }
    }
    of_app
}

fn check_names(of_request: &[KeyValuePair], problems: &mut Vec<JobProblem>) {
    let mut given: Vec<&str> = Vec::new();
    for one in of_request {
        let key = one.key.as_deref().unwrap_or_default();
        let mut letters = key.chars();
        let is_name = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            && letters.all(|c| c.is_ascii_alphanumeric() || c == '_');
        if key.starts_with(RESERVED) {
            let message = format!("begins with {RESERVED}, which is reserved");
            problems.push(JobProblem::invalid(VARIABLE, key, message));
        } else if !is_name {
            let message =
                "is not a valid name: use letters, digits and _, and no digit at the start";
            problems.push(JobProblem::invalid(VARIABLE, key, message));
        }
        if given.contains(&key) {
            problems.push(JobProblem::duplicate(VARIABLE, key));
        }
        given.push(key);
    }
}
