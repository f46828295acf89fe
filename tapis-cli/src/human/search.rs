//! Conditions on the command line.

use clap::ArgMatches;
use tapis_client::search::{self, Search};

use crate::failure::Failure;

/// A condition, as in `created.gt=2026-01`: its attribute with the operator, and its value as the services read it.
pub(super) struct Condition {
    /// `attribute.operator`
    pub(super) name: String,
    pub(super) value: String,
}

/// The conditions of `--search`.
pub(super) fn conditions(matches: &ArgMatches) -> Result<Vec<Condition>, Failure> {
    super::parts::texts(matches, "search").map(Condition::read).collect()
}

/// The conditions as the parameter `search` of Systems and Apps has them.
pub(super) fn joined(conditions: &[Condition]) -> String {
    let each =
        conditions.iter().map(|condition| format!("({}.{})", condition.name, condition.value));
    each.collect::<Vec<_>>().join("~")
}

impl Condition {
    /// The attribute equals the value.
    pub(super) fn equals(attribute: &str, value: &str) -> Result<Self, Failure> {
        Self::new(attribute, "eq", value)
    }

    /// Reads `attribute.operator=value` or `attribute=value`.
    fn read(text: &str) -> Result<Self, Failure> {
        let wrong = || {
            Failure::usage(format!("--search {text:?}: expected ATTRIBUTE.OPERATOR=VALUE"))
                .with_hint("for example --search 'id.like=frontera*'")
        };
        let (name, value) = text.split_once('=').ok_or_else(wrong)?;
        match name.split_once('.') {
            Some((attribute, operator)) if !attribute.is_empty() => {
                Self::new(attribute, operator, value)
            }
            None if !name.is_empty() => Self::new(name, "eq", value),
            _ => Err(wrong()),
        }
    }

    pub(super) fn new(attribute: &str, operator: &str, value: &str) -> Result<Self, Failure> {
        let values = || value.split(',');
        let pair = || {
            value.split_once(',').ok_or_else(|| {
                Failure::usage(format!("{attribute}.{operator}={value}: expected two values, A,B"))
            })
        };
        let condition: Search = match operator {
            "eq" => search::eq(attribute, value),
            "neq" => search::neq(attribute, value),
            "lt" => search::lt(attribute, value),
            "lte" => search::lte(attribute, value),
            "gt" => search::gt(attribute, value),
            "gte" => search::gte(attribute, value),
            "like" => search::like(attribute, value),
            "nlike" => search::nlike(attribute, value),
            "contains" => search::contains(attribute, value),
            "ncontains" => search::ncontains(attribute, value),
            "in" => search::in_(attribute, values()),
            "nin" => search::nin(attribute, values()),
            "between" => pair().map(|(low, high)| search::between(attribute, low, high))?,
            "nbetween" => pair().map(|(low, high)| search::nbetween(attribute, low, high))?,
            other => {
                return Err(Failure::usage(format!("there is no operator {other:?}")).with_hint(
                    "the operators are eq, neq, lt, lte, gt, gte, like, nlike, in, nin, between, nbetween, \
                     contains and ncontains",
                ));
            }
        };
        let written = String::try_from(condition)
            .map_err(|error| Failure::usage(format!("{attribute}.{operator}={value}: {error}")))?;
        // The value as it is escaped in `(attribute.operator.value)`.
        let name = format!("{attribute}.{operator}");
        let value = written
            .strip_prefix('(')
            .and_then(|rest| rest.strip_prefix(&name)?.strip_prefix('.')?.strip_suffix(')'))
            .ok_or_else(|| {
                Failure::usage(format!("{attribute:?} is not the name of an attribute"))
            })?;
        Ok(Self { value: value.to_owned(), name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_escaped_as_the_services_read_it() {
        for (text, parameter) in [
            ("host=a.example.org", "(host.eq.a.example.org)"),
            ("id.like=front*", "(id.like.front*)"),
            ("status.in=FAILED,CANCELLED", "(status.in.FAILED,CANCELLED)"),
            ("created.between=2026-01,2026-02", "(created.between.2026-01,2026-02)"),
            ("description=a~b(c)=d", r"(description.eq.a\~b\(c\)=d)"),
        ] {
            let condition = Condition::read(text).unwrap();
            assert_eq!(joined(&[condition]), parameter);
        }
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for text in ["host", "=x", ".eq=x", "host.is=x", "created.between=2026", "host="] {
            assert!(Condition::read(text).is_err(), "{text}");
        }
    }
}
