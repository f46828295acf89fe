//! The parameter set of a job: arguments, variables, filters and logs.

use serde_json::{Map, Value, json};

use super::super::filter;
use super::arguments::{self, Sort};
use super::environment;
use super::macros::Macros;
use super::text::{bad, field, list, refuse_control, refuse_dangerous};
use crate::reply::Failure;

/// The default file of the application's output.
const LOG: &str = "tapisjob.out";

/// The parameter set of a job before its macros are replaced.
pub(super) struct Parameters {
    arguments: [(Sort, Vec<Value>); 3],
    pub(super) variables: Vec<Value>,
    includes: Vec<Value>,
    excludes: Vec<Value>,
    include_launch_files: bool,
    stdout: String,
    stderr: String,
}

impl Parameters {
    /// Of the request, the application's attributes and the system.
    pub(super) fn merge(
        request: &Map<String, Value>,
        attributes: &Value,
        system: &Value,
    ) -> Result<Self, Failure> {
        let asked = request.get("parameterSet").cloned().unwrap_or_default();
        let defined = &attributes["parameterSet"];
        let sort = |sort: Sort| Ok::<_, Failure>((sort, arguments::merge(&asked, defined, sort)?));
        let (app, container) = (sort(Sort::App)?, sort(Sort::Container)?);
        let mut scheduler = sort(Sort::Scheduler)?;
        arguments::add_profile(&mut scheduler.1, system);
        let variables = environment::merge(&asked, defined, system)?;
        let (filter, usual) = (&asked["archiveFilter"], &defined["archiveFilter"]);
        let both = |name: &str| [list(filter, name), list(usual, name)].concat();
        let launch = filter["includeLaunchFiles"].as_bool();
        let launch = launch.or_else(|| usual["includeLaunchFiles"].as_bool()).unwrap_or(true);
        let (includes, excludes) = (both("includes"), both("excludes"));
        for pattern in includes.iter().chain(&excludes).filter_map(Value::as_str) {
            if let Err(error) = filter::compile(pattern) {
                let regex = pattern.starts_with("REGEX:");
                let id =
                    if regex { "JOBS_INVALID_REGEX_FILTER" } else { "JOBS_INVALID_GLOB_FILTER" };
                return Err(bad(id, &format!("{pattern}: {error}")));
            }
        }
        let log = [&asked["logConfig"], &defined["logConfig"]]
            .into_iter()
            .find_map(|log| Some((field(log, "stdoutFilename")?, field(log, "stderrFilename")?)));
        let (stdout, stderr) = log.unwrap_or((LOG, LOG));
        Ok(Self {
            arguments: [app, container, scheduler],
            variables,
            includes,
            excludes,
            include_launch_files: launch,
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
        })
    }

    pub(super) fn of(&self, wanted: Sort) -> &[Value] {
        let list = self.arguments.iter().find(|(sort, _)| *sort == wanted);
        list.map(|(_, arguments)| arguments.as_slice()).unwrap_or_default()
    }

    /// Replaces macros in arguments, filters and log file names.
    pub(super) fn replace(&mut self, macros: &mut Macros, owner: &str) -> Result<(), Failure> {
        for (name, log) in
            [("StdoutFilename", &mut self.stdout), ("StderrFilename", &mut self.stderr)]
        {
            *log = macros.resolve(log, owner)?;
            refuse_dangerous("LogConfig", name, log)?;
            macros.set(name, log.clone());
        }
        for (sort, arguments) in &mut self.arguments {
            for argument in arguments {
                let text = macros.replace(argument["arg"].as_str().unwrap_or_default());
                refuse_control(
                    sort.field(),
                    argument["name"].as_str().unwrap_or("unnamed"),
                    &text,
                )?;
                argument["arg"] = text.into();
            }
        }
        for pattern in self.includes.iter_mut().chain(&mut self.excludes) {
            *pattern = macros.replace(pattern.as_str().unwrap_or_default()).into();
        }
        Ok(())
    }

    /// The parameter set of the job: with each macro as a variable, sorted by name.
    pub(super) fn finish(self, macros: &Macros) -> Value {
        let mut variables = self.variables;
        variables.extend(macros.all().map(|(name, value)| {
            json!({
                "key": format!("{}{name}", environment::RESERVED),
                "value": value,
                "description": null,
                "include": null,
                "notes": null,
            })
        }));
        variables
            .sort_by_key(|variable| variable["key"].as_str().unwrap_or_default().to_lowercase());
        let mut set = json!({
            "envVariables": variables,
            "archiveFilter": {
                "includes": self.includes,
                "excludes": self.excludes,
                "includeLaunchFiles": self.include_launch_files,
            },
            "logConfig": { "stdoutFilename": self.stdout, "stderrFilename": self.stderr },
        });
        for (sort, arguments) in self.arguments {
            set[sort.field()] = arguments.into();
        }
        set
    }
}
