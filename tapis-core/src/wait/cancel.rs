//! Cancels a resource when its last waiter is dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tracing::Span;

use crate::background;
use crate::clock::BoxFuture;
use crate::error::Error;
use crate::task;

pub(super) type Cancel = Arc<dyn Fn() -> BoxFuture<'static, Result<(), Error>> + Send + Sync>;

/// Cancels the resource when its last waiter is dropped, unless the resource has ended.
pub(super) struct CancelOnDrop {
    cancel: Cancel,
    over: AtomicBool,
}

impl CancelOnDrop {
    pub(super) fn new(cancel: Cancel) -> Arc<Self> {
        Arc::new(Self { cancel, over: AtomicBool::new(false) })
    }

    /// The resource is no longer cancelled.
    pub(super) fn disarm(&self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if self.over.load(Ordering::Relaxed) {
            return;
        }
        let cancel = self.cancel.clone();
        let cancelling = async move {
            if let Err(error) = cancel().await {
                tracing::warn!(%error, "could not cancel after the waiter was dropped");
            }
        };
        // A waiter may be dropped outside of any runtime, or while its runtime ends.
        match background::runtime() {
            Ok(runtime) => drop(task::spawn(&runtime, Span::current(), cancelling)),
            Err(error) => tracing::warn!(%error, "could not cancel after the waiter was dropped"),
        }
    }
}
