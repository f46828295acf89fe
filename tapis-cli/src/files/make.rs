//! `tapis mkdir`.

use clap::ArgMatches;

use super::output::show_addresses;
use super::parts::{addresses, failed_at};
use crate::arguments::Globals;
use crate::failure::Failure;
use crate::failures::Failures;
use crate::session;

pub(super) async fn mkdir(globals: &Globals, matches: &ArgMatches) -> Result<(), Failure> {
    let addresses = addresses(matches)?;
    if globals.dry_run {
        return show_addresses(globals, &addresses);
    }
    let t = session::tapis(globals)?;
    let mut failures = Failures::default();
    for address in &addresses {
        if let Err(error) = t.files.at(&address.path).mkdir().await {
            failures.push(address.to_string(), failed_at(&address.path, error))?;
        }
    }
    failures.into_result(addresses.len(), "directories")
}
