//! What a failed reply consists of, and what it can mean.

use crate::error_kind::ErrorKind;

/// The parts of a failed reply that the table uses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal<'a> {
    pub(crate) service: &'a str,
    pub(crate) status: u16,
    pub(crate) message: &'a str,
    pub(crate) form: Form,
}

/// The form of a failure's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Form {
    #[default]
    Text,
    Json,
    /// An HTML page from a router or a proxy, which says nothing about the service.
    Page,
}

/// The result of the table for a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) kind: ErrorKind,
    pub(crate) token: Token,
    /// The same login would fail again: a wrong password, client or refresh token.
    pub(crate) login_is_hopeless: bool,
    pub(crate) advice: Option<Advice>,
}

/// What a refusal says about the token of the request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Token {
    /// Nothing: another token would be refused too.
    #[default]
    Accepted,
    /// It was refused; a new one may be accepted.
    Refused,
    /// A 401 that the table does not know; the token may be the reason or not.
    Suspect,
}

/// The advice in the hint of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Advice {
    CheckPassword,
    CheckClient,
    LogInAgain,
    AskForTokens,
    RightTenant,
    NameTheUser,
    StoreCredential,
    EnableSystem,
}

pub(super) const fn kind(kind: ErrorKind) -> Verdict {
    Verdict { kind, token: Token::Accepted, login_is_hopeless: false, advice: None }
}

pub(super) const fn token(token: Token) -> Verdict {
    Verdict { token, ..kind(ErrorKind::Authentication) }
}

pub(super) const fn advised(of: ErrorKind, advice: Advice) -> Verdict {
    Verdict { advice: Some(advice), ..kind(of) }
}

pub(super) const fn hopeless(advice: Advice) -> Verdict {
    Verdict { login_is_hopeless: true, ..advised(ErrorKind::Authentication, advice) }
}
