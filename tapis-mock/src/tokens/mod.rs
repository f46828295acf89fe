//! Tapis tokens: the keys that sign them, how they are made and how they are judged.

mod jws;
pub(crate) mod keys;
pub(crate) mod mint;
pub(crate) mod verify;

/// The claim that names the tenant of a token.
pub(crate) const TENANT: &str = "tapis/tenant_id";
/// The claim that tells access tokens from refresh tokens.
pub(crate) const TYPE: &str = "tapis/token_type";
/// The claim that names the account.
pub(crate) const USERNAME: &str = "tapis/username";
/// The claim that tells users from services.
pub(crate) const ACCOUNT: &str = "tapis/account_type";
/// The claim that names the client a token was issued to.
pub(crate) const CLIENT: &str = "tapis/client_id";
/// The claim that says how a token was obtained.
pub(crate) const GRANT: &str = "tapis/grant_type";
/// The claim that counts the renewals behind a token.
pub(crate) const REFRESHES: &str = "tapis/refresh_count";
/// The claim of service tokens that names the site they are for.
pub(crate) const SITE: &str = "tapis/target_site";
/// The claim of refresh tokens that holds the claims of the access tokens they give.
pub(crate) const ACCESS: &str = "tapis/access_token";
