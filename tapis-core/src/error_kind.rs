//! The kinds of error.

/// The kinds of error, by the caller's possible reaction.
///
/// A call of any operation can fail with [`Input`](Self::Input) before anything is sent, with
/// [`Authentication`](Self::Authentication) if it needs a token, and with
/// [`Connection`](Self::Connection), [`Timeout`](Self::Timeout), [`RateLimit`](Self::RateLimit),
/// [`Server`](Self::Server) or [`Decoding`](Self::Decoding). The documentation of an operation
/// lists the kinds that its service documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The configuration of the client is invalid.
    Configuration,
    /// A value of the call was rejected before anything was sent.
    Input,
    /// There is no token, the service refused the token, or the login failed.
    Authentication,
    /// The caller is authenticated but lacks the permission.
    Permission,
    /// The host of a Tapis system refused Tapis's login, or no credential is registered for it. The
    /// caller's own token is valid.
    SystemCredential,
    /// The resource does not exist, or the caller cannot see it.
    NotFound,
    /// A resource with this id exists, or its state does not allow the request.
    Conflict,
    /// Too many requests, or all of Tapis's connections to a host are in use.
    RateLimit,
    /// The service refused the request for another reason.
    Request,
    /// The service failed.
    Server,
    /// The service could not be reached, or the connection broke.
    Connection,
    /// A time limit passed.
    Timeout,
    /// The request succeeded, but its reply could not be decoded.
    Decoding,
    /// The call was cancelled, by the caller or because the runtime ended.
    Cancelled,
    /// A local file could not be read or written.
    Io,
    /// The job, pod, run, execution or transfer that was waited for failed.
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
