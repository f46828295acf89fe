//! Where the sources of a copy or a move go.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

use clap::ArgMatches;
use tapis_client::Tapis;
use tapis_client::files::TapisPath;

use super::address::Place;
use super::parts::failed_at;
use crate::exit::Exit;
use crate::failure::Failure;

/// The sources and the target on the command line.
pub(super) fn places(matches: &ArgMatches) -> Result<(Vec<Place>, Place), Failure> {
    let sources = matches.get_many::<OsString>("source").into_iter().flatten();
    let sources = sources.map(|source| Place::read(source)).collect::<Result<_, _>>()?;
    let target = matches.get_one::<OsString>("target");
    Ok((sources, Place::read(target.map(OsString::as_os_str).unwrap_or_default())?))
}

/// Where one source goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Target {
    Local(PathBuf),
    System(TapisPath),
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Local(path) => write!(f, "{}", path.display()),
            Self::System(path) => write!(f, "{path}"),
        }
    }
}

/// The target of a command, and whether sources go into it under their own names.
pub(super) struct Targets {
    place: Target,
    is_file: bool,
    into: bool,
    taken: HashSet<Target>,
}

impl Targets {
    /// Looks at the target of `count` sources; `as_it_is` takes it as the file or directory itself.
    pub(super) async fn find(
        t: &Tapis,
        target: &Place,
        count: usize,
        as_it_is: bool,
    ) -> Result<Self, Failure> {
        if as_it_is && count > 1 {
            return Err(Failure::usage("-T is for one source"));
        }
        let (place, exists, is_directory) = match target {
            Place::Standard => return Err(Failure::usage("- cannot be the target of this")),
            Place::Local(path) => {
                let found = std::fs::metadata(path);
                let is_directory = found.as_ref().is_ok_and(|found| found.is_dir());
                (Target::Local(path.clone()), found.is_ok(), is_directory)
            }
            Place::System(address) => {
                let remote = t.files.at(&address.path);
                let found = match address.path.is_root() {
                    // There is nothing to be asked of it.
                    true => (true, true),
                    false => {
                        let found = remote.stat_opt().await;
                        let found = found.map_err(|error| {
                            failed_at(&address.path, error).about(&address.to_string())
                        })?;
                        (found.is_some(), found.is_some_and(|found| found.is_dir))
                    }
                };
                (Target::System(address.path.clone()), found.0, found.1)
            }
        };
        let wanted = count > 1 || target.is_directory();
        if exists && !is_directory && wanted {
            return Err(Failure::usage(format!("{target} is a file, not a directory")));
        }
        let into = !as_it_is && (wanted || is_directory);
        let is_file = exists && !is_directory;
        Ok(Self { place, is_file, into, taken: HashSet::new() })
    }

    /// Refuses a source that the target cannot take.
    pub(super) fn suit(&self, source: &Place, is_folder: bool) -> Result<(), Failure> {
        let target = &self.place;
        if self.into && *source == Place::Standard {
            return Err(Failure::usage(format!("stdin has no name: name the file in {target}")));
        }
        match self.is_file && is_folder {
            true => Err(Failure::usage(format!("{source} is a folder, and {target} a file"))),
            false => Ok(()),
        }
    }

    /// Where the source of this name goes. What has no name, such as the root of a system, has its content go into
    /// the target.
    ///
    /// # Errors
    /// A name that cannot be one there, and a target that another source goes to.
    pub(super) fn of(&mut self, name: Option<&OsStr>) -> Result<Target, Failure> {
        let target = match (self.into.then_some(name).flatten(), &self.place) {
            (None, place) => place.clone(),
            (Some(name), Target::Local(folder)) => {
                // What is one name on a system may be a way elsewhere here.
                let mut parts = Path::new(name).components();
                if !matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None)) {
                    let message =
                        format!("{} means something else on this machine", name.display());
                    return Err(Failure::usage(message).with_hint("name the file that it becomes"));
                }
                Target::Local(folder.join(name))
            }
            (Some(name), Target::System(directory)) => {
                let text = name.to_str().ok_or_else(|| {
                    Failure::usage(format!("{} is not a name in UTF-8", name.display()))
                })?;
                let path = directory.join(text);
                Target::System(path.map_err(|error| Failure::usage(error.to_string()))?)
            }
        };
        if !self.taken.insert(target.clone()) {
            return Err(Failure::usage(format!("two sources would become {target}")));
        }
        Ok(target)
    }
}

/// What the service may put at a target.
pub(super) enum There {
    Free,
    File,
}

/// Looks at a target on a system before the service copies or moves something there: it would put the source into a
/// directory, and not in its place.
pub(super) async fn look(t: &Tapis, target: &TapisPath) -> Result<There, Failure> {
    match t.files.at(target).stat_opt().await {
        Ok(None) => Ok(There::Free),
        Ok(Some(found)) if !found.is_dir => Ok(There::File),
        Ok(Some(_)) => {
            Err(Failure::new(Exit::Conflict, format!("{target} exists and is a directory"))
                .with_hint("delete it first, or name another target"))
        }
        Err(error) => Err(failed_at(target, error)),
    }
}
