//! One rule: the conditions for a refusal, and its meaning.

use super::verdict::{Form, Refusal, Verdict};

/// One row of the table: conditions for a refusal, and its meaning.
pub(super) struct Rule {
    pub(super) service: Option<&'static str>,
    /// Empty for all statuses.
    pub(super) statuses: &'static [u16],
    pub(super) when: When,
    pub(super) verdict: Verdict,
}

/// A rule for any service. `statuses` is empty for all of them.
pub(super) const fn rule(statuses: &'static [u16], when: When, verdict: Verdict) -> Rule {
    Rule { service: None, statuses, when, verdict }
}

pub(super) enum When {
    /// The message contains one of these ids, in which `*` stands for anything.
    Id(&'static [&'static str]),
    /// The message starts with one of these ids.
    First(&'static [&'static str]),
    /// The message contains the id and the words.
    IdAnd(&'static [&'static str], &'static str),
    /// The message, without prefixes that services add, starts with one of these.
    Starts(&'static [&'static str]),
    /// The message contains one of these words, in any case.
    Holds(&'static [&'static str]),
    /// The message contains all of these words, in any case.
    All(&'static [&'static str]),
    /// The message has the form `No … found`.
    NoneFound,
    /// The body has this form.
    Is(Form),
    Any,
}

/// A refusal, and its message in the forms that the conditions look at.
pub(super) struct Subject<'a> {
    refusal: Refusal<'a>,
    message: &'a str,
    about: &'a str,
    lower: String,
}

impl<'a> Subject<'a> {
    pub(super) fn new(refusal: Refusal<'a>) -> Self {
        let message = without_page(refusal.message);
        Self { refusal, message, about: about(message), lower: message.to_ascii_lowercase() }
    }
}

impl Rule {
    pub(super) fn applies_to(&self, subject: &Subject<'_>) -> bool {
        let refusal = &subject.refusal;
        self.service.is_none_or(|service| service == refusal.service)
            && (self.statuses.is_empty() || self.statuses.contains(&refusal.status))
            // A page's text is not the service's, so that only its status counts.
            && (refusal.form != Form::Page || matches!(self.when, When::Is(_) | When::Any))
            && self.when.holds(subject)
    }
}

impl When {
    fn holds(&self, subject: &Subject<'_>) -> bool {
        let Subject { refusal, message, about, lower } = subject;
        match self {
            Self::Id(patterns) => holds_id(message, patterns),
            Self::IdAnd(patterns, words) => holds_id(message, patterns) && lower.contains(words),
            Self::Starts(starts) => {
                starts.iter().any(|start| about.starts_with(start) || message.starts_with(start))
            }
            Self::First(patterns) => {
                let first = about.split(|c| !part_of_id(c)).next().unwrap_or_default();
                patterns.iter().any(|pattern| fits_pattern(first, pattern))
            }
            Self::All(words) => words.iter().all(|word| lower.contains(word)),
            Self::Holds(words) => words.iter().any(|word| lower.contains(word)),
            Self::NoneFound => lower.starts_with("no ") && has_word(lower, "found"),
            Self::Is(form) => *form == refusal.form,
            Self::Any => true,
        }
    }
}

/// The message up to a quoted page.
fn without_page(message: &str) -> &str {
    let lower = message.to_ascii_lowercase();
    let page = ["<html", "<!doctype"].iter().filter_map(|tag| lower.find(tag)).min();
    page.and_then(|start| message.get(..start)).unwrap_or(message)
}

/// The message without the prefixes that services add to the messages of other services.
fn about(message: &str) -> &str {
    const BEFORE: [&str; 3] = [
        "Unable to validate the Tapis token; details: ",
        "Tapis token validation failed; details: ",
        "message: ",
    ];
    let mut about = message.trim_start();
    while let Some(rest) = BEFORE.iter().find_map(|before| about.strip_prefix(before)) {
        about = rest.trim_start();
    }
    about
}

fn part_of_id(c: char) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'
}

/// Whether one of the message's ids, such as `SYSLIB_UNAUTH`, matches one of the patterns.
pub(crate) fn holds_id(message: &str, patterns: &[&str]) -> bool {
    message
        .split(|c| !part_of_id(c))
        .filter(|word| word.contains('_'))
        .any(|id| patterns.iter().any(|pattern| fits_pattern(id, pattern)))
}

/// Whether `text` matches `pattern`, in which `*` stands for anything.
fn fits_pattern(text: &str, pattern: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return text == pattern };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return text.ends_with(part);
        }
        let Some(at) = text.find(part) else { return false };
        text = text.get(at + part.len()..).unwrap_or_default();
    }
    true
}

fn has_word(text: &str, wanted: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|word| word == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_the_whole_id() {
        for (text, pattern, fits) in [
            ("A_B", "A_B", true),
            ("A_BC", "A_B", false),
            ("A_BC", "A_B*", true),
            ("XA_B", "*A_B", true),
            ("NTFLIB_X_UNAUTH_Y", "NTFLIB_*UNAUTH*", true),
            ("NTFLIB_UNAUTH", "NTFLIB_*UNAUTH*", true),
            ("NTFLIB_AUTH", "NTFLIB_*UNAUTH*", false),
            ("TAPIS_X", "TAPIS_*X_Y", false),
        ] {
            assert_eq!(fits_pattern(text, pattern), fits, "{text} {pattern}");
        }
    }
}
