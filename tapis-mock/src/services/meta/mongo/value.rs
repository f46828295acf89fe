//! Values and their order. Some types are objects, such as `{"$oid": "…"}`.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::{Map, Value};

/// A value by its type, in the order in which the database sorts types.
#[derive(Debug)]
enum Typed<'a> {
    Null,
    Number(Number),
    Text(&'a str),
    Object(&'a Map<String, Value>),
    Array(&'a [Value]),
    Id(&'a str),
    Bool(bool),
    Date(i64),
}

#[derive(Clone, Copy, Debug)]
enum Number {
    Whole(i128),
    Real(f64),
}

impl Number {
    fn real(self) -> f64 {
        match self {
            // Only if the other is not an integer.
            Self::Whole(whole) => whole as f64,
            Self::Real(real) => real,
        }
    }

    /// An order of all numbers: NaN is first, and integers are compared exactly, which their
    /// nearest floats are not.
    fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => a.cmp(&b),
            (Self::Real(a), Self::Real(b)) => {
                a.partial_cmp(&b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()))
            }
            (Self::Whole(whole), Self::Real(real)) => whole_to_real(whole, real),
            (Self::Real(real), Self::Whole(whole)) => whole_to_real(whole, real).reverse(),
        }
    }
}

fn whole_to_real(whole: i128, real: f64) -> Ordering {
    if real.is_nan() {
        return Ordering::Greater;
    }
    let floor = real.floor();
    // Values out of range become the nearest limit.
    let order = whole.cmp(&(floor as i128));
    order.then(if real > floor { Ordering::Less } else { Ordering::Equal })
}

impl<'a> Typed<'a> {
    fn of(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Number(number) => Self::Number(plain(number)),
            Value::String(text) => Self::Text(text),
            Value::Array(values) => Self::Array(values),
            Value::Object(fields) => Self::extended(fields).unwrap_or(Self::Object(fields)),
        }
    }

    /// A type that JSON lacks.
    fn extended(fields: &'a Map<String, Value>) -> Option<Self> {
        let (name, value) = fields.iter().next().filter(|_| fields.len() == 1)?;
        match (name.as_str(), value) {
            ("$oid", Value::String(id)) => Some(Self::Id(id)),
            ("$date", value) => date(value).map(Self::Date),
            ("$numberInt" | "$numberLong" | "$numberDouble" | "$numberDecimal", value) => {
                number(value.as_str()?).map(Self::Number)
            }
            _ => None,
        }
    }

    /// The position of the type among the others.
    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Number(_) => 1,
            Self::Text(_) => 2,
            Self::Object(_) => 3,
            Self::Array(_) => 4,
            Self::Id(_) => 5,
            Self::Bool(_) => 6,
            Self::Date(_) => 7,
        }
    }
}

fn plain(number: &serde_json::Number) -> Number {
    match number.as_i128() {
        Some(whole) => Number::Whole(whole),
        None => Number::Real(number.as_f64().unwrap_or(f64::NAN)),
    }
}

fn number(text: &str) -> Option<Number> {
    let whole = text.parse().map(Number::Whole).ok();
    whole.or_else(|| text.parse().map(Number::Real).ok())
}

/// Milliseconds since 1970.
fn date(value: &Value) -> Option<i64> {
    match value {
        Value::Number(millis) => millis.as_i64(),
        Value::String(text) => Some(text.parse::<Timestamp>().ok()?.as_millisecond()),
        Value::Object(fields) => fields.get("$numberLong")?.as_str()?.parse().ok(),
        _ => None,
    }
}

/// The order of two values of any type.
pub(super) fn compare(a: &Value, b: &Value) -> Ordering {
    let (a, b) = (Typed::of(a), Typed::of(b));
    match (&a, &b) {
        (Typed::Number(a), Typed::Number(b)) => a.compare(*b),
        (Typed::Text(a), Typed::Text(b)) | (Typed::Id(a), Typed::Id(b)) => a.cmp(b),
        (Typed::Bool(a), Typed::Bool(b)) => a.cmp(b),
        (Typed::Date(a), Typed::Date(b)) => a.cmp(b),
        (Typed::Array(a), Typed::Array(b)) => {
            let parts = a.iter().zip(b.iter()).map(|(a, b)| compare(a, b));
            parts.fold(Ordering::Equal, Ordering::then).then(a.len().cmp(&b.len()))
        }
        (Typed::Object(a), Typed::Object(b)) => {
            let parts = a.iter().zip(b.iter());
            let parts = parts.map(|((m, a), (n, b))| m.cmp(n).then_with(|| compare(a, b)));
            parts.fold(Ordering::Equal, Ordering::then).then(a.len().cmp(&b.len()))
        }
        _ => a.rank().cmp(&b.rank()),
    }
}

/// Whether two values are equal. Numbers are equal regardless of how they are written.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    compare(a, b) == Ordering::Equal
}

/// Whether greater and less are defined for two values: only within one type.
pub(super) fn comparable(a: &Value, b: &Value) -> bool {
    Typed::of(a).rank() == Typed::of(b).rank()
}

/// A value as a number, if it is one.
pub(super) fn as_number(value: &Value) -> Option<f64> {
    match Typed::of(value) {
        Typed::Number(number) => Some(number.real()),
        _ => None,
    }
}

/// A number as JSON, without a fraction if it is an integer.
pub(super) fn from_number(number: f64) -> Value {
    /// Up to this value, every integer has its own float.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        // It is an integer and small enough.
        return Value::from(number as i64);
    }
    Value::from(number)
}

/// Whether a value counts as true, where MongoDB expects a flag.
pub(super) fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        value => as_number(value).is_none_or(|number| number != 0.0),
    }
}

/// Whether an object is a value of a type that JSON lacks, and does not consist of operators.
pub(super) fn is_extended(fields: &Map<String, Value>) -> bool {
    Typed::extended(fields).is_some()
}

/// Whether a text has the form of a generated id.
pub(in super::super) fn is_object_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn types_have_an_order() {
        let ordered = [
            json!(null),
            json!(-3.5),
            json!(2),
            json!({ "$numberLong": "3" }),
            json!("a"),
            json!({ "a": 1 }),
            json!([0]),
            json!({ "$oid": "5f0000000000000000000001" }),
            json!(false),
            json!(true),
            json!({ "$date": "2026-01-01T00:00:00Z" }),
            json!({ "$date": 1_800_000_000_000_i64 }),
        ];
        for (at, pair) in ordered.windows(2).enumerate() {
            assert!(compare(&pair[0], &pair[1]).is_lt(), "{at}: {pair:?}");
            assert!(compare(&pair[1], &pair[0]).is_gt(), "{at}: {pair:?}");
        }
    }

    #[test]
    fn numbers_have_one_order() {
        let ordered = [
            json!({ "$numberDouble": "NaN" }),
            json!({ "$numberDouble": "-inf" }),
            json!(-1.5),
            json!(-1),
            json!(0.5),
            json!(9_007_199_254_740_992_i64),
            json!(9_007_199_254_740_993_i64),
            json!({ "$numberDouble": "inf" }),
        ];
        for (at, a) in ordered.iter().enumerate() {
            for (nth, b) in ordered.iter().enumerate() {
                assert_eq!(compare(a, b), at.cmp(&nth), "{a} {b}");
            }
        }
        let real = json!(9_007_199_254_740_992.0);
        assert!(same(&real, &ordered[5]) && compare(&real, &ordered[6]).is_lt());
    }

    #[test]
    fn numbers_and_dates_are_the_same_however_they_are_written() {
        assert!(same(&json!(1), &json!(1.0)));
        assert!(same(&json!(1), &json!({ "$numberInt": "1" })));
        assert!(same(&json!({ "$date": 0 }), &json!({ "$date": "1970-01-01T00:00:00Z" })));
        assert!(!same(&json!("1"), &json!(1)));
        assert!(!same(&json!({ "$oid": "5f" }), &json!("5f")));
        assert!(!same(&json!(9_007_199_254_740_993_i64), &json!(9_007_199_254_740_992_i64)));
    }

    #[test]
    fn whole_numbers_stay_whole() {
        assert_eq!(from_number(3.0), json!(3));
        assert_eq!(from_number(2.5), json!(2.5));
        assert_eq!(from_number(1e300), json!(1e300));
    }
}
