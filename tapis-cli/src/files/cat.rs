//! `tapis cat`.

use clap::ArgMatches;
use tapis_client::files::{Content, RemotePath};
use tapis_client::{Error, Tapis};
use tokio::io::AsyncWriteExt as _;

use super::address::Address;
use super::parts::{addresses, failed_at};
use crate::arguments::Globals;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::failures::Failures;
use crate::session;

/// Which bytes of a file are written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    All,
    First(u64),
    Last(u64),
}

pub(super) async fn cat(globals: &Globals, matches: &ArgMatches) -> Result<(), Failure> {
    let addresses = addresses(matches)?;
    let bytes = |name: &str| matches.get_one::<u64>(name).copied();
    let part = match (bytes("head"), bytes("tail")) {
        (Some(bytes), _) => Part::First(bytes),
        (None, Some(bytes)) => Part::Last(bytes),
        (None, None) => Part::All,
    };
    write(&session::tapis(globals)?, &addresses, part).await
}

/// Writes files to stdout, one after the other.
pub(super) async fn write(t: &Tapis, addresses: &[Address], part: Part) -> Result<(), Failure> {
    // This writes on another thread, so that a reader that waits does not keep Ctrl-C from being noticed.
    let mut out = tokio::io::stdout();
    let mut failures = Failures::default();
    let mut written = Ok(());
    'files: for address in addresses {
        let mut failed = |failure| failures.push(address.to_string(), failure);
        let mut content = match open(&t.files.at(&address.path), part).await {
            Ok(content) => content,
            Err(failure) => {
                failed(failure)?;
                continue;
            }
        };
        loop {
            match content.chunk().await {
                Ok(Some(chunk)) => {
                    written = out.write_all(&chunk).await;
                    if written.is_err() {
                        break 'files;
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    failed(failed_at(&address.path, error))?;
                    break;
                }
            }
        }
    }
    if written.is_ok() {
        written = out.flush().await;
    }
    failures.into_result(addresses.len(), "files").and(written.map_err(Failure::from))
}

async fn open(file: &RemotePath, part: Part) -> Result<Content, Failure> {
    let path = file.path()?;
    let failed = |error: Error| {
        // The range is within the file, so that it is the kind of the file that does not fit.
        let is_directory = error.is_input();
        let failure = failed_at(path, error);
        if is_directory { failure.with_hint("`tapis cp -r` copies directories") } else { failure }
    };
    let download = match part {
        Part::All => file.download(),
        Part::First(bytes) => file.download().range(0..bytes),
        Part::Last(bytes) => {
            let stat = file.stat().await.map_err(failed)?;
            match stat.size {
                Some(size) => file.download().range(size.saturating_sub(bytes)..size),
                None if stat.is_dir => file.download(),
                None => {
                    return Err(Failure::new(
                        Exit::Failed,
                        "its size is unknown, and so is its end",
                    ));
                }
            }
        }
    };
    download.open().await.map_err(failed)
}
