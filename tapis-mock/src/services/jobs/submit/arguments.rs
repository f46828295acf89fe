//! The arguments of application, container and scheduler: first those of the application in its
//! order, then those of the request that replace none of them (tapis-jobs
//! `JobParmSetMarshaller.java:107-214`).

use serde_json::{Value, json};

use super::options::PROFILE_OPTION;
use super::text::{bad, field, join_descriptions, list, notes_text, refuse_dangerous};
use crate::reply::Failure;

/// One argument that is being merged.
struct Argument {
    /// The application's mode; `None` for arguments of the request.
    mode: Option<String>,
    value: Value,
}

/// The lists of arguments of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    App,
    Container,
    Scheduler,
}

impl Sort {
    /// The field of a parameter set.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::App => "appArgs",
            Self::Container => "containerArgs",
            Self::Scheduler => "schedulerOptions",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::App => "APP_ARGS",
            Self::Container => "CONTAINER_ARGS",
            Self::Scheduler => "SCHEDULER_OPTIONS",
        }
    }
}

/// The arguments of one kind that a job has.
pub(super) fn merge(request: &Value, app: &Value, sort: Sort) -> Result<Vec<Value>, Failure> {
    let (requested, defined) = (list(request, sort.field()), list(app, sort.field()));
    refuse_doubles(defined, "application definition")?;
    refuse_doubles(requested, "job request")?;
    let mut arguments: Vec<Argument> = Vec::new();
    let mut left_out: Vec<&str> = Vec::new();
    for one in defined {
        let mode = one["inputMode"].as_str().unwrap_or("INCLUDE_ON_DEMAND");
        let name = one["name"].as_str().unwrap_or_default();
        let named = requested.iter().find(|asked| asked["name"] == name);
        let wanted = match mode {
            "REQUIRED" | "FIXED" => true,
            "INCLUDE_BY_DEFAULT" => named.is_none_or(|asked| asked["include"] != false),
            _ => named.is_some_and(|asked| asked["include"] != false),
        };
        if wanted {
            arguments.push(Argument { mode: Some(mode.to_owned()), value: of_app(one) });
        } else {
            left_out.push(name);
        }
    }
    for asked in requested {
        let name = field(asked, "name");
        if name.is_some_and(|name| left_out.contains(&name)) {
            continue;
        }
        let same = name.and_then(|name| {
            arguments.iter_mut().find(|argument| field(&argument.value, "name") == Some(name))
        });
        match same {
            None => arguments.push(Argument { mode: None, value: of_request(asked) }),
            Some(argument) => override_with(argument, asked, sort)?,
        }
    }
    let mut merged = Vec::new();
    for argument in arguments {
        let Some(text) = field(&argument.value, "arg") else {
            if argument.mode.as_deref() == Some("INCLUDE_BY_DEFAULT") {
                continue;
            }
            let name = argument.value["name"].as_str().unwrap_or("unnamed");
            let what = format!("An argument named \"{name}\" of {} has no value.", sort.word());
            return Err(bad("JOBS_MISSING_ARG", &what));
        };
        // Of options, only the part before the value is compared.
        let checked = match sort {
            Sort::App => text,
            _ => text.split_whitespace().next().unwrap_or_default(),
        };
        let name = field(&argument.value, "name").unwrap_or("unnamed");
        refuse_dangerous(sort.word(), name, checked)?;
        merged.push(argument.value);
    }
    Ok(merged)
}

/// Adds the scheduler profile of the system to the options, unless they have one.
pub(super) fn add_profile(options: &mut Vec<Value>, system: &Value) {
    let Some(profile) = field(system, "batchSchedulerProfile") else { return };
    let option = format!("{PROFILE_OPTION} ");
    if options.iter().any(|one| one["arg"].as_str().is_some_and(|arg| arg.starts_with(&option))) {
        return;
    }
    options.push(json!({
        "name": "synthetic_tapis_profile",
        "description": "The tapis-profile value set in execution system.",
        "include": true,
        "arg": format!("{option}{profile}"),
        "notes": null,
    }));
}

fn of_app(defined: &Value) -> Value {
    json!({
        "name": defined["name"],
        "description": defined["description"],
        "include": null,
        "arg": defined["arg"],
        "notes": notes_text(&defined["notes"]),
    })
}

fn of_request(asked: &Value) -> Value {
    json!({
        "name": asked["name"],
        "description": asked["description"],
        "include": asked["include"],
        "arg": asked["arg"],
        "notes": if asked["notes"].is_null() { Value::Null } else { notes_text(&asked["notes"]) },
    })
}

/// Replaces the application's values by those of the request.
fn override_with(argument: &mut Argument, asked: &Value, sort: Sort) -> Result<(), Failure> {
    let known = &mut argument.value;
    // Notes of a request are an object, which never equals a string; missing notes equal empty
    // ones.
    let same = asked["arg"] == known["arg"] && asked["notes"].is_null() && known["notes"] == "{}";
    if argument.mode.as_deref() == Some("FIXED") && !same {
        let name = known["name"].as_str().unwrap_or_default();
        let what =
            format!("The job cannot change the FIXED argument \"{name}\" ({}).", sort.word());
        return Err(bad("JOBS_FIXED_ARG_ERROR", &what));
    }
    known["include"] = asked["include"].clone();
    if let Some(text) = field(asked, "arg") {
        known["arg"] = text.into();
    }
    if !asked["notes"].is_null() {
        known["notes"] = notes_text(&asked["notes"]);
    }
    known["description"] =
        join_descriptions(field(known, "description"), field(asked, "description"));
    Ok(())
}

fn refuse_doubles(arguments: &[Value], place: &str) -> Result<(), Failure> {
    let mut seen: Vec<&str> = Vec::new();
    for name in arguments.iter().filter_map(|argument| field(argument, "name")) {
        if seen.contains(&name) {
            let what = format!("The {place} contains duplicate arguments with name \"{name}\".");
            return Err(bad("JOBS_DUPLICATE_NAMED_ARG", &what));
        }
        seen.push(name);
    }
    Ok(())
}
