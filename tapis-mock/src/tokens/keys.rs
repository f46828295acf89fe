//! The keys that sign tokens.

use std::fmt::Display;

use ring::signature::RsaKeyPair;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{PrivateKeyDer, SubjectPublicKeyInfoDer};
use serde_json::{Map, Value};

use super::jws::{self, Unverified};
use crate::error::Error;

/// Compiled in, so that a mock starts without generating a key. It protects nothing: the key is
/// public, and only mocks accept its signatures.
const DEVELOPMENT: (&str, &str) = (
    include_str!("../../keys/worthless-development-key.pem"),
    include_str!("../../keys/worthless-development-key.pub.pem"),
);
/// Signs the tokens that a test wants to be refused. It protects nothing either.
const FOREIGN: (&str, &str) = (
    include_str!("../../keys/worthless-foreign-key.pem"),
    include_str!("../../keys/worthless-foreign-key.pub.pem"),
);

/// A private and a public key as text, for requests for new ones. Generating keys is slow, so these
/// serve as examples.
pub(crate) fn spare_pair() -> (&'static str, &'static str) {
    FOREIGN
}

/// A pair of RSA keys.
pub(crate) struct SigningKey {
    pair: RsaKeyPair,
    public_pem: String,
}

impl SigningKey {
    pub(crate) fn development() -> Result<Self, Error> {
        Self::from_pem(DEVELOPMENT.0, DEVELOPMENT.1)
    }

    pub(crate) fn foreign() -> Result<Self, Error> {
        Self::from_pem(FOREIGN.0, FOREIGN.1)
    }

    pub(crate) fn from_pem(private: &str, public: &str) -> Result<Self, Error> {
        let refused = |half: &str, why: &dyn Display| Error::Key(format!("the {half} key: {why}"));
        let key = PrivateKeyDer::from_pem_slice(private.as_bytes());
        let pair = match key.map_err(|error| refused("private", &error))? {
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            _ => return Err(refused("private", &"not an RSA key")),
        };
        let pair = pair.map_err(|error| refused("private", &error))?;
        let shown = SubjectPublicKeyInfoDer::from_pem_slice(public.as_bytes())
            .map_err(|error| refused("public", &error))?;
        // The key is the last element, after the identifier of RSA.
        if !shown.ends_with(pair.public().as_ref()) {
            return Err(refused("public", &"not the one of the private key"));
        }
        Ok(Self { pair, public_pem: public.trim().to_owned() })
    }

    /// The public key, as the Tenants service shows it.
    pub(crate) fn public_pem(&self) -> &str {
        &self.public_pem
    }

    /// Signs `claims` as Tapis does: RS256, without a key id.
    pub(crate) fn sign(&self, claims: &Map<String, Value>) -> Result<String, Error> {
        jws::sign(claims, &self.pair).ok_or_else(|| Error::Key("it does not sign".to_owned()))
    }

    /// The claims of `token`, if this key signed it. The caller checks the expiry, by the mock's
    /// clock.
    pub(crate) fn verify(&self, token: Unverified<'_>) -> Option<Map<String, Value>> {
        token.verify(&self.pair)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn refused(private: &str, public: &str) -> String {
        SigningKey::from_pem(private, public)
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    }

    #[test]
    fn the_two_halves_have_to_be_of_one_pair() {
        let said =
            "cannot sign tokens with this key: the public key: not the one of the private key";
        assert_eq!(refused(DEVELOPMENT.0, FOREIGN.1), said);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert!(refused("", DEVELOPMENT.1).contains("the private key"));
        assert!(refused(DEVELOPMENT.1, DEVELOPMENT.1).contains("the private key"));
        assert!(refused(DEVELOPMENT.0, DEVELOPMENT.0).contains("the public key"));
    }

    #[test]
    fn a_private_key_may_be_in_the_older_form() {
        let (_, pem) = DEVELOPMENT.0.split_once("-----BEGIN PRIVATE KEY-----").unwrap_or_default();
        let (pem, _) = pem.split_once("-----END").unwrap_or_default();
        let der = STANDARD.decode(pem.replace('\n', "")).unwrap_or_default();
        // PKCS #8 has 26 bytes before the key.
        let old = STANDARD.encode(der.get(26..).unwrap_or_default());
        let old =
            format!("-----BEGIN RSA PRIVATE KEY-----\n{old}\n-----END RSA PRIVATE KEY-----\n");
        assert_eq!(refused(&old, DEVELOPMENT.1), "");
    }
}
