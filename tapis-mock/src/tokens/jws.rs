//! JSON Web Signatures in their compact form. RS256 is the only algorithm that Tapis uses.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use serde_json::{Map, Value};

const HEADER: &str = r#"{"typ":"JWT","alg":"RS256"}"#;

/// Signs `claims`, without a key id in the header. `None` if the key cannot sign.
pub(super) fn sign(claims: &Map<String, Value>, key: &RsaKeyPair) -> Option<String> {
    sign_under(HEADER, claims, key)
}

fn sign_under(header: &str, claims: &Map<String, Value>, key: &RsaKeyPair) -> Option<String> {
    let claims = serde_json::to_vec(claims).ok()?;
    let mut token = URL_SAFE_NO_PAD.encode(header);
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
    /// Header and claims as received.
    signed: &'t str,
    signature: &'t str,
}

impl<'t> Unverified<'t> {
    /// `None` if the text is not a JSON Web Signature whose claims are an object.
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

#[cfg(test)]
mod tests {
    use rustls_pki_types::PrivatePkcs8KeyDer;
    use rustls_pki_types::pem::PemObject as _;

    use super::*;

    fn key() -> RsaKeyPair {
        let pem = include_bytes!("../../keys/worthless-development-key.pem");
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem).unwrap();
        RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap()
    }

    fn claims() -> Map<String, Value> {
        Map::from_iter([("sub".to_owned(), "testuser@dev".into())])
    }

    #[test]
    fn what_a_key_signed_it_verifies() {
        let token = sign(&claims(), &key()).unwrap();
        assert_eq!(Unverified::parse(&token).unwrap().verify(&key()), Some(claims()));
    }

    #[test]
    fn changed_claims_are_not_verified() {
        let token = sign(&claims(), &key()).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let changed = URL_SAFE_NO_PAD.encode(r#"{"sub":"admin@dev"}"#);
        let token = [parts[0], &changed, parts[2]].join(".");
        assert_eq!(Unverified::parse(&token).unwrap().verify(&key()), None);
    }

    #[test]
    fn a_token_that_names_another_algorithm_is_not_verified() {
        for other in ["none", "HS256", "RS512"] {
            let header = format!(r#"{{"alg":"{other}"}}"#);
            let token = sign_under(&header, &claims(), &key()).unwrap();
            assert_eq!(Unverified::parse(&token).unwrap().verify(&key()), None, "{other}");
        }
    }

    #[test]
    fn what_is_no_token_is_not_parsed() {
        let object = URL_SAFE_NO_PAD.encode("{}");
        let header = URL_SAFE_NO_PAD.encode(HEADER);
        let list = URL_SAFE_NO_PAD.encode("[]");
        for text in [
            "".to_owned(),
            "a.b.c".to_owned(),
            format!("{header}.{object}"),
            format!("{object}.{object}.c"),
            format!("{header}.{list}.c"),
            format!("{header}.{object}.{object}.c"),
        ] {
            assert!(Unverified::parse(&text).is_none(), "{text}");
        }
    }
}
