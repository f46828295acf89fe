//! Setting up a client leaves it to the program which TLS provider the process has. In a file of its
//! own, because a provider is installed for the whole process.

#![allow(clippy::unwrap_used)] // what cannot be set up fails the test

use tapis_client::Tapis;
use tapis_mock::MockTapis;

#[tokio::test]
async fn a_client_without_settings_speaks_tls_and_installs_no_provider() {
    let mock = MockTapis::builder().user("testuser", "secret").tls().start().await.unwrap();
    let t = Tapis::builder(mock.base_url()).password("testuser", "secret").build().unwrap();
    // It is only the certificate that is not trusted, so that there was a handshake.
    let error = t.get_tokens().await.unwrap_err();
    assert!(error.is_connection() && error.to_string().contains("certificate"), "{error}");
    rustls::crypto::ring::default_provider().install_default().unwrap();
}
