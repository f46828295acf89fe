//! Commands that do something for several files, of which some may fail.

use clap::ArgMatches;
use tapis_client::Error;
use tapis_client::files::TapisPath;

use super::address::Address;
use crate::failure::Failure;

/// The addresses on the command line.
pub(super) fn addresses(matches: &ArgMatches) -> Result<Vec<Address>, Failure> {
    let texts = matches.get_many::<String>("address").into_iter().flatten();
    texts.map(|text| Address::read(text)).collect()
}

/// The failure of something at `path`, with the command that helps.
pub(super) fn failed_at(path: &TapisPath, error: Error) -> Failure {
    let lacks_credential = error.is_system_credential();
    let is_pattern = error.is_not_found() && path.path().contains(['*', '?', '[']);
    let failure = Failure::from(error);
    if is_pattern {
        return failure.with_hint(
            "a path is taken as it is: `tapis ls --pattern '*.csv' DIRECTORY` lists what matches, and \
             `tapis cp -r --include '*.csv' DIRECTORY TARGET` copies it",
        );
    }
    if !lacks_credential {
        return failure;
    }
    // The hint may be copied into a shell.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let system = if path.system().chars().all(is_plain) { path.system() } else { "SYSTEM" };
    failure.with_hint(format!("store a credential with `tapis systems credentials set {system}`"))
}
