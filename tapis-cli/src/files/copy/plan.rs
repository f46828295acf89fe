//! What is copied, and how: by this machine, or by the service.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use futures_util::{StreamExt as _, stream};
use tapis_client::Tapis;
use tapis_client::files::{Stat, TapisPath};

use super::super::address::Place;
use super::super::parts::failed_at;
use super::super::target::{Target, Targets};
use super::options::Options;
use super::tally::Tally;
use crate::exit::Exit;
use crate::failure::Failure;

/// How many sources are looked at, or copied, at once.
pub(super) const PARALLEL: usize = 8;

/// A source, looked at.
#[derive(Clone, Debug)]
pub(super) enum Source {
    Stdin,
    File(PathBuf),
    Folder(PathBuf),
    SystemFile(Stat),
    SystemFolder(TapisPath),
}

impl Source {
    fn name(&self) -> Option<&OsStr> {
        match self {
            Self::Stdin => None,
            Self::File(path) | Self::Folder(path) => path.file_name(),
            Self::SystemFile(Stat { path, .. }) | Self::SystemFolder(path) => {
                path.file_name().map(OsStr::new)
            }
        }
    }

    fn is_folder(&self) -> bool {
        matches!(self, Self::Folder(_) | Self::SystemFolder(_))
    }

    /// The path on a system.
    pub(super) fn on_system(&self) -> Option<&TapisPath> {
        match self {
            Self::SystemFile(Stat { path, .. }) | Self::SystemFolder(path) => Some(path),
            _ => None,
        }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stdin => f.write_str("-"),
            Self::File(path) | Self::Folder(path) => write!(f, "{}", path.display()),
            Self::SystemFile(Stat { path, .. }) | Self::SystemFolder(path) => write!(f, "{path}"),
        }
    }
}

/// A source and its target.
pub(super) type Step = (Source, Target);

/// What is copied, by how it is done.
#[derive(Default)]
pub(super) struct Plan {
    /// Files that go through this machine, and what the service copies within a system.
    pub(super) single: Vec<Step>,
    /// Folders that go through this machine.
    pub(super) folders: Vec<Step>,
    /// What the service transfers between systems.
    pub(super) transfers: Vec<Step>,
}

impl Plan {
    /// Looks at the sources and at the target. Sources that cannot be read on their systems are failures in `tally`.
    ///
    /// # Errors
    /// An invalid command line, or local files that cannot be read; nothing is copied then.
    pub(super) async fn make(
        t: &Tapis,
        sources: &[Place],
        target: &Place,
        options: &Options,
        tally: &mut Tally,
    ) -> Result<Self, Failure> {
        let mut targets = Targets::find(t, target, sources.len(), options.target_as_it_is).await?;
        let looks = sources.iter().map(|source| async move { (source, look(t, source).await) });
        let mut looking = stream::iter(looks).buffered(PARALLEL);
        let mut plan = Self::default();
        while let Some((place, found)) = looking.next().await {
            let source = match (found, place) {
                (Ok(source), _) => source,
                (Err(failure), Place::System(_)) => {
                    tally.failures.push(place.to_string(), failure)?;
                    continue;
                }
                (Err(failure), _) => return Err(failure.about(&place.to_string())),
            };
            if source.is_folder() && !options.recursive {
                return Err(Failure::usage(format!("{place} is a folder"))
                    .with_hint("add -r to copy it with everything in it"));
            }
            targets.suit(place, source.is_folder())?;
            let target = targets.of(source.name())?;
            plan.add(source, target, options)?;
        }
        Ok(plan)
    }

    fn add(&mut self, source: Source, target: Target, options: &Options) -> Result<(), Failure> {
        let (from, to) = match (source.on_system(), &target) {
            (Some(from), Target::System(to)) => (from, to),
            _ if source.is_folder() => {
                self.folders.push((source, target));
                return Ok(());
            }
            _ => {
                self.single.push((source, target));
                return Ok(());
            }
        };
        if source.is_folder() && options.choose_files() {
            let message = format!("the service copies all of {from}, and no choice of its files");
            return Err(Failure::usage(message)
                .with_hint("leave out --include, --exclude, -n, -L and --skip-unchanged"));
        }
        let same_system = from.system() == to.system();
        let steps = if same_system { &mut self.single } else { &mut self.transfers };
        steps.push((source, target));
        Ok(())
    }
}

async fn look(t: &Tapis, source: &Place) -> Result<Source, Failure> {
    match source {
        Place::Standard => Ok(Source::Stdin),
        Place::Local(path) => look_here(path),
        Place::System(address) => {
            let stat = t.files.at(&address.path).stat().await;
            let stat = stat.map_err(|error| failed_at(&address.path, error))?;
            match stat.is_dir {
                true => Ok(Source::SystemFolder(stat.path)),
                false if address.is_directory => {
                    Err(Failure::usage("it is a file, and the slash at its end is for directories"))
                }
                false => Ok(Source::SystemFile(stat)),
            }
        }
    }
}

fn look_here(path: &Path) -> Result<Source, Failure> {
    let found = std::fs::metadata(path)?;
    if found.is_dir() {
        return Ok(Source::Folder(path.to_owned()));
    }
    match found.is_file() {
        true => Ok(Source::File(path.to_owned())),
        false => Err(Failure::new(Exit::Failed, "it is neither a file nor a folder")
            .with_hint("to upload from a pipe or device, run `tapis cp - TARGET < SOURCE`")),
    }
}
