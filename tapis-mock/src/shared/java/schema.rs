//! The bodies that a Java service accepts. Each service checks them against its own JSON Schema,
//! which is stricter than its document: unknown attributes are refused, and `null` is accepted only
//! where the schema allows it.

use serde_json::{Map, Value};

/// The allowed values.
pub(crate) enum Form {
    /// A text with a minimum and a maximum number of characters.
    Text(usize, usize),
    Word(&'static [&'static str]),
    Flag,
    /// A whole number with a minimum.
    Number(i64),
    /// A whole number of 32 bits.
    Int,
    /// Any object.
    Notes,
    /// A list without duplicates.
    List(&'static Form),
    /// A list without duplicates that is not empty.
    Filled(&'static Form),
    /// A list that may have duplicates.
    Loose(&'static Form),
    Record(&'static Record),
    /// A record that may have unknown attributes.
    Open(&'static Record),
    /// `null` is allowed too.
    Null(&'static Form),
}

/// An object.
pub(crate) struct Record {
    pub(crate) fields: &'static [(&'static str, Form)],
    pub(crate) required: &'static [&'static str],
}

impl Record {
    /// The error of a body, if there is one. Values are omitted, because they may be secrets.
    pub(crate) fn check(&self, body: &Map<String, Value>) -> Result<(), String> {
        check_record(body, self, false, "#")
    }
}

fn check_record(
    object: &Map<String, Value>,
    record: &Record,
    open: bool,
    at: &str,
) -> Result<(), String> {
    if let Some(missing) = record.required.iter().find(|name| !object.contains_key(**name)) {
        return Err(format!("{at}: required key [{missing}] not found"));
    }
    for (name, value) in object {
        match record.fields.iter().find(|(field, _)| field == name) {
            Some((_, form)) => check_value(value, form, &format!("{at}/{name}"))?,
            None if open => {}
            None => return Err(format!("{at}: extraneous key [{name}] is not permitted")),
        }
    }
    Ok(())
}

fn check_value(value: &Value, form: &Form, at: &str) -> Result<(), String> {
    let fits = match form {
        Form::Text(least, most) => {
            value.as_str().is_some_and(|text| (*least..=*most).contains(&text.chars().count()))
        }
        Form::Word(words) => value.as_str().is_some_and(|word| words.contains(&word)),
        Form::Flag => value.is_boolean(),
        Form::Number(least) => value.as_i64().is_some_and(|number| number >= *least),
        Form::Int => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        Form::Notes => value.is_object(),
        Form::List(item) => return check_list(value, item, Doubles::Refused, 0, at),
        Form::Filled(item) => return check_list(value, item, Doubles::Refused, 1, at),
        Form::Loose(item) => return check_list(value, item, Doubles::Taken, 0, at),
        Form::Null(form) => {
            return if value.is_null() { Ok(()) } else { check_value(value, form, at) };
        }
        Form::Record(record) | Form::Open(record) => match value.as_object() {
            Some(object) => {
                return check_record(object, record, matches!(form, Form::Open(_)), at);
            }
            None => false,
        },
    };
    if fits { Ok(()) } else { Err(format!("{at}: the value is not of the expected form")) }
}

#[derive(PartialEq, Eq)]
enum Doubles {
    Taken,
    Refused,
}

fn check_list(
    value: &Value,
    item: &Form,
    doubles: Doubles,
    least: usize,
    at: &str,
) -> Result<(), String> {
    let Some(values) = value.as_array() else { return Err(format!("{at}: expected an array")) };
    if values.len() < least {
        return Err(format!("{at}: expected minimum item count: {least}, found: {}", values.len()));
    }
    for (index, value) in values.iter().enumerate() {
        check_value(value, item, &format!("{at}/{index}"))?;
        if doubles == Doubles::Refused && values.iter().take(index).any(|one| one == value) {
            return Err(format!("{at}: array items are not unique"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    static INNER: Record = Record { fields: &[("a", Form::Int)], required: &["a"] };
    static OUTER: Record = Record {
        fields: &[
            ("name", Form::Null(&Form::Text(1, 2))),
            ("closed", Form::Record(&INNER)),
            ("open", Form::Open(&INNER)),
            ("filled", Form::Filled(&Form::Flag)),
        ],
        required: &[],
    };

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let check = |body: Value| OUTER.check(body.as_object().unwrap()).err().unwrap_or_default();
        let cases = [
            (json!({ "name": null, "closed": { "a": 1 }, "open": { "a": 1, "b": 2 } }), ""),
            (json!({ "name": "abc" }), "#/name: the value"),
            (json!({ "closed": null }), "#/closed: the value"),
            (json!({ "closed": { "a": 1, "b": 2 } }), "#/closed: extraneous key [b]"),
            (json!({ "closed": {} }), "#/closed: required key [a]"),
            (json!({ "closed": { "a": 3_000_000_000_u32 } }), "#/closed/a: the value"),
            (json!({ "filled": [] }), "#/filled: expected minimum item count: 1"),
            (json!({ "filled": [true, true] }), "#/filled: array items are not unique"),
            (json!({ "other": 1 }), "#: extraneous key [other]"),
        ];
        for (body, expected) in cases {
            let found = check(body.clone());
            assert!(
                found.starts_with(expected) && found.is_empty() == expected.is_empty(),
                "{body} {found}"
            );
        }
    }
}
