//! What can go wrong before the mock runs, and when a test asks it for something impossible.

use std::net::SocketAddr;

/// Why the mock could not be started or could not do what a test asked of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address could not be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
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
    /// No certificate could be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(String),
    /// A seed or a snapshot does not describe a state.
    #[error("not a state of the mock: {0}")]
    State(String),
    /// There is nothing of that name.
    #[error("there is no {what} `{id}`")]
    Unknown {
        /// What sort of thing was looked for.
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
    /// Jobs have no such state.
    #[error("`{0}` is not a state of jobs")]
    NoSuchStatus(String),
}
