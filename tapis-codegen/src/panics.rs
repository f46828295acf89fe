//! Converts panics of a dependency to errors.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// Returns the result of `run`, or the message of its panic on one line, which is not printed.
pub(crate) fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    // The hook belongs to the whole process: it is set once, and passes all other panics to the
    // previous hook.
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !CAUGHT.get() {
                before(panic);
            }
        }));
    });
    let outer = CAUGHT.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(run));
    CAUGHT.set(outer);
    result.map_err(|panic| message(panic.as_ref()))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let line = text.and_then(|text| text.lines().next()).unwrap_or("it panicked");
    line.trim_end_matches(':').to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::{panic, thread};

    use super::caught;

    #[test]
    fn a_caught_panic_is_a_line_and_those_of_others_are_still_reported() {
        let reported = Arc::new(Mutex::new(Vec::new()));
        let report = Arc::clone(&reported);
        panic::set_hook(Box::new(move |panic| {
            let text = panic.payload().downcast_ref::<&str>().copied().unwrap_or_default();
            report.lock().unwrap().push(text.to_owned());
        }));
        assert_eq!(caught(|| "done"), Ok("done"));
        let first = caught(|| -> () { panic!("{}:\nand more", "not implemented") });
        assert_eq!(first, Err("not implemented".to_owned()));
        let other = thread::spawn(|| caught(|| thread::spawn(|| panic!("another's")).join()));
        assert!(other.join().unwrap().unwrap().is_err());
        assert_eq!(*reported.lock().unwrap(), ["another's"]);
    }
}
