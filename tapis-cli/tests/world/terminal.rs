//! A program on a terminal of its own.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Child;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};

use super::World;

/// How long a test waits for output that has to come. None that succeeds takes as long.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a program has written so far, and whether that is all.
type Written = Arc<(Mutex<(Vec<u8>, bool)>, Condvar)>;

pub(crate) struct Terminal {
    pty: Arc<Pty>,
    child: Child,
    written: Written,
    reader: JoinHandle<()>,
}

impl Terminal {
    /// Starts a program on a terminal of so many columns.
    pub(crate) fn run(world: &World, columns: u16, program: &str, arguments: &[&str]) -> Self {
        Self::run_with(world, columns, program, arguments, &[])
    }

    pub(crate) fn run_with(
        world: &World,
        columns: u16,
        program: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let (pty, terminal) = open().unwrap();
        pty.resize(Size::new(24, columns)).unwrap();
        let child = Command::from(world.command(Path::new(program)))
            .args(arguments)
            .env("TERM", "xterm")
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .envs(variables.iter().copied())
            .spawn(terminal)
            .unwrap();
        let (pty, written) = (Arc::new(pty), Written::default());
        let reader = std::thread::spawn({
            let (pty, written) = (pty.clone(), written.clone());
            move || read(&pty, &written)
        });
        Self { pty, child, written, reader }
    }

    /// Types text.
    pub(crate) fn send(&self, text: &str) {
        (&*self.pty).write_all(text.as_bytes()).unwrap();
    }

    /// Waits until the text has been written `times` times.
    pub(crate) fn wait_for(&self, text: &str, times: usize) {
        let (state, changed) = &*self.written;
        let written = |bytes: &[u8]| String::from_utf8_lossy(bytes).matches(text).count();
        let (state, _) = changed
            .wait_timeout_while(state.lock().unwrap(), PATIENCE, |(bytes, has_ended)| {
                written(bytes) < times && !*has_ended
            })
            .unwrap();
        assert!(written(&state.0) >= times, "no {text:?}: {}", String::from_utf8_lossy(&state.0));
    }

    /// Everything written so far.
    pub(crate) fn written(&self) -> String {
        String::from_utf8_lossy(&self.written.0.lock().unwrap().0).into_owned()
    }

    /// Waits for the end of the program, and returns its exit code and everything it has written.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        self.reader.join().unwrap();
        let written = String::from_utf8_lossy(&self.written.0.lock().unwrap().0).into_owned();
        (code, written.replace("\r\n", "\n"))
    }
}

fn read(mut pty: &Pty, (state, changed): &(Mutex<(Vec<u8>, bool)>, Condvar)) {
    let mut buffer = [0; 4096];
    loop {
        // An error is the end of a program on a terminal.
        let count = pty.read(&mut buffer).unwrap_or(0);
        let mut state = state.lock().unwrap();
        state.0.extend_from_slice(&buffer[..count]);
        state.1 = count == 0;
        changed.notify_all();
        if count == 0 {
            return;
        }
    }
}
