//! Ctrl-C and SIGTERM.

use std::sync::{Mutex, PoisonError};

use crate::exit::Exit;
use crate::failure::Failure;

/// What goes on when the command is interrupted.
static GOES_ON: Mutex<Option<String>> = Mutex::new(None);

/// Says what goes on without this command, and how to come back to it: the hint of an interruption from now on.
pub(crate) fn leaves(hint: String) {
    *GOES_ON.lock().unwrap_or_else(PoisonError::into_inner) = Some(hint);
}

/// Waits for an interruption by the user or the machine.
pub(crate) async fn interrupted() -> Failure {
    let failure = tokio::select! {
        _ = tokio::signal::ctrl_c() => Failure::new(Exit::Interrupted, "interrupted"),
        () = terminated() => Failure::new(Exit::Terminated, "terminated"),
    };
    match GOES_ON.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};

    match signal(SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}
