//! The operations on the hosts of a job: creating directories, staging inputs, running the
//! application and archiving its output (tapis-jobs `JobFileManager.java`,
//! `JobExecutionUtils.java`).

use std::io;

use serde_json::Value;

use super::filter::Filter;
use super::record::embedded;
use super::runtime::{self, ENVIRONMENT, SCRIPT};
use crate::folder::{Disk, Within};
use crate::shared::files::tapis_uri;
use crate::shared::transfers::Element;
use crate::world::World;

/// The hosts of one job.
pub(super) struct Host<'a> {
    pub(super) world: &'a World,
    pub(super) tenant: &'a str,
    pub(super) job: &'a Value,
}

/// How much of its output the application has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    Begun,
    Whole,
}

/// A path of a job.
pub(super) fn directory(job: &Value, field: &str) -> Within {
    Within::clean(job[field].as_str().unwrap_or_default()).unwrap_or_else(Within::root)
}

impl Host<'_> {
    fn text(&self, field: &str) -> &str {
        self.job[field].as_str().unwrap_or_default()
    }

    /// The files of the execution system.
    fn exec(&self) -> Disk {
        self.world.folder.system(self.tenant, self.text("execSystemId"))
    }

    /// The files of the archive system.
    fn archive_disk(&self) -> Disk {
        self.world.folder.system(self.tenant, self.text("archiveSystemId"))
    }

    fn uri(&self, system: &str, path: &Within) -> String {
        format!("tapis://{}/{path}", self.text(system))
    }

    /// Creates the directories of the job, including that of the archive.
    pub(super) fn make_directories(&self) -> Result<(), String> {
        for field in ["execSystemExecDir", "execSystemInputDir", "execSystemOutputDir"] {
            self.exec()
                .make_dir(&directory(self.job, field))
                .map_err(|error| reason(field, &error))?;
        }
        let archive = directory(self.job, "archiveSystemDir");
        self.archive_disk().make_dir(&archive).map_err(|error| reason("archiveSystemDir", &error))
    }

    /// Copies the inputs to their targets, one element each. Inputs that are already on the
    /// execution system are not copied.
    pub(super) fn stage_inputs(&self) -> Vec<Element> {
        let inputs = embedded(self.job, "fileInputs");
        let inputs = inputs.as_array().map(Vec::as_slice).unwrap_or_default();
        let staged = inputs.iter().filter_map(|input| {
            let source = input["sourceUrl"].as_str()?;
            if source.starts_with("tapislocal://") {
                return None;
            }
            let target = Within::clean(input["targetPath"].as_str().unwrap_or_default());
            let target = directory(self.job, "execSystemInputDir").below(&target?);
            Some(Element {
                source: source.to_owned(),
                destination: self.uri("execSystemId", &target),
                optional: input["optional"] == true,
                error: self.stage(source, &target).err().map(|error| reason(source, &error)),
            })
        });
        staged.collect()
    }

    fn stage(&self, source: &str, target: &Within) -> io::Result<()> {
        let now = self.world.clock.now();
        match tapis_uri(source) {
            Some((system, path)) => {
                let from = self.world.folder.system(self.tenant, &system);
                from.copy(&path, &self.exec(), target, now).map(|_| ())
            }
            // The mock has no network, so the file contains the URL that it would come from.
            None => {
                let text = format!("The mock fetches nothing. This stands for {source}\n");
                self.exec().write(target, text.as_bytes(), now)
            }
        }
    }

    /// Writes the files that launch the application (tapis-jobs
    /// `AbstractJobExecStager.java:104-116`).
    pub(super) fn install(&self) -> Result<(), String> {
        for name in [SCRIPT, ENVIRONMENT] {
            let text = if name == SCRIPT {
                format!("#!/bin/sh\n# {} {}\n", self.text("appId"), self.text("appVersion"))
            } else {
                self.environment()
            };
            self.write("execSystemExecDir", name, &text)?;
        }
        Ok(())
    }

    fn environment(&self) -> String {
        let parameters = embedded(self.job, "parameterSet");
        let variables = parameters["envVariables"].as_array().into_iter().flatten();
        let line = |variable: &Value| {
            let text = |name: &str| variable[name].as_str().unwrap_or_default().to_owned();
            format!("{}={}\n", text("key"), text("value"))
        };
        variables.map(line).collect()
    }

    /// Writes the output that the application would have written so far.
    pub(super) fn write_output(&self, by_then: Written) -> Result<(), String> {
        let parameters = embedded(self.job, "parameterSet");
        let arguments = parameters["appArgs"].as_array().into_iter().flatten();
        let arguments: Vec<&str> = arguments.filter_map(|arg| arg["arg"].as_str()).collect();
        let mut text = format!("job: {}\nname: {}\n", self.text("uuid"), self.text("name"));
        if by_then == Written::Whole {
            text += &format!(
                "app: {} {}\nsystem: {}\narguments: {}\n",
                self.text("appId"),
                self.text("appVersion"),
                self.text("execSystemId"),
                arguments.join(" "),
            );
        }
        if let Some((name, id)) = runtime::mark(self.job) {
            self.write("execSystemExecDir", &name, &id)?;
        }
        let Some([stdout, stderr]) = runtime::logs(self.job) else { return Ok(()) };
        self.write("execSystemOutputDir", &stdout, &text)?;
        if stderr == stdout { Ok(()) } else { self.write("execSystemOutputDir", &stderr, "") }
    }

    /// Writes a file of the execution system.
    fn write(&self, dir: &str, name: &str, text: &str) -> Result<(), String> {
        let below = Within::clean(name).unwrap_or_else(Within::root);
        let path = directory(self.job, dir).below(&below);
        let written = self.exec().write(&path, text.as_bytes(), self.world.clock.now());
        written.map_err(|error| reason(name, &error))
    }

    /// Copies the files to archive, one element each; without a filter, the whole output directory
    /// is one element. Output that is archived where it is does not change.
    pub(super) fn archive(&self) -> Vec<Element> {
        if self.job["remoteOutcome"] == "FAILED_SKIP_ARCHIVE" || self.job["archiveMode"] == "NEVER"
        {
            return Vec::new();
        }
        let parameters = embedded(self.job, "parameterSet");
        let rules = &parameters["archiveFilter"];
        let list = |name: &str| Filter::read(&rules[name]);
        let (includes, excludes) = (list("includes"), list("excludes"));
        let output = directory(self.job, "execSystemOutputDir");
        let archive = directory(self.job, "archiveSystemDir");
        let one_system = self.job["execSystemId"] == self.job["archiveSystemId"];
        let mut elements = Vec::new();
        if rules["includeLaunchFiles"] != false {
            let exec = directory(self.job, "execSystemExecDir");
            for name in runtime::archived_launch_files(self.job) {
                elements.push(self.archive_one(&exec.join(name), &archive.join(name)));
            }
        }
        if (one_system && output == archive) || excludes.takes_all() {
            return elements;
        }
        if excludes.is_empty() && (includes.is_empty() || includes.takes_all()) {
            elements.push(self.archive_one(&output, &archive));
            return elements;
        }
        let files = self.exec().walk(&output, DEPTH).unwrap_or_default();
        for file in files.iter().filter(|entry| !entry.is_dir()) {
            let below = file.path.to_string();
            let below = below.strip_prefix(&output.to_string()).unwrap_or(&below);
            let name = below.trim_start_matches('/');
            let wanted = includes.is_empty() || includes.takes_all() || includes.matches(name);
            if let Some(within) = Within::clean(name).filter(|_| wanted && !excludes.matches(name))
            {
                elements.push(self.archive_one(&file.path, &archive.below(&within)));
            }
        }
        elements
    }

    fn archive_one(&self, from: &Within, to: &Within) -> Element {
        let (exec, archive) = (self.exec(), self.archive_disk());
        let (source, destination) =
            (self.uri("execSystemId", from), self.uri("archiveSystemId", to));
        let copied = if source == destination {
            Ok(0)
        } else {
            exec.copy(from, &archive, to, self.world.clock.now())
        };
        let error = copied.err().map(|error| reason(&source, &error));
        Element { source, destination, optional: false, error }
    }
}

/// The maximum depth of a job's output.
const DEPTH: usize = 20;

fn reason(what: &str, error: &io::Error) -> String {
    format!("{what}: {}", error.kind())
}
