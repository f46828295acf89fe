//! `tapis mv`.

use std::ffi::OsStr;

use clap::ArgMatches;
use tapis_client::Tapis;
use tapis_client::files::TapisPath;

use super::address::Place;
use super::output::show_moves;
use super::parts::failed_at;
use super::target::{Target, Targets, There, look, places};
use crate::arguments::Globals;
use crate::failure::Failure;
use crate::failures::Failures;
use crate::session;

pub(super) async fn mv(globals: &Globals, matches: &ArgMatches) -> Result<(), Failure> {
    let (sources, target) = places(matches)?;
    let paths = on_one_system(&sources, &target)?;
    let t = session::tapis(globals)?;
    let as_it_is = matches.get_flag("no-target-directory");
    let mut targets = Targets::find(&t, &target, paths.len(), as_it_is).await?;
    let mut moves = Vec::new();
    for source in paths {
        if let Target::System(target) = targets.of(source.file_name().map(OsStr::new))? {
            moves.push((source, target));
        }
    }
    if globals.dry_run {
        let moves = moves.iter().map(|(source, target)| (source.to_string(), target.to_string()));
        return show_moves(globals, &moves.collect::<Vec<_>>());
    }
    let keep = matches.get_flag("no-clobber");
    let mut failures = Failures::default();
    for (source, target) in &moves {
        match move_one(&t, source, target, keep).await {
            Ok(true) => {}
            Ok(false) => globals.note(&format!("kept {target}: it exists")),
            Err(failure) => failures.push(source.to_string(), failure)?,
        }
    }
    failures.into_result(moves.len(), "paths")
}

/// Whether it was moved, and not kept from replacing a file.
async fn move_one(
    t: &Tapis,
    source: &TapisPath,
    target: &TapisPath,
    keep: bool,
) -> Result<bool, Failure> {
    if source == target {
        return Err(Failure::usage("source and target are the same"));
    }
    if matches!(look(t, target).await?, There::File) && keep {
        return Ok(false);
    }
    t.files.at(source).mv(target).await.map_err(|error| failed_at(source, error))?;
    Ok(true)
}

/// The paths of the sources, which are on the system of the target and not its root.
fn on_one_system<'a>(sources: &'a [Place], target: &Place) -> Result<Vec<&'a TapisPath>, Failure> {
    let copy = "copy it with `tapis cp`, and delete it then";
    let local = |place: &Place| {
        Failure::usage(format!(
            "{place} is a local path; `tapis mv` moves only tapis://SYSTEM/PATH"
        ))
        .with_hint(copy)
    };
    let Place::System(to) = target else {
        return Err(local(target));
    };
    let paths = sources.iter().map(|source| match source {
        Place::System(from) if from.path.system() != to.path.system() => {
            Err(Failure::usage(format!("{from} and {to} are on two systems")).with_hint(copy))
        }
        Place::System(from) if from.path.is_root() => {
            Err(Failure::usage(format!("{from} is the root directory of a system")))
        }
        Place::System(from) => Ok(&from.path),
        other => Err(local(other)),
    });
    paths.collect()
}
