//! Listings that need more than one call.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::error::Error;
use crate::error_kind::ErrorKind;

/// The entries of a listing that needs more than one call, such as a directory with all its
/// subdirectories: a stream of entries, fetched when needed.
#[must_use = "a stream does nothing until it is polled"]
pub struct Listing<T> {
    entries: Pin<Box<dyn Stream<Item = Result<T, Error>> + Send>>,
}

impl<T> Listing<T> {
    /// Creates a listing from a stream of entries.
    pub fn new(stream: impl Stream<Item = Result<T, Error>> + Send + 'static) -> Self {
        Self { entries: Box::pin(stream) }
    }

    /// Returns the next entry; `None` at the end.
    ///
    /// # Errors
    /// The error of the call that failed; the stream then ends.
    pub async fn next(&mut self) -> Result<Option<T>, Error> {
        std::future::poll_fn(|context| self.entries.as_mut().poll_next(context)).await.transpose()
    }

    /// Reads all entries into memory.
    ///
    /// # Errors
    /// The error of the call that failed; [`ErrorKind::Input`] if there are more than `bound`
    /// entries, so that an incomplete list is never returned as complete.
    pub async fn collect_all(mut self, bound: usize) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        while let Some(entry) = self.next().await? {
            if all.len() == bound {
                let message = format!("there are more than {bound} entries");
                return Err(Error::new(ErrorKind::Input, message));
            }
            all.push(entry);
        }
        Ok(all)
    }
}

impl<T> Stream for Listing<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.entries.as_mut().poll_next(context)
    }
}

impl<T> fmt::Debug for Listing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listing").finish_non_exhaustive()
    }
}
