//! Typed search conditions and sort orders.
//!
//! ```
//! use tapis_core::search::{eq, gt, order_by, Search};
//!
//! let mine = eq("owner", "me").and(gt("created", "2024-05-01"));
//! assert_eq!(String::try_from(mine).unwrap(), "(owner.eq.me)~(created.gt.2024-05-01)");
//! let order = order_by("host").ascending().then(order_by("id").descending());
//! assert_eq!(String::try_from(order).unwrap(), "host(asc),id(desc)");
//! ```

use std::fmt::Display;

use crate::parameter::ParameterError;

/// Search conditions on attributes; all of them must match. Wherever this type is accepted, a plain
/// string in the service's own syntax is accepted too.
///
/// The type of an attribute determines its operators, and the service refuses others: strings
/// support all but `contains`; numbers all but `contains` and `like`; timestamps neither these nor
/// `in`; booleans `eq` and `neq`; lists of strings `contains` and `in`. Attributes that contain
/// objects cannot be searched. An attribute without a value matches no condition, not even [`neq`].
///
/// Values are escaped as the service expects. A condition that the service cannot parse is an error
/// before anything is sent: an empty value or list of values, a comma in a value of a list, a
/// backslash directly before one of `~ , ( )`, and a pattern that ends with a single backslash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search(Vec<Condition>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    attribute: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    One(&'static str),
    Pattern(&'static str),
    List(&'static str),
}

impl Search {
    /// Combines these conditions with `other`; all must match.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

/// Combines several conditions; all must match.
pub fn and(conditions: impl IntoIterator<Item = Search>) -> Search {
    Search(conditions.into_iter().flat_map(|search| search.0).collect())
}

fn one(attribute: &str, operator: Operator, value: &dyn Display) -> Search {
    Search(vec![Condition {
        attribute: attribute.to_owned(),
        operator,
        values: vec![value.to_string()],
    }])
}

fn many<T: Display>(
    attribute: &str,
    operator: &'static str,
    values: impl IntoIterator<Item = T>,
) -> Search {
    let values = values.into_iter().map(|value| value.to_string()).collect();
    let operator = Operator::List(operator);
    Search(vec![Condition { attribute: attribute.to_owned(), operator, values }])
}

/// A literal text for [`like`] and [`nlike`]: `*`, `!` and backslashes are escaped.
///
/// ```
/// use tapis_core::search::{like, literal};
///
/// let named = like("name", format!("{}*", literal("50% off!")));
/// assert_eq!(String::try_from(named).unwrap(), r"(name.like.50\% off\!*)");
/// ```
#[must_use]
pub fn literal(text: impl Display) -> String {
    let mut escaped = String::new();
    for letter in text.to_string().chars() {
        if matches!(letter, '*' | '!' | '\\') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

macro_rules! comparisons {
    ($kind:ident: $($(#[$meta:meta])* $name:ident = $operator:literal),* $(,)?) => {$(
        $(#[$meta])*
        #[must_use]
        pub fn $name(attribute: &str, value: impl Display) -> Search {
            one(attribute, Operator::$kind($operator), &value)
        }
    )*};
}

comparisons! {
    One:
    /// The attribute equals `value`.
    eq = "eq",
    /// The attribute does not equal `value`.
    neq = "neq",
    /// The attribute is less than `value`.
    lt = "lt",
    /// The attribute is less than `value` or equals it.
    lte = "lte",
    /// The attribute is greater than `value`.
    gt = "gt",
    /// The attribute is greater than `value` or equals it.
    gte = "gte",
}

comparisons! {
    Pattern:
    /// The attribute matches the pattern `value`, in which `*` stands for any text and `!` for one
    /// character. A backslash escapes the next character; see [`literal`]. A wildcard directly
    /// after a literal backslash is an error, because the service has no syntax for it.
    like = "like",
    /// The attribute does not match the pattern `value`; see [`like`].
    nlike = "nlike",
}

comparisons! {
    List:
    /// The attribute, a list, contains `value`.
    contains = "contains",
    /// The attribute, a list, does not contain `value`.
    ncontains = "ncontains",
}

/// The attribute is one of `values`; if it is a list, it contains at least one of them.
#[must_use]
pub fn in_<T: Display>(attribute: &str, values: impl IntoIterator<Item = T>) -> Search {
    many(attribute, "in", values)
}

/// The attribute is none of `values`; if it is a list, it contains none of them.
#[must_use]
pub fn nin<T: Display>(attribute: &str, values: impl IntoIterator<Item = T>) -> Search {
    many(attribute, "nin", values)
}

/// The attribute is between the two values, inclusive.
#[must_use]
pub fn between(attribute: &str, low: impl Display, high: impl Display) -> Search {
    many(attribute, "between", [low.to_string(), high.to_string()])
}

/// The attribute is not between the two values.
#[must_use]
pub fn nbetween(attribute: &str, low: impl Display, high: impl Display) -> Search {
    many(attribute, "nbetween", [low.to_string(), high.to_string()])
}

impl TryFrom<Search> for String {
    type Error = ParameterError;

    fn try_from(search: Search) -> Result<Self, ParameterError> {
        if search.0.is_empty() {
            return Err(ParameterError::new("search", "there are no conditions"));
        }
        let mut conditions = Vec::with_capacity(search.0.len());
        for Condition { attribute, operator, values } in search.0 {
            check(&attribute)?;
            let written = write(operator, &values).map_err(|what| {
                ParameterError::new(&format!("search condition on {attribute}"), what)
            })?;
            conditions.push(format!("({attribute}.{written})"));
        }
        Ok(conditions.join("~"))
    }
}

/// Operator and values in the service's syntax.
fn write(operator: Operator, values: &[String]) -> Result<String, &'static str> {
    if values.is_empty() {
        return Err("the list of values is empty");
    }
    if values.iter().any(|value| value.trim().is_empty()) {
        return Err("a value is empty");
    }
    let (operator, write): (_, fn(&str) -> _) = match operator {
        Operator::One(operator) => (operator, escape),
        Operator::Pattern(operator) => (operator, escape_pattern),
        Operator::List(operator) => (operator, escape_in_list),
    };
    let values: Vec<String> = values.iter().map(|value| write(value)).collect::<Result<_, _>>()?;
    Ok(format!("{operator}.{}", values.join(",")))
}

/// Characters that need a backslash. A backslash before any other character is literal.
const SPECIAL: [char; 4] = ['~', ',', '(', ')'];

fn escape(value: &str) -> Result<String, &'static str> {
    let mut escaped = String::with_capacity(value.len());
    for letter in value.chars() {
        if SPECIAL.contains(&letter) {
            if escaped.ends_with('\\') {
                return Err("a value cannot have a backslash directly before one of ~ , ( )");
            }
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    Ok(escaped)
}

/// In lists the service does not remove the backslash before a comma.
fn escape_in_list(value: &str) -> Result<String, &'static str> {
    if value.contains(',') {
        return Err("a value of a list cannot have a comma");
    }
    escape(value)
}

/// The service converts the value to a pattern of SQL, whose wildcards are `%` and `_`.
fn escape_pattern(pattern: &str) -> Result<String, &'static str> {
    let mut escaped = String::with_capacity(pattern.len());
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                let next = letters.next();
                escaped.push(letter);
                escaped.push(next.ok_or("a pattern cannot end in a single backslash")?);
            }
            '*' | '!' if escaped.ends_with('\\') => {
                return Err("a pattern cannot have a wildcard directly after a backslash");
            }
            '%' | '_' | '~' | ',' | '(' | ')' => escaped.extend(['\\', letter]),
            letter => escaped.push(letter),
        }
    }
    Ok(escaped)
}

fn check(attribute: &str) -> Result<(), ParameterError> {
    let plain = attribute.starts_with(|c: char| c.is_ascii_alphabetic())
        && attribute.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match plain {
        true => Ok(()),
        false => Err(ParameterError::new(
            attribute,
            "invalid attribute name: expected a letter, then letters, digits or `_`",
        )),
    }
}

/// A sort order, most important attribute first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderBy(Vec<(String, &'static str)>);

/// Sorts by `attribute`, ascending by default.
#[must_use]
pub fn order_by(attribute: &str) -> OrderBy {
    OrderBy(vec![(attribute.to_owned(), "asc")])
}

impl OrderBy {
    /// Sorts ascending.
    #[must_use]
    pub fn ascending(self) -> Self {
        self.directed("asc")
    }

    /// Sorts descending.
    #[must_use]
    pub fn descending(self) -> Self {
        self.directed("desc")
    }

    /// Sorts entries with equal values by `other`.
    #[must_use]
    pub fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    fn directed(mut self, direction: &'static str) -> Self {
        if let Some((_, last)) = self.0.last_mut() {
            *last = direction;
        }
        self
    }
}

impl TryFrom<OrderBy> for String {
    type Error = ParameterError;

    fn try_from(order: OrderBy) -> Result<Self, ParameterError> {
        let mut parts = Vec::with_capacity(order.0.len());
        for (attribute, direction) in order.0 {
            check(&attribute)?;
            parts.push(format!("{attribute}({direction})"));
        }
        Ok(parts.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_is_written_as_the_service_reads_it() {
        for (search, text) in [
            (eq("a", 1), "(a.eq.1)"),
            (neq("a", true), "(a.neq.true)"),
            (lt("a", 1.5), "(a.lt.1.5)"),
            (lte("a", 1), "(a.lte.1)"),
            (gt("a", 1), "(a.gt.1)"),
            (gte("a", 1), "(a.gte.1)"),
            (in_("a", ["x", "y(z"]), r"(a.in.x,y\(z)"),
            (nin("a", [1, 2]), "(a.nin.1,2)"),
            (like("a", "x*"), "(a.like.x*)"),
            (nlike("a", "x!"), "(a.nlike.x!)"),
            (between("a", 1, 2), "(a.between.1,2)"),
            (nbetween("a", 1, 2), "(a.nbetween.1,2)"),
            (contains("a", "x"), "(a.contains.x)"),
            (ncontains("a", "x"), "(a.ncontains.x)"),
            (and([eq("a", "(~,)"), eq("b", "c.d")]), r"(a.eq.\(\~\,\))~(b.eq.c.d)"),
            (eq("a", r"C:\x\"), r"(a.eq.C:\x\)"),
            (like("a", r"50%\*_(x)!"), r"(a.like.50\%\*\_\(x\)!)"),
            (like("a", literal(r"a\b*!")), r"(a.like.a\\b\*\!)"),
            (like("a", r"a\\%"), r"(a.like.a\\\%)"),
        ] {
            assert_eq!(String::try_from(search).unwrap(), text);
        }
    }

    #[test]
    fn what_is_no_attribute_is_refused() {
        for attribute in ["", "1a", "a.b", "a)~(b", "ä"] {
            assert!(String::try_from(eq(attribute, 1)).is_err(), "{attribute}");
            assert!(String::try_from(order_by(attribute)).is_err(), "{attribute}");
        }
        assert!(String::try_from(and([])).is_err());
    }

    #[test]
    fn what_the_service_cannot_read_is_refused() {
        let none: [&str; 0] = [];
        for (search, what) in [
            (eq("a", ""), "a value is empty"),
            (like("a", " "), "a value is empty"),
            (in_("a", ["x", ""]), "a value is empty"),
            (in_("a", none), "the list of values is empty"),
            (in_("a", ["x", "y,z"]), "comma"),
            (contains("a", "x,y"), "comma"),
            (between("a", "1,5", 2), "comma"),
            (eq("a", r"x\~"), "backslash"),
            (nin("a", [r"x\("]), "backslash"),
            (like("a", r"x\"), "single backslash"),
            (like("a", r"x\\*"), "wildcard"),
        ] {
            let error = String::try_from(search).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
    }

    /// The value of a condition as the service reads it: a backslash before one of the four
    /// characters is removed.
    fn read(value: &str) -> String {
        SPECIAL
            .iter()
            .fold(value.to_owned(), |text, c| text.replace(&format!("\\{c}"), &c.to_string()))
    }

    proptest::proptest! {
        #[test]
        fn a_value_is_read_back_as_it_was_or_refused(value in "[ab~,()\\\\*!%_. ]{0,8}|\\PC*") {
            let Ok(text) = String::try_from(eq("a", &value)) else {
                let refused = value.trim().is_empty()
                    || SPECIAL.iter().any(|c| value.contains(&format!("\\{c}")));
                proptest::prop_assert!(refused);
                return Ok(());
            };
            let inner = text.strip_prefix("(a.eq.").unwrap().strip_suffix(')').unwrap();
            proptest::prop_assert_eq!(read(inner), value);
        }

        #[test]
        fn a_literal_is_a_pattern_of_itself(value in "[ab~,()\\\\*!%_.]{1,8}") {
            let text = String::try_from(like("a", literal(&value))).unwrap();
            let inner = text.strip_prefix("(a.like.").unwrap().strip_suffix(')').unwrap();
            // SQL removes a backslash before any character. No other character may be a wildcard.
            let mut sql = String::new();
            let mut letters = inner.chars();
            while let Some(letter) = letters.next() {
                proptest::prop_assert!(!"*!%_~,()".contains(letter));
                sql.push(if letter == '\\' { letters.next().unwrap() } else { letter });
            }
            proptest::prop_assert_eq!(sql, value);
        }
    }
}
