//! How an operation gives a long list in pages.

use serde_json::Value;

use super::parameter::{Location, Parameter};

/// How an operation gives a long list in pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paging {
    /// By `limit` and `skip`.
    LimitSkip,
    /// By `limit` and `offset`.
    LimitOffset,
    /// By `page` and `pagesize`.
    PageSize,
}

impl Paging {
    /// How the operation pages, if it does. Its query parameters tell, unless
    /// `x-tapis-paging: none` says that they do something else.
    pub(super) fn read(operation: &Value, parameters: &[Parameter]) -> Option<Self> {
        if operation["x-tapis-paging"] == "none" {
            return None;
        }
        let has =
            |name: &str| parameters.iter().any(|p| p.location == Location::Query && p.name == name);
        if has("limit") && has("skip") {
            Some(Self::LimitSkip)
        } else if has("limit") && has("offset") {
            Some(Self::LimitOffset)
        } else if has("page") && has("pagesize") {
            Some(Self::PageSize)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn with_query(names: &[&str]) -> Vec<Parameter> {
        let parameter = |name| Parameter::read(&Value::Null, &json!({"name": name, "in": "query"}));
        names.iter().map(parameter).collect()
    }

    #[test]
    fn the_parameters_tell_how_an_operation_pages() {
        for (names, kind) in [
            (["limit", "skip"], Some(Paging::LimitSkip)),
            (["limit", "offset"], Some(Paging::LimitOffset)),
            (["page", "pagesize"], Some(Paging::PageSize)),
            (["select", "skip"], None),
        ] {
            assert_eq!(Paging::read(&json!({}), &with_query(&names)), kind, "{names:?}");
        }
    }

    #[test]
    fn an_operation_that_is_said_not_to_page_does_not() {
        let operation = json!({"x-tapis-paging": "none"});
        assert_eq!(Paging::read(&operation, &with_query(&["limit", "skip"])), None);
    }
}
