//! Deletes files and directories.

use futures_util::{StreamExt as _, TryStreamExt as _};
use tapis_core::{BoxFuture, Error, ErrorKind};

use crate::RemotePath;
use crate::entry::is_directory;
use crate::remote::is_missing;
use crate::system::SystemKind;

/// The number of objects of a bucket that are deleted concurrently.
const PARALLEL: usize = 8;

impl RemotePath {
    /// Deletes a file, or a directory with all its contents if [`Remove::recursive`] is set: `DELETE
    /// /v3/files/ops/{systemId}/{path}`. For a symbolic link, the link is deleted and not its
    /// target.
    #[doc(alias = "delete")]
    #[doc(alias = "remove")]
    #[doc(alias = "unlink")]
    pub fn rm(&self) -> Remove {
        Remove { remote: self.clone(), recursive: false }
    }
}

/// A deletion; created by [`RemotePath::rm`]. Awaiting it fails with `NotFound` if the path does
/// not exist, with `Permission` if the caller may not delete it, and with `Input` for the root of
/// the system and for a directory without [`recursive`](Self::recursive).
#[derive(Clone, Debug)]
#[must_use = "nothing is deleted until it is awaited"]
pub struct Remove {
    remote: RemotePath,
    recursive: bool,
}

impl Remove {
    /// Deletes a directory with all its contents. Without this, a directory is an error of kind
    /// `Input`. In a bucket, every object below the path is deleted, each with a separate call.
    pub fn recursive(mut self) -> Self {
        self.recursive = true;
        self
    }

    async fn run(self) -> Result<(), Error> {
        let path = self.remote.named("deleted")?;
        if !self.recursive {
            // The service itself would delete a directory with its contents.
            if self.remote.stat().await?.is_dir {
                let message = format!("{path} is a directory: delete it with `recursive()`");
                return Err(Error::new(ErrorKind::Input, message));
            }
            return self.delete().await;
        }
        match self.remote.client.system_kind(path.system()).await {
            SystemKind::S3 => self.delete_objects().await,
            SystemKind::Linux | SystemKind::Irods | SystemKind::Globus => self.delete().await,
            SystemKind::Unknown => {
                self.delete().await?;
                // In a bucket, the call deletes at most one object.
                if self.remote.exists().await? { self.delete_objects().await } else { Ok(()) }
            }
        }
    }

    async fn delete(&self) -> Result<(), Error> {
        let path = self.remote.path()?;
        match self.remote.client.delete(path.system(), path.path()).await {
            // An earlier attempt deleted it, but its reply was lost.
            Err(error) if error.is_after_lost_reply() && is_missing(&error) => Ok(()),
            outcome => outcome,
        }
    }

    async fn delete_objects(&self) -> Result<(), Error> {
        let path = self.remote.path()?;
        let objects = self.remote.list().recursive();
        let objects = objects.try_filter(|entry| std::future::ready(!is_directory(entry)));
        // The listing is completed first, because deletions would shift its pages.
        let objects: Vec<String> = objects.map_ok(|entry| entry.path).try_collect().await?;
        if objects.is_empty() {
            return Err(Error::new(ErrorKind::NotFound, format!("{path} does not exist")));
        }
        let client = &self.remote.client;
        let delete = |object: String| async move { client.delete(path.system(), object).await };
        let mut deleting =
            futures_util::stream::iter(objects).map(delete).buffer_unordered(PARALLEL);
        while let Some(outcome) = deleting.next().await {
            match outcome {
                Err(error) if !is_missing(&error) => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

impl IntoFuture for Remove {
    type Output = Result<(), Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
