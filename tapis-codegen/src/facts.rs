//! What a document says of an operation besides its parameters and schemas: the one place that
//! knows the defaults, for the generator and for whoever checks the documents.

use serde_json::{Map, Value};

/// The query parameter by which callers select the attributes of what an operation gives.
pub const SELECT: &str = "select";

/// How an operation gives a long list in pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Paging {
    /// By `limit` and `skip`.
    LimitSkip,
    /// By `limit` and `offset`.
    LimitOffset,
    /// By `page` and `pagesize`.
    PageSize,
}

impl Paging {
    /// The name that the kind has in the run time's vocabulary.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LimitSkip => "LimitSkip",
            Self::LimitOffset => "LimitOffset",
            Self::PageSize => "PageSize",
        }
    }
}

/// How the operation pages, if it does. Its query parameters tell, unless `x-tapis-paging: none`
/// says that they do something else.
#[must_use]
pub fn paging(operation: &Value) -> Option<Paging> {
    if operation["x-tapis-paging"] == "none" {
        return None;
    }
    let parameters = operation["parameters"].as_array();
    let has = |name: &str| {
        parameters.into_iter().flatten().any(|p| p["in"] == "query" && p["name"] == name)
    };
    if has("limit") && has("skip") {
        Some(Paging::LimitSkip)
    } else if has("limit") && has("offset") {
        Some(Paging::LimitOffset)
    } else if has("page") && has("pagesize") {
        Some(Paging::PageSize)
    } else {
        None
    }
}

/// When an operation carries the session's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenUse {
    /// Always.
    Always,
    /// Never.
    Never,
    /// Unless HTTP Basic credentials are sent.
    UnlessBasic,
}

impl TokenUse {
    /// The name that it has in the run time's vocabulary.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Always => "Always",
            Self::Never => "Never",
            Self::UnlessBasic => "UnlessBasic",
        }
    }
}

/// When the operation carries the token: never where its `security` is empty, and not always where
/// one of the alternatives asks for nothing.
#[must_use]
pub fn token_use(operation: &Value) -> TokenUse {
    match operation["security"].as_array() {
        Some(none) if none.is_empty() => TokenUse::Never,
        Some(any) if any.iter().any(|one| one.as_object().is_some_and(Map::is_empty)) => {
            TokenUse::UnlessBasic
        }
        _ => TokenUse::Always,
    }
}

/// How long an attempt of the operation may take, in seconds, where `x-tapis-slow` says that its
/// service takes longer than others.
#[must_use]
pub fn slow(operation: &Value) -> Option<u32> {
    operation["x-tapis-slow"].as_u64().and_then(|seconds| seconds.try_into().ok())
}

/// The attributes by which pages are ordered where the caller asks for no order: those of
/// `x-tapis-page-order`, which together are unique. Empty where there is none.
#[must_use]
pub fn page_order(operation: &Value) -> Vec<&str> {
    let order = operation["x-tapis-page-order"].as_str().unwrap_or_default();
    order.split(',').map(str::trim).filter(|name| !name.is_empty()).collect()
}

/// Whether sending the operation twice does no harm: what `x-tapis-repeatable` says, otherwise
/// what HTTP says of its method.
#[must_use]
pub fn repeatable(method: &str, operation: &Value) -> bool {
    operation["x-tapis-repeatable"].as_bool().unwrap_or_else(|| repeatable_by_default(method))
}

/// Whether HTTP takes the method, in small letters, for one that may be sent twice.
#[must_use]
pub fn repeatable_by_default(method: &str) -> bool {
    matches!(method, "get" | "head" | "put" | "delete" | "options")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn with_query(names: &[&str]) -> Value {
        let parameters: Vec<Value> =
            names.iter().map(|name| json!({"name": name, "in": "query"})).collect();
        json!({ "parameters": parameters })
    }

    #[test]
    fn the_parameters_tell_how_an_operation_pages() {
        for (names, kind) in [
            (["limit", "skip"], Some(Paging::LimitSkip)),
            (["limit", "offset"], Some(Paging::LimitOffset)),
            (["page", "pagesize"], Some(Paging::PageSize)),
            (["select", "skip"], None),
        ] {
            assert_eq!(paging(&with_query(&names)), kind, "{names:?}");
        }
    }

    #[test]
    fn an_operation_that_is_said_not_to_page_does_not() {
        let mut operation = with_query(&["limit", "skip"]);
        operation["x-tapis-paging"] = "none".into();
        assert_eq!(paging(&operation), None);
    }

    #[test]
    fn the_security_of_an_operation_tells_when_it_carries_the_token() {
        for (operation, token) in [
            (json!({}), TokenUse::Always),
            (json!({"security": [{"TapisJWT": []}]}), TokenUse::Always),
            (json!({"security": []}), TokenUse::Never),
            (json!({"security": [{"TapisJWT": []}, {}]}), TokenUse::UnlessBasic),
        ] {
            assert_eq!(token_use(&operation), token, "{operation}");
        }
    }

    #[test]
    fn a_slow_operation_says_how_slow() {
        assert_eq!(slow(&json!({"x-tapis-slow": 900})), Some(900));
        assert_eq!(slow(&json!({"x-tapis-slow": -1})), None);
        assert_eq!(slow(&json!({})), None);
    }

    #[test]
    fn pages_are_ordered_as_the_document_says() {
        assert_eq!(page_order(&json!({})), Vec::<&str>::new());
        assert_eq!(page_order(&json!({"x-tapis-page-order": "id,version"})), ["id", "version"]);
    }

    #[test]
    fn the_document_overrules_http_on_repeating() {
        assert!(repeatable("get", &json!({})));
        assert!(!repeatable("get", &json!({"x-tapis-repeatable": false})));
        assert!(!repeatable("post", &json!({})));
        assert!(repeatable("post", &json!({"x-tapis-repeatable": true})));
    }
}
