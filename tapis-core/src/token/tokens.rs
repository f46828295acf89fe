//! The tokens that a login obtains.

use super::access::AccessToken;
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::secret::Secret;

/// The tokens from a login: an access token and, for some grants, a refresh token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Tokens {
    /// The access token, sent with calls.
    pub access: AccessToken,
    /// The refresh token, exchanged for the next access token.
    pub refresh: Option<Secret>,
}

impl Tokens {
    /// An access token without a refresh token.
    #[must_use]
    pub fn new(access: AccessToken) -> Self {
        Self { access, refresh: None }
    }

    /// The same with this refresh token, or without one.
    #[must_use]
    pub fn with_refresh(self, refresh: impl Into<Option<Secret>>) -> Self {
        Self { refresh: refresh.into(), ..self }
    }

    /// Returns the tokens if they belong to `user`, given with or without the tenant; always if
    /// `user` is `None`.
    ///
    /// # Errors
    /// [`ErrorKind::Authentication`] if they belong to another user.
    pub fn expect_user(self, user: Option<&str>) -> Result<Self, Error> {
        let Some(expected) = user else { return Ok(self) };
        let claims = self.access.claims();
        if claims.belongs_to(expected) {
            return Ok(self);
        }
        let other = claims.user().unwrap_or("nobody in particular");
        let message = format!("the token belongs to {other}, but {expected} was expected");
        Err(Error::new(ErrorKind::Authentication, message))
    }
}
