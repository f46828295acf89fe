//! The library's own background thread. It runs token renewals and blocking calls, so that these
//! make progress without a runtime of the caller.

use std::cell::Cell;
use std::process;
use std::sync::{Mutex, PoisonError};
use std::thread;

use tokio::runtime::{Builder, Handle};

use crate::error::Error;
use crate::error_kind::ErrorKind;

thread_local! {
    static IS_HERE: Cell<bool> = const { Cell::new(false) };
}

/// Whether this code runs on the library's own thread.
pub(crate) fn is_here() -> bool {
    IS_HERE.get()
}

/// The runtime on the library's own thread, started on first use.
///
/// # Errors
/// [`ErrorKind::Configuration`] if the thread cannot be started.
pub(crate) fn runtime() -> Result<Handle, Error> {
    static RUNTIME: Mutex<Option<(u32, Handle)>> = Mutex::new(None);

    let mut runtime = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    // A forked process has none of its parent's threads.
    let process = process::id();
    if let Some((of, handle)) = &*runtime
        && *of == process
    {
        return Ok(handle.clone());
    }
    let handle = begin()
        .ok_or_else(|| Error::new(ErrorKind::Configuration, "cannot start a background thread"))?;
    *runtime = Some((process, handle.clone()));
    Ok(handle)
}

fn begin() -> Option<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build().ok()?;
    let handle = runtime.handle().clone();
    let thread = thread::Builder::new().name("tapis".to_owned());
    let run = move || {
        IS_HERE.set(true);
        runtime.block_on(std::future::pending::<()>());
    };
    thread.spawn(run).ok()?;
    Some(handle)
}
