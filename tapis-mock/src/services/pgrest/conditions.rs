//! Conditions on rows: an operator at the end of a name, and a text.

use super::database::{self, error, read};
use super::table::Table;
use crate::query::{Condition, Piece, Test};

/// The operators of conditions, in the order in which the service searches for them.
pub(super) const OPERATORS: [&str; 13] = [
    "neq", "eq", "lte", "lt", "gte", "gt", "nin", "in", "null", "between", "nbetween", "like",
    "nlike",
];

/// The part that refuses a condition.
pub(super) enum Refused {
    /// The service, before it queries the database.
    Service(String),
    Database(String),
}

impl From<String> for Refused {
    fn from(why: String) -> Self {
        Self::Database(why)
    }
}

pub(super) fn condition(
    table: &Table,
    tenant: &str,
    name: &str,
    operator: &str,
    text: &str,
) -> Result<Condition, Refused> {
    let Some(column) = table.column(name) else {
        return Err(Refused::Service(format!(
            "Column parameter, {name}, not found in the columns of {tenant}.{}.",
            table.name()
        )));
    };
    let value = |text: &str| read(column, text).map(|value| super::table::plain(&value));
    let is = |test: Test| Ok(Condition::test(name, test));
    match operator {
        "nin" | "nlike" | "nbetween" | "neq" => {
            let operator = operator.trim_start_matches('n');
            Ok(condition(table, tenant, name, operator, text)?.negate())
        }
        "lte" => Ok(condition(table, tenant, name, "gt", text)?.negate()),
        "gte" => Ok(condition(table, tenant, name, "lt", text)?.negate()),
        "eq" => is(Test::Equal(value(text)?)),
        "lt" => is(Test::Less(value(text)?)),
        "gt" => is(Test::Greater(value(text)?)),
        "in" => is(Test::OneOf(text.split(',').map(value).collect::<Result<_, _>>()?)),
        "between" => match text.split(',').collect::<Vec<_>>()[..] {
            [from, to] => is(Test::Between(value(from)?, value(to)?)),
            _ => Err(Refused::Service(
                ".between/.nbetween operators must have two variables seperated by a comma. Ex. \
                 myvar.between=20,40"
                    .to_owned(),
            )),
        },
        "like" => {
            let kind = database::name(column["data_type"].as_str().unwrap_or_default());
            if !matches!(kind.as_str(), "text" | "varchar" | "char") {
                let kind = if kind == "serial" { "integer" } else { &kind };
                return Err(error(&format!("operator does not exist: {kind} ~~ unknown")).into());
            }
            is(Test::Like(text.chars().map(piece).collect()))
        }
        _ => match text.to_ascii_lowercase().as_str() {
            "true" => is(Test::Null),
            "false" => Ok(Condition::test(name, Test::Null).negate()),
            _ => Err(Refused::Service(format!(
                ".null operator can only receive case-insensitive true or false as inputs. \
                 Received {text}"
            ))),
        },
    }
}

fn piece(c: char) -> Piece {
    match c {
        '%' => Piece::AnyMany,
        '_' => Piece::AnyOne,
        c => Piece::One(c),
    }
}
