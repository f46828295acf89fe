//! The errors of starting a mock, and of functions for tests.

use std::net::SocketAddr;

/// Why the mock could not be started, or could not do what a test requested.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The mock cannot listen on the address.
    #[error("cannot listen on {address}")]
    Listen {
        /// The requested address.
        address: SocketAddr,
        /// The system's error.
        source: std::io::Error,
    },
    /// The server's own thread or runtime could not be created.
    #[error("cannot start the server")]
    Start(#[source] std::io::Error),
    /// The folder for the files of the mock's systems could not be created.
    #[error("cannot create the folder for files")]
    Folder(#[source] std::io::Error),
    /// A signing key is not a pair of RSA keys in PEM form, or a token could not be signed with it.
    #[error("cannot sign tokens with this key: {0}")]
    Key(String),
    /// No certificate could be created.
    #[error("cannot make a certificate: {0}")]
    Certificate(String),
    /// A seed or a snapshot is invalid.
    #[error("not a state of the mock: {0}")]
    State(String),
    /// A resource with this name does not exist.
    #[error("there is no {what} `{id}`")]
    Unknown {
        /// The kind of the resource.
        what: &'static str,
        /// Its name.
        id: String,
    },
    /// The service compares the whole callback URL with the one that the client is registered with.
    #[error("the callback URL of the client `{client}` is `{registered}`")]
    CallbackUrl {
        /// The id of the client.
        client: String,
        /// The callback URL that it is registered with; empty if there is none.
        registered: String,
    },
    /// Jobs do not have this state.
    #[error("`{0}` is not a state of jobs")]
    NoSuchStatus(String),
}
