//! How the database of the service treats names, types and values. Statements have names without
//! quotes, so the database converts them to lower case, and some are not possible
//! (`manage_tables.py`, PostgreSQL 13).

use jiff::civil::DateTime;
use serde_json::{Value, json};

/// The name of a column's enumeration, and its values.
pub(super) const ENUMERATION: &str = "enumeration";
pub(super) const VALUES: &str = "values";
/// The column types that rows are checked against.
const CHECKED: [&str; 9] =
    ["boolean", "varchar", "char", "text", "integer", "serial", "float", "date", "timestamp"];
/// Other types of the database.
const OTHERS: [&str; 11] = [
    "bigint",
    "smallint",
    "numeric",
    "real",
    "uuid",
    "json",
    "jsonb",
    "time",
    "timestamptz",
    "bytea",
    "datetime",
];
/// Words that cannot be a column name without quotes.
const RESERVED: [&str; 34] = [
    "all",
    "and",
    "any",
    "as",
    "asc",
    "case",
    "check",
    "column",
    "constraint",
    "default",
    "desc",
    "distinct",
    "else",
    "end",
    "false",
    "for",
    "foreign",
    "from",
    "group",
    "in",
    "limit",
    "not",
    "null",
    "offset",
    "or",
    "order",
    "primary",
    "references",
    "select",
    "table",
    "to",
    "user",
    "where",
    "with",
];

/// Whether the database has a type with this name.
pub(super) fn is_type(kind: &str) -> bool {
    [&CHECKED[..], &OTHERS].concat().contains(&name(kind).as_str())
}

/// The database's name of a column or table.
pub(super) fn name(text: &str) -> String {
    text.to_lowercase()
}

/// The database's message for an error.
pub(super) fn error(what: &str) -> String {
    format!("Error accessing database: {what}")
}

/// Refuses a name that cannot be in a statement.
pub(super) fn is_name(text: &str) -> Result<(), String> {
    let near = |near: &str| Err(error(&format!("syntax error at or near \"{near}\"")));
    if let Some(first) = text.chars().next().filter(char::is_ascii_digit) {
        return near(&format!(".{first}"));
    }
    match text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').next() {
        Some(all) if all == text && !text.is_empty() => Ok(()),
        start => {
            near(text.get(start.map_or(0, str::len)..).and_then(|rest| rest.get(..1)).unwrap_or(""))
        }
    }
}

/// Refuses a column that the database cannot create.
pub(super) fn is_column(column: &str, kind: &str, enumerations: &[String]) -> Result<(), String> {
    is_name(column)?;
    if RESERVED.contains(&name(column).as_str()) {
        return Err(error(&format!("syntax error at or near \"{}\"", column.to_uppercase())));
    }
    let kind = name(kind);
    let base = kind.trim_end_matches("[]");
    if base != "datetime" && is_type(base) || enumerations.iter().any(|one| *one == base) {
        return Ok(());
    }
    Err(error(&format!("type \"{kind}\" does not exist")))
}

/// The value of a column that is in a statement as text.
pub(super) fn read(column: &Value, text: &str) -> Result<Value, String> {
    let invalid =
        |kind: &str| Err(error(&format!("invalid input syntax for type {kind}: \"{text}\"")));
    let kind = name(column["data_type"].as_str().unwrap_or_default());
    let word = text.trim().to_lowercase();
    match kind.as_str() {
        "integer" | "serial" => match word.parse::<i64>() {
            Ok(number) if i32::try_from(number).is_ok() => Ok(number.into()),
            Ok(_) => Err(error(&format!("value \"{text}\" is out of range for type integer"))),
            Err(_) => invalid("integer"),
        },
        "float" => {
            word.parse::<f64>().map_or_else(|_| invalid("double precision"), |n| Ok(json!(n)))
        }
        "boolean" => {
            let starts = |word_: &str| !word.is_empty() && word_.starts_with(&word);
            match word.as_str() {
                "1" | "on" => Ok(true.into()),
                "0" | "of" | "off" => Ok(false.into()),
                _ if starts("true") || starts("yes") => Ok(true.into()),
                _ if starts("false") || starts("no") => Ok(false.into()),
                _ => invalid("boolean"),
            }
        }
        // The database knows more formats than this standard.
        "date" | "timestamp" => match text.trim().trim_end_matches('Z').parse::<DateTime>() {
            Ok(time) if kind == "date" => Ok(time.date().to_string().into()),
            Ok(time) => Ok(iso(time).into()),
            Err(_) => invalid(&kind),
        },
        _ => Ok(text.into()),
    }
}

/// A value of a row in the format of the database.
pub(super) fn keep(column: &Value, value: Value) -> Result<Value, String> {
    let kind = name(column["data_type"].as_str().unwrap_or_default());
    match (kind.as_str(), &value) {
        ("integer" | "serial", Value::Number(number)) => {
            let fits = number.as_i64().is_some_and(|number| i32::try_from(number).is_ok());
            if fits { Ok(value) } else { Err(error("integer out of range")) }
        }
        ("float", Value::Number(number)) => Ok(json!(number.as_f64())),
        ("date" | "timestamp", Value::String(text)) => read(column, text),
        (_, Value::String(text)) if !column[VALUES].is_null() => {
            let mut values = column[VALUES].as_array().into_iter().flatten();
            if values.any(|known| known == text.as_str()) {
                return Ok(value);
            }
            let name = column[ENUMERATION].as_str().unwrap_or_default();
            Err(error(&format!("invalid input value for enum {name}: \"{text}\"")))
        }
        ("char", Value::String(text)) => {
            let length =
                column["char_len"].as_u64().and_then(|length| usize::try_from(length).ok());
            let length = length.unwrap_or_default();
            Ok(format!("{text:length$}").into())
        }
        _ => Ok(value),
    }
}

/// A time as Python writes it.
pub(super) fn iso(time: DateTime) -> String {
    let micros = time.subsec_nanosecond() / 1000;
    let whole = time.strftime("%Y-%m-%dT%H:%M:%S");
    if micros == 0 { whole.to_string() } else { format!("{whole}.{micros:06}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_values_of_their_column_or_are_refused() {
        for (kind, text, value) in [
            ("integer", "7", json!(7)),
            ("float", "2", json!(2.0)),
            ("boolean", "t", json!(true)),
            ("boolean", "FALSE", json!(false)),
            ("date", "2024-01-02T03:04", json!("2024-01-02")),
            ("timestamp", "2024-01-02 03:04", json!("2024-01-02T03:04:00")),
            ("timestamp", "2024-01-02T03:04:05.5Z", json!("2024-01-02T03:04:05.500000")),
            ("text", "x", json!("x")),
        ] {
            assert_eq!(read(&json!({ "data_type": kind }), text), Ok(value), "{kind} {text}");
        }
        for (kind, text, why) in [
            ("integer", "1.5", "invalid input syntax for type integer: \"1.5\""),
            ("integer", "99999999999", "value \"99999999999\" is out of range for type integer"),
            ("float", "x", "invalid input syntax for type double precision"),
            ("boolean", "", "invalid input syntax for type boolean"),
            ("timestamp", "2020-01", "invalid input syntax for type timestamp"),
        ] {
            let error = read(&json!({ "data_type": kind }), text).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn names_that_need_quotes_are_refused() {
        for (column, near) in [
            ("a-b", "\"-\""),
            ("9a", "\".9\""),
            ("a b", "\" \""),
            ("order", "\"ORDER\""),
            ("", "\"\""),
        ] {
            let error = is_column(column, "text", &[]).unwrap_err();
            assert!(error.contains(near), "{error}");
        }
        assert_eq!(is_column("ä_1", "TEXT[]", &[]), Ok(()));
        assert_eq!(is_column("a", "colour", &["colour".to_owned()]), Ok(()));
        assert!(
            is_column("a", "colour", &[]).unwrap_err().contains("type \"colour\" does not exist")
        );
    }
}
