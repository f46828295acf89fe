//! Verifies tokens from requests to this program: signature, validity, tenant and type.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER;
use jsonwebtoken::{Algorithm, DecodingKey};
use tapis_core::{AccessToken, Claims, Error, ErrorKind, Secret, Session};

use crate::tenant_keys::{Key, Known, TenantKeys};

/// The tolerated difference between the clocks of this machine and of the token service.
const LEEWAY: Duration = Duration::from_secs(60);

/// Verifies access tokens with the public keys of their tenants, which it caches.
#[derive(Clone)]
pub(crate) struct Verifier {
    session: Session,
    keys: TenantKeys,
    /// The tenants whose tokens are accepted; `None` for all.
    accepted: Option<Arc<BTreeSet<String>>>,
}

impl Verifier {
    pub(crate) fn new(session: &Session) -> Self {
        Self { session: session.clone(), keys: TenantKeys::new(session), accepted: None }
    }

    /// Accepts only tokens of these tenants.
    pub(crate) fn accepting(self, tenants: BTreeSet<String>) -> Self {
        Self { accepted: Some(Arc::new(tenants)), ..self }
    }

    /// See [`Tapis::validate_token`](crate::Tapis::validate_token).
    pub(crate) async fn validate(&self, jwt: &Secret) -> Result<Claims, Error> {
        let token = self.read(jwt)?;
        let claims = token.claims();
        let tenant = claims.tenant_id.as_deref().ok_or_else(|| invalid("it has no tenant"))?;
        if self.accepted.as_ref().is_some_and(|accepted| !accepted.contains(tenant)) {
            return Err(invalid("tokens of its tenant are not accepted here"));
        }
        let checked = self.check_claims(&token);
        let by_present = match self.keys.present() {
            Some((known, fresh)) => {
                let outcome = signed(&known, tenant, &token);
                if fresh && outcome.is_ok() {
                    return checked.and(outcome).map(|()| claims.clone());
                }
                Some(outcome)
            }
            None => None,
        };
        // The tenant, or its key, may be newer than the cached keys. Invalid claims do not cause a
        // request, because newer keys cannot make the token valid.
        if let Err(error) = checked {
            return Err(by_present.and_then(Result::err).unwrap_or(error));
        }
        let renewed = match &by_present {
            // The token is valid by cached keys that are old, so the wait for newer keys is short.
            Some(Ok(())) => {
                let renewing = Box::pin(self.keys.renewed());
                self.session.within(self.keys.patience(), renewing).await.unwrap_or(Ok(None))
            }
            _ => self.keys.renewed().await,
        };
        let outcome = match (renewed, by_present) {
            (Ok(Some(known)), _) => signed(&known, tenant, &token),
            (_, Some(by_present)) => by_present,
            (Ok(None), None) => Err(invalid("its tenant is not known")),
            (Err(error), None) => Err(error),
        };
        outcome.map(|()| claims.clone())
    }

    fn read(&self, jwt: &Secret) -> Result<AccessToken, Error> {
        let header = jsonwebtoken::decode_header(jwt.expose_secret())
            .map_err(|_| invalid("it is not a signed JWT"))?;
        if header.alg != Algorithm::RS256 {
            return Err(invalid("it is not signed with RS256"));
        }
        AccessToken::read(jwt.clone(), self.session.now())
    }

    /// Checks the claims, which needs no key. The clock of this machine is used: the clock in replies
    /// must not make an expired token valid.
    fn check_claims(&self, token: &AccessToken) -> Result<(), Error> {
        let claims = token.claims();
        let fits = |claim: &Option<String>, wanted: &str| claim.as_deref() == Some(wanted);
        let now = self.session.now();
        let since = |at| Duration::try_from(now.duration_since(at)).unwrap_or_default();
        if token.expires_at().is_none_or(|expiry| since(expiry) >= LEEWAY) {
            return Err(invalid("it has expired"));
        }
        if let Some(begin) = claims.other.get("nbf") {
            let latest = now.as_second() as f64 + LEEWAY.as_secs_f64();
            if begin.as_f64().is_none_or(|begin| begin > latest) {
                return Err(invalid("it is not valid yet"));
            }
        }
        if !fits(&claims.token_type, "access") {
            return Err(invalid("it is not an access token"));
        }
        if !fits(&claims.account_type, "user") && !fits(&claims.account_type, "service") {
            return Err(invalid("it is neither a user's token nor a service's"));
        }
        let name = claims.username.as_deref().filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| invalid("it has no user"))?;
        let tenant = claims.tenant_id.as_deref().unwrap_or_default();
        if !fits(&claims.sub, &format!("{name}@{tenant}")) {
            return Err(invalid("its subject does not match its user and tenant"));
        }
        Ok(())
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").finish_non_exhaustive()
    }
}

fn invalid(why: &str) -> Error {
    Error::new(ErrorKind::Authentication, format!("the token is not valid: {why}"))
}

/// Whether the tenant's key signed the token and its token service issued it.
fn signed(known: &Known, tenant: &str, token: &AccessToken) -> Result<(), Error> {
    let Key { key, issuer } =
        known.get(tenant).ok_or_else(|| invalid("its tenant is not known"))?;
    let key = key.as_ref().map_err(|why| invalid(why))?;
    if !is_signed(key, token.expose_secret()) {
        return Err(invalid("its signature does not match its tenant's key"));
    }
    let issuer = issuer.as_deref().filter(|issuer| !issuer.is_empty());
    let issuer = issuer.ok_or_else(|| invalid("its tenant has no token service"))?;
    let same = |iss: &String| iss.trim_end_matches('/') == issuer.trim_end_matches('/');
    if !token.claims().iss.as_ref().is_some_and(same) {
        return Err(invalid("it was not issued by its tenant's token service"));
    }
    Ok(())
}

/// Verifies the signature with an explicit backend, so that the backend installed in the process does not matter.
fn is_signed(key: &DecodingKey, jwt: &str) -> bool {
    let Some((message, signature)) = jwt.rsplit_once('.') else { return false };
    let signature = URL_SAFE_NO_PAD.decode(signature);
    let verifier = (DEFAULT_PROVIDER.verifier_factory)(&Algorithm::RS256, key);
    let (Ok(signature), Ok(verifier)) = (signature, verifier) else { return false };
    verifier.verify(message.as_bytes(), &signature).is_ok()
}
