//! What a job has written.

use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command};
use serde_json::{Value, json};
use tapis_client::Tapis;
use tapis_client::jobs::Output;

use super::super::parts::{flag, is_set, text};
use super::parts::uuid;
use crate::arguments::Globals;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Column, View};
use crate::paging;
use crate::progress::Progress;

const VIEW: View = View {
    identity: &["path"],
    columns: &[
        Column::text("PATH", "path"),
        Column::text("TYPE", "type"),
        Column::text("BYTES", "size"),
        Column::time("CHANGED", "lastModified"),
    ],
    wide: &[Column::long("URL", "url")],
};

pub(super) fn verb() -> Command {
    let path =
        || Arg::new("PATH").help("A file or a directory of the output; everything by default");
    Command::new("outputs")
        .about("List and fetch what a job has written")
        .subcommand(Command::new("ls").alias("list").about("List what a job has written").arg(uuid()).arg(path()))
        .subcommand(
            Command::new("get")
                .about("Download what a job has written")
                .arg(uuid())
                .arg(path())
                .arg(Arg::new("to").long("to").value_name("DIRECTORY").help(
                    "Where to; the current directory by default, and for everything one named after the job",
                ))
                .arg(flag("force", "Replace files that are there")),
        )
}

pub(super) async fn list(
    globals: &Globals,
    t: &Tapis,
    job: &str,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let found = below(globals, t, job, text(matches, "PATH")).await?;
    let entries = found.iter().map(|output| {
        let mut entry = serde_json::to_value(&output.info).unwrap_or_else(|_| json!({}));
        // In place of the path on the system, the one that `get` takes.
        entry["path"] = output.path.as_str().into();
        entry
    });
    globals.output().show_as(&entries.collect::<Value>(), &VIEW)
}

/// The entries at and below a path.
async fn below(
    globals: &Globals,
    t: &Tapis,
    job: &str,
    path: &str,
) -> Result<Vec<Output>, Failure> {
    let path = path.trim_matches('/');
    let mut all = t.jobs.outputs(job).while_running().entries();
    let mut found = Vec::new();
    while let Some(output) = all.next().await? {
        let inside = output
            .path
            .strip_prefix(path)
            .is_some_and(|rest| path.is_empty() || rest.is_empty() || rest.starts_with('/'));
        if !inside {
            continue;
        }
        if found.len() == globals.max {
            globals.note(&paging::more_than(globals.max));
            break;
        }
        found.push(output);
    }
    if found.is_empty() && !path.is_empty() {
        let message = format!("the job {job} has written nothing named {path:?}");
        let hint = format!("`tapis jobs outputs ls {job}` lists what it has written");
        return Err(Failure::new(Exit::NotFound, message).with_hint(hint));
    }
    Ok(found)
}

pub(super) async fn get(
    globals: &Globals,
    t: &Tapis,
    job: &str,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    const VIEW: View = View {
        identity: &["file"],
        columns: &[Column::text("FILE", "file"), Column::text("BYTES", "size")],
        wide: &[],
    };
    // An incomplete download is no download.
    let globals = &Globals { max: usize::MAX, ..globals.clone() };
    let path = text(matches, "PATH").trim_matches('/');
    let to = match (text(matches, "to"), path) {
        ("", "") => PathBuf::from(job),
        ("", _) => PathBuf::from("."),
        (to, _) => PathBuf::from(to),
    };
    // If `a/b` of `a/b/c` is requested, `b` and its content go to the target directory.
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    let found = below(globals, t, job, path).await?;
    let files: Vec<(&Output, PathBuf)> = found
        .iter()
        .filter(|output| !output.is_dir())
        .map(|output| {
            let name = output.path.strip_prefix(parent).unwrap_or(&output.path);
            (output, to.join(name.trim_start_matches('/')))
        })
        .collect();
    if !is_set(matches, "force")
        && let Some((_, there)) = files.iter().find(|(_, file)| file.exists())
    {
        let message = format!("{} is there already; nothing was downloaded", there.display());
        return Err(Failure::new(Exit::Conflict, message)
            .with_hint("choose another directory with --to, or replace files with --force"));
    }
    let progress = Progress::new(globals);
    let mut done = Vec::new();
    for (output, file) in files {
        let folder = file.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(|error| {
            Failure::new(Exit::Failed, format!("{}: {error}", folder.display()))
        })?;
        let download = t.jobs.download_output(job, output.path.as_str()).while_running();
        let tell = progress.part();
        let download = download.on_progress(move |progress| tell(progress.bytes, progress.total));
        let size = download.to_path(&file).await?;
        done.push(json!({"path": output.path, "file": file.display().to_string(), "size": size}));
    }
    progress.end();
    globals.output().show_as(&Value::Array(done), &VIEW)
}
