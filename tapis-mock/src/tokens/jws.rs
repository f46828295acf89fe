//! JSON Web Signatures in their compact form. RS256 is the only algorithm that Tapis uses.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use serde_json::{Map, Value};

const HEADER: &str = r#"{"typ":"JWT","alg":"RS256"}"#;

/// Signs `claims`, with no key identifier in the header. `None` where the key cannot sign.
pub(super) fn sign(claims: &Map<String, Value>, key: &RsaKeyPair) -> Option<String> {
    let claims = serde_json::to_vec(claims).ok()?;
    let mut token = URL_SAFE_NO_PAD.encode(HEADER);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(claims, &mut token);
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature).ok()?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Some(token)
}

/// A token whose signature has not been checked.
pub(crate) struct Unverified<'t> {
    algorithm: String,
    claims: Map<String, Value>,
    /// Header and claims as they were sent.
    signed: &'t str,
    signature: &'t str,
}

impl<'t> Unverified<'t> {
    /// `None` where the text is not a JSON Web Signature with an object as its claims.
    pub(crate) fn parse(token: &'t str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let algorithm = object(header)?.get("alg")?.as_str()?.to_owned();
        Some(Self { algorithm, claims: object(claims)?, signed, signature })
    }

    /// The claims, if `key` signed them with RS256.
    pub(super) fn verify(self, key: &RsaKeyPair) -> Option<Map<String, Value>> {
        if self.algorithm != "RS256" {
            return None;
        }
        let signature = URL_SAFE_NO_PAD.decode(self.signature).ok()?;
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public())
            .verify(self.signed.as_bytes(), &signature)
            .ok()?;
        Some(self.claims)
    }
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
