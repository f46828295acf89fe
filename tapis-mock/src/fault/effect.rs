//! What a fault does to a call.

use serde::{Deserialize, Serialize};

/// What happens to a call that a fault strikes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Effect {
    /// Nothing, beyond a delay.
    None,
    /// An answer with this status; the operation is not done.
    Status {
        /// The HTTP status.
        status: u16,
        /// Headers of the answer.
        #[serde(default)]
        headers: Vec<(String, String)>,
        /// The body; without one, the envelope of the service with a message about the fault.
        #[serde(default)]
        body: Option<String>,
    },
    /// An HTML page; the operation is not done.
    Html {
        /// The HTTP status.
        status: u16,
    },
    /// A redirect; the operation is not done.
    Redirect {
        /// The HTTP status.
        status: u16,
        /// Where to.
        location: String,
    },
    /// A reset connection; the operation is not done.
    Reset,
    /// A closed connection; the operation is not done.
    Close,
    /// Silence; the operation is not done.
    Hang,
    /// The operation is done, its answer cut short together with the connection.
    Truncate {
        /// How much of the body is sent.
        after_bytes: usize,
    },
    /// The operation is done, its answer never ends.
    Stall {
        /// How much of the body is sent.
        after_bytes: usize,
    },
    /// The operation is done, its answer says it is JSON and is not.
    MalformedJson,
    /// A refusal as for an expired token.
    ExpiredToken,
    /// A refusal as for a revoked token.
    RevokedToken,
}
