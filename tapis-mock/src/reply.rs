//! The reply of a handler, before a family of services gives it its format.

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// The header by which the mock marks a reply: `example`, or `imitated` for behaviour of a service
/// that its document does not describe.
pub(crate) const MARK: HeaderName = HeaderName::from_static("x-tapis-mock");

/// A reply.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) content: Content,
}

/// The content of a reply.
#[derive(Debug)]
pub(crate) enum Content {
    /// A result, which the family of the service wraps in its envelope.
    Result {
        result: Value,
        message: String,
        metadata: Option<Value>,
    },
    /// Bytes, sent unchanged.
    Raw(Bytes),
    Empty,
}

impl Reply {
    /// A result with a message about it.
    pub(crate) fn result(result: impl Into<Value>, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            content: Content::Result {
                result: result.into(),
                message: message.into(),
                metadata: None,
            },
        }
    }

    /// Bytes of a media type.
    pub(crate) fn raw(media_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        Self::empty(StatusCode::OK)
            .with_content(Content::Raw(bytes.into()))
            .with_header(http::header::CONTENT_TYPE, HeaderValue::from_static(media_type))
    }

    /// JSON without an envelope.
    pub(crate) fn json(value: &Value) -> Self {
        Self::raw("application/json", serde_json::to_vec(value).unwrap_or_default())
    }

    /// An HTML page.
    pub(crate) fn html(status: StatusCode, text: &str) -> Self {
        let page = format!(
            "<html>\r\n<head><title>{text}</title></head>\r\n<body>\r\n<center><h1>{text}</h1>\
             </center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
        );
        Self::raw("text/html", page).with_status(status)
    }

    /// Plain text, which some services send instead of an envelope.
    pub(crate) fn text(status: StatusCode, text: impl Into<String>) -> Self {
        Self::raw("text/plain", text.into()).with_status(status)
    }

    /// An empty reply with a status.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), content: Content::Empty }
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Marks behaviour that is in the source of a service, although its document does not describe
    /// it.
    pub(crate) fn imitated(self) -> Self {
        self.with_header(MARK, HeaderValue::from_static("imitated"))
    }

    pub(crate) fn with_metadata(mut self, value: Value) -> Self {
        if let Content::Result { metadata, .. } = &mut self.content {
            *metadata = Some(value);
        }
        self
    }

    /// Sets another message.
    pub(crate) fn saying(mut self, text: impl Into<String>) -> Self {
        if let Content::Result { message, .. } = &mut self.content {
            *message = text.into();
        }
        self
    }

    /// The content of the reply as text, for a message.
    pub(crate) fn as_text(&self) -> String {
        match &self.content {
            Content::Raw(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Content::Result { message, .. } => message.clone(),
            Content::Empty => String::new(),
        }
    }

    fn with_content(mut self, content: Content) -> Self {
        self.content = content;
        self
    }
}

/// The failure of a request. The family of the service decides its status.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    pub(crate) message: String,
    /// A result that is sent with the failure; null for most.
    pub(crate) result: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    BadRequest,
    /// What the framework refuses before the service looks at anything: a query parameter of the Java
    /// services, a body for PgREST.
    BadQuery,
    /// The caller is known and may not: some services say it with the status for callers they do
    /// not know.
    Unauthorized,
    Forbidden,
    NotFound,
    /// Not found, and called a success in the envelope.
    NotFoundSuccessfully,
    Conflict,
    /// What cannot be, however it is asked for.
    Unprocessable,
    /// Nothing was changed, which is called a failure in the envelope of a success.
    Unchanged,
    MethodNotAllowed,
    MediaType,
    /// The service fails, according to its source.
    Server,
    /// A failure of the mock itself.
    Internal,
}

impl Failure {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), result: Value::Null }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(Kind::BadRequest, message)
    }

    /// The message of the Java services for a body that does not match its schema.
    pub(crate) fn invalid_json(what: &str) -> Self {
        Self::bad_request(format!(
            "TAPIS_JSON_VALIDATION_ERROR Request payload did not conform to specification. \
             Error: {what}"
        ))
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, message)
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(Kind::Forbidden, message)
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, message)
    }

    /// A failure of the service, according to its source.
    pub(crate) fn server(message: impl Into<String>) -> Self {
        Self::new(Kind::Server, message)
    }

    /// A failure of the mock itself.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(Kind::Internal, message)
    }
}

/// The result of a handler.
pub(crate) type Outcome = Result<Reply, Failure>;
