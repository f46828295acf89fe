//! Tasks of a runtime. All have one type, with a boxed output: tokio compiles some two hundred
//! functions for each type of task, and generic code spawns many types.

use std::any::Any;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tracing::{Instrument as _, Span};

use crate::clock::BoxFuture;

type Output = Box<dyn Any + Send>;

/// A running task. Its output is missing if its runtime ended or it panicked.
#[derive(Debug)]
pub(crate) struct Task<T>(JoinHandle<Output>, PhantomData<fn() -> T>);

/// Spawns `future` on `runtime`, within `span`: a task does not inherit a span.
pub(crate) fn spawn<T: Send + 'static>(
    runtime: &Handle,
    span: Span,
    future: impl Future<Output = T> + Send + 'static,
) -> Task<T> {
    let future: BoxFuture<'static, Output> =
        Box::pin(async move { Box::new(future.await) as Output });
    Task(runtime.spawn(future.instrument(span)), PhantomData)
}

/// Runs `work` on a thread of the current runtime that may block.
pub(crate) fn spawn_blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Task<T> {
    let work: Box<dyn FnOnce() -> Output + Send> = Box::new(move || Box::new(work()));
    Task(tokio::task::spawn_blocking(work), PhantomData)
}

impl<T> Task<T> {
    pub(crate) fn abort(&self) {
        self.0.abort();
    }
}

impl<T: 'static> Future for Task<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let output = Pin::new(&mut self.0).poll(context);
        output.map(|output| Some(*output.ok()?.downcast().ok()?))
    }
}
