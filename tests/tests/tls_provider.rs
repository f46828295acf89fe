//! A TLS provider that the program has installed stays. In a file of its own, because a provider
//! is installed for the whole process.

#![allow(clippy::unwrap_used)] // what cannot be set up fails the test

use tapis_client::Tapis;
use tapis_mock::MockTapis;

#[tokio::test]
async fn a_provider_that_the_program_has_installed_wins() {
    let mut provider = rustls::crypto::ring::default_provider();
    // Without a way to exchange keys it can talk to nobody, which tells it from the default one.
    provider.kx_groups.clear();
    provider.install_default().unwrap();
    let mock = MockTapis::builder().user("testuser", "secret").tls().start().await.unwrap();
    let pem = mock.certificate().unwrap().as_bytes().to_vec();
    let outcome = Tapis::builder(mock.base_url())
        .password("testuser", "secret")
        .http(move |http| http.tls_certs_merge([reqwest::Certificate::from_pem(&pem).unwrap()]))
        .build();
    let error = match outcome {
        Ok(t) => t.get_tokens().await.unwrap_err(),
        Err(error) => error,
    };
    assert!(error.is_connection() || error.is_configuration(), "{error}");
    assert!(mock.requests().is_empty());
}
