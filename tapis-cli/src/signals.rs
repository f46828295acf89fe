//! Ctrl-C, and the request of another program to end.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use crate::exit::Exit;

/// How long a command may take to notice. One that is blocked, such as by a prompt, ends after it.
const NOTICE: Duration = Duration::from_millis(300);
/// How long a command may take to clean up.
const GRACE: Duration = Duration::from_secs(5);

static NOTICED: AtomicBool = AtomicBool::new(false);
static ENDED: OnceLock<watch::Receiver<Option<Exit>>> = OnceLock::new();

/// Listens from now on, on a thread of its own, because a command may block the runtime.
pub(crate) fn listen() {
    let (sender, receiver) = watch::channel(None);
    if ENDED.set(receiver).is_err() {
        return;
    }
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
        let Ok(exit) = runtime.and_then(|runtime| runtime.block_on(signal())) else { return };
        if sender.send(Some(exit)).is_ok() {
            std::thread::sleep(NOTICE);
            if NOTICED.load(Ordering::Relaxed) {
                std::thread::sleep(GRACE);
            }
        }
        std::process::exit(i32::from(exit as u8));
    });
}

/// Completes when the process is told to end.
pub(crate) async fn ended() -> Exit {
    if let Some(mut receiver) = ENDED.get().cloned()
        && let Ok(exit) = receiver.wait_for(Option::is_some).await
        && let Some(exit) = *exit
    {
        NOTICED.store(true, Ordering::Relaxed);
        return exit;
    }
    std::future::pending().await
}

#[cfg(unix)]
async fn signal() -> std::io::Result<Exit> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        ended = tokio::signal::ctrl_c() => ended.map(|()| Exit::Interrupted),
        _ = terminate.recv() => Ok(Exit::Terminated),
    }
}

#[cfg(not(unix))]
async fn signal() -> std::io::Result<Exit> {
    tokio::signal::ctrl_c().await.map(|()| Exit::Interrupted)
}
