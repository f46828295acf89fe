//! Ctrl-C and SIGTERM.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::format::Format;
use crate::terminal;

/// How long a command may take to notice. One that is blocked, such as by a prompt, ends after it.
const NOTICE: Duration = Duration::from_millis(300);
/// How long a command may take to clean up.
const GRACE: Duration = Duration::from_secs(5);

/// Whether the command handles signals itself.
static TAKEN_OVER: AtomicBool = AtomicBool::new(false);
static NOTICED: AtomicBool = AtomicBool::new(false);
/// The hint about work that continues when the command is interrupted.
static GOES_ON: Mutex<Option<String>> = Mutex::new(None);
static ENDED: OnceLock<watch::Receiver<Option<Exit>>> = OnceLock::new();

/// Listens when it returns, on a thread of its own, because a command may block the runtime. The failure of a blocked
/// command is shown in `format`.
pub(crate) fn listen(format: Option<Format>) {
    let (sender, receiver) = watch::channel(None);
    if ENDED.set(receiver).is_err() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    let Ok(runtime) = runtime else { return };
    let Ok(mut signals) = runtime.block_on(async { Signals::listen() }) else { return };
    std::thread::spawn(move || {
        let exit = runtime.block_on(signals.next());
        if sender.send(Some(exit)).is_ok() {
            std::thread::sleep(NOTICE);
            if NOTICED.load(Ordering::Relaxed) {
                std::thread::sleep(GRACE);
            } else {
                of_signal(exit).show(format);
            }
        }
        std::process::exit(i32::from(exit as u8));
    });
}

/// Sets the hint of an interruption: what continues without this command, and how to return to it.
pub(crate) fn leaves(hint: String) {
    *GOES_ON.lock().unwrap_or_else(PoisonError::into_inner) = Some(hint);
}

/// Waits for an interruption by the user or the machine.
pub(crate) async fn interrupted() -> Failure {
    let exit = ended().await;
    if TAKEN_OVER.load(Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
    of_signal(exit)
}

/// The failure of a command that a signal ends, after a question that is open is left.
fn of_signal(exit: Exit) -> Failure {
    terminal::leave_prompt();
    let failure = match exit {
        Exit::Terminated => Failure::new(Exit::Terminated, "terminated"),
        exit => Failure::new(exit, "interrupted"),
    };
    match GOES_ON.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

/// Completes when a signal asks the process to end. From then on that is not a failure, and the
/// command ends by itself.
#[cfg(feature = "dev")]
pub(crate) async fn taken_over() {
    TAKEN_OVER.store(true, Ordering::Relaxed);
    ended().await;
}

/// Completes when a signal asks the process to end.
async fn ended() -> Exit {
    if let Some(mut receiver) = ENDED.get().cloned()
        && let Ok(exit) = receiver.wait_for(Option::is_some).await
        && let Some(exit) = *exit
    {
        NOTICED.store(true, Ordering::Relaxed);
        return exit;
    }
    std::future::pending().await
}

/// The signals that ask the process to end.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
}

impl Signals {
    #[cfg(unix)]
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    #[cfg(windows)]
    fn listen() -> std::io::Result<Self> {
        Ok(Self { interrupt: tokio::signal::windows::ctrl_c()? })
    }

    async fn next(&mut self) -> Exit {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = self.terminate.recv() => Exit::Terminated,
        }
        #[cfg(windows)]
        {
            self.interrupt.recv().await;
            Exit::Interrupted
        }
    }
}
