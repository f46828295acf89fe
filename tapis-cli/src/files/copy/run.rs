//! Carrying out what was planned.

use std::io::Write as _;

use futures_util::{StreamExt as _, stream};
use tapis_client::Tapis;
use tapis_client::files::types::TransferStatus;
use tapis_client::files::{
    FolderProgress, FolderTransfer, Progress as Bytes, SkipReason, TapisPath, Transfer,
};

use super::super::parts::failed_at;
use super::super::target::{Target, There, look};
use super::options::Options;
use super::plan::{PARALLEL, Plan, Source, Step};
use super::tally::Tally;
use crate::arguments::Globals;
use crate::failure::Failure;
use crate::format::Format;
use crate::interrupt;
use crate::progress::Progress;

/// What became of one step.
enum Done {
    File(u64),
    Directory,
    Skipped(SkipReason),
}

impl Plan {
    /// The files that would be copied, each with its target; a folder that the service copies is one.
    pub(super) async fn moves(
        self,
        t: &Tapis,
        options: &Options,
        tally: &mut Tally,
    ) -> Result<Vec<(String, String)>, Failure> {
        let mut moves = Vec::new();
        for (source, target) in self.single.iter().chain(&self.transfers) {
            if !(options.keep_existing && exists(t, target).await?) {
                moves.push((source.to_string(), target.to_string()));
            }
        }
        for (source, target) in &self.folders {
            let Some((folder, path)) = folder(t, source, target) else { continue };
            let summary = options.apply(folder).dry_run().await;
            let mut summary = summary.map_err(|error| failed_at(path, error))?;
            summary.transferred.sort_unstable();
            for path in &summary.transferred {
                let within = |folder: String| format!("{}/{path}", folder.trim_end_matches('/'));
                moves.push((within(source.to_string()), within(target.to_string())));
            }
            tally.add_folder(&source.to_string(), path, summary)?;
        }
        Ok(moves)
    }

    /// Copies everything. What fails is in `tally` and does not keep the rest from being copied.
    ///
    /// # Errors
    /// A failure that everything would have.
    pub(super) async fn run(
        self,
        globals: &Globals,
        t: &Tapis,
        options: &Options,
        progress: &Progress,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        let mut copying = stream::iter(&self.single)
            .map(|step| async move { (step, copy(t, options, progress, step).await) })
            .buffer_unordered(PARALLEL);
        while let Some(((source, _), outcome)) = copying.next().await {
            take(tally, source, outcome)?;
        }
        for (source, target) in &self.folders {
            let Some((folder, path)) = folder(t, source, target) else { continue };
            let report = progress.part();
            let report =
                move |so_far: FolderProgress| report(so_far.bytes, Some(so_far.total_bytes));
            let summary = options.apply(folder).on_progress(report).await;
            match summary.map_err(|error| failed_at(path, error)) {
                Ok(summary) => tally.add_folder(&source.to_string(), path, summary)?,
                Err(failure) => tally.failures.push(source.to_string(), failure)?,
            }
        }
        transfer(globals, t, options, progress, &self.transfers, tally).await
    }
}

fn take(tally: &mut Tally, source: &Source, outcome: Result<Done, Failure>) -> Result<(), Failure> {
    match outcome {
        Ok(Done::File(bytes)) => tally.add_file(bytes),
        Ok(Done::Directory) => tally.directories += 1,
        Ok(Done::Skipped(reason)) => tally.skip(source.to_string(), reason),
        Err(failure) => tally.failures.push(source.to_string(), failure)?,
    }
    Ok(())
}

/// The transfer of a folder through this machine, with its path on the system.
fn folder<'a>(
    t: &Tapis,
    source: &'a Source,
    target: &'a Target,
) -> Option<(FolderTransfer, &'a TapisPath)> {
    match (source, target) {
        (Source::Folder(from), Target::System(to)) => {
            Some((t.files.at(to).upload_folder(from), to))
        }
        (Source::SystemFolder(from), Target::Local(to)) => {
            Some((t.files.at(from).download_folder(to), from))
        }
        _ => None,
    }
}

async fn exists(t: &Tapis, target: &Target) -> Result<bool, Failure> {
    match target {
        Target::Local(path) => Ok(path.symlink_metadata().is_ok()),
        Target::System(path) => {
            t.files.at(path).exists().await.map_err(|error| failed_at(path, error))
        }
    }
}

/// Copies a file through this machine, or a file or directory within a system.
async fn copy(
    t: &Tapis,
    options: &Options,
    progress: &Progress,
    (source, target): &Step,
) -> Result<Done, Failure> {
    let within_a_system = source.on_system().is_some() && matches!(target, Target::System(_));
    if !within_a_system && options.keep_existing && exists(t, target).await? {
        return Ok(Done::Skipped(SkipReason::Exists));
    }
    let report = progress.part();
    let report = move |so_far: Bytes| report(so_far.bytes, so_far.total);
    match (source, target) {
        (Source::File(from), Target::System(to)) => {
            let upload = t.files.at(to).upload().on_progress(report).from_path(from);
            let uploaded = upload.await.map_err(|error| failed_at(to, error))?;
            Ok(Done::File(uploaded.bytes))
        }
        (Source::Stdin, Target::System(to)) => {
            let upload = t.files.at(to).upload().on_progress(report);
            let uploaded = upload.from_reader(tokio::io::stdin()).await;
            Ok(Done::File(uploaded.map_err(|error| failed_at(to, error))?.bytes))
        }
        (Source::SystemFile(from), Target::Local(to)) => {
            let download = t.files.at(&from.path).download().on_progress(report);
            let downloaded = download.to_path(to).resume().await;
            Ok(Done::File(downloaded.map_err(|error| failed_at(&from.path, error))?.bytes))
        }
        (source, Target::System(to)) => copy_within(t, options, source, to).await,
        (source, target) => Err(Failure::usage(format!("{source} cannot be copied to {target}"))),
    }
}

async fn copy_within(
    t: &Tapis,
    options: &Options,
    source: &Source,
    to: &TapisPath,
) -> Result<Done, Failure> {
    let Some(from) = source.on_system() else {
        return Err(Failure::usage(format!("{source} cannot be copied to {to}")));
    };
    if from == to {
        return Err(Failure::usage("source and target are the same"));
    }
    if matches!(look(t, to).await?, There::File) && options.keep_existing {
        return Ok(Done::Skipped(SkipReason::Exists));
    }
    t.files.at(from).cp(to).await.map_err(|error| failed_at(from, error))?;
    match source {
        Source::SystemFile(stat) => Ok(Done::File(stat.size.unwrap_or_default())),
        _ => Ok(Done::Directory),
    }
}

/// Has the service copy between systems, all in one task.
async fn transfer(
    globals: &Globals,
    t: &Tapis,
    options: &Options,
    progress: &Progress,
    steps: &[Step],
    tally: &mut Tally,
) -> Result<(), Failure> {
    let mut planned: Option<Transfer> = None;
    let mut included = Vec::new();
    for (source, target) in steps {
        let (Some(from), Target::System(to)) = (source.on_system(), target) else { continue };
        let is_file = matches!(source, Source::SystemFile(_));
        match if is_file { look(t, to).await } else { Ok(There::Free) } {
            Ok(There::File) if options.keep_existing => {
                tally.skip(source.to_string(), SkipReason::Exists);
                continue;
            }
            Ok(_) => {}
            Err(failure) => {
                tally.failures.push(source.to_string(), failure)?;
                continue;
            }
        }
        included.push(source);
        planned = Some(match planned {
            None => t.files.transfer(from, to),
            Some(transfer) => transfer.and(from, to),
        });
    }
    let Some(planned) = planned else { return Ok(()) };
    let task = planned.start().await?;
    let id = task.uuid;
    tally.transfer = Some(id.clone());
    if !options.wait {
        if !matches!(globals.format, Some(Format::Json | Format::Yaml)) {
            writeln!(std::io::stdout(), "{}", crate::terminal::printable(&id))?;
        }
        globals.note(&format!(
            "The service transfers in the background: `tapis files get-transfer-task {id}` shows its state."
        ));
        return Ok(());
    }
    interrupt::leaves(format!(
        "the service goes on with transfer {id}: `tapis files get-transfer-task {id}` shows its state, and \
         `tapis files cancel-transfer-task {id}` ends it"
    ));
    globals.note(&format!("Transfer {id} has begun."));
    let show = progress.waiting();
    let waiting = t.files.wait_transfer(&id).on_change(move |task| {
        let status = task.status.as_ref().map_or("UNKNOWN", TransferStatus::as_str);
        show(&match (task.complete_transfers, task.total_transfers) {
            (Some(done), Some(all)) if all > 0 => {
                format!("{status}: {done} of {all} files and directories")
            }
            _ => status.to_owned(),
        });
    });
    match waiting.await {
        Ok(_) => included.iter().for_each(|source| match source {
            Source::SystemFile(stat) => tally.add_file(stat.size.unwrap_or_default()),
            _ => tally.directories += 1,
        }),
        Err(error) => tally.failures.push(format!("transfer {id}"), error.into())?,
    }
    Ok(())
}
