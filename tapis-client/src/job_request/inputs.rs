//! Merges the file inputs of the app with those of the request, by the rules of the service
//! (tapis-jobs `SubmitContext.java` 1275 to 1690, 1694 to 2128).

use tapis_apps::types::{AppFileInputArrayReply, AppFileInputReply};
use tapis_jobs::types::{JobFileInput, JobFileInputArray};

use super::problem::{JobParameter, JobProblem, JobProblemKind};
use super::values::{is_blank, same_notes};

/// The maximum length of an input's name.
const LONGEST_NAME: usize = 80;

/// A single input or a group of inputs, for which the same rules apply.
pub(super) trait Staged: Clone {
    /// The type of its definition in an app.
    type Definition;

    const PARAMETER: JobParameter;

    fn name(&self) -> Option<&str>;
    fn defined(definition: &Self::Definition) -> Defined<'_>;
    /// Creates the input from the definition alone.
    fn of(definition: &Self::Definition) -> Self;
    fn has_source(&self) -> bool;
    fn has_target(&self) -> bool;
    /// Whether the request sets another value than the definition.
    fn differs_from(&self, definition: &Self::Definition) -> bool;
    /// Takes values that are not set from the definition.
    fn take(&mut self, definition: &Self::Definition);
    /// The name of the environment variable for the target.
    fn env_key(&mut self) -> &mut Option<String>;
    /// Sets the default target if there is none.
    fn set_target(&mut self);
    /// Adds the problems of its own values.
    fn check(&self, problems: &mut Vec<JobProblem>);
}

/// The parts of a definition that the rules need.
pub(super) struct Defined<'a> {
    name: &'a str,
    description: Option<&'a str>,
    mode: &'a str,
    is_complete: bool,
}

/// Returns the inputs of the request, completed from the app; then the inputs that only the app has.
pub(super) fn merge<T: Staged>(
    of_app: &[T::Definition],
    of_request: &[T],
    strict: bool,
    problems: &mut Vec<JobProblem>,
) -> Vec<T> {
    let (mut merged, mut given): (Vec<T>, Vec<&str>) = (Vec::new(), Vec::new());
    for one in of_request {
        let name = one.name().filter(|name| !is_blank(Some(name)));
        if let Some(name) = name {
            if given.contains(&name) {
                problems.push(JobProblem::duplicate(T::PARAMETER, name));
                continue;
            }
            given.push(name);
        }
        let definition = of_app.iter().find(|known| Some(T::defined(known).name) == name);
        if strict && definition.is_none() {
            let names: Vec<&str> = of_app.iter().map(|known| T::defined(known).name).collect();
            let message = match names.as_slice() {
                [] => "is not defined by the app, which accepts no inputs".to_owned(),
                names => format!("is not defined by the app, which accepts {}", names.join(", ")),
            };
            let name = name.unwrap_or_default();
            problems.push(JobProblem::new(JobProblemKind::Unknown, T::PARAMETER, name, message));
        }
        let mut input = one.clone();
        if let Some(definition) = definition {
            if T::defined(definition).mode == "FIXED" {
                if one.differs_from(definition) {
                    problems.push(JobProblem::fixed(T::PARAMETER, name.unwrap_or_default()));
                }
                // Only the name of its variable is taken from the request.
                let key = input.env_key().take();
                input = T::of(definition);
                *input.env_key() = key;
            } else {
                input.take(definition);
            }
        }
        let defined = definition.map(T::defined);
        complete(input, defined.as_ref(), &mut merged, problems);
    }
    for definition in of_app {
        let defined = T::defined(definition);
        let left_out = !matches!(defined.mode, "REQUIRED" | "FIXED") && !defined.is_complete;
        if !given.contains(&defined.name) && !left_out {
            // The service treats an input that only the app has as required.
            let mode = if defined.mode == "FIXED" { "FIXED" } else { "REQUIRED" };
            let defined = Defined { mode, ..defined };
            complete(T::of(definition), Some(&defined), &mut merged, problems);
        }
    }
    merged
}

/// Adds an input; skips an optional input that is incomplete.
fn complete<T: Staged>(
    mut input: T,
    defined: Option<&Defined<'_>>,
    merged: &mut Vec<T>,
    problems: &mut Vec<JobProblem>,
) {
    input.set_target();
    let optional = defined.is_some_and(|defined| defined.mode == "OPTIONAL");
    if optional && !(input.has_source() && input.has_target()) {
        return;
    }
    let name = input.name().unwrap_or_default().to_owned();
    if !input.has_source() {
        let description = defined.and_then(|defined| defined.description);
        problems.push(JobProblem::missing(T::PARAMETER, name, description));
    } else if !input.has_target() {
        let message = "needs a targetPath, because its source ends in /";
        problems.push(JobProblem::new(JobProblemKind::Missing, T::PARAMETER, name, message));
    } else {
        input.check(problems);
    }
    merged.push(input);
}

/// The last segment of a source; empty if there is none (tapis-shared-java `TapisUtils.java` 957).
fn file_name(url: &str) -> &str {
    let mut parts = url.splitn(4, '/');
    let path = parts.nth(3).unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default()
}

/// Sets the description of an input that the app defines. The service appends the description of the request to that of
/// the app, or to the word `null` if the app has none.
fn describe(own: &mut Option<String>, definition: Option<&String>) {
    *own = match text(own) {
        Some(own) => Some(format!("{}\n\n{own}", definition.map_or("null", String::as_str))),
        None => definition.cloned(),
    };
}

/// Converts groups to single inputs as the service does (tapis-jobs `SubmitContext.java` 2061 to 2128).
pub(super) fn take_apart(groups: &[JobFileInputArray]) -> Vec<JobFileInput> {
    let mut inputs = Vec::new();
    for (group, number) in groups.iter().zip(1_usize..) {
        let suffix = format!("_{number}.");
        let name = group.name.as_deref().unwrap_or_default();
        let room = LONGEST_NAME.saturating_sub(suffix.len());
        let stem: String = match name.chars().count() > room {
            true => name.chars().take(room.saturating_sub(1)).collect(),
            false => name.to_owned(),
        };
        let target = group.target_dir.as_deref().unwrap_or("/").trim_end_matches('/');
        for (url, place) in group.source_urls.iter().flatten().zip(1_usize..) {
            let first = place == 1;
            let mut input = JobFileInput::new()
                .name(format!("{}{suffix}{place}", if first { stem.as_str() } else { "" }))
                .source_url(url)
                .target_path(match (target, file_name(url)) {
                    ("", "") => "/".to_owned(),
                    (target, "") => target.to_owned(),
                    (target, name) => format!("{target}/{name}"),
                })
                .auto_mount_local(false);
            input.description = group.description.clone().filter(|_| first);
            input.notes.clone_from(&group.notes);
            inputs.push(input);
        }
    }
    inputs
}

fn or(own: &mut Option<String>, definition: Option<&String>) {
    if is_blank(own.as_deref()) {
        *own = definition.filter(|text| !is_blank(Some(text))).cloned();
    }
}

/// Whether `own` is set to another value.
fn changes<T: PartialEq + ?Sized>(own: Option<&T>, definition: Option<&T>) -> bool {
    own.is_some() && own != definition
}

fn text(value: &Option<String>) -> Option<&str> {
    value.as_deref().filter(|text| !is_blank(Some(text)))
}

fn check_path(parameter: JobParameter, name: &str, path: &str, problems: &mut Vec<JobProblem>) {
    if path.split('/').any(|segment| segment == "..") {
        problems.push(JobProblem::invalid(parameter, name, "has `..` in its target path"));
    }
    if path.chars().any(char::is_control) {
        problems.push(JobProblem::invalid(
            parameter,
            name,
            "has a control character in its target path",
        ));
    }
}

impl Staged for JobFileInput {
    type Definition = AppFileInputReply;

    const PARAMETER: JobParameter = JobParameter::Input;

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn defined(definition: &AppFileInputReply) -> Defined<'_> {
        Defined {
            name: definition.name.as_deref().unwrap_or_default(),
            description: definition.description.as_deref(),
            mode: definition.input_mode.as_ref().map_or("OPTIONAL", |mode| mode.as_str()),
            is_complete: text(&definition.source_url).is_some()
                && text(&definition.target_path).is_some(),
        }
    }

    fn of(definition: &AppFileInputReply) -> Self {
        let mut input = Self::new();
        input.name.clone_from(&definition.name);
        input.take(definition);
        input
    }

    fn has_source(&self) -> bool {
        text(&self.source_url).is_some()
    }

    fn has_target(&self) -> bool {
        text(&self.target_path).is_some()
    }

    fn differs_from(&self, definition: &AppFileInputReply) -> bool {
        changes(text(&self.source_url), text(&definition.source_url))
            || changes(text(&self.target_path), text(&definition.target_path))
            || changes(text(&self.description), text(&definition.description))
            || changes(self.auto_mount_local.as_ref(), definition.auto_mount_local.as_ref())
            || (self.notes.is_some() && !same_notes(self.notes.as_ref(), definition.notes.as_ref()))
    }

    fn take(&mut self, definition: &AppFileInputReply) {
        or(&mut self.source_url, definition.source_url.as_ref());
        or(&mut self.target_path, definition.target_path.as_ref());
        describe(&mut self.description, definition.description.as_ref());
        or(&mut self.env_key, definition.env_key.as_ref());
        self.auto_mount_local = self.auto_mount_local.or(definition.auto_mount_local);
        if self.notes.is_none() {
            self.notes.clone_from(&definition.notes);
        }
    }

    fn env_key(&mut self) -> &mut Option<String> {
        &mut self.env_key
    }

    fn set_target(&mut self) {
        if text(&self.target_path).is_none_or(|path| path == "*") {
            let name = self.source_url.as_deref().map(file_name);
            self.target_path = name.map(str::to_owned);
        }
        self.auto_mount_local = self.auto_mount_local.or(Some(true));
    }

    fn check(&self, problems: &mut Vec<JobProblem>) {
        let name = self.name.as_deref().unwrap_or_default();
        check_path(
            Self::PARAMETER,
            name,
            self.target_path.as_deref().unwrap_or_default(),
            problems,
        );
    }
}

impl Staged for JobFileInputArray {
    type Definition = AppFileInputArrayReply;

    const PARAMETER: JobParameter = JobParameter::InputArray;

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn defined(definition: &AppFileInputArrayReply) -> Defined<'_> {
        Defined {
            name: definition.name.as_deref().unwrap_or_default(),
            description: definition.description.as_deref(),
            mode: definition.input_mode.as_ref().map_or("OPTIONAL", |mode| mode.as_str()),
            is_complete: definition.source_urls.as_ref().is_some_and(|urls| !urls.is_empty())
                && text(&definition.target_dir).is_some(),
        }
    }

    fn of(definition: &AppFileInputArrayReply) -> Self {
        let mut inputs = Self::new();
        inputs.name.clone_from(&definition.name);
        inputs.take(definition);
        inputs
    }

    fn has_source(&self) -> bool {
        self.source_urls.as_ref().is_some_and(|urls| !urls.is_empty())
    }

    fn has_target(&self) -> bool {
        true
    }

    fn differs_from(&self, definition: &AppFileInputArrayReply) -> bool {
        (self.has_source() && !same_sources(self, definition))
            || changes(text(&self.target_dir), text(&definition.target_dir))
            || changes(text(&self.description), text(&definition.description))
            || (self.notes.is_some() && !same_notes(self.notes.as_ref(), definition.notes.as_ref()))
    }

    fn take(&mut self, definition: &AppFileInputArrayReply) {
        if !self.has_source() {
            self.source_urls.clone_from(&definition.source_urls);
        }
        or(&mut self.target_dir, definition.target_dir.as_ref());
        describe(&mut self.description, definition.description.as_ref());
        or(&mut self.env_key, definition.env_key.as_ref());
        if self.notes.is_none() {
            self.notes.clone_from(&definition.notes);
        }
    }

    fn env_key(&mut self) -> &mut Option<String> {
        &mut self.env_key
    }

    fn set_target(&mut self) {
        if text(&self.target_dir).is_none_or(|path| path == "*") {
            self.target_dir = Some("/".to_owned());
        }
    }

    fn check(&self, problems: &mut Vec<JobProblem>) {
        let name = self.name.as_deref().unwrap_or_default();
        check_path(Self::PARAMETER, name, self.target_dir.as_deref().unwrap_or_default(), problems);
        for url in self.source_urls.iter().flatten() {
            if url.starts_with("tapislocal:") {
                let message =
                    "has a source that begins with tapislocal:, which is not allowed in a group";
                problems.push(JobProblem::invalid(Self::PARAMETER, name, message));
            }
        }
    }
}

/// Whether both have the same sources, in any order (tapis-jobs `JobFileInputArray.java` 30 to 54).
fn same_sources(own: &JobFileInputArray, definition: &AppFileInputArrayReply) -> bool {
    let own = own.source_urls.as_deref().unwrap_or_default();
    let others = definition.source_urls.as_deref().unwrap_or_default();
    own.len() == others.len() && own.iter().all(|source| others.contains(source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_becomes_single_inputs_of_which_the_first_has_the_name() {
        let long = "n".repeat(79);
        let groups = [
            JobFileInputArray::new().name("set").target_dir("sets/").source_urls([
                "tapis://s/1",
                "tapis://s/2",
                "tapis://s/dir/",
            ]),
            JobFileInputArray::new().name(&long).target_dir("/").source_urls(["tapis://s/3"]),
            JobFileInputArray::new().target_dir("/").source_urls(["tapis://s/dir/"]),
        ];
        let inputs = take_apart(&groups);
        let inputs: Vec<(&str, &str)> = inputs
            .iter()
            .map(|one| (one.name.as_deref().unwrap(), one.target_path.as_deref().unwrap()))
            .collect();
        let long = format!("{}_2.1", &long[..76]);
        let expected = [
            ("set_1.1", "sets/1"),
            ("_1.2", "sets/2"),
            ("_1.3", "sets"),
            (&*long, "/3"),
            ("_3.1", "/"),
        ];
        assert_eq!(inputs, expected);
    }

    #[test]
    fn a_source_is_staged_under_its_last_segment() {
        for (url, name) in [
            ("tapis://s/a/b.txt", "b.txt"),
            ("tapis://s/b.txt", "b.txt"),
            ("https://host/a/b?x=1", "b?x=1"),
            ("tapis://s/a/", ""),
            ("tapis://s/", ""),
            ("tapis://s", ""),
            ("", ""),
        ] {
            assert_eq!(file_name(url), name, "{url}");
        }
    }
}
