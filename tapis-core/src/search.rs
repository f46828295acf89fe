//! Tapis's search and order, typed.
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

/// Conditions on the attributes of what is searched; all of them have to hold. A plain string in
/// the service's own syntax does as well wherever this does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search(Vec<Condition>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    attribute: String,
    operator: &'static str,
    /// Escaped, with commas between several.
    value: String,
}

impl Search {
    /// These conditions and `other`.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

/// Every one of the conditions.
pub fn and(conditions: impl IntoIterator<Item = Search>) -> Search {
    Search(conditions.into_iter().flat_map(|search| search.0).collect())
}

fn one(attribute: &str, operator: &'static str, values: &[&dyn Display]) -> Search {
    many(attribute, operator, values.iter().map(|value| escape(&value.to_string())).collect())
}

fn many(attribute: &str, operator: &'static str, values: Vec<String>) -> Search {
    Search(vec![Condition { attribute: attribute.to_owned(), operator, value: values.join(",") }])
}

/// `~ , ( )` mean something to the service, and a backslash takes the meaning away.
fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for letter in value.chars() {
        if matches!(letter, '~' | ',' | '(' | ')' | '\\') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

macro_rules! comparisons {
    ($($(#[$meta:meta])* $name:ident = $operator:literal),* $(,)?) => {$(
        $(#[$meta])*
        #[must_use]
        pub fn $name(attribute: &str, value: impl Display) -> Search {
            one(attribute, $operator, &[&value])
        }
    )*};
}

comparisons! {
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
    /// The attribute matches the pattern `value`, in which `*` stands for any text and `!` for one
    /// letter.
    like = "like",
    /// The attribute does not match the pattern `value`.
    nlike = "nlike",
    /// The attribute, a list, holds `value`.
    contains = "contains",
    /// The attribute, a list, does not hold `value`.
    ncontains = "ncontains",
}

/// The attribute is one of `values`.
#[must_use]
pub fn in_<T: Display>(attribute: &str, values: impl IntoIterator<Item = T>) -> Search {
    many(attribute, "in", values.into_iter().map(|value| escape(&value.to_string())).collect())
}

/// The attribute is none of `values`.
#[must_use]
pub fn nin<T: Display>(attribute: &str, values: impl IntoIterator<Item = T>) -> Search {
    many(attribute, "nin", values.into_iter().map(|value| escape(&value.to_string())).collect())
}

/// The attribute is between the two, which count too.
#[must_use]
pub fn between(attribute: &str, low: impl Display, high: impl Display) -> Search {
    one(attribute, "between", &[&low, &high])
}

/// The attribute is not between the two.
#[must_use]
pub fn nbetween(attribute: &str, low: impl Display, high: impl Display) -> Search {
    one(attribute, "nbetween", &[&low, &high])
}

impl TryFrom<Search> for String {
    type Error = ParameterError;

    fn try_from(search: Search) -> Result<Self, ParameterError> {
        if search.0.is_empty() {
            return Err(ParameterError::new("search", "there are no conditions"));
        }
        let mut conditions = Vec::with_capacity(search.0.len());
        for Condition { attribute, operator, value } in search.0 {
            check(&attribute)?;
            conditions.push(format!("({attribute}.{operator}.{value})"));
        }
        Ok(conditions.join("~"))
    }
}

fn check(attribute: &str) -> Result<(), ParameterError> {
    let plain = attribute.starts_with(|c: char| c.is_ascii_alphabetic())
        && attribute.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain { Ok(()) } else { Err(ParameterError::new(attribute, "not the name of an attribute")) }
}

/// By what a list is ordered, first things first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderBy(Vec<(String, &'static str)>);

/// Orders by `attribute`, upwards unless said otherwise.
#[must_use]
pub fn order_by(attribute: &str) -> OrderBy {
    OrderBy(vec![(attribute.to_owned(), "asc")])
}

impl OrderBy {
    /// Upwards.
    #[must_use]
    pub fn ascending(self) -> Self {
        self.directed("asc")
    }

    /// Downwards.
    #[must_use]
    pub fn descending(self) -> Self {
        self.directed("desc")
    }

    /// Where that leaves things equal, orders by `other`.
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
            (in_("a", ["x", "y,z"]), r"(a.in.x,y\,z)"),
            (nin("a", [1, 2]), "(a.nin.1,2)"),
            (like("a", "x*"), "(a.like.x*)"),
            (nlike("a", "x!"), "(a.nlike.x!)"),
            (between("a", 1, 2), "(a.between.1,2)"),
            (nbetween("a", 1, 2), "(a.nbetween.1,2)"),
            (contains("a", "x"), "(a.contains.x)"),
            (ncontains("a", "x"), "(a.ncontains.x)"),
            (and([eq("a", "(~\\)"), eq("b", "c.d")]), r"(a.eq.\(\~\\\))~(b.eq.c.d)"),
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

    proptest::proptest! {
        #[test]
        fn a_value_never_ends_its_condition(value: String) {
            let text = String::try_from(eq("a", &value)).unwrap();
            let inner = text.strip_prefix("(a.eq.").unwrap().strip_suffix(')').unwrap();
            let mut escaped = false;
            let mut read = String::new();
            for letter in inner.chars() {
                if escaped || letter != '\\' {
                    proptest::prop_assert!(escaped || !"~,()".contains(letter));
                    read.push(letter);
                    escaped = false;
                } else {
                    escaped = true;
                }
            }
            proptest::prop_assert_eq!(read, value);
        }
    }
}
