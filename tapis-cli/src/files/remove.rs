//! `tapis rm`.

use clap::ArgMatches;
use tapis_client::files::RemotePath;

use super::address::Address;
use super::output::show_addresses;
use super::parts::{addresses, failed_at};
use crate::arguments::Globals;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::failures::Failures;
use crate::input::confirm;
use crate::session;

/// How many addresses a question names.
const NAMED: usize = 5;

pub(super) async fn rm(globals: &Globals, matches: &ArgMatches) -> Result<(), Failure> {
    let addresses = addresses(matches)?;
    let recursive = matches.get_flag("recursive");
    if let Some(root) = addresses.iter().find(|address| address.path.is_root()) {
        let hint = format!(
            "name the files or directories in it, such as tapis://{}/data",
            root.path.system()
        );
        let message = format!("{root} is the root directory of a system and is not deleted");
        return Err(Failure::usage(message).with_hint(hint));
    }
    if globals.dry_run {
        return show_addresses(globals, &addresses);
    }
    let force = matches.get_flag("force");
    if !force {
        ask(globals, question(&addresses, recursive)).await?;
    }
    let t = session::tapis(globals)?;
    let mut failures = Failures::default();
    for address in &addresses {
        let remote = t.files.at(&address.path);
        let Err(failure) = delete(&remote, recursive).await else { continue };
        // A system that does not exist is not found either, and that is no path that is gone.
        let may_be_missing = force && failure.exit == Exit::NotFound;
        if !(may_be_missing && matches!(remote.stat_opt().await, Ok(None))) {
            failures.push(address.to_string(), failure)?;
        }
    }
    failures.into_result(addresses.len(), "paths")
}

async fn delete(remote: &RemotePath, recursive: bool) -> Result<(), Failure> {
    let path = remote.path()?;
    let failed = |error| failed_at(path, error);
    if recursive {
        return remote.rm().recursive().await.map_err(failed);
    }
    if remote.stat().await.map_err(failed)?.is_dir {
        let hint = "add -r to delete it and everything in it";
        return Err(Failure::usage("it is a directory").with_hint(hint));
    }
    remote.rm().await.map_err(failed)
}

fn question(addresses: &[Address], recursive: bool) -> String {
    let named: Vec<String> = addresses.iter().take(NAMED).map(Address::to_string).collect();
    let more = match addresses.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let inside = if recursive { ", with everything in directories" } else { "" };
    format!("Delete {}{more}{inside}?", named.join(", "))
}

/// Asks on another thread, so that Ctrl-C is noticed.
async fn ask(globals: &Globals, question: String) -> Result<(), Failure> {
    let globals = globals.clone();
    let asked = tokio::task::spawn_blocking(move || confirm(&globals, &question)).await;
    asked.map_err(|error| Failure::from(std::io::Error::other(error)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_names_what_is_deleted() {
        let addresses = |count: usize| -> Vec<Address> {
            (0..count).map(|n| format!("tapis://s/{n}").parse().unwrap()).collect()
        };
        assert_eq!(question(&addresses(1), false), "Delete tapis://s/0?");
        let several = "Delete tapis://s/0, tapis://s/1, with everything in directories?";
        assert_eq!(question(&addresses(2), true), several);
        assert!(question(&addresses(8), false).ends_with("tapis://s/4 and 3 more?"));
    }
}
