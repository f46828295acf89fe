//! When an operation carries the session's token.

use serde_json::{Map, Value};

/// When an operation carries the session's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenUse {
    /// Always.
    Always,
    /// Never.
    Never,
    /// Unless HTTP Basic credentials are sent.
    UnlessBasic,
}

impl TokenUse {
    /// What `security` says: the operation's own, otherwise the document's. Never where it is empty,
    /// and not always where one of the alternatives asks for nothing. Where neither says anything,
    /// the token is sent, as every service takes it.
    pub(super) fn read(document: &Value, operation: &Value) -> Self {
        let security = operation.get("security").or_else(|| document.get("security"));
        match security.and_then(Value::as_array) {
            Some(none) if none.is_empty() => Self::Never,
            Some(any) if any.iter().any(|one| one.as_object().is_some_and(Map::is_empty)) => {
                Self::UnlessBasic
            }
            _ => Self::Always,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_security_of_an_operation_tells_when_it_carries_the_token() {
        for (operation, token) in [
            (json!({}), TokenUse::Always),
            (json!({"security": [{"TapisJWT": []}]}), TokenUse::Always),
            (json!({"security": []}), TokenUse::Never),
            (json!({"security": [{"TapisJWT": []}, {}]}), TokenUse::UnlessBasic),
        ] {
            assert_eq!(TokenUse::read(&json!({}), &operation), token, "{operation}");
        }
    }

    #[test]
    fn the_security_of_the_document_holds_for_operations_without_their_own() {
        let document = json!({"security": []});
        assert_eq!(TokenUse::read(&document, &json!({})), TokenUse::Never);
        let own = json!({"security": [{"TapisJWT": []}]});
        assert_eq!(TokenUse::read(&document, &own), TokenUse::Always);
    }
}
