//! The filters of archives: globs as Java reads them, or regular expressions
//! (tapis-jobs `JobFileManager.java:1312-1456`).

use regex_lite::Regex;
use serde_json::Value;

/// Marks a regular expression.
const REGEX: &str = "REGEX:";
/// The patterns that are known to take everything, as they are written
/// (tapis-jobs `JobFileManager.java:1312-1322`).
const ALL: [&str; 2] = ["**/*", "REGEX(.*)"];

/// A list of patterns, any of which may fit.
pub(super) struct Filter {
    patterns: Vec<(String, Option<Regex>)>,
}

impl Filter {
    /// Reads a list of patterns.
    pub(super) fn read(list: &Value) -> Self {
        let texts = list.as_array().into_iter().flatten().filter_map(Value::as_str);
        let patterns = texts.map(|text| (text.to_owned(), compile(text).ok())).collect();
        Self { patterns }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether it says in so many words that it takes everything.
    pub(super) fn takes_all(&self) -> bool {
        self.patterns.iter().any(|(text, _)| ALL.contains(&text.as_str()))
    }

    /// Whether a path below the directory of output fits one of the patterns as a whole.
    pub(super) fn matches(&self, path: &str) -> bool {
        self.patterns.iter().any(|(_, regex)| regex.as_ref().is_some_and(|one| one.is_match(path)))
    }
}

/// One pattern, which fits whole paths.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    let body = match pattern.strip_prefix(REGEX) {
        Some(regex) => regex.to_owned(),
        None => translate(pattern)?,
    };
    Regex::new(&format!("^(?:{body})$")).map_err(|error| error.to_string())
}

/// A glob of Java as a regular expression: `*` and `?` stop at slashes, `**` does not, and what
/// is in braces are alternatives.
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
