//! Whole folders, up and down.

mod down;
mod meter;
mod options;
mod select;
mod summary;
mod up;

use tapis_core::{BoxFuture, Error};

use options::Direction;

pub use meter::FolderProgress;
pub use options::{Folder, Symlinks};
pub use summary::{Skipped, Summary, Why};

impl Folder {
    async fn run(self) -> Result<Summary, Error> {
        self.selection.check()?;
        match self.direction {
            Direction::Up => up::run(self).await,
            Direction::Down => down::run(self).await,
        }
    }
}

impl IntoFuture for Folder {
    type Output = Result<Summary, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
