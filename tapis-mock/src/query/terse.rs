//! The short form of conditions: `(id.like.my*)~(enabled.eq.true)`.

use super::condition::{Condition, Piece, Test};

/// Words that are no conditions among the parameters of `GET …/search`.
const RESERVED: [&str; 9] = [
    "pretty",
    "select",
    "search",
    "orderby",
    "limit",
    "skip",
    "startafter",
    "computetotal",
    "listtype",
];
/// What needs a backslash in values, and what still needs one in the values of lists.
const SPECIAL: [char; 4] = ['~', ',', '(', ')'];
const SPECIAL_IN_LISTS: [char; 3] = ['~', '(', ')'];
/// Parameters of the services that came later than the list above.
const OTHERS: [&str; 6] =
    ["hascredentials", "showdeleted", "impersonationid", "resourcetenant", "ownedby", "anyowner"];

/// Reads conditions that must all hold.
pub(super) fn parse(text: &str) -> Result<Condition, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Condition::All(Vec::new()));
    }
    let parts = split(text, '~');
    let alone = parts.len() == 1;
    let conditions = parts.iter().map(|part| {
        let part = part.trim();
        match part.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            Some(inside) => one(inside),
            None if alone => one(part),
            None => Err(format!("a condition needs parentheses: {part}")),
        }
    });
    Ok(Condition::All(conditions.collect::<Result<_, _>>()?))
}

/// Reads the conditions among query parameters, `attribute.operator=value` each.
pub(super) fn parse_parameters(query: &[(String, String)]) -> Result<Condition, String> {
    let mut conditions = Vec::new();
    for (name, value) in query {
        let lower = name.to_ascii_lowercase();
        if RESERVED.contains(&lower.as_str()) || OTHERS.contains(&lower.as_str()) {
            continue;
        }
        let (attribute, operator) = name
            .split_once('.')
            .ok_or_else(|| format!("not of the form attribute.operator=value: {name}"))?;
        conditions.push(build(attribute, operator, value)?);
    }
    Ok(Condition::All(conditions))
}

fn one(text: &str) -> Result<Condition, String> {
    let mut parts = text.splitn(3, '.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(attribute), Some(operator), Some(value)) => build(attribute, operator, value),
        _ => Err(format!("not of the form attribute.operator.value: {text}")),
    }
}

fn build(attribute: &str, operator: &str, value: &str) -> Result<Condition, String> {
    let mut letters = attribute.chars();
    let well_named = letters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !well_named {
        return Err(format!("not an attribute: {attribute}"));
    }
    if value.trim().is_empty() {
        return Err(format!("a value is missing: {attribute}.{operator}"));
    }
    let plain = || unescape(value, &SPECIAL);
    // Commas of values keep their backslashes in lists.
    let list =
        || values(value).iter().map(|part| unescape(part, &SPECIAL_IN_LISTS)).collect::<Vec<_>>();
    let takes_list = ["IN", "NIN", "BETWEEN", "NBETWEEN", "CONTAINS", "NCONTAINS"];
    if takes_list.contains(&operator.to_ascii_uppercase().as_str())
        && values(value).iter().any(|part| part.trim().is_empty())
    {
        return Err(format!("a value of the list is empty: {value}"));
    }
    let pair = || match list().as_slice() {
        [low, high] => Ok(Test::Between(low.clone(), high.clone())),
        _ => Err(format!("between takes two values: {value}")),
    };
    let (test, negated) = match operator.to_ascii_uppercase().as_str() {
        "EQ" => (Test::Equal(plain()), false),
        "NEQ" => (Test::Equal(plain()), true),
        "GT" => (Test::Greater(plain()), false),
        "LTE" => (Test::Greater(plain()), true),
        "LT" => (Test::Less(plain()), false),
        "GTE" => (Test::Less(plain()), true),
        "IN" => (Test::OneOf(list()), false),
        "NIN" => (Test::OneOf(list()), true),
        "LIKE" => (Test::Like(pattern(value)), false),
        "NLIKE" => (Test::Like(pattern(value)), true),
        "BETWEEN" => (pair()?, false),
        "NBETWEEN" => (pair()?, true),
        "CONTAINS" => (Test::Contains(list()), false),
        "NCONTAINS" => (Test::Contains(list()), true),
        _ => return Err(format!("not an operator: {operator}")),
    };
    let condition = Condition::test(attribute, test);
    Ok(if negated { condition.negate() } else { condition })
}

/// Splits where a separator stands without a backslash.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == separator {
            parts.push(&text[start..at]);
            start = at + c.len_utf8();
        }
    }
    parts.push(&text[start..]);
    parts
}

/// The parts of a list. A comma right behind a backslash belongs to its value.
fn values(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut before) = (0, ' ');
    for (at, c) in text.char_indices() {
        if c == ',' && before != '\\' {
            parts.push(&text[start..at]);
            start = at + 1;
        }
        before = c;
    }
    parts.push(&text[start..]);
    parts
}

/// Takes away the backslashes in front of special characters. Others mean themselves
/// (tapis-shared-java `SearchUtils.java:55, 713-724`).
fn unescape(text: &str, special: &[char]) -> String {
    let mut out = text.to_owned();
    for c in special {
        out = out.replace(&format!("\\{c}"), &c.to_string());
    }
    out
}

fn pattern(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut escaped = false;
    for c in text.chars() {
        match c {
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            '*' if !escaped => pieces.push(Piece::AnyMany),
            '!' if !escaped => pieces.push(Piece::AnyOne),
            c => pieces.push(Piece::One(c)),
        }
        escaped = false;
    }
    pieces
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop here")]
    use super::*;
    use serde_json::json;

    fn holds(search: &str) -> bool {
        let record =
            json!({ "id": "my-sys", "owner": "me", "port": 22, "host": "a,b", "tags": ["x", "y"] });
        parse(search).unwrap().holds(&record)
    }

    #[test]
    fn conditions_are_read() {
        assert!(holds("id.eq.my-sys"));
        assert!(holds("(id.like.my*)~(port.gte.22)"));
        assert!(holds("(port.between.20,30)~(owner.in.you,me)~(owner.NEQ.you)"));
        assert!(holds("host.eq.a\\,b"));
        assert!(holds("tags.contains.x,y"));
        assert!(holds("tags.ncontains.z"));
        assert!(holds("id.nlike.your*"));
        assert!(!holds("(id.eq.my-sys)~(owner.eq.you)"));
        assert!(holds(""));
    }

    #[test]
    fn backslashes_mean_themselves_unless_they_are_in_front_of_something_special() {
        let equal = |search: &str| match parse(search).unwrap() {
            Condition::All(parts) => parts,
            other => panic!("{other:?}"),
        };
        let test = |text: &str| vec![Condition::test("id", Test::Equal(text.into()))];
        assert_eq!(equal(r"id.eq.a\b"), test(r"a\b"));
        assert_eq!(equal(r"id.eq.a\\b"), test(r"a\\b"));
        assert_eq!(equal(r"id.eq.a\~b\,c\(\)"), test("a~b,c()"));
        let list = vec![Condition::test("id", Test::OneOf(vec!["a".into(), r"b\,c".into()]))];
        assert_eq!(equal(r"id.in.a,b\,c"), list);
    }

    #[test]
    fn a_value_may_hold_dots() {
        assert_eq!(
            parse("host.eq.a.b.c").unwrap(),
            Condition::All(vec![Condition::test("host", Test::Equal("a.b.c".into()))])
        );
    }

    #[test]
    fn what_is_no_condition_is_said() {
        for bad in [
            "id",
            "id.eq",
            "id.eq.",
            "id.in.a,,b",
            "id.foo.x",
            "1d.eq.x",
            "a.eq.b~(c.eq.d)",
            "a.between.1",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn parameters_are_conditions_but_for_the_reserved() {
        let query = [("host.eq", "a"), ("limit", "3"), ("owner.like", "m*")];
        let query: Vec<_> = query.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec();
        let Condition::All(parts) = parse_parameters(&query).unwrap() else { panic!("not all") };
        assert_eq!(parts.len(), 2);
    }
}
