//! `tapis cp`.

mod options;
mod plan;
mod run;
mod tally;

use clap::ArgMatches;

use super::address::Place;
use super::cat;
use super::output::show_moves;
use super::target::places;
use crate::arguments::Globals;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::session;
use options::Options;
use plan::Plan;
use tally::Tally;

pub(super) async fn cp(globals: &Globals, matches: &ArgMatches) -> Result<(), Failure> {
    let options = Options::read(matches);
    let (sources, target) = places(matches)?;
    check(&sources, &target)?;
    let t = session::tapis(globals)?;
    if let (Place::Standard, [Place::System(source)]) = (&target, &sources[..]) {
        if globals.dry_run {
            return show_moves(globals, &[(source.to_string(), target.to_string())]);
        }
        return cat::write(&t, std::slice::from_ref(source), cat::Part::All).await;
    }
    let mut tally = Tally::begin();
    let plan = Plan::make(&t, &sources, &target, &options, &mut tally).await?;
    if globals.dry_run {
        let moves = plan.moves(&t, &options, &mut tally).await?;
        show_moves(globals, &moves)?;
        return tally.into_result();
    }
    let progress = Progress::new(globals);
    let outcome = plan.run(globals, &t, &options, &progress, &mut tally).await;
    progress.end();
    outcome?;
    tally.show(globals)?;
    tally.into_result()
}

/// Rejects copies that do not involve a system, before anything is sent.
fn check(sources: &[Place], target: &Place) -> Result<(), Failure> {
    let usage = |message: &str| Err(Failure::usage(message));
    let is_local = |place: &Place| !matches!(place, Place::System(_));
    if is_local(target)
        && let Some(source) = sources.iter().find(|source| is_local(source))
    {
        let message = format!("{source} and {target} are both on this machine");
        let named = if source.to_string().contains(':') { source } else { target };
        return Err(Failure::usage(message).with_hint(named.hint()));
    }
    match (sources.len(), target) {
        (0 | 1, _) => Ok(()),
        _ if sources.contains(&Place::Standard) => usage("- is the only source where it is one"),
        (_, Place::Standard) => usage("stdout takes one source here; `tapis cat` writes several"),
        _ => Ok(()),
    }
}
