//! The columns of a table, and the conditions that each accepts (tapis-shared-java
//! `SearchUtils.java:86-129`).

use serde_json::Value;

use super::condition::{Piece, Test, camel_case, timestamp};
use super::listing::Listing;

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Text,
    Number,
    Flag,
    Time,
    List,
    /// JSON and identifiers, which cannot be searched.
    Other,
}

/// The reason why a table refuses a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    NoColumn,
    NoColumnToSort,
    /// The column cannot be searched.
    Unsupported,
    /// Columns of this type do not support the operator.
    Operator,
    /// The value does not have the type of the column.
    Value,
    /// The database itself refuses it.
    Database,
}

impl Column {
    /// The column of an attribute with this description in the document.
    pub(crate) fn of(schema: &Value) -> Self {
        match (schema["type"].as_str(), schema["format"].as_str()) {
            (Some("integer"), _) => Self::Number,
            (Some("boolean"), _) => Self::Flag,
            (Some("array"), _) if schema["items"]["type"] == "object" => Self::Other,
            (Some("array"), _) => Self::List,
            (Some("object"), _) | (_, Some("uuid")) => Self::Other,
            (_, Some("date-time")) => Self::Time,
            _ => Self::Text,
        }
    }

    /// Whether the column supports a test.
    pub(crate) fn refuses(self, test: &Test) -> Option<Refusal> {
        if self == Self::Other {
            return Some(Refusal::Unsupported);
        }
        if !self.takes(test) {
            return Some(Refusal::Operator);
        }
        if !values(test).iter().all(|value| self.holds(value)) {
            return Some(Refusal::Value);
        }
        let open = matches!(test, Test::Like(pieces) if pieces.last() == Some(&Piece::Nothing));
        open.then_some(Refusal::Database)
    }

    fn takes(self, test: &Test) -> bool {
        match (self, test) {
            (Self::Other, _) => false,
            (Self::List, test) => matches!(test, Test::Contains(_) | Test::OneOf(_)),
            (_, Test::Contains(_) | Test::Null) => false,
            (Self::Flag, test) => matches!(test, Test::Equal(_)),
            (Self::Time, test) => !matches!(test, Test::OneOf(_) | Test::Like(_)),
            (Self::Number, test) => !matches!(test, Test::Like(_)),
            (Self::Text, _) => true,
        }
    }

    fn holds(self, value: &str) -> bool {
        !value.trim().is_empty()
            && match self {
                Self::Number => value.parse::<i32>().is_ok(),
                Self::Flag => ["true", "false"].iter().any(|word| word.eq_ignore_ascii_case(value)),
                Self::Time => timestamp(value).is_some(),
                Self::Text | Self::List | Self::Other => true,
            }
    }
}

/// The column with a name in the document or in the database.
pub(crate) fn named(name: &str, column: impl Fn(&str) -> Option<Column>) -> Option<Column> {
    column(name).or_else(|| column(&camel_case(name)))
}

/// The first attribute in the request for a list that the table does not support.
pub(crate) fn refusal(
    listing: &Listing,
    column: impl Fn(&str) -> Option<Column>,
) -> Option<(Refusal, &str)> {
    let find = |name: &str| named(name, &column);
    if let Some(name) = listing.ordered_by().find(|name| find(name).is_none()) {
        return Some((Refusal::NoColumnToSort, name));
    }
    if let Some((name, test)) = listing.place()
        && let Some(refusal) = find(name).and_then(|column| column.refuses(&test))
    {
        return Some((refusal, name));
    }
    listing.condition().tests().into_iter().find_map(|(name, test)| match find(name) {
        None => Some((Refusal::NoColumn, name)),
        Some(column) => column.refuses(test).map(|refusal| (refusal, name)),
    })
}

fn values(test: &Test) -> Vec<&str> {
    match test {
        Test::Equal(value) | Test::Less(value) | Test::Greater(value) => vec![value],
        Test::OneOf(values) | Test::Contains(values) => values.iter().map(String::as_str).collect(),
        Test::Between(low, high) => vec![low, high],
        Test::Like(_) | Test::Null => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn operators_are_for_kinds_of_columns() {
        let one = || Test::OneOf(vec!["1".into()]);
        let like = || Test::Like(vec![Piece::AnyMany]);
        for (column, test, refusal) in [
            (Column::Text, like(), None),
            (Column::Text, Test::Contains(vec!["x".into()]), Some(Refusal::Operator)),
            (Column::Number, one(), None),
            (Column::Number, like(), Some(Refusal::Operator)),
            (Column::Number, Test::Equal("x".into()), Some(Refusal::Value)),
            (Column::Flag, Test::Equal("TRUE".into()), None),
            (Column::Flag, Test::Less("true".into()), Some(Refusal::Operator)),
            (Column::Time, one(), Some(Refusal::Operator)),
            (Column::Time, Test::Less("soon".into()), Some(Refusal::Value)),
            (Column::Time, Test::Less("2026-01".into()), None),
            (Column::List, one(), None),
            (Column::List, Test::Equal("x".into()), Some(Refusal::Operator)),
            (Column::List, Test::OneOf(vec!["x".into(), String::new()]), Some(Refusal::Value)),
            (Column::Other, Test::Equal("x".into()), Some(Refusal::Unsupported)),
            (Column::Text, Test::Like(vec![Piece::Nothing]), Some(Refusal::Database)),
        ] {
            assert_eq!(column.refuses(&test), refusal, "{column:?} {test:?}");
        }
    }

    #[test]
    fn a_column_is_what_the_document_says_of_its_attribute() {
        for (schema, column) in [
            (json!({ "type": "string" }), Column::Text),
            (json!({ "type": "string", "format": "date-time" }), Column::Time),
            (json!({ "type": "string", "format": "uuid" }), Column::Other),
            (json!({ "type": "array", "items": { "type": "string" } }), Column::List),
            (json!({ "type": "array", "items": { "type": "object" } }), Column::Other),
            (json!({ "type": "object" }), Column::Other),
        ] {
            assert_eq!(Column::of(&schema), column, "{schema}");
        }
    }
}
