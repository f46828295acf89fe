//! `tapis apply`, `diff` and `export`: systems and apps from files.

use std::path::Path;

use clap::{Arg, ArgAction, ArgMatches, Command, builder::PossibleValuesParser};
use serde_json::{Value, json};
use tapis_client::Tapis;
use tapis_client::definitions::{
    ApplyOutcome, Definition, Differences, Format as FileFormat, Target,
};

use crate::arguments::{self, Globals};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::failures::Failures;
use crate::format::Format;
use crate::input::content;
use crate::output::{Column, View};
use crate::session;
use crate::terminal::printable;

const VIEW: View = View {
    identity: &["name"],
    columns: &[
        Column::text("NAME", "name"),
        Column::text("OUTCOME", "outcome"),
        Column::text("FILE", "file"),
    ],
    wide: &[],
};

/// The commands.
pub(crate) fn commands() -> [Command; 3] {
    let file = Arg::new("file")
        .short('f')
        .long("file")
        .value_name("FILE")
        .required(true)
        .num_args(1..)
        .action(ArgAction::Append)
        .help(
            "A definition of a system or an app: .yaml, .json or .toml; a directory with such files; or - for \
             YAML or JSON on stdin",
        );
    let options = |command: Command| arguments::anywhere(command.arg(arguments::format_option()));
    [
        Command::new("apply")
            .about("Create systems and apps from files, or change what differs")
            .arg(file.clone()),
        Command::new("diff")
            .about("Compare files with the server; exit code 9 if they differ")
            .long_about(
                "Show how files differ from the systems and apps on the server; exit code 9 if they do.",
            )
            .arg(file),
        Command::new("export")
            .about("Print a system or an app as a file that `tapis apply` takes")
            .arg(
                Arg::new("kind")
                    .value_name("system|app")
                    .required(true)
                    .value_parser(PossibleValuesParser::new(["system", "app"])),
            )
            .arg(
                Arg::new("id")
                    .value_name("ID")
                    .required(true)
                    .help("Its id; of an app, ID:VERSION for another version than the latest"),
            ),
    ]
    .map(options)
}

/// Carries out one of them.
pub(crate) async fn run(
    globals: &Globals,
    name: &str,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    match name {
        "export" => export(globals, matches).await,
        // What would be applied is what differs.
        _ => all(globals, matches, name == "apply" && !globals.dry_run).await,
    }
}

async fn export(globals: &Globals, matches: &ArgMatches) -> Result<(), Failure> {
    let text = |name: &str| matches.get_one::<String>(name).map_or("", String::as_str);
    let target = match (text("kind"), text("id").split_once(':')) {
        ("app", Some((id, version))) => Target::app_version(id, version),
        ("app", None) => Target::app(text("id")),
        _ => Target::system(text("id")),
    };
    let definition = session::tapis(globals)?.export(target).await?;
    let format = match globals.format {
        Some(Format::Json) => FileFormat::Json,
        _ => FileFormat::Yaml,
    };
    let written = definition.to_text(format)?;
    std::io::Write::write_all(&mut std::io::stdout(), written.as_bytes())?;
    Ok(())
}

/// What has become of one definition.
struct Done {
    file: String,
    /// The kind and the id, as far as the file says.
    name: String,
    outcome: Outcome,
}

enum Outcome {
    Applied(ApplyOutcome),
    Compared(Differences),
    Missing,
    Failed(Failure),
}

/// Applies or compares each file. One that fails does not keep the others from it.
async fn all(globals: &Globals, matches: &ArgMatches, apply: bool) -> Result<(), Failure> {
    let t = session::tapis(globals)?;
    let mut all = Vec::new();
    // A reader that is gone ends neither the work nor its outcome.
    let mut shown = Ok(());
    for file in &files(matches)? {
        let done = one(&t, file, apply).await;
        if globals.output().is_table() && shown.is_ok() {
            shown = show(&done);
        }
        all.push(done);
    }
    if !globals.output().is_table() {
        shown = globals.output().show_as(&all.iter().map(Done::value).collect(), &VIEW);
    }
    let differs = all.iter().any(|done| done.outcome.differs());
    let count = all.len();
    let mut failures = Failures::default();
    for done in all {
        match done.outcome {
            Outcome::Failed(failure) if count == 1 => return Err(failure),
            Outcome::Failed(failure) => failures.push(done.file, failure)?,
            _ => {}
        }
    }
    failures.into_result(count, "definitions")?;
    match differs {
        true => Err(Failure::silent(Exit::Differences)),
        false => shown,
    }
}

/// The files that are named; of a directory, those in it that are definitions by their names.
fn files(matches: &ArgMatches) -> Result<Vec<String>, Failure> {
    let mut all = Vec::new();
    for named in matches.get_many::<String>("file").into_iter().flatten() {
        if !Path::new(named).is_dir() {
            all.push(named.clone());
            continue;
        }
        let failed =
            |error: std::io::Error| Failure::new(Exit::Failed, format!("{named}: {error}"));
        let mut inside = Vec::new();
        for entry in std::fs::read_dir(named).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let ending = path.extension().and_then(|ending| ending.to_str());
            if matches!(ending, Some("yaml" | "yml" | "json" | "toml")) && path.is_file() {
                inside.push(path.to_string_lossy().into_owned());
            }
        }
        if inside.is_empty() {
            return Err(Failure::usage(format!("the directory {named} has no definitions"))
                .with_hint("their names end in .yaml, .yml, .json or .toml"));
        }
        inside.sort();
        all.append(&mut inside);
    }
    Ok(all)
}

async fn one(t: &Tapis, file: &str, apply: bool) -> Done {
    let definition = match read(file).await {
        Ok(definition) => definition,
        Err(failure) => {
            return Done {
                file: file.to_owned(),
                name: file.to_owned(),
                outcome: Outcome::Failed(failure),
            };
        }
    };
    let text = |attribute: &str| definition.text(attribute).unwrap_or_default().to_owned();
    let Ok(kind) = definition.kind() else {
        let failure = Failure::usage(format!("{file} describes neither a system nor an app"))
            .with_hint(
                "a system has at least systemType and host, an app containerImage and version",
            );
        return Done {
            file: file.to_owned(),
            name: file.to_owned(),
            outcome: Outcome::Failed(failure),
        };
    };
    let name = format!("{kind} {} {}", text("id"), text("version")).trim_end().to_owned();
    let outcome = match apply {
        true => t.apply(&definition).await.map(Outcome::Applied),
        false => t.diff(&definition).await.map(Outcome::Compared),
    };
    let outcome = match outcome {
        Err(error) if error.is_not_found() && !apply => Outcome::Missing,
        Err(error) => Outcome::Failed(error.into()),
        Ok(outcome) => outcome,
    };
    Done { file: file.to_owned(), name, outcome }
}

async fn read(file: &str) -> Result<Definition, Failure> {
    if file != "-" {
        return Ok(Definition::from_path(file).await?);
    }
    let bytes = content("-")?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| Failure::usage("the text on stdin is not UTF-8"))?;
    // JSON is YAML, too.
    Ok(Definition::from_text(text, FileFormat::Yaml)?)
}

/// A line for the definition, and one for each attribute that differs.
fn show(done: &Done) -> Result<(), Failure> {
    let mut text = format!("{}: {}\n", printable(&done.name), done.outcome.words());
    for difference in done.outcome.differences() {
        text.push_str(&format!("  {}\n", printable(&difference)));
    }
    std::io::Write::write_all(&mut std::io::stdout(), text.as_bytes())?;
    Ok(())
}

impl Outcome {
    fn words(&self) -> String {
        match self {
            Self::Applied(ApplyOutcome::Updated(_)) => "updated".to_owned(),
            Self::Applied(ApplyOutcome::Undeleted(_)) => "undeleted".to_owned(),
            Self::Applied(outcome) => outcome.to_string(),
            Self::Compared(differences) if differences.is_empty() => "unchanged".to_owned(),
            Self::Compared(_) => "differs".to_owned(),
            Self::Missing => "does not exist".to_owned(),
            Self::Failed(_) => "failed".to_owned(),
        }
    }

    fn differs(&self) -> bool {
        match self {
            Self::Compared(differences) => !differences.is_empty(),
            Self::Missing => true,
            _ => false,
        }
    }

    fn differences(&self) -> Vec<String> {
        match self {
            Self::Applied(ApplyOutcome::Updated(all) | ApplyOutcome::Undeleted(all))
            | Self::Compared(all) => all.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        }
    }
}

impl Done {
    fn value(&self) -> Value {
        let mut value =
            json!({"file": self.file, "name": self.name, "outcome": self.outcome.words()});
        let differences = self.outcome.differences();
        if !differences.is_empty() {
            value["differences"] = differences.into();
        }
        if let Outcome::Failed(failure) = &self.outcome {
            value["error"] = failure.message().into();
        }
        value
    }
}
