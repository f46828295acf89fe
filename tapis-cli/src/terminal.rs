//! What may go to a terminal.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tapis_core::rt::is_harmful;

/// The text on one line, with control characters escaped, so that a name cannot move the cursor or change colours.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => shown.push(' '),
            c if is_harmful(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}

/// Writes text of several lines to stdout: on a terminal with control characters escaped, elsewhere as it is.
pub(crate) fn write_text(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if out.is_terminal() {
        out.write_all(printable_lines(text).as_bytes())?;
    } else {
        out.write_all(text.as_bytes())?;
    }
    out.flush()
}

/// The text with control characters escaped, but for line breaks and tabs.
fn printable_lines(text: &str) -> String {
    text.split_inclusive('\n')
        .map(|line| {
            let (body, end) = match line.strip_suffix('\n') {
                Some(body) => (body.strip_suffix('\r').unwrap_or(body), "\n"),
                None => (line, ""),
            };
            let cells: Vec<String> = body.split('\t').map(printable).collect();
            cells.join("\t") + end
        })
        .collect()
}

/// A question on the terminal that waits for its answer.
struct Prompt {
    /// The terminal, and its settings before the question.
    #[cfg(unix)]
    before: Option<(std::fs::File, rustix::termios::Termios)>,
}

/// The question that is open.
static OPEN: Mutex<Option<Prompt>> = Mutex::new(None);

impl Prompt {
    #[cfg(unix)]
    fn begin() -> Self {
        let terminal = std::fs::File::open("/dev/tty").ok();
        let before = terminal.and_then(|terminal| {
            let settings = rustix::termios::tcgetattr(&terminal).ok()?;
            Some((terminal, settings))
        });
        Self { before }
    }

    #[cfg(not(unix))]
    fn begin() -> Self {
        Self {}
    }

    /// Hides what is typed. The question is shown after it, so that nothing of the answer appears.
    #[cfg(unix)]
    fn hide(&self) {
        use rustix::termios::{LocalModes, OptionalActions, tcsetattr};

        if let Some((terminal, settings)) = &self.before {
            let mut hidden = settings.clone();
            hidden.local_modes.remove(LocalModes::ECHO);
            // If this fails, the prompt tries it too, and reports it.
            let _ = tcsetattr(terminal, OptionalActions::Now, &hidden);
        }
    }

    #[cfg(not(unix))]
    fn hide(&self) {}

    /// Gives the terminal the settings that it had before.
    fn end(self) {
        #[cfg(unix)]
        if let Some((terminal, settings)) = self.before {
            let now = rustix::termios::OptionalActions::Now;
            // If this fails, the terminal is gone.
            let _ = rustix::termios::tcsetattr(terminal, now, &settings);
        }
    }
}

fn open_prompt() -> MutexGuard<'static, Option<Prompt>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Asks the user a question, and returns the line of the answer.
pub(crate) fn ask(question: &str) -> io::Result<String> {
    open_prompt().replace(Prompt::begin());
    answered(|| {
        let mut line = String::new();
        io::stderr().write_all(question.as_bytes())?;
        io::stdin().read_line(&mut line)?;
        Ok(line)
    })
}

/// Asks the user for a secret, which is not shown while it is typed.
pub(crate) fn ask_secret(question: &str) -> io::Result<String> {
    open_prompt().insert(Prompt::begin()).hide();
    answered(|| rpassword::prompt_password(question))
}

/// The answer to the open question, which is then closed.
fn answered(answer: impl FnOnce() -> io::Result<String>) -> io::Result<String> {
    let answer = answer();
    if let Some(prompt) = open_prompt().take() {
        prompt.end();
    }
    answer
}

/// Leaves an open question when a signal ends the process: the question waits for the user, and cannot do so itself.
pub(crate) fn leave_prompt() {
    if let Some(prompt) = open_prompt().take() {
        // If this fails, the terminal is gone.
        let _ = io::stderr().write_all(b"\n");
        prompt.end();
    }
}

/// How many columns the output has: `COLUMNS`, or the width of the terminal; `None` where nothing limits it.
pub(crate) fn width(terminal: bool) -> Option<u16> {
    let asked = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    let of_terminal = || terminal.then(|| comfy_table::Table::new().width()).flatten();
    asked.filter(|width| *width > 0).or_else(of_terminal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_not_obeyed() {
        for (text, shown) in [
            ("naïve 名", "naïve 名"),
            ("a\nb\tc", "a b c"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("txt\u{202e}exe", "txt\\u{202e}exe"),
        ] {
            assert_eq!(printable(text), shown);
        }
    }

    #[test]
    fn text_of_several_lines_keeps_its_lines() {
        assert_eq!(printable_lines("a\tb\r\n\u{1b}[2Jc\n"), "a\tb\n\\u{1b}[2Jc\n");
        assert_eq!(printable_lines("no end"), "no end");
    }
}
