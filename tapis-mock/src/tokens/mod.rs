//! Tapis tokens: the keys that sign them, their creation and their verification.

mod jws;
pub(crate) mod keys;
pub(crate) mod mint;
pub(crate) mod verify;

/// The claim that names the tenant of a token.
pub(crate) const TENANT: &str = "tapis/tenant_id";
/// The claim that distinguishes access tokens from refresh tokens.
pub(crate) const TYPE: &str = "tapis/token_type";
/// The claim that names the account.
pub(crate) const USERNAME: &str = "tapis/username";
/// The claim that distinguishes users from services.
pub(crate) const ACCOUNT: &str = "tapis/account_type";
/// The claim with the client that a token was issued to.
pub(crate) const CLIENT: &str = "tapis/client_id";
/// The claim with the grant type of a token.
pub(crate) const GRANT: &str = "tapis/grant_type";
/// The claim with the number of renewals of a token.
pub(crate) const REFRESHES: &str = "tapis/refresh_count";
/// The claim of service tokens with the site that they are for.
pub(crate) const SITE: &str = "tapis/target_site";
/// The claim of refresh tokens with the claims of the access tokens that they obtain.
pub(crate) const ACCESS: &str = "tapis/access_token";
