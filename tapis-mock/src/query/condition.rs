//! Conditions on records.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value;

/// A condition on records.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition {
    /// All of them must match; an empty list matches.
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Test {
        attribute: String,
        test: Test,
    },
}

/// A test of one attribute. Values are texts, compared according to the type of the attribute's
/// value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    Equal(String),
    Less(String),
    Greater(String),
    OneOf(Vec<String>),
    Between(String, String),
    /// Parts of a text, separated by any text or single characters, as patterns.
    Like(Vec<Piece>),
    Contains(Vec<String>),
    Null,
}

/// A part of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    One(char),
    AnyOne,
    AnyMany,
    /// A backslash at the end, which matches nothing.
    Nothing,
}

impl Condition {
    pub(crate) fn test(attribute: &str, test: Test) -> Self {
        Self::Test { attribute: attribute.to_owned(), test }
    }

    pub(crate) fn negate(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// Whether a record matches the condition. As in SQL, a missing value matches neither a test
    /// nor its negation.
    pub(crate) fn holds(&self, record: &Value) -> bool {
        self.truth(record) == Some(true)
    }

    fn truth(&self, record: &Value) -> Option<bool> {
        let join = |parts: &[Self], decisive: bool| {
            let truths: Vec<Option<bool>> = parts.iter().map(|part| part.truth(record)).collect();
            match truths {
                truths if truths.contains(&Some(decisive)) => Some(decisive),
                truths if truths.contains(&None) => None,
                _ => Some(!decisive),
            }
        };
        match self {
            Self::All(parts) => join(parts, false),
            Self::Any(parts) => join(parts, true),
            Self::Not(part) => part.truth(record).map(|truth| !truth),
            Self::Test { attribute, test: Test::Null } => Some(field(record, attribute).is_null()),
            Self::Test { attribute, test } => {
                let value = field(record, attribute);
                (!value.is_null()).then(|| test.holds(value))
            }
        }
    }

    /// The tests of the condition, each with its attribute.
    pub(crate) fn tests(&self) -> Vec<(&str, &Test)> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::tests).collect(),
            Self::Not(part) => part.tests(),
            Self::Test { attribute, test } => vec![(attribute, test)],
        }
    }

    /// The attributes in the condition.
    pub(crate) fn attributes(&self) -> Vec<&str> {
        self.tests().into_iter().map(|(attribute, _)| attribute).collect()
    }
}

/// An attribute of a record, by its own name or by its name in the services' databases.
pub(crate) fn field<'a>(record: &'a Value, attribute: &str) -> &'a Value {
    match record.get(attribute) {
        Some(value) => value,
        None => record.get(camel_case(attribute)).unwrap_or(&Value::Null),
    }
}

/// `default_authn_method` as `defaultAuthnMethod`.
pub(crate) fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut out = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        if let Some(first) = letters.next() {
            out.extend(first.to_uppercase());
            out.push_str(letters.as_str());
        }
    }
    out
}

impl Test {
    fn holds(&self, value: &Value) -> bool {
        let order = |other: &String| compare(value, other);
        match self {
            Self::Equal(other) => order(other) == Some(Ordering::Equal),
            Self::Less(other) => order(other) == Some(Ordering::Less),
            Self::Greater(other) => order(other) == Some(Ordering::Greater),
            // For lists, both match any of the values.
            Self::OneOf(wanted) | Self::Contains(wanted) if value.is_array() => {
                let values = value.as_array().map(Vec::as_slice).unwrap_or_default();
                wanted.iter().any(|wanted| values.iter().any(|value| value == wanted.as_str()))
            }
            Self::OneOf(others) => others.iter().any(|other| order(other) == Some(Ordering::Equal)),
            Self::Between(low, high) => {
                order(low).is_some_and(Ordering::is_ge) && order(high).is_some_and(Ordering::is_le)
            }
            Self::Like(pattern) => value
                .as_str()
                .is_some_and(|text| matches(pattern, &text.chars().collect::<Vec<_>>())),
            Self::Contains(_) => false,
            Self::Null => value.is_null(),
        }
    }
}

/// The order of a value and a text. `None` if they cannot be compared.
fn compare(value: &Value, text: &str) -> Option<Ordering> {
    match value {
        Value::Null => None,
        Value::Bool(value) => {
            let wanted = text.to_ascii_lowercase().parse::<bool>().ok()?;
            Some(value.cmp(&wanted))
        }
        Value::Number(number) => number.as_f64()?.partial_cmp(&text.parse::<f64>().ok()?),
        Value::String(value) => match (value.parse::<Timestamp>(), timestamp(text)) {
            (Ok(value), Some(wanted)) => Some(value.cmp(&wanted)),
            _ => Some(value.as_str().cmp(text)),
        },
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// A timestamp, which may be incomplete: a year is sufficient, and without an offset it is UTC
/// (tapis-shared-java `TapisUtils.getUTCTimeFromString`).
pub(crate) fn timestamp(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    let text = text.strip_suffix('Z').unwrap_or(text);
    let at = text.len().checked_sub("+00:00".len());
    let offset = at
        .and_then(|at| text.get(at..))
        .filter(|offset| offset.starts_with(['+', '-']) && offset.as_bytes().get(3) == Some(&b':'));
    let local = text.strip_suffix(offset.unwrap_or_default())?;
    let rest = match local.len() {
        4 => "-01-01T00:00:00",
        7 => "-01T00:00:00",
        10 => "T00:00:00",
        13 => ":00:00",
        16 => ":00",
        _ => "",
    };
    format!("{local}{rest}{}", offset.unwrap_or("Z")).parse().ok()
}

/// Whether a text matches a pattern. Backtracks to the last wildcard on a mismatch, so it takes at
/// most the product of the two lengths.
fn matches(pattern: &[Piece], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(Piece::AnyMany) => {
                retry = Some((p + 1, t));
                p += 1;
                continue;
            }
            Some(Piece::AnyOne) => {
                p += 1;
                t += 1;
                continue;
            }
            Some(Piece::One(c)) if text.get(t) == Some(c) => {
                p += 1;
                t += 1;
                continue;
            }
            _ => {}
        }
        let Some((after, at)) = retry else { return false };
        p = after;
        t = at + 1;
        retry = Some((after, at + 1));
    }
    pattern.get(p..).is_none_or(|rest| rest.iter().all(|piece| *piece == Piece::AnyMany))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn like(pattern: &str, text: &str) -> bool {
        let pieces: Vec<Piece> = pattern
            .chars()
            .map(|c| match c {
                '*' => Piece::AnyMany,
                '!' => Piece::AnyOne,
                c => Piece::One(c),
            })
            .collect();
        matches(&pieces, &text.chars().collect::<Vec<_>>())
    }

    #[test]
    fn patterns_fit_as_they_should() {
        assert!(like("a*c", "abbbc"));
        assert!(like("*", ""));
        assert!(like("a!c", "abc"));
        assert!(!like("a!c", "ac"));
        assert!(like("*b*b*", "abcb"));
        assert!(!like("a*d", "abc"));
        assert!(like("", ""));
        assert!(!like("", "a"));
    }

    #[test]
    fn hostile_patterns_end() {
        let pattern = "*a".repeat(200);
        assert!(!like(&pattern, &"a".repeat(150)));
    }

    #[test]
    fn values_are_compared_in_their_own_way() {
        let record = json!({ "n": 10, "b": true, "s": "x", "t": "2026-01-02T00:00:00Z" });
        let holds = |attribute, test| Condition::test(attribute, test).holds(&record);
        assert!(holds("n", Test::Greater("9".into())));
        assert!(holds("b", Test::Equal("TRUE".into())));
        assert!(holds("t", Test::Greater("2026-01-01".into())));
        assert!(holds("t", Test::Less("2026-01-02T00:00:01Z".into())));
        assert!(!holds("missing", Test::Equal(String::new())));
        let not = Condition::test("missing", Test::Equal("x".into())).negate();
        assert!(!not.holds(&record), "what is missing is not unequal either");
        assert!(holds("t", Test::Greater("2026".into())));
        assert!(holds("t", Test::Greater("2026-01".into())));
        assert!(holds("t", Test::Equal("2026-01-02Z".into())));
        assert!(holds("t", Test::Equal("2026-01-02+00:00".into())));
        assert!(holds("t", Test::Equal("2026-01-02T01+01:00".into())));
        assert!(!holds("t", Test::Equal("02.01.2026".into())));
        assert!(holds("missing", Test::Null));
    }

    #[test]
    fn attributes_go_by_their_database_names_too() {
        let record = json!({ "systemType": "LINUX" });
        let test = Test::Equal("LINUX".into());
        assert!(Condition::test("system_type", test).holds(&record));
    }
}
