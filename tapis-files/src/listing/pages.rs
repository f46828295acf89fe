//! Lists one directory, page by page.

use tapis_core::paging::Items;
use tapis_core::{Error, ErrorKind};

use super::pattern::Pattern;
use crate::system::SystemKind;
use crate::types::FileInfo;
use crate::{RemotePath, TapisPath};

/// The number of entries per page: the service's maximum.
pub(super) const PAGE: u16 = 1000;

/// The entries of one directory, or of a bucket below a prefix, as the service sends them.
pub(super) struct Pages {
    remote: RemotePath,
    path: TapisPath,
    items: Items<FileInfo>,
    /// The number of entries received of the current page.
    in_page: u16,
    /// The storage type of the system; requested when a page is full.
    kind: Option<SystemKind>,
}

impl Pages {
    pub(super) fn new(remote: &RemotePath, path: TapisPath, pattern: &Pattern) -> Self {
        let call = remote.client.list_files(path.system(), path.path()).limit(i32::from(PAGE));
        let items = call.maybe_pattern(pattern.for_service()).items();
        Self { remote: remote.clone(), path, items, in_page: 0, kind: None }
    }

    pub(super) fn path(&self) -> &TapisPath {
        &self.path
    }

    /// Returns the next entry; `None` at the end.
    ///
    /// # Errors
    /// The error of the page that failed; `Failed` for a directory that the service cannot list completely.
    pub(super) async fn next(&mut self) -> Result<Option<FileInfo>, Error> {
        let is_full = self.in_page == PAGE;
        let entry = match self.items.next().await {
            Ok(Some(entry)) => entry,
            Ok(None) => return Ok(None),
            // A bucket returns 404 instead of an empty page.
            Err(error) if error.is_not_found() && is_full && !self.is_linux() => return Ok(None),
            Err(error) => return Err(error),
        };
        self.in_page = if is_full { 1 } else { self.in_page + 1 };
        if self.in_page == PAGE && self.kind.is_none() {
            let kind = self.remote.client.system_kind(self.path.system()).await.or_as_in(&entry);
            self.kind = Some(kind);
            // The service skips the offset of each further page twice, so entries would be missing.
            if kind == SystemKind::Globus {
                let message = format!(
                    "{} has {PAGE} or more entries, and the service cannot list more on a Globus \
                     collection",
                    self.path
                );
                return Err(Error::new(ErrorKind::Failed, message));
            }
        }
        Ok(Some(entry))
    }

    fn is_linux(&self) -> bool {
        self.kind == Some(SystemKind::Linux)
    }
}
