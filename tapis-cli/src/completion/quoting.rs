//! How shells quote words. Nothing is ever expanded.

/// The quotes that are open at the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quote {
    None,
    Single,
    Double,
}

/// The words of a command line as far as it is typed, without their quotes. The last one is at the cursor, and may be
/// empty.
pub(super) fn split(line: &str) -> (Vec<String>, Quote) {
    read(line, Quote::None)
}

/// A word that may have quotes, without them.
pub(super) fn word(text: &str) -> String {
    split(text).0.pop().unwrap_or_default()
}

/// What follows an open quote.
pub(super) fn rest(text: &str, open: Quote) -> String {
    read(text, open).0.pop().unwrap_or_default()
}

fn read(text: &str, mut quote: Quote) -> (Vec<String>, Quote) {
    let (mut words, mut word, mut begun) = (Vec::new(), String::new(), false);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        begun = begun || !c.is_ascii_whitespace();
        match (quote, c) {
            (Quote::None, ' ' | '\t' | '\n') => {
                if std::mem::take(&mut begun) {
                    words.push(std::mem::take(&mut word));
                }
            }
            (Quote::None, '\'') => quote = Quote::Single,
            (Quote::None, '"') => quote = Quote::Double,
            (Quote::Single, '\'') | (Quote::Double, '"') => quote = Quote::None,
            (Quote::None, '\\') => word.extend(characters.next()),
            (Quote::Double, '\\') => match characters.peek() {
                Some('$' | '`' | '"' | '\\') => word.extend(characters.next()),
                _ => word.push(c),
            },
            _ => word.push(c),
        }
    }
    words.push(word);
    (words, quote)
}

/// A word as bash inserts it, followed by a space if it is complete; none if it cannot stand in open quotes.
pub(super) fn bash(value: &str, open: Quote) -> Option<String> {
    let escaped = |is_safe: &dyn Fn(char) -> bool| {
        let escape = |c| (!is_safe(c)).then_some('\\').into_iter().chain([c]);
        value.chars().flat_map(escape).collect::<String>()
    };
    match open {
        // There is no way to quote these.
        Quote::Single => (!value.contains('\'')).then(|| value.to_owned()),
        Quote::Double if value.contains('!') => None,
        Quote::Double => Some(escaped(&|c| !"$`\"\\".contains(c))),
        Quote::None => {
            let mut quoted = escaped(&|c| c.is_alphanumeric() || "._-/:@%+,=".contains(c));
            if !value.ends_with(['/', ':', '@', '=']) {
                quoted.push(' ');
            }
            Some(quoted)
        }
    }
}

/// The path of the program in a script of bash or zsh.
pub(super) fn posix(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// The path of the program in a script of fish.
pub(super) fn fish(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_as_a_shell_does_and_nothing_is_expanded() {
        for (line, words, quote) in [
            ("tapis ls", &["tapis", "ls"][..], Quote::None),
            ("tapis  ls ", &["tapis", "ls", ""], Quote::None),
            ("tapis ls tapis://s/a\\ b", &["tapis", "ls", "tapis://s/a b"], Quote::None),
            ("tapis ls \"tapis://s/a b", &["tapis", "ls", "tapis://s/a b"], Quote::Double),
            ("tapis ls 'it'\\''s $x", &["tapis", "ls", "it's $x"], Quote::Single),
            ("a \"\\$\\x\" $(b) '' ", &["a", "$\\x", "$(b)", "", ""], Quote::None),
            ("a '", &["a", ""], Quote::Single),
        ] {
            let (split, open) = split(line);
            assert_eq!(
                (&split.iter().map(String::as_str).collect::<Vec<_>>()[..], open),
                (words, quote),
                "{line}"
            );
        }
        assert_eq!(rest("a\\ b", Quote::None), "a b");
        assert_eq!(rest("a \\b", Quote::Double), "a \\b");
    }

    #[test]
    fn what_bash_inserts_is_the_word_again_and_nothing_else() {
        for value in [
            "//s/a b",
            "//s/$(touch x)",
            "//s/`x`",
            "//s/it's",
            "//s/a\"b\\",
            "//s/!x;&|<>*?[]{}#~",
            "//s/名",
        ] {
            let quoted = bash(value, Quote::None).unwrap();
            assert_eq!(split(&quoted).0, [value, ""], "{quoted}");
            for open in [Quote::Single, Quote::Double] {
                if let Some(quoted) = bash(value, open) {
                    assert_eq!(rest(&quoted, open), value, "{quoted}");
                }
            }
        }
        assert_eq!(bash("//s/dir/", Quote::None).unwrap(), "//s/dir/");
        assert_eq!(bash("it's", Quote::Single), None);
        assert_eq!(bash("a!", Quote::Double), None);
        assert_eq!(bash("$(x)", Quote::Double).unwrap(), "\\$(x)");
    }

    #[test]
    fn the_program_is_one_word_of_a_script() {
        assert_eq!(split(&posix("/a b/it's/$x")).0, ["/a b/it's/$x"]);
        assert_eq!(fish("/it's\\"), "'/it\\'s\\\\'");
    }
}
