//! What a login gives.

use super::access::AccessToken;
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::secret::Secret;

/// What a login gives.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The token that calls carry.
    pub access: AccessToken,
    /// What the next token can be had with.
    pub refresh: Option<Secret>,
}

impl Tokens {
    /// The tokens, if they are `user`'s, with or without the tenant; anybody's if it is `None`.
    ///
    /// # Errors
    /// Somebody else's tokens, of kind [`ErrorKind::Authentication`].
    pub fn expect_user(self, user: Option<&str>) -> Result<Self, Error> {
        let Some(expected) = user else { return Ok(self) };
        let claims = self.access.claims();
        if claims.belongs_to(expected) {
            return Ok(self);
        }
        let other = claims.user().unwrap_or("nobody in particular");
        let message = format!("the token belongs to {other}, and {expected} was expected");
        Err(Error::new(ErrorKind::Authentication, message))
    }
}
