//! Matches names against patterns.

/// A pattern with the rules of the service, so that local matching gives the same result.
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    All,
    /// `*` stands for any text, `?` for one character, and all others for themselves.
    Glob(String),
    /// A Java regular expression, which only the service can match; with its prefix.
    Regex(String),
}

impl Pattern {
    pub(super) fn new(text: Option<&str>) -> Self {
        const REGEX: &str = "regex:";
        match text {
            Some(text) if text.trim().is_empty() => Self::All,
            Some(text)
                if text.get(..REGEX.len()).is_some_and(|p| p.eq_ignore_ascii_case(REGEX)) =>
            {
                Self::Regex(text.to_owned())
            }
            Some(text) => Self::Glob(text.to_owned()),
            None => Self::All,
        }
    }

    /// The pattern to send to the service, so that it returns fewer entries.
    pub(super) fn for_service(&self) -> Option<&str> {
        match self {
            Self::All => None,
            Self::Glob(text) | Self::Regex(text) => Some(text),
        }
    }

    /// Whether a name matches; always true for a regular expression, which the service has matched.
    pub(super) fn takes(&self, name: &str) -> bool {
        match self {
            Self::All | Self::Regex(_) => true,
            Self::Glob(glob) => fits(glob, name),
        }
    }
}

fn fits(glob: &str, name: &str) -> bool {
    let (glob, name): (Vec<char>, Vec<char>) = (glob.chars().collect(), name.chars().collect());
    let (mut at, mut seen) = (0, 0);
    // The position of the last `*`, and the end of the text that it matches.
    let mut star = None;
    while let Some(letter) = name.get(seen) {
        match glob.get(at) {
            Some('*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some('?') => (at, seen) = (at + 1, seen + 1),
            Some(own) if own == letter => (at, seen) = (at + 1, seen + 1),
            _ => {
                let Some((place, taken)) = star else { return false };
                star = Some((place, taken + 1));
                (at, seen) = (place + 1, taken + 1);
            }
        }
    }
    glob.iter().skip(at).all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_selects_the_names_that_the_service_selects() {
        for (glob, name, fits) in [
            ("*.txt", "a.txt", true),
            ("*.txt", "a.TXT", false),
            ("*.txt", ".txt", true),
            ("*.txt", "a.txt.gz", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-d", false),
            ("**", "anything", true),
            ("", "name", true),
            ("   ", "name", true),
            // None of these is special to the service.
            ("[ab].txt", "a.txt", false),
            ("[ab].txt", "[ab].txt", true),
            ("{a,b}", "a", false),
            ("{a,b}", "{a,b}", true),
            ("!a", "b", false),
            ("a\\*", "a\\b", true),
            ("ä?", "äö", true),
        ] {
            assert_eq!(Pattern::new(Some(glob)).takes(name), fits, "{glob} {name}");
        }
    }

    #[test]
    fn a_regular_expression_is_left_to_the_service() {
        for text in ["regex:^a", "REGEX:^a"] {
            let pattern = Pattern::new(Some(text));
            assert!(matches!(pattern, Pattern::Regex(_)) && pattern.takes("b"), "{text}");
            assert_eq!(pattern.for_service(), Some(text));
        }
        assert!(matches!(Pattern::new(Some("régex:")), Pattern::Glob(_)));
    }
}
