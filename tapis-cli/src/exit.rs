//! The exit codes, which scripts rely on.

use std::process::ExitCode;

use tapis_client::ErrorKind;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It did what it was asked for.
    Done = 0,
    /// A failure without an exit code of its own.
    Failed = 1,
    /// The command line, or a value on it, is wrong.
    Usage = 2,
    /// There is no login, or it was refused.
    Login = 3,
    /// The user lacks the permission.
    Permission = 4,
    /// There is no such resource.
    NotFound = 5,
    /// A resource with this id exists, or its state does not allow the request.
    Conflict = 6,
    /// The service could not be reached, or did not answer in time.
    Unreachable = 7,
    /// The job, pod or run that was waited for failed.
    WorkFailed = 8,
    /// A definition differs from the resource on the server.
    Differences = 9,
    /// A host refused Tapis's login, or no credential is stored for it.
    SystemCredential = 10,
    /// Interrupted by the user.
    Interrupted = 130,
    /// Ended by SIGTERM.
    Terminated = 143,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<ErrorKind> for Exit {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Configuration | ErrorKind::Input => Self::Usage,
            ErrorKind::Authentication => Self::Login,
            ErrorKind::Permission => Self::Permission,
            ErrorKind::SystemCredential => Self::SystemCredential,
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::Conflict => Self::Conflict,
            ErrorKind::Connection | ErrorKind::Timeout => Self::Unreachable,
            ErrorKind::Failed => Self::WorkFailed,
            ErrorKind::Cancelled => Self::Interrupted,
            // Rate limits, refusals for other reasons, failures of the service, replies that cannot be read, local
            // files, and kinds to come.
            _ => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_error_has_its_code() {
        for (kind, code) in [
            (ErrorKind::Configuration, 2),
            (ErrorKind::Input, 2),
            (ErrorKind::Authentication, 3),
            (ErrorKind::Permission, 4),
            (ErrorKind::SystemCredential, 10),
            (ErrorKind::NotFound, 5),
            (ErrorKind::Conflict, 6),
            (ErrorKind::RateLimit, 1),
            (ErrorKind::Request, 1),
            (ErrorKind::Server, 1),
            (ErrorKind::Connection, 7),
            (ErrorKind::Timeout, 7),
            (ErrorKind::Decoding, 1),
            (ErrorKind::Cancelled, 130),
            (ErrorKind::Io, 1),
            (ErrorKind::Failed, 8),
        ] {
            assert_eq!(Exit::from(kind) as u8, code, "{kind:?}");
        }
    }
}
