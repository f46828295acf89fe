//! Blocking calls, without a runtime of the caller.

use std::future::{Future, IntoFuture, poll_fn};
use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use tokio::task::coop;
use tracing::Span;

use crate::background;
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::task;

/// Adds `.wait()` to every call, for programs that are not asynchronous.
///
/// The call runs on the library's own thread while the caller's thread blocks. On a worker thread
/// of an async runtime this is an error; call it inside `spawn_blocking` there.
#[doc(alias = "synchronous")]
#[doc(alias = "block_on")]
pub trait Wait<T>: Sized {
    /// Sends the call, blocks, and returns its result.
    ///
    /// # Errors
    /// The errors of awaiting the call, and [`ErrorKind::Configuration`] on an async worker thread.
    fn wait(self) -> Result<T, Error>;
}

impl<F, T> Wait<T> for F
where
    F: IntoFuture<Output = Result<T, Error>>,
    F::IntoFuture: Send + 'static,
    T: Send + 'static,
{
    fn wait(self) -> Result<T, Error> {
        block_on(self.into_future())?
    }
}

/// Adds `.blocking_iter()` to every stream: the changes of a waiter, the entries of a list, the
/// chunks of a text.
pub trait IntoBlockingIter<T>: Sized {
    /// Iterates over the items and blocks for each.
    fn blocking_iter(self) -> BlockingIter<Self>;
}

impl<S, T> IntoBlockingIter<T> for S
where
    S: Stream<Item = Result<T, Error>> + Send + Unpin + 'static,
    T: Send + 'static,
{
    fn blocking_iter(self) -> BlockingIter<Self> {
        BlockingIter(Some(self))
    }
}

/// A blocking iterator over the items of a stream, created by [`IntoBlockingIter::blocking_iter`].
/// It ends with the stream, or with an error: the stream's own, or [`ErrorKind::Configuration`] on
/// an async worker thread.
#[doc(alias = "iterator")]
#[derive(Clone, Debug)]
#[must_use = "nothing happens until it is asked for an item"]
pub struct BlockingIter<S>(Option<S>);

impl<S, T> Iterator for BlockingIter<S>
where
    S: Stream<Item = Result<T, Error>> + Send + Unpin + 'static,
    T: Send + 'static,
{
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut stream = self.0.take()?;
        let next = async move {
            let item = poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await;
            (item, stream)
        };
        match block_on(next) {
            Ok((Some(Ok(item)), stream)) => {
                self.0 = Some(stream);
                Some(Ok(item))
            }
            Ok((end, _)) => end,
            Err(error) => Some(Err(error)),
        }
    }
}

/// Runs `future` on the library's own runtime, and blocks until it completes.
pub fn block_on<F>(future: F) -> Result<F::Output, Error>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    if is_async_worker() {
        return Err(Error::new(
            ErrorKind::Configuration,
            "wait() would block this async worker thread: use .await, or call wait() in \
             spawn_blocking",
        ));
    }
    let (sender, receiver) = mpsc::sync_channel(1);
    let work = async move {
        // The receiver is dropped only if the waiting thread has ended.
        let _ = sender.send(future.await);
    };
    task::spawn(&background::runtime()?, Span::current(), work);
    receiver.recv().map_err(|_| {
        Error::new(ErrorKind::Cancelled, "the call was cancelled before it returned a result")
    })
}

/// Whether this thread is polling a task. Tokio gives each poll of a task a budget that runs out,
/// and gives none to a plain thread or to `spawn_blocking`. Nothing else distinguishes a worker
/// from `spawn_blocking`: both have a `Handle` and a task id.
fn is_async_worker() -> bool {
    /// More than the budget of any version of tokio so far.
    const ENOUGH: usize = 4096;
    let mut context = Context::from_waker(Waker::noop());
    (0..ENOUGH).any(|_| match coop::poll_proceed(&mut context) {
        Poll::Ready(spent) => {
            spent.made_progress();
            false
        }
        Poll::Pending => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answer() -> Result<i32, Error> {
        tokio::task::yield_now().await;
        Ok(42)
    }

    #[test]
    fn a_plain_thread_waits() {
        assert_eq!(Box::pin(answer()).wait().unwrap(), 42);
    }

    #[test]
    fn a_stream_is_waited_for_item_by_item_and_ends_with_an_error() {
        let items = |last: Option<Error>| {
            let numbers = futures_util::stream::iter((1..=2).map(Ok));
            futures_util::StreamExt::chain(
                numbers,
                futures_util::stream::iter(last.map(Err::<i32, Error>)),
            )
        };
        let all: Result<Vec<i32>, Error> = items(None).blocking_iter().collect();
        assert_eq!(all.unwrap(), [1, 2]);
        let mut each = items(Some(Error::new(ErrorKind::Server, "over"))).blocking_iter();
        assert_eq!([each.next(), each.next()].map(|item| item.unwrap().unwrap()), [1, 2]);
        assert!(each.next().unwrap().is_err() && each.next().is_none());
    }

    #[tokio::test]
    async fn a_worker_does_not_wait_for_items() {
        let items = futures_util::stream::iter([Ok::<i32, Error>(1)]);
        let mut each = items.blocking_iter();
        assert!(each.next().unwrap().unwrap_err().is_configuration());
        assert!(each.next().is_none());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_worker_does_not_wait_and_spawn_blocking_does() {
        let error = Box::pin(answer()).wait().unwrap_err();
        assert!(
            error.is_configuration() && error.to_string().contains("spawn_blocking"),
            "{error}"
        );
        let spawned = tokio::spawn(async { Box::pin(answer()).wait() }).await.unwrap();
        assert!(spawned.is_err());
        let waited = tokio::task::spawn_blocking(|| Box::pin(answer()).wait()).await.unwrap();
        assert_eq!(waited.unwrap(), 42);
    }

    #[tokio::test]
    async fn a_single_threaded_runtime_is_not_blocked_either() {
        assert!(Box::pin(answer()).wait().is_err());
        let waited = tokio::task::spawn_blocking(|| Box::pin(answer()).wait()).await.unwrap();
        assert_eq!(waited.unwrap(), 42);
    }
}
