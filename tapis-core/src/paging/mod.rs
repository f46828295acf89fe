//! Long lists as streams: pages are fetched when needed, one ahead.

mod doubles;
mod listing;
mod order;
mod place;

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use tokio::runtime::Handle;
use tracing::Span;

use crate::call::Call;
use crate::clock::BoxFuture;
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::reply::{Outcome, Response};
use crate::task::{self, Task};

use doubles::Doubles;
pub use listing::Listing;
use place::{Place, Turn};

type Sending<T> = BoxFuture<'static, Result<Response<Vec<T>>, Error>>;

/// The pages of a list: a stream of whole responses.
///
/// The first poll fetches the first page; each next page is fetched while the caller processes the
/// one before. Dropping the stream stops the fetching.
///
/// If the service has no order of its own, pages are requested in a unique order; without one,
/// entries could be returned twice or never. Entries that are returned again because others were
/// inserted before them are removed. `startAfter` is rejected before anything is sent, unless the
/// first attribute of the order is unique; entries without that attribute are not returned.
#[doc(alias = "page")]
#[doc(alias = "pagination")]
#[doc(alias = "paginator")]
#[must_use = "a stream does nothing until it is polled"]
pub struct Pages<T> {
    call: Call,
    send: fn(Call) -> Sending<T>,
    place: Place,
    doubles: Doubles,
    pending: Option<Ahead<T>>,
    /// The error that follows the pages so far and ends the stream.
    failure: Option<Error>,
    done: bool,
}

/// A page that a task is fetching; the task is cancelled when this is dropped.
struct Ahead<T>(Task<Result<Response<Vec<T>>, Error>>);

impl<T> Drop for Ahead<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The pages of the list that `call` gives, through the outcome `O`.
pub fn pages<O, T>(mut call: Call) -> Pages<T>
where
    O: Outcome<Response = Response<Vec<T>>>,
    T: Send + 'static,
{
    let (after, failure) = match order::settle(&mut call) {
        Ok(after) => (after, None),
        Err(error) => (None, Some(error)),
    };
    let (place, doubles) = (Place::new(&call, after), Doubles::new(call.operation));
    let send = |call| -> Sending<T> { Box::pin(O::send(call)) };
    Pages { call, send, place, doubles, pending: None, failure, done: false }
}

impl<T: Send + 'static> Pages<T> {
    /// Returns the next page; `None` at the end.
    ///
    /// # Errors
    /// The error of the page that could not be fetched; the stream then ends. [`ErrorKind::Input`]
    /// for a `startAfter` that would skip entries.
    pub async fn next(&mut self) -> Result<Option<Response<Vec<T>>>, Error> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await.transpose()
    }

    /// The entries of the pages.
    pub fn items(self) -> Items<T> {
        Items { pages: self, ready: VecDeque::new() }
    }

    /// Begins to fetch the next page.
    fn ahead(&self) -> Ahead<T> {
        let mut call = self.call.clone();
        self.place.set(&mut call);
        Ahead(task::spawn(&Handle::current(), Span::current(), (self.send)(call)))
    }
}

impl<T: Send + 'static> Stream for Pages<T> {
    type Item = Result<Response<Vec<T>>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(error) = this.failure.take() {
                this.done = true;
                return Poll::Ready(Some(Err(error)));
            }
            if this.pending.is_none() {
                if this.done {
                    return Poll::Ready(None);
                }
                this.pending = Some(this.ahead());
            }
            let Some(ahead) = &mut this.pending else { return Poll::Ready(None) };
            let page = ready!(Pin::new(&mut ahead.0).poll(context)).unwrap_or_else(|| {
                Err(Error::new(ErrorKind::Cancelled, "the runtime that fetched the page has ended")
                    .with_operation(this.call.operation))
            });
            this.pending = None;
            let mut page = match page {
                Ok(page) => page,
                Err(error) => {
                    this.done = true;
                    return Poll::Ready(Some(Err(error)));
                }
            };
            match this.place.advance(&page) {
                Ok(Turn::More) => this.pending = Some(this.ahead()),
                Ok(Turn::Last) => this.done = true,
                Ok(Turn::Repeated) => {
                    this.done = true;
                    return Poll::Ready(None);
                }
                Err(error) => this.failure = Some(error.with_operation(this.call.operation)),
            }
            this.doubles.remove(&mut page);
            // A page whose entries are all `null`, or known, is not the end.
            if !page.result().is_empty() {
                return Poll::Ready(Some(Ok(page)));
            }
        }
    }
}

impl<T> Unpin for Pages<T> {}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("call", &self.call)
            .field("done", &self.done)
            .finish_non_exhaustive()
    }
}

/// The entries of all pages of a list: a stream.
#[doc(alias = "iterator")]
#[doc(alias = "stream")]
#[must_use = "a stream does nothing until it is polled"]
pub struct Items<T> {
    pages: Pages<T>,
    ready: VecDeque<T>,
}

impl<T: Send + 'static> Items<T> {
    /// Returns the next entry; `None` at the end.
    ///
    /// # Errors
    /// The error of the page that could not be fetched; the stream then ends.
    pub async fn next(&mut self) -> Result<Option<T>, Error> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await.transpose()
    }

    /// Reads all entries into memory.
    ///
    /// # Errors
    /// The error of the page that could not be fetched; `Input` if there are more than `bound`
    /// entries, so that an incomplete list is never returned as complete.
    pub async fn collect_all(mut self, bound: usize) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        while let Some(item) = self.next().await? {
            if all.len() == bound {
                return Err(Error::new(
                    ErrorKind::Input,
                    format!("there are more than {bound} entries"),
                )
                .with_operation(self.pages.call.operation));
            }
            all.push(item);
        }
        Ok(all)
    }
}

impl<T: Send + 'static> Stream for Items<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(Pin::new(&mut self.pages).poll_next(context)) {
                Some(Ok(page)) => self.ready = page.into_result().into(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<T> Unpin for Items<T> {}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("pages", &self.pages).finish_non_exhaustive()
    }
}
