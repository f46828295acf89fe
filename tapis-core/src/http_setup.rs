//! The default configuration of HTTP clients, before the program's own settings.

use reqwest::ClientBuilder;

use crate::base_url::BaseUrl;
use crate::error::Error;

/// The state that the clients of one session share, because it is slow to create: the certificates
/// of the machine.
#[derive(Default)]
pub(crate) struct Shared {
    #[cfg(all(feature = "rustls", not(feature = "native-tls")))]
    tls: std::sync::OnceLock<rustls::ClientConfig>,
}

/// Returns the builder for a client of the server at `base`. `customised`: the program has settings
/// of its own, which are applied afterwards.
///
/// # Errors
/// A machine whose certificates cannot be read, of kind
/// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration).
pub(crate) fn prepared(
    builder: ClientBuilder,
    base: &BaseUrl,
    customised: bool,
    shared: &Shared,
) -> Result<ClientBuilder, Error> {
    // Plain http is allowed only on this machine. A proxy from the environment or the system would
    // send it elsewhere; a proxy that the program sets is used.
    let builder = if base.is_local_http() { builder.no_proxy() } else { builder };
    tls::set(builder, customised, shared)
}

#[cfg(feature = "rustls")]
mod tls {
    use reqwest::ClientBuilder;
    use rustls::crypto::{CryptoProvider, ring};

    use super::Shared;
    use crate::error::Error;

    /// Sets up TLS without changing state of the whole process, where possible.
    pub(super) fn set(
        builder: ClientBuilder,
        customised: bool,
        shared: &Shared,
    ) -> Result<ClientBuilder, Error> {
        // A provider that the program has installed takes precedence.
        if CryptoProvider::get_default().is_some() {
            return Ok(builder);
        }
        // The program's settings may concern certificates. The HTTP client uses these only if it
        // sets up TLS itself, and then takes the provider from the process.
        if customised {
            let _ = ring::default_provider().install_default();
            return Ok(builder);
        }
        with_a_provider_of_its_own(builder, shared)
    }

    #[cfg(not(feature = "native-tls"))]
    fn with_a_provider_of_its_own(
        builder: ClientBuilder,
        shared: &Shared,
    ) -> Result<ClientBuilder, Error> {
        let config = match shared.tls.get() {
            Some(config) => config.clone(),
            None => {
                let config = config()?;
                shared.tls.get_or_init(|| config).clone()
            }
        };
        Ok(builder.tls_backend_preconfigured(config))
    }

    #[cfg(not(feature = "native-tls"))]
    fn config() -> Result<rustls::ClientConfig, Error> {
        use std::sync::Arc;

        use rustls_platform_verifier::Verifier;

        let fault = |error: rustls::Error| {
            Error::new(crate::ErrorKind::Configuration, "TLS cannot be set up").with_source(error)
        };
        let provider = Arc::new(ring::default_provider());
        let verifier = Verifier::new(provider.clone()).map_err(fault)?;
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(fault)?
            .dangerous() // the name of the way to a verifier of one's own, here the platform's
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    /// If both are enabled, the platform's library is used.
    #[cfg(feature = "native-tls")]
    #[allow(clippy::unnecessary_wraps)] // as the other one
    fn with_a_provider_of_its_own(
        builder: ClientBuilder,
        _: &Shared,
    ) -> Result<ClientBuilder, Error> {
        Ok(builder)
    }
}

#[cfg(not(feature = "rustls"))]
mod tls {
    use reqwest::ClientBuilder;

    use super::Shared;
    use crate::error::Error;

    /// Neither the platform's library nor a program without TLS needs any setup.
    #[allow(clippy::unnecessary_wraps)] // as the other one
    pub(super) fn set(builder: ClientBuilder, _: bool, _: &Shared) -> Result<ClientBuilder, Error> {
        Ok(builder)
    }
}
