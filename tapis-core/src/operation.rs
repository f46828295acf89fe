//! What is known of an operation before it is called; the generated tables are made of this.

use std::fmt;

/// An operation of a service, as its OpenAPI document describes it. Each service has a table of them,
/// such as `tapis_client::systems::operations::ALL`.
#[derive(Debug, PartialEq, Eq)]
pub struct Operation {
    /// The service, as in `systems`.
    pub service: &'static str,
    /// The document's operationId.
    pub id: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path with its parameters in braces.
    pub template: &'static str,
    /// The parameters in the path, in their order.
    #[doc(hidden)]
    pub path: &'static [PathParameter],
    /// What has to be set besides the path.
    #[doc(hidden)]
    pub required: &'static [Required],
    /// When the call carries the session's token.
    #[doc(hidden)]
    pub token: TokenUse,
    /// Whether sending it twice does no harm, so that a call may be retried.
    pub idempotent: bool,
    /// What a success looks like.
    #[doc(hidden)]
    pub reply: ReplyKind,
    /// How a long list comes in pieces.
    #[doc(hidden)]
    pub paging: Option<Paging>,
    /// Whether each page begins where it was asked to begin, so that equal pages are different ones. Other
    /// services repeat a page if they ignore the place.
    #[doc(hidden)]
    pub exact_pages: bool,
    /// The attributes that order the pages where the service has no order of its own: together they
    /// are unique. Empty where pages need no order, or where it is not known.
    #[doc(hidden)]
    pub page_order: &'static [&'static str],
    /// How long one attempt may take, in seconds, where the service takes longer than others.
    #[doc(hidden)]
    pub slow: Option<u32>,
}

impl Operation {
    /// An operation without anything particular; the tables write only what differs from it.
    #[doc(hidden)]
    pub const PLAIN: Self = Self {
        service: "",
        id: "",
        method: Method::GET,
        template: "",
        path: &[],
        required: &[],
        token: TokenUse::Always,
        idempotent: false,
        reply: ReplyKind::Enveloped,
        paging: None,
        exact_pages: false,
        page_order: &[],
        slow: None,
    };
}

/// The service and the operationId, as in `systems.getSystem`.
impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.service, self.id)
    }
}

/// When a call carries the session's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenUse {
    /// Always.
    Always,
    /// Never: it is public, or a login.
    Never,
    /// Unless HTTP Basic credentials are sent, which the service takes instead; and not where the
    /// session has no way to log in.
    UnlessBasic,
}

/// A parameter in the path.
#[derive(Debug, PartialEq, Eq)]
pub struct PathParameter {
    /// Its name in the template.
    pub name: &'static str,
    /// What becomes of a slash in its value.
    pub slash: Slash,
}

/// What becomes of a slash in a value of the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slash {
    /// The value is a path of its own, whose slashes stay.
    Separates,
    /// It is percent-encoded, like everything that has a meaning in addresses.
    Encoded,
    /// The value is refused, because no route of the service takes it.
    Refused,
}

/// Something that a call cannot go without.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Required {
    /// A query parameter.
    Query(&'static str),
    /// A header.
    Header(&'static str),
    /// The body.
    Body,
    /// A part of a multipart body.
    Part(&'static str),
}

/// What a success looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplyKind {
    /// JSON with `status`, `message` and, where there is one, `result`.
    Enveloped,
    /// JSON without that envelope.
    Json,
    /// Bytes.
    Bytes,
    /// Nothing.
    Empty,
}

/// How a long list comes in pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Paging {
    /// `limit` and `skip`.
    LimitSkip,
    /// `limit` and `offset`.
    LimitOffset,
    /// `page`, counted from one, and `pagesize`.
    PageSize,
}

/// HTTP's methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[allow(clippy::upper_case_acronyms)] // HTTP spells them so
pub enum Method {
    /// Reads.
    GET,
    /// Reads the headers alone.
    HEAD,
    /// Asks what is possible.
    OPTIONS,
    /// Puts something in place of what was there.
    PUT,
    /// Makes something or acts.
    POST,
    /// Changes a part.
    PATCH,
    /// Removes.
    DELETE,
    /// Gives back what was sent.
    TRACE,
}

/// The method's name.
impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Method {
    /// The method's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GET => "GET",
            Self::HEAD => "HEAD",
            Self::OPTIONS => "OPTIONS",
            Self::PUT => "PUT",
            Self::POST => "POST",
            Self::PATCH => "PATCH",
            Self::DELETE => "DELETE",
            Self::TRACE => "TRACE",
        }
    }

    /// Whether a request of this method has a body, be it an empty one.
    pub(crate) const fn has_body(self) -> bool {
        matches!(self, Self::POST | Self::PUT | Self::PATCH)
    }

    pub(crate) fn to_reqwest(self) -> reqwest::Method {
        match self {
            Self::GET => reqwest::Method::GET,
            Self::HEAD => reqwest::Method::HEAD,
            Self::OPTIONS => reqwest::Method::OPTIONS,
            Self::PUT => reqwest::Method::PUT,
            Self::POST => reqwest::Method::POST,
            Self::PATCH => reqwest::Method::PATCH,
            Self::DELETE => reqwest::Method::DELETE,
            Self::TRACE => reqwest::Method::TRACE,
        }
    }
}

/// An operation for tests, which set what they are about.
#[cfg(test)]
pub(crate) const EXAMPLE: Operation =
    Operation { service: "s", id: "o", template: "/v3/s", idempotent: true, ..Operation::PLAIN };
