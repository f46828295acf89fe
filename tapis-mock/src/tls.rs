//! HTTPS, if it is enabled.

/// Whether connections are encrypted.
#[derive(Clone)]
pub(crate) enum Tls {
    Off,
    #[cfg(feature = "tls")]
    On(tokio_rustls::TlsAcceptor),
}

/// A TLS server with a self-signed certificate for `localhost` and the loopback addresses. Returns
/// the certificate, in PEM, which clients must trust.
#[cfg(feature = "tls")]
pub(crate) fn self_signed(address: std::net::IpAddr) -> Result<(Tls, String), crate::error::Error> {
    use std::sync::Arc;

    use rustls::pki_types::PrivatePkcs8KeyDer;

    let failed =
        |error: &dyn std::fmt::Display| crate::error::Error::Certificate(error.to_string());
    let mut names = vec!["localhost".to_owned(), "*.localhost".to_owned()];
    names.extend(["127.0.0.1".to_owned(), "::1".to_owned()]);
    if !address.is_loopback() && !address.is_unspecified() {
        names.push(address.to_string());
    }
    let made = rcgen::generate_simple_self_signed(names).map_err(|error| failed(&error))?;
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let certificate = made.cert.der().clone();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key.into())
        .map_err(|error| failed(&error))?;
    Ok((Tls::On(tokio_rustls::TlsAcceptor::from(Arc::new(config))), made.cert.pem()))
}
