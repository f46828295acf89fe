//! Text from others, made safe to show.

use std::borrow::Cow;

/// The text without characters that control a terminal or change the order in which text is shown.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if text.contains(is_harmful) {
        text.replace(is_harmful, "\u{fffd}").into()
    } else {
        text.into()
    }
}

/// Whether a character controls a terminal, changes the direction of the following text, or is
/// invisible. Joiners of letters are allowed, because some languages need them.
pub fn is_harmful(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_or_hides_is_replaced_and_no_letter_is() {
        for (text, shown) in [
            ("na\u{ef}ve\n\tline", "na\u{ef}ve\n\tline"),
            ("\u{1b}[31mred", "\u{fffd}[31mred"),
            ("txt\u{202e}exe", "txt\u{fffd}exe"),
            ("a\u{200b}b\u{2060}c\u{feff}", "a\u{fffd}b\u{fffd}c\u{fffd}"),
            ("\u{645}\u{6cc}\u{200c}\u{62e}", "\u{645}\u{6cc}\u{200c}\u{62e}"),
        ] {
            assert_eq!(printable(text), shown);
        }
    }
}
