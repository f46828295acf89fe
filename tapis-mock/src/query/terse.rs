//! The short form of conditions: `(id.like.my*)~(enabled.eq.true)`.

use super::condition::{Condition, Piece, Test};

/// Query parameters of `GET …/search` that are not conditions.
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
/// Characters that need a backslash in values, and those that keep it in lists.
const SPECIAL: [char; 4] = ['~', ',', '(', ')'];
const SPECIAL_IN_LISTS: [char; 3] = ['~', '(', ')'];
/// Parses conditions that must all match.
pub(super) fn parse(text: &str) -> Result<Condition, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Condition::All(Vec::new()));
    }
    let parts: Vec<&str> = split(text, '~').into_iter().filter(|part| !part.is_empty()).collect();
    let alone = parts.len() == 1;
    let mut conditions = Vec::new();
    for part in parts {
        match part.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            Some(inside) if inside.trim().is_empty() => {}
            Some(inside) => conditions.push(one(inside)?),
            // Both parentheses around a single condition may be omitted.
            None if alone && !part.starts_with('(') && !part.ends_with(')') => {
                conditions.push(one(part)?);
            }
            None => return Err(format!("a condition needs parentheses: {part}")),
        }
    }
    Ok(Condition::All(conditions))
}

/// Parses the conditions among query parameters, `attribute.operator=value` each. Some names are
/// not conditions in any service (SearchUtils.java 385), others are parameters of this call.
pub(super) fn parse_parameters(
    query: &[(String, String)],
    is_parameter: impl Fn(&str) -> bool,
) -> Result<Condition, String> {
    let mut conditions = Vec::new();
    for (name, value) in query {
        if RESERVED.contains(&name.to_ascii_lowercase().as_str()) || is_parameter(name) {
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
    let takes_list = ["IN", "NIN", "BETWEEN", "NBETWEEN", "CONTAINS", "NCONTAINS"];
    let operator = operator.to_ascii_uppercase();
    let parts = if takes_list.contains(&operator.as_str()) { values(value) } else { vec![value] };
    if let Some(part) = parts.iter().find(|part| has_special(part)) {
        return Err(format!("a special character needs a backslash: {part}"));
    }
    let plain = || unescape(value, &SPECIAL);
    // Commas in values keep their backslashes in lists.
    let list = || parts.iter().map(|part| unescape(part, &SPECIAL_IN_LISTS)).collect::<Vec<_>>();
    let pair = || match list().as_slice() {
        [low, high] => Ok(Test::Between(low.clone(), high.clone())),
        _ => Err(format!("between takes two values: {value}")),
    };
    let (test, negated) = match operator.as_str() {
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

/// Splits at separators without a backslash.
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

/// The items of a list. A comma directly after a backslash belongs to its value; empty items at the
/// end are dropped.
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
    while parts.last().is_some_and(|part| part.is_empty()) {
        parts.pop();
    }
    parts
}

/// Whether there is a special character without a backslash directly before it.
fn has_special(text: &str) -> bool {
    let mut before = ' ';
    text.chars().any(|c| {
        let bare = SPECIAL.contains(&c) && before != '\\';
        before = c;
        bare
    })
}

/// Removes the backslashes before special characters. Other backslashes are literal
/// (tapis-shared-java `SearchUtils.java:55, 713-724`).
fn unescape(text: &str, special: &[char]) -> String {
    let mut out = text.to_owned();
    for c in special {
        out = out.replace(&format!("\\{c}"), &c.to_string());
    }
    out
}

/// The pattern of LIKE. The service converts it to a pattern of SQL, and changes only characters
/// without a backslash directly before them (SearchUtils.java 262-275); in SQL a backslash makes
/// the next character literal.
fn pattern(text: &str) -> Vec<Piece> {
    let mut sql = String::new();
    let mut before = ' ';
    for c in text.chars() {
        match c {
            '%' | '_' if before != '\\' => sql.extend(['\\', c]),
            '*' if before != '\\' => sql.push('%'),
            '!' if before != '\\' => sql.push('_'),
            c => sql.push(c),
        }
        before = c;
    }
    let mut letters = sql.chars();
    let mut pieces = Vec::new();
    while let Some(c) = letters.next() {
        pieces.push(match c {
            '%' => Piece::AnyMany,
            '_' => Piece::AnyOne,
            '\\' => letters.next().map_or(Piece::Nothing, Piece::One),
            c => Piece::One(c),
        });
    }
    pieces
}

#[cfg(test)]
mod tests {
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
        assert_eq!(equal(r"(id.eq.a\~b\,c\(\))"), test("a~b,c()"));
        let list = vec![Condition::test("id", Test::OneOf(vec!["a".into(), r"b\,c".into()]))];
        assert_eq!(equal(r"id.in.a,b\,c"), list);
    }

    #[test]
    fn patterns_take_two_wildcards_and_their_escapes() {
        let holds = |search: &str, id: &str| parse(search).unwrap().holds(&json!({ "id": id }));
        assert!(holds("id.like.a*c", "abbc") && holds("id.like.a!c", "abc"));
        assert!(holds(r"id.like.a\*", "a*") && !holds(r"id.like.a\*", "ab"));
        assert!(holds(r"id.like.a\!", "a!") && !holds(r"id.like.a\!", "ab"));
        assert!(holds("id.like.a%_", "a%_") && !holds("id.like.a%_", "abc"));
        assert!(holds(r"id.like.a\\b", r"a\b") && holds(r"id.like.a\~\(b", "a~(b"));
        // A wildcard directly after a backslash is one of SQL, or none.
        assert!(holds(r"id.like.a\\%", r"a\bc") && !holds(r"id.like.a\\*", r"a\bc"));
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
            "id.eq.a,b",
            "id.eq.a(b",
            "(id.eq.a",
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
        let query =
            [("host.eq", "a"), ("LIMIT", "3"), ("hasCredentials", "true"), ("owner.like", "m*")];
        let query: Vec<_> = query.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec();
        let Condition::All(parts) =
            parse_parameters(&query, |name| name == "hasCredentials").unwrap()
        else {
            panic!("not all")
        };
        assert_eq!(parts.len(), 2);
        let other = [("showDeleted".to_owned(), "true".to_owned())];
        assert!(parse_parameters(&other, |_| false).is_err());
    }
}
