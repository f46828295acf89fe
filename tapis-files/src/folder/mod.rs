//! Uploads and downloads whole folders.

mod down;
mod links;
mod meter;
mod names;
mod options;
mod select;
mod summary;
mod up;

use tapis_core::{BoxFuture, Error};

use options::Direction;

pub use meter::FolderProgress;
pub use options::{FolderTransfer, Symlinks};
pub use summary::{FolderSummary, SkipReason, Skipped};

impl FolderTransfer {
    async fn run(self) -> Result<FolderSummary, Error> {
        self.selection.check()?;
        match self.direction {
            Direction::Up => up::run(self).await,
            Direction::Down => down::run(self).await,
        }
    }
}

impl IntoFuture for FolderTransfer {
    type Output = Result<FolderSummary, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
