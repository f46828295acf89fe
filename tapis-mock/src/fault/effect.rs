//! The effects of faults.

use serde::{Deserialize, Serialize};

/// The effect of a fault on a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Effect {
    /// No effect besides a delay.
    None,
    /// A reply with this status; the operation is not performed.
    Status {
        /// The HTTP status.
        status: u16,
        /// The headers of the reply.
        #[serde(default)]
        headers: Vec<(String, String)>,
        /// The body; by default the envelope of the service with a message about the fault.
        #[serde(default)]
        body: Option<String>,
    },
    /// An HTML page; the operation is not performed.
    Html {
        /// The HTTP status.
        status: u16,
    },
    /// A redirect; the operation is not performed.
    Redirect {
        /// The HTTP status.
        status: u16,
        /// The target of the redirect.
        location: String,
    },
    /// A reset connection; the operation is not performed.
    Reset,
    /// A closed connection; the operation is not performed.
    Close,
    /// No reply; the operation is not performed.
    Hang,
    /// The operation is performed; its reply is truncated and the connection closed.
    Truncate {
        /// The number of bytes of the body that are sent.
        after_bytes: usize,
    },
    /// The operation is performed; its reply never ends.
    Stall {
        /// The number of bytes of the body that are sent.
        after_bytes: usize,
    },
    /// The operation is performed; its reply claims to be JSON and is not.
    MalformedJson,
    /// The refusal of an expired token.
    ExpiredToken,
    /// The refusal of a revoked token.
    RevokedToken,
}
