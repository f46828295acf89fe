//! What may go to a terminal.

use std::io::{self, IsTerminal as _, Write as _};

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

/// The terminal and its settings, if a prompt changes them.
#[cfg(unix)]
static KEPT: std::sync::OnceLock<(std::fs::File, rustix::termios::Termios)> =
    std::sync::OnceLock::new();

/// Keeps the settings of the terminal before a prompt changes them.
pub(crate) fn keep() {
    #[cfg(unix)]
    if let Ok(terminal) = std::fs::File::open("/dev/tty")
        && let Ok(settings) = rustix::termios::tcgetattr(&terminal)
    {
        // The settings of the first prompt are those of the others too.
        let _ = KEPT.set((terminal, settings));
    }
}

/// Gives the terminal the settings that it had before a prompt, which cannot do so when a signal ends the process.
pub(crate) fn restore() {
    #[cfg(unix)]
    if let Some((terminal, settings)) = KEPT.get() {
        let now = rustix::termios::OptionalActions::Now;
        // If this fails, the terminal is gone.
        let _ = rustix::termios::tcsetattr(terminal, now, settings);
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
