//! Moves and copies on one system.

use std::fmt;

use tapis_core::{BoxFuture, Error, ErrorKind};

use crate::remote::is_missing;
use crate::system::SystemKind;
use crate::types::MoveCopyRequest;
use crate::{RemotePath, Stat, TapisPath};

impl RemotePath {
    /// Moves the file or directory to another path on the same system; an existing file there is
    /// replaced. `PUT /v3/files/ops/{systemId}/{path}`. Between systems, see
    /// [`Client::transfer`](crate::Client::transfer).
    #[doc(alias = "rename")]
    #[doc(alias = "move")]
    pub fn mv<P>(&self, to: P) -> MoveCopy
    where
        P: TryInto<TapisPath>,
        P::Error: fmt::Display,
    {
        self.move_or_copy(Operation::Move, to)
    }

    /// Copies the file or directory to another path on the same system; an existing file there is
    /// replaced. `PUT /v3/files/ops/{systemId}/{path}`. Between systems, see
    /// [`Client::transfer`](crate::Client::transfer).
    #[doc(alias = "copy")]
    pub fn cp<P>(&self, to: P) -> MoveCopy
    where
        P: TryInto<TapisPath>,
        P::Error: fmt::Display,
    {
        self.move_or_copy(Operation::Copy, to)
    }

    fn move_or_copy<P>(&self, operation: Operation, to: P) -> MoveCopy
    where
        P: TryInto<TapisPath>,
        P::Error: fmt::Display,
    {
        MoveCopy { from: self.clone(), to: self.client.at(to), operation, into_directory: false }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Move,
    Copy,
}

/// A move or a copy on one system; created by [`RemotePath::mv`] and [`RemotePath::cp`].
///
/// If the target is a directory, the error is of kind `Input`, because the service would put the
/// source into that directory; [`into_directory`](Self::into_directory) allows that. `Input` also
/// for equal paths, a target below the source and a path on another system. Awaiting it fails with
/// `NotFound` if the source does not exist, with `Permission` without the right to change the
/// target and, for a move, the source.
///
/// If the reply to a move is lost, the target is checked, and the call succeeds if the move was
/// done. A copy whose reply is lost fails with `Connection` or `Timeout`, because the amount of
/// copied data is unknown.
///
/// ```no_run
/// # async fn example(files: tapis_files::Client) -> Result<(), tapis_core::Error> {
/// let report = files.at("tapis://my-system/report.txt");
/// report.cp("tapis://my-system/report-1.txt").await?;
/// report.mv("tapis://my-system/archive").into_directory().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is moved or copied until it is awaited"]
pub struct MoveCopy {
    from: RemotePath,
    to: RemotePath,
    operation: Operation,
    into_directory: bool,
}

impl MoveCopy {
    /// Treats the target as an existing directory; the source goes into it under its own name.
    pub fn into_directory(mut self) -> Self {
        self.into_directory = true;
        self
    }

    async fn run(self) -> Result<(), Error> {
        let input = |message: String| Err(Error::new(ErrorKind::Input, message));
        let from = self.from.named("moved or copied")?;
        let name = from.file_name().unwrap_or_default();
        let target = if self.into_directory { self.to.join(name) } else { self.to.clone() };
        let to = target.named("replaced")?;
        if from.system() != to.system() {
            return input(format!("{from} and {to} are on different systems: use a transfer"));
        }
        if from == to {
            return input(format!("{from} is both the source and the target"));
        }
        if to.below(from).is_some() {
            return input(format!(
                "{to} is in {from}, which cannot be moved or copied into itself"
            ));
        }
        if self.into_directory && !self.to.stat().await?.is_dir {
            return input(format!("{} is a file, not a directory", self.to.path()?));
        }
        let before = target.stat_opt().await?;
        if before.as_ref().is_some_and(|found| found.is_dir) {
            return input(format!(
                "{to} is a directory, and the service would put {name} into it; ask for that with \
                 `into_directory()`, or remove it first"
            ));
        }
        match self.operation {
            Operation::Copy => self.send("COPY", to).await,
            Operation::Move => match self.from.client.system_kind(from.system()).await {
                SystemKind::S3 => self.move_object(&target).await,
                _ => self.move_once(&target, before).await,
            },
        }
    }

    async fn send(&self, operation: &str, to: &TapisPath) -> Result<(), Error> {
        let from = self.from.path()?;
        let body = MoveCopyRequest::new(operation, to.path());
        self.from.client.move_copy(from.system(), from.path(), body).await
    }

    async fn move_once(&self, target: &RemotePath, before: Option<Stat>) -> Result<(), Error> {
        let Err(error) = self.send("MOVE", target.path()?).await else { return Ok(()) };
        let is_lost = error.maybe_sent() && error.is_retryable();
        let is_repeated = error.is_after_lost_reply() && is_missing(&error);
        if !(is_lost || is_repeated) {
            return Err(error);
        }
        // What cannot be looked at leaves the first error the one that matters.
        let (Ok(now), Ok(None)) = (target.stat_opt().await, self.from.stat_opt().await) else {
            return Err(error);
        };
        if now.is_some() && now != before { Ok(()) } else { Err(error) }
    }

    /// Moves an object of a bucket, of which the service may leave the source.
    async fn move_object(&self, target: &RemotePath) -> Result<(), Error> {
        let source = self.from.stat().await?;
        if source.is_dir {
            let message = format!(
                "{} is in a bucket, which has no directories to move: move its files one by one",
                source.path
            );
            return Err(Error::new(ErrorKind::Input, message));
        }
        self.send("COPY", target.path()?).await?;
        let copy = target.stat().await?;
        if copy.is_dir || copy.size != source.size {
            let message =
                format!("the copy {} does not have the size of {}", copy.path, source.path);
            return Err(Error::new(ErrorKind::Failed, message));
        }
        self.from.rm().await
    }
}

impl IntoFuture for MoveCopy {
    type Output = Result<(), Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
