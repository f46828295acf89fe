//! The description of an operation; the generated tables consist of these.

use std::fmt;

/// An operation of a service, as its OpenAPI document describes it. Each service has a table of
/// them, such as `tapis_client::systems::operations::ALL`.
#[derive(Debug, PartialEq, Eq)]
pub struct Operation {
    /// The service, such as `systems`.
    pub service: &'static str,
    /// The operationId in the document.
    pub id: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path with its parameters in braces.
    pub template: &'static str,
    /// The path parameters, in order.
    #[doc(hidden)]
    pub path: &'static [PathParameter],
    /// The required values besides the path.
    #[doc(hidden)]
    pub required: &'static [Required],
    /// Whether the call sends the session's token.
    #[doc(hidden)]
    pub token: TokenUse,
    /// Whether the operation is idempotent, so that a call is safe to retry.
    pub idempotent: bool,
    /// The form of a successful reply.
    #[doc(hidden)]
    pub reply: ReplyKind,
    /// The paging parameters of a long list.
    #[doc(hidden)]
    pub paging: Option<Paging>,
    /// Whether each page starts at the requested position, so that equal pages are different ones.
    /// Other services repeat a page if they ignore the position.
    #[doc(hidden)]
    pub exact_pages: bool,
    /// The attributes to sort pages by if the service has no order of its own: together they are
    /// unique. Empty if pages need no order, or if it is not known.
    #[doc(hidden)]
    pub page_order: &'static [&'static str],
    /// The time limit of one attempt in seconds, if the service takes longer than others.
    #[doc(hidden)]
    pub slow: Option<u32>,
}

impl Operation {
    /// An operation with default values; the tables set only the fields that differ.
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

/// The service and the operationId, such as `systems.getSystem`.
impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.service, self.id)
    }
}

/// When a call sends the session's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenUse {
    /// Always.
    Always,
    /// Never: the operation is public, or a login.
    Never,
    /// Unless the call has HTTP Basic credentials, which the service accepts instead, or the
    /// session has no login.
    UnlessBasic,
}

/// A path parameter.
#[derive(Debug, PartialEq, Eq)]
pub struct PathParameter {
    /// Its name in the template.
    pub name: &'static str,
    /// How a slash in its value is sent.
    pub slash: Slash,
}

/// How a slash in a path value is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slash {
    /// The value is itself a path; its slashes are kept.
    Separates,
    /// A slash is percent-encoded, like all other reserved characters.
    Encoded,
    /// A value with a slash is rejected, because the service has no route for it.
    Refused,
}

/// A required value of a call.
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

/// The form of a successful reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplyKind {
    /// JSON with `status`, `message` and, where there is one, `result`.
    Enveloped,
    /// JSON without the envelope.
    Json,
    /// Bytes.
    Bytes,
    /// No content.
    Empty,
}

/// The paging parameters of a long list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Paging {
    /// `limit` and `skip`.
    LimitSkip,
    /// `limit` and `offset`.
    LimitOffset,
    /// `page`, starting at 1, and `pagesize`.
    PageSize,
}

/// HTTP methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// Reads a resource.
    GET,
    /// Reads only the headers.
    HEAD,
    /// Lists the possible methods.
    OPTIONS,
    /// Replaces a resource.
    PUT,
    /// Creates a resource or starts an action.
    POST,
    /// Changes a part of a resource.
    PATCH,
    /// Deletes a resource.
    DELETE,
    /// Returns the request itself.
    TRACE,
}

/// The name of the method.
impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Method {
    /// The name of the method.
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

    /// Whether a request with this method has a body, even an empty one.
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

/// An operation for tests, which set the fields that they need.
#[cfg(test)]
pub(crate) const EXAMPLE: Operation =
    Operation { service: "s", id: "o", template: "/v3/s", idempotent: true, ..Operation::PLAIN };
