//! Merges the arguments of the app with those of the request, for the application, the container and the
//! scheduler, by the rules of the service (tapis-jobs `JobParmSetMarshaller.java` 107 to 214, 1066 to 1105).

use tapis_apps::types::AppArgSpecReply;
use tapis_jobs::types::JobArgSpec;

use super::problem::{JobParameter, JobProblem};
use super::values::{is_blank, join, same_fixed_notes};

struct Merged {
    argument: JobArgSpec,
    /// Its input mode in the app; `None` if only the request has it.
    mode: Option<String>,
}

/// Returns the included arguments of the app, in its order and with the values of the request; then the
/// arguments that only the request has.
pub(super) fn merge(
    parameter: JobParameter,
    of_app: &[AppArgSpecReply],
    of_request: &[JobArgSpec],
    problems: &mut Vec<JobProblem>,
) -> Vec<JobArgSpec> {
    let named = |name: &str| of_request.iter().find(|one| one.name.as_deref() == Some(name));
    let (mut merged, mut rejected): (Vec<Merged>, Vec<&str>) = (Vec::new(), Vec::new());
    for one in of_app {
        let name = one.name.as_deref().unwrap_or_default();
        let mode = one.input_mode.as_ref().map_or("INCLUDE_ON_DEMAND", |mode| mode.as_str());
        let asked = named(name).map(|one| one.include != Some(false));
        let included = match mode {
            "REQUIRED" | "FIXED" => true,
            "INCLUDE_BY_DEFAULT" => asked.unwrap_or(true),
            _ => asked.unwrap_or(false),
        };
        if !included {
            rejected.push(name);
            continue;
        }
        let mut argument = JobArgSpec::new(one.arg.clone().unwrap_or_default());
        argument.name = one.name.clone();
        argument.description = one.description.clone();
        argument.notes = one.notes.clone();
        merged.push(Merged { argument, mode: Some(mode.to_owned()) });
    }
    let mut given: Vec<&str> = Vec::new();
    for one in of_request {
        let Some(name) = one.name.as_deref().filter(|name| !is_blank(Some(name))) else {
            merged.push(Merged { argument: one.clone(), mode: None });
            continue;
        };
        if given.contains(&name) {
            problems.push(JobProblem::duplicate(parameter, name));
            continue;
        }
        given.push(name);
        if rejected.contains(&name) {
            continue;
        }
        let of_app = merged.iter_mut().find(|known| known.argument.name.as_deref() == Some(name));
        match of_app {
            None => merged.push(Merged { argument: one.clone(), mode: None }),
            Some(known)
                if known.mode.as_deref() == Some("FIXED")
                    && !(known.argument.arg == one.arg
                        && same_fixed_notes(one.notes.as_ref(), known.argument.notes.as_ref())) =>
            {
                problems.push(JobProblem::fixed(parameter, name));
            }
            Some(known) => {
                known.argument.arg.clone_from(&one.arg);
                known.argument.include = one.include;
                if one.notes.is_some() {
                    known.argument.notes.clone_from(&one.notes);
                }
                known.argument.description =
                    join(known.argument.description.take(), one.description.as_ref());
            }
        }
    }
    merged.retain(|one| {
        let blank = is_blank(Some(&one.argument.arg));
        let dropped = blank && one.mode.as_deref() == Some("INCLUDE_BY_DEFAULT");
        if blank && !dropped {
            let name = one.argument.name.as_deref().unwrap_or_default();
            let description = one.argument.description.as_deref();
            problems.push(JobProblem::missing(parameter, name, description));
        }
        !dropped
    });
    merged.into_iter().map(|one| one.argument).collect()
}
