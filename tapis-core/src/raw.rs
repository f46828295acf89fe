//! Requests that the documents do not describe.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::body::Body;
use crate::byte_stream::ByteStream;
use crate::call::Call;
use crate::clock::BoxFuture;
use crate::error::Error;
use crate::operation::{Method, Operation, ReplyKind};
use crate::parameter::ParameterError;
use crate::path;
use crate::reply::{self, Loose, Response, Streamed};
use crate::session::Session;

/// A request that the documents do not describe, with the same authentication, retries and errors
/// as an operation.
///
/// `.await` returns the `result` of an envelope, or JSON without an envelope, or a text. As always
/// in untyped JSON, numbers are `i64`, `u64` or `f64`: whole numbers above 2^64 and fractions with
/// more than 17 digits lose precision. [`send`](Self::send) also returns the
/// [bytes](Response::bytes), with all digits.
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is awaited or sent"]
pub struct RawRequest {
    call: Call,
}

/// Represents an operation in errors and traces; one for each method.
const fn operation(method: Method, idempotent: bool) -> Operation {
    Operation {
        service: "tapis",
        id: "request",
        method,
        template: "(a path of the caller's own)",
        idempotent,
        reply: ReplyKind::Json,
        ..Operation::PLAIN
    }
}

static GET: Operation = operation(Method::GET, true);
static HEAD: Operation = operation(Method::HEAD, true);
static OPTIONS: Operation = operation(Method::OPTIONS, true);
static PUT: Operation = operation(Method::PUT, true);
static POST: Operation = operation(Method::POST, false);
static PATCH: Operation = operation(Method::PATCH, false);
static DELETE: Operation = operation(Method::DELETE, true);
static TRACE: Operation = operation(Method::TRACE, false);

impl RawRequest {
    /// Creates a request through `session` for `path`, which starts with a slash and is already
    /// percent-encoded.
    pub fn new(session: &Session, method: Method, path: impl Into<String>) -> Self {
        let operation = match method {
            Method::GET => &GET,
            Method::HEAD => &HEAD,
            Method::OPTIONS => &OPTIONS,
            Method::PUT => &PUT,
            Method::POST => &POST,
            Method::PATCH => &PATCH,
            Method::DELETE => &DELETE,
            Method::TRACE => &TRACE,
        };
        let mut call = Call::new(session, operation);
        let path = path.into();
        match path::whole_fault(&path) {
            Some(why) => call.reject(ParameterError::new("path", why)),
            None => call.whole_path = Some(path),
        }
        Self { call }
    }

    /// Adds a query parameter.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.call.free_query(name.into(), value.into());
        self
    }

    /// Sets `value` as the JSON body.
    pub fn json<T: Serialize>(mut self, value: &T) -> Self {
        self.call.json_body(Ok(value));
        self
    }

    /// Sets `body` as the raw body.
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.call.raw_body(body.into());
        self
    }

    crate::call_options!();

    /// Sends the request and returns the whole response.
    ///
    /// # Errors
    /// The kinds of any call; see [`ErrorKind`](crate::ErrorKind).
    pub fn send(self) -> BoxFuture<'static, Result<Response<Value>, Error>> {
        reply::send::<Loose>(self.call)
    }

    /// Sends the request and decodes the `result` of an envelope, or JSON without an envelope, as
    /// the type `T`.
    ///
    /// # Errors
    /// The errors of [`send`](Self::send); [`ErrorKind::Decoding`](crate::ErrorKind::Decoding) if
    /// the reply does not have that type.
    pub fn send_as<T>(self) -> BoxFuture<'static, Result<T, Error>>
    where
        T: DeserializeOwned + Send + 'static,
    {
        reply::loose_as(self.call)
    }

    /// Sends the request and returns the reply as a stream of bytes.
    ///
    /// # Errors
    /// The kinds of any call; see [`ErrorKind`](crate::ErrorKind).
    pub fn stream(self) -> BoxFuture<'static, Result<ByteStream, Error>> {
        reply::send::<Streamed>(self.call)
    }
}

impl IntoFuture for RawRequest {
    type Output = Result<Value, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        reply::output::<Loose>(self.call)
    }
}
