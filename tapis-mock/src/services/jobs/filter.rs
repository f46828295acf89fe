//! Archive filters: globs as in Java, or regular expressions (tapis-jobs
//! `JobFileManager.java:1312-1456`).

use regex_lite::Regex;
use serde_json::Value;

/// The prefix of a regular expression.
const REGEX: &str = "REGEX:";
/// The patterns that the service treats as matching everything, literally (tapis-jobs
/// `JobFileManager.java:1312-1322`).
const ALL: [&str; 2] = ["**/*", "REGEX(.*)"];

/// A list of patterns, any of which may match.
pub(super) struct Filter {
    patterns: Vec<(String, Option<Regex>)>,
}

impl Filter {
    /// Parses a list of patterns.
    pub(super) fn read(list: &Value) -> Self {
        let texts = list.as_array().into_iter().flatten().filter_map(Value::as_str);
        let patterns = texts.map(|text| (text.to_owned(), compile(text).ok())).collect();
        Self { patterns }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether it literally matches everything.
    pub(super) fn takes_all(&self) -> bool {
        self.patterns.iter().any(|(text, _)| ALL.contains(&text.as_str()))
    }

    /// Whether the whole of a path, relative to the output directory, matches one of the patterns.
    pub(super) fn matches(&self, path: &str) -> bool {
        self.patterns.iter().any(|(_, regex)| regex.as_ref().is_some_and(|one| one.is_match(path)))
    }
}

/// One pattern, which matches whole paths.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    let body = match pattern.strip_prefix(REGEX) {
        Some(regex) => regex.to_owned(),
        None => translate(pattern)?,
    };
    Regex::new(&format!("^(?:{body})$")).map_err(|error| error.to_string())
}

/// Converts a glob of Java to a regular expression: `*` and `?` do not cross slashes, `**` does,
/// and braces contain alternatives.
fn translate(glob: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut letters = glob.chars().peekable();
    let (mut in_braces, mut in_class) = (false, false);
    while let Some(c) = letters.next() {
        match c {
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '!' if in_class && out.ends_with('[') => out.push('^'),
            '\\' if in_class => out.push_str("\\\\"),
            c if in_class => out.push(c),
            '[' => {
                in_class = true;
                out.push('[');
            }
            '*' if letters.next_if_eq(&'*').is_some() => out.push_str(".*"),
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '{' if in_braces => return Err("groups of a glob cannot be nested".to_owned()),
            '{' => {
                in_braces = true;
                out.push_str("(?:");
            }
            '}' if in_braces => {
                in_braces = false;
                out.push(')');
            }
            ',' if in_braces => out.push('|'),
            '\\' => match letters.next() {
                Some(c) => out.push_str(&escape(c)),
                None => return Err("a glob ends in a backslash".to_owned()),
            },
            c => out.push_str(&escape(c)),
        }
    }
    if in_braces || in_class {
        return Err("a group of a glob is not closed".to_owned());
    }
    Ok(out)
}

fn escape(c: char) -> String {
    let mut buffer = [0; 4];
    regex_lite::escape(c.encode_utf8(&mut buffer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fits(pattern: &str, path: &str) -> bool {
        Filter::read(&json!([pattern])).matches(path)
    }

    #[test]
    fn globs_are_those_of_java() {
        assert!(fits("*.txt", "a.txt"));
        assert!(!fits("*.txt", "sub/a.txt"));
        assert!(fits("**.txt", "sub/a.txt"));
        assert!(fits("**/a.txt", "sub/a.txt"));
        assert!(!fits("**/a.txt", "a.txt"), "a slash has to be there");
        assert!(fits("{a,b}.[!x]", "b.y"));
        assert!(!fits("{a,b}.[!x]", "b.x"));
        assert!(fits("a\\*b", "a*b"));
        assert!(!fits("a\\*b", "axb"));
    }

    #[test]
    fn regular_expressions_fit_as_a_whole() {
        assert!(fits("REGEX:.*\\.txt", "sub/a.txt"));
        assert!(!fits("REGEX:a", "ab"));
        assert!(fits("REGEX:a|ab", "ab"));
    }

    #[test]
    fn what_is_no_pattern_is_said() {
        for bad in ["{a", "{a,{b}}", "[a", "a\\", "REGEX:("] {
            assert!(compile(bad).is_err(), "{bad}");
        }
    }
}
