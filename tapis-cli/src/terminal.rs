//! What may go to a terminal.

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
}
