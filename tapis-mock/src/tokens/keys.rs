//! The keys that sign tokens.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Map, Value};

use crate::error::Error;

/// Compiled in, so that no start waits for a key to be generated. It protects nothing: the key is
/// public, and only a mock accepts what it signs.
const DEVELOPMENT: (&str, &str) = (
    include_str!("../../keys/worthless-development-key.pem"),
    include_str!("../../keys/worthless-development-key.pub.pem"),
);
/// Signs the tokens that a test wants to see refused. As worthless as the other.
const FOREIGN: (&str, &str) = (
    include_str!("../../keys/worthless-foreign-key.pem"),
    include_str!("../../keys/worthless-foreign-key.pub.pem"),
);

/// A private and a public key as text, where somebody asks for new ones. Making them takes long,
/// and these are as good for whoever wants a pair to look at.
pub(crate) fn spare_pair() -> (&'static str, &'static str) {
    FOREIGN
}

/// A pair of RSA keys.
pub(crate) struct SigningKey {
    signing: EncodingKey,
    verifying: DecodingKey,
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
        Ok(Self {
            signing: EncodingKey::from_rsa_pem(private.as_bytes()).map_err(Error::Key)?,
            verifying: DecodingKey::from_rsa_pem(public.as_bytes()).map_err(Error::Key)?,
            public_pem: public.trim().to_owned(),
        })
    }

    /// The public half, as the tenants service shows it.
    pub(crate) fn public_pem(&self) -> &str {
        &self.public_pem
    }

    /// Signs `claims` the way Tapis does: RS256, no key identifier.
    pub(crate) fn sign(&self, claims: &Map<String, Value>) -> Result<String, Error> {
        install_crypto();
        jsonwebtoken::encode(&Header::new(Algorithm::RS256), claims, &self.signing)
            .map_err(Error::Key)
    }

    /// The claims of `token`, if this key signed it. When it expires is for the caller to judge,
    /// by the mock's clock and not the machine's.
    pub(crate) fn open(
        &self,
        token: &str,
    ) -> Result<Map<String, Value>, jsonwebtoken::errors::Error> {
        install_crypto();
        let mut rules = Validation::new(Algorithm::RS256);
        rules.validate_exp = false;
        rules.validate_aud = false;
        rules.required_spec_claims.clear();
        jsonwebtoken::decode(token, &self.verifying, &rules).map(|data| data.claims)
    }
}

/// The claims of a token nobody has checked.
pub(crate) fn peek(token: &str) -> Option<Map<String, Value>> {
    install_crypto();
    jsonwebtoken::dangerous::insecure_decode(token).ok().map(|data| data.claims)
}

/// `jsonwebtoken` panics when both of its backends are compiled in and none was chosen, which a
/// workspace can bring about without knowing. A choice made earlier stays.
fn install_crypto() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let _ = jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER.install_default();
    });
}
