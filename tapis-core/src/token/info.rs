//! The printable description of tokens.

use std::fmt;

use jiff::Timestamp;

use super::tokens::Tokens;
use crate::text::printable;

/// A description of a session's tokens: user and expiry. It contains no secret, and its `Display`
/// is one line for a log or a user.
///
/// All values are read from the access token without verifying its signature.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TokenInfo {
    /// The user or service, without the tenant.
    pub username: Option<String>,
    /// The tenant of the account.
    pub tenant_id: Option<String>,
    /// `user` or `service`.
    pub account_type: Option<String>,
    /// When the access token expires, by the clock of the service that issued it.
    pub expires_at: Option<Timestamp>,
    /// Whether there is a refresh token, with which the session renews the access token.
    pub has_refresh_token: bool,
}

impl From<&Tokens> for TokenInfo {
    fn from(tokens: &Tokens) -> Self {
        let claims = tokens.access.claims();
        Self {
            username: claims.user().map(str::to_owned),
            tenant_id: claims.tenant_id.clone(),
            account_type: claims.account_type.clone(),
            expires_at: tokens.access.expires_at(),
            has_refresh_token: tokens.refresh.is_some(),
        }
    }
}

/// Such as `user jane@tacc: access token until 2026-11-24T10:00:00Z, refresh token`.
impl fmt::Display for TokenInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The claims are not verified.
        let text =
            |value: &Option<String>| printable(value.as_deref().unwrap_or("unknown")).into_owned();
        let kind = printable(self.account_type.as_deref().unwrap_or("account"));
        write!(f, "{kind} {}@{}: access token", text(&self.username), text(&self.tenant_id))?;
        if let Some(at) = self.expires_at {
            write!(f, " until {at}")?;
        }
        f.write_str(if self.has_refresh_token { ", refresh token" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::access::{AccessToken, tests::jwt};
    use serde_json::json;

    #[test]
    fn tokens_are_described_without_them() {
        let jwt = jwt(&json!({
            "sub": "jane@tacc", "tapis/tenant_id": "tacc", "tapis/account_type": "user",
            "exp": 1_795_514_400,
        }));
        let access = AccessToken::read(jwt.as_str(), Timestamp::UNIX_EPOCH).unwrap();
        let tokens = Tokens::new(access).with_refresh(Some("planted".into()));
        let info = TokenInfo::from(&tokens);
        assert_eq!(
            info.to_string(),
            "user jane@tacc: access token until 2026-11-24T10:00:00Z, refresh token"
        );
        let shown = format!("{info} {info:?}");
        assert!(!shown.contains("planted") && !shown.contains(&jwt), "{shown}");
        let alone = AccessToken::read(jwt_of_nobody(), Timestamp::UNIX_EPOCH).unwrap();
        let info = TokenInfo::from(&Tokens::new(alone));
        assert_eq!(info.to_string(), "account unknown@unknown: access token");
    }

    fn jwt_of_nobody() -> String {
        jwt(&json!({}))
    }
}
