//! Checking tokens that others send.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use tapis_client::Tapis;
use tapis_mock::{Fault, Mint, MockTapis};

async fn world() -> (MockTapis, Tapis) {
    let mock = MockTapis::builder().user("testuser", "secret").start().await.unwrap();
    let t = Tapis::builder(mock.base_url()).build().unwrap();
    (mock, t)
}

fn user() -> Mint {
    Mint::user("testuser")
}

#[tokio::test]
async fn a_genuine_token_gives_its_claims_and_the_key_is_asked_for_once() {
    let (mock, t) = world().await;
    for _ in 0..3 {
        let claims = t.validate_token(mock.mint_access_token(user()).unwrap()).await.unwrap();
        assert_eq!(claims.username.as_deref(), Some("testuser"));
        assert_eq!(claims.tenant_id.as_deref(), Some(mock.tenant()));
    }
    assert_eq!(mock.requests_for("tenants.get_tenant").len(), 1);
}

#[tokio::test]
async fn another_crypto_backend_in_the_program_does_not_matter() {
    // Both are compiled in; with none installed, jsonwebtoken could not choose and would panic.
    let _ = (
        &jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER,
        &jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER,
    );
    let (mock, t) = world().await;
    assert!(t.validate_token(mock.mint_access_token(user()).unwrap()).await.is_ok());
    let forged = mock.mint_access_token(user().foreign_signed()).unwrap();
    assert!(t.validate_token(forged).await.is_err());
}

#[tokio::test]
async fn what_is_not_genuine_is_refused_with_the_reason() {
    let (mock, t) = world().await;
    let mint = |mint| mock.mint_access_token(mint).unwrap();
    let genuine = mint(user());
    let (signed, signature) = genuine.rsplit_once('.').unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    let unsigned = URL_SAFE_NO_PAD.encode(br#"{"alg":"none","typ":"JWT"}"#);
    let claims: serde_json::Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    let by_hmac = jsonwebtoken::encode(
        &Header::new(Algorithm::HS256),
        &claims,
        &EncodingKey::from_secret(mock.public_key().as_bytes()),
    )
    .unwrap();
    let mut raised = claims.clone();
    raised["tapis/username"] = "admin".into();
    let raised = URL_SAFE_NO_PAD.encode(raised.to_string());
    for (jwt, why) in [
        (mint(user().foreign_signed()), "its signature is not its tenant's"),
        (format!("{header}.{raised}.{signature}"), "its signature is not its tenant's"),
        (format!("{unsigned}.{payload}."), "not a signed JWT"),
        (by_hmac, "not signed with RS256"),
        (mint(user().expired()), "it has expired"),
        (mint(user().claim("tapis/token_type", "refresh")), "not an access token"),
        (mint(user().claim("tapis/account_type", "robot")), "neither a user's nor a service's"),
        (
            mint(user().claim("iss", "https://elsewhere.invalid/v3/tokens")),
            "issued by something else",
        ),
        ("nonsense".to_owned(), "not a signed JWT"),
    ] {
        let error = t.validate_token(jwt.as_str()).await.unwrap_err();
        assert!(error.is_authentication() && error.message().contains(why), "{why}: {error}");
        assert!(!format!("{error} {error:?}").contains(&jwt), "{error}");
    }
}

#[tokio::test]
async fn a_token_of_another_tenant_does_not_pass_with_this_ones_key() {
    let (mock, t) = world().await;
    let other = mock.mint_access_token(user().tenant("other").foreign_signed()).unwrap();
    t.validate_token(other).await.unwrap_err();
}

#[tokio::test]
async fn a_tenant_without_a_key_and_a_service_that_is_down_are_errors() {
    let (mock, t) = world().await;
    let jwt = mock.mint_access_token(user()).unwrap();
    let without = serde_json::json!({"status": "success", "result": {"tenant_id": "dev"}});
    mock.inject(Fault::status(200).body(without.to_string()).on("tenants.get_tenant"));
    let error = t.validate_token(jwt.as_str()).await.unwrap_err();
    assert!(error.message().contains("has no public key"), "{error}");
    mock.inject(Fault::status(500).on("tenants.get_tenant"));
    assert!(t.validate_token(jwt.as_str()).await.unwrap_err().is_server());
    mock.inject(Fault::delay(Duration::ZERO).on("tenants.get_tenant"));
    t.validate_token(jwt).await.unwrap();
}
