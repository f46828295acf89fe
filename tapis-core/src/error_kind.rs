//! The kinds of failure.

/// The kinds of failure, by what a caller can do about them.
///
/// A call of any operation can fail with [`Input`](Self::Input) before anything is sent, with
/// [`Authentication`](Self::Authentication) if it carries a token, with
/// [`Connection`](Self::Connection) or [`Timeout`](Self::Timeout), with
/// [`RateLimit`](Self::RateLimit) or [`Server`](Self::Server), and with
/// [`Decoding`](Self::Decoding). The documentation of an operation names the kinds that its service
/// documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client was set up in a way that cannot work.
    Configuration,
    /// A value of the call was rejected before anything was sent.
    Input,
    /// There is no token, or the service did not accept it, or the login failed.
    Authentication,
    /// The caller is known and lacks the permission.
    Permission,
    /// The host behind a Tapis system refused Tapis's login, or no credential is stored for it. The
    /// caller's own token is fine.
    SystemCredential,
    /// There is no such resource, or the caller may not see it.
    NotFound,
    /// A resource with this id exists, or its state does not allow the request.
    Conflict,
    /// Too many requests, or all connections of Tapis to a host are in use.
    RateLimit,
    /// The service refused the request for another reason.
    Request,
    /// The service failed.
    Server,
    /// The service could not be reached, or the connection broke.
    Connection,
    /// A time limit passed.
    Timeout,
    /// The request succeeded, and its reply could not be read.
    Decoding,
    /// The call was cancelled, by the caller or because the runtime ended.
    Cancelled,
    /// A file of this machine could not be read or written.
    Io,
    /// What was waited for (a job, a pod, a run, an execution, a transfer) failed.
    Failed,
}

impl ErrorKind {
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Configuration => "configuration error",
            Self::Input => "invalid input",
            Self::Authentication => "authentication failed",
            Self::Permission => "permission denied",
            Self::SystemCredential => "system credential refused or missing",
            Self::NotFound => "not found",
            Self::Conflict => "conflict",
            Self::RateLimit => "rate limited",
            Self::Request => "request refused",
            Self::Server => "service failed",
            Self::Connection => "connection failed",
            Self::Timeout => "timed out",
            Self::Decoding => "request succeeded, reply not readable",
            Self::Cancelled => "cancelled",
            Self::Io => "local file",
            Self::Failed => "failed",
        }
    }
}
