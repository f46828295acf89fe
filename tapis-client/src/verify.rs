//! Checking tokens that others send: signature, expiry, tenant and kind.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use tapis_core::{AccessToken, Claims, Error, ErrorKind, Secret, Session};

/// Checks access tokens against the public keys of their tenants, which it keeps.
#[derive(Clone)]
pub(crate) struct Verifier {
    session: Session,
    keys: Arc<Mutex<BTreeMap<String, Arc<Key>>>>,
}

/// What a tenant says about its tokens.
struct Key {
    key: DecodingKey,
    issuer: Option<String>,
}

impl Verifier {
    pub(crate) fn new(session: &Session) -> Self {
        // With both of its backends switched on and none installed, the library panics. A backend
        // that the program has installed wins.
        let _ = jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER.install_default();
        Self { session: session.clone(), keys: Arc::default() }
    }

    /// The same keys, for a view of the session.
    pub(crate) fn through(&self, session: &Session) -> Self {
        Self { session: session.clone(), keys: self.keys.clone() }
    }

    /// See [`Tapis::validate_token`](crate::Tapis::validate_token).
    pub(crate) async fn validate(&self, jwt: &Secret) -> Result<Claims, Error> {
        let header = jsonwebtoken::decode_header(jwt.expose_secret())
            .map_err(|_| invalid("it is not a signed JWT"))?;
        if header.alg != Algorithm::RS256 {
            return Err(invalid("it is not signed with RS256"));
        }
        let token = AccessToken::read(jwt.clone(), self.session.now())?;
        let tenant =
            token.claims().tenant_id.clone().ok_or_else(|| invalid("it names no tenant"))?;
        let kept = self.lock().get(&tenant).cloned();
        let outcome = match kept {
            Some(key) => verify(&key, jwt),
            None => Err(invalid("its key is not known yet")),
        };
        // The tenant may have a new key since it was kept.
        let key = match outcome {
            Ok(()) => self.lock().get(&tenant).cloned(),
            Err(_) => {
                let key = Arc::new(self.load(&tenant).await?);
                verify(&key, jwt)?;
                self.lock().insert(tenant, key.clone());
                Some(key)
            }
        };
        self.check_claims(&token, key.and_then(|key| key.issuer.clone()))?;
        Ok(token.claims().clone())
    }

    /// `GET /v3/tenants/{tenant_id}`
    async fn load(&self, tenant: &str) -> Result<Key, Error> {
        let tenant =
            tapis_tenants::Client::new(&self.session).get_tenant().tenant_id(tenant).await?;
        let pem = tenant.public_key.ok_or_else(|| invalid("its tenant has no public key"))?;
        let key = DecodingKey::from_rsa_pem(wrapped(&pem).as_bytes())
            .map_err(|_| invalid("the public key of its tenant cannot be read"))?;
        Ok(Key { key, issuer: tenant.token_service })
    }

    fn check_claims(&self, token: &AccessToken, issuer: Option<String>) -> Result<(), Error> {
        let claims = token.claims();
        let fits = |claim: &Option<String>, wanted: &str| claim.as_deref() == Some(wanted);
        if token.expires_at().is_none_or(|expiry| self.session.server_now() >= expiry) {
            return Err(invalid("it has expired"));
        }
        if issuer.is_some_and(|issuer| !fits(&claims.iss, &issuer)) {
            return Err(invalid("it was issued by something else than its tenant's token service"));
        }
        if !fits(&claims.token_type, "access") {
            return Err(invalid("it is not an access token"));
        }
        if !fits(&claims.account_type, "user") && !fits(&claims.account_type, "service") {
            return Err(invalid("it is neither a user's nor a service's"));
        }
        if claims.username.as_deref().is_none_or(str::is_empty) {
            return Err(invalid("it names nobody"));
        }
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Arc<Key>>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").finish_non_exhaustive()
    }
}

fn invalid(why: &str) -> Error {
    Error::new(ErrorKind::Authentication, format!("the token is not valid: {why}"))
}

/// The signature alone: time and claims are checked by the session's clock and our own rules.
fn verify(key: &Key, jwt: &Secret) -> Result<(), Error> {
    let mut rules = Validation::new(Algorithm::RS256);
    rules.required_spec_claims.clear();
    rules.validate_exp = false;
    rules.validate_aud = false;
    jsonwebtoken::decode::<serde_json::Value>(jwt.expose_secret(), &key.key, &rules)
        .map(drop)
        .map_err(|_| invalid("its signature is not its tenant's"))
}

/// The PEM with the line wraps that some tenants leave out.
fn wrapped(pem: &str) -> String {
    const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
    const END: &str = "-----END PUBLIC KEY-----";
    let inner = pem.split(BEGIN).last().unwrap_or_default();
    let inner = inner.split(END).next().unwrap_or_default();
    let letters: Vec<char> = inner.chars().filter(|c| !c.is_whitespace() && *c != '\\').collect();
    let lines: Vec<String> = letters.chunks(64).map(|line| line.iter().collect()).collect();
    format!("{BEGIN}\n{}\n{END}\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_with_and_without_line_wraps() {
        let body = "A".repeat(100);
        let expected = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n{}\n-----END PUBLIC KEY-----\n",
            "A".repeat(64),
            "A".repeat(36)
        );
        for pem in [
            format!("-----BEGIN PUBLIC KEY-----{body}-----END PUBLIC KEY-----"),
            format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n"),
            expected.clone(),
        ] {
            assert_eq!(wrapped(&pem), expected);
        }
    }
}
