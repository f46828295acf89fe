//! What a handler answers, before a family of services puts it in its own form.

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// The header with which the mock says of itself what an answer is worth: an `example`, or
/// what a service does although its document says otherwise, which is `imitated`.
pub(crate) const MARK: HeaderName = HeaderName::from_static("x-tapis-mock");

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) content: Content,
}

/// What an answer carries.
#[derive(Debug)]
pub(crate) enum Content {
    /// A result, to be wrapped as the service does it.
    Result {
        result: Value,
        message: String,
        metadata: Option<Value>,
    },
    /// Bytes that go out as they are.
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

    /// A page for people.
    pub(crate) fn html(status: StatusCode, text: &str) -> Self {
        let page = format!(
            "<html>\r\n<head><title>{text}</title></head>\r\n<body>\r\n<center><h1>{text}</h1>\
             </center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
        );
        Self::raw("text/html", page).with_status(status)
    }

    /// Bare text, which some services send in place of an envelope.
    pub(crate) fn text(status: StatusCode, text: impl Into<String>) -> Self {
        Self::raw("text/plain", text.into()).with_status(status)
    }

    /// Nothing but a status.
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

    /// Marks what a service does, as its source says, although its document says otherwise.
    pub(crate) fn imitated(self) -> Self {
        self.with_header(MARK, HeaderValue::from_static("imitated"))
    }

    pub(crate) fn with_metadata(mut self, value: Value) -> Self {
        if let Content::Result { metadata, .. } = &mut self.content {
            *metadata = Some(value);
        }
        self
    }

    /// With another message.
    pub(crate) fn saying(mut self, text: impl Into<String>) -> Self {
        if let Content::Result { message, .. } = &mut self.content {
            *message = text.into();
        }
        self
    }

    /// What the reply says, for a message.
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

/// Why a request was not done. Which status that gives is for the family of the service to say.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    pub(crate) message: String,
    /// A result that goes out with the failure; most have none.
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
    /// The service fails, as its source says.
    Server,
    /// The mock itself fails.
    Internal,
}

impl Failure {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), result: Value::Null }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(Kind::BadRequest, message)
    }

    /// What the Java services say of a body that does not fit its schema.
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

    /// A service that fails, as its source says.
    pub(crate) fn server(message: impl Into<String>) -> Self {
        Self::new(Kind::Server, message)
    }

    /// The mock itself fails.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(Kind::Internal, message)
    }
}

/// What handlers give back.
pub(crate) type Outcome = Result<Reply, Failure>;
