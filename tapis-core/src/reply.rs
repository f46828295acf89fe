//! From a reply to what the caller asked for.

use std::fmt;
use std::marker::PhantomData;
use std::pin::pin;

use bytes::Bytes;
use futures_core::Stream;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::call::Call;
use crate::clock::{BoxFuture, within};
use crate::decode::decode;
use crate::envelope::{self, Said};
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::exec::{self, Reply};
use crate::operation::ReplyKind;
use crate::tolerant::{Lenient, lenient};

/// What an operation's success is made into.
pub trait Outcome: Send + 'static {
    /// What `.await` on the call gives.
    type Output: Send + 'static;
    /// What `.send().await` gives.
    type Response: Send + 'static;

    /// Sends the call and reads of the reply what `.await` gives.
    fn output(call: Call) -> impl Future<Output = Result<Self::Output, Error>> + Send + 'static;

    /// Sends the call and reads the whole reply.
    fn send(call: Call) -> impl Future<Output = Result<Self::Response, Error>> + Send + 'static;
}

/// A whole reply: what `.send().await` gives. `Debug` leaves out the body, the headers and the
/// metadata, which may hold secrets.
pub struct Response<T> {
    result: T,
    status: StatusCode,
    headers: HeaderMap,
    message: Option<String>,
    version: Option<String>,
    metadata: Value,
    body: Bytes,
}

impl<T> Response<T> {
    fn new(reply: Reply, result: T, said: Said) -> Self {
        let Reply { status, headers, body, .. } = reply;
        let Said { message, version, metadata } = said;
        Self { result, status, headers, message, version, metadata, body }
    }

    pub(crate) fn enveloped(reply: Reply, result: T) -> Self {
        let said = Said::read(&reply.body);
        Self::new(reply, result, said)
    }

    /// What the operation gives.
    pub fn result(&self) -> &T {
        &self.result
    }

    /// What the operation gives, taken out.
    pub fn into_result(self) -> T {
        self.result
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// What the service says about the success.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The version that the service gives of itself.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// What the service says about the result: counts, order, where the next page begins.
    pub fn metadata(&self) -> Metadata {
        Metadata::read(&self.metadata)
    }

    /// The body as it came. It may hold secrets. Numbers have all their digits here, which they may lose
    /// where a result is JSON without a type: a `serde_json::Value` holds `i64`, `u64` or `f64`.
    pub fn bytes(&self) -> &Bytes {
        &self.body
    }

    /// The body as a type of the caller's own.
    ///
    /// # Errors
    /// A body that is not of that type, with the place in it.
    pub fn json<U: DeserializeOwned>(&self) -> Result<U, Error> {
        decode(&self.body).map_err(|why| Error::new(ErrorKind::Decoding, why))
    }
}

impl<T: fmt::Debug> fmt::Debug for Response<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("message", &self.message)
            .field("version", &self.version)
            .field("result", &self.result)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

/// What a reply says about its result. Each of its values is read on its own: numbers also from text,
/// texts also from numbers, and what cannot be read is among the [`other`](Self::other).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Metadata {
    /// How many entries this reply holds.
    pub record_count: Option<i64>,
    /// How many were asked for at most.
    pub record_limit: Option<i64>,
    /// How many were left out before the first.
    pub records_skipped: Option<i64>,
    /// By what they are ordered.
    pub order_by: Option<String>,
    /// After which entry this reply starts.
    pub start_after: Option<String>,
    /// How many there are in all; −1 unless the call asked for the count.
    pub total_count: Option<i64>,
    /// Everything else.
    pub other: serde_json::Map<String, Value>,
}

impl Metadata {
    fn read(metadata: &Value) -> Self {
        // Other values, a list say, are none.
        let mut other = metadata.as_object().cloned().unwrap_or_default();
        Self {
            record_count: taken(&mut other, "recordCount"),
            record_limit: taken(&mut other, "recordLimit"),
            records_skipped: taken(&mut other, "recordsSkipped"),
            order_by: taken(&mut other, "orderBy"),
            start_after: taken(&mut other, "startAfter"),
            total_count: taken(&mut other, "totalCount"),
            other,
        }
    }
}

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|metadata| Self::read(&metadata))
    }
}

/// The value of that name, taken out if it can be read.
fn taken<T: Lenient>(metadata: &mut serde_json::Map<String, Value>, name: &str) -> Option<T> {
    let value: Option<T> = lenient(metadata.get(name)?).ok()?;
    metadata.remove(name);
    value
}

/// The common envelope, whose `result` is a `T`, which is read as an `R`.
pub struct Enveloped<T, R = T>(PhantomData<fn() -> (T, R)>);

/// The common envelope, whose `result` says nothing.
pub struct Acknowledged;

/// JSON without the envelope: a `T`, which is read as an `R`.
pub struct Json<T, R = T>(PhantomData<fn() -> (T, R)>);

/// No content.
pub struct Empty;

/// Bytes as they come.
pub struct Streamed;

impl<T, R> Outcome for Enveloped<T, R>
where
    T: Send + 'static,
    R: DeserializeOwned + Into<T> + Send + 'static,
{
    type Output = T;
    type Response = Response<T>;

    async fn output(call: Call) -> Result<T, Error> {
        let reply = exec::buffered(&call).await?;
        envelope::result::<R>(&call, &reply).map(Into::into)
    }

    async fn send(call: Call) -> Result<Response<T>, Error> {
        let reply = exec::buffered(&call).await?;
        let result = envelope::result::<R>(&call, &reply)?.into();
        Ok(Response::enveloped(reply, result))
    }
}

impl Outcome for Acknowledged {
    type Output = ();
    type Response = Response<()>;

    async fn output(call: Call) -> Result<(), Error> {
        let reply = exec::buffered(&call).await?;
        envelope::acknowledgement(&call, &reply)
    }

    async fn send(call: Call) -> Result<Response<()>, Error> {
        let reply = exec::buffered(&call).await?;
        envelope::acknowledgement(&call, &reply)?;
        Ok(Response::enveloped(reply, ()))
    }
}

impl<T, R> Outcome for Json<T, R>
where
    T: Send + 'static,
    R: DeserializeOwned + Into<T> + Send + 'static,
{
    type Output = T;
    type Response = Response<T>;

    async fn output(call: Call) -> Result<T, Error> {
        let reply = exec::buffered(&call).await?;
        envelope::none::<R>(&call, &reply).map(Into::into)
    }

    async fn send(call: Call) -> Result<Response<T>, Error> {
        let reply = exec::buffered(&call).await?;
        let result = envelope::none::<R>(&call, &reply)?.into();
        Ok(Response::new(reply, result, Said::default()))
    }
}

impl Outcome for Empty {
    type Output = ();
    type Response = Response<()>;

    async fn output(call: Call) -> Result<(), Error> {
        let reply = exec::buffered(&call).await?;
        envelope::emptiness(&call, &reply)
    }

    async fn send(call: Call) -> Result<Response<()>, Error> {
        let reply = exec::buffered(&call).await?;
        envelope::emptiness(&call, &reply)?;
        Ok(Response::new(reply, (), Said::default()))
    }
}

impl Outcome for Streamed {
    type Output = ByteStream;
    type Response = ByteStream;

    async fn output(call: Call) -> Result<ByteStream, Error> {
        Self::send(call).await
    }

    async fn send(call: Call) -> Result<ByteStream, Error> {
        let open = exec::streamed(&call).await?;
        Ok(ByteStream { open, call, beginning: Some(Bytes::new()) })
    }
}

/// JSON with or without an envelope, or a text: what came, made the best of.
pub(crate) struct Loose;

impl Outcome for Loose {
    type Output = Value;
    type Response = Response<Value>;

    async fn output(call: Call) -> Result<Value, Error> {
        Self::send(call).await.map(Response::into_result)
    }

    async fn send(call: Call) -> Result<Response<Value>, Error> {
        let reply = exec::buffered(&call).await?;
        if envelope::is_one(&reply) {
            let result = envelope::result(&call, &reply)?;
            return Ok(Response::enveloped(reply, result));
        }
        let value = serde_json::from_slice(&reply.body)
            .unwrap_or_else(|_| String::from_utf8_lossy(&reply.body).into_owned().into());
        Ok(Response::new(reply, value, Said::default()))
    }
}

/// [`Loose`], read as the caller's own type.
pub(crate) fn loose_as<T: DeserializeOwned + Send + 'static>(
    call: Call,
) -> BoxFuture<'static, Result<T, Error>> {
    Box::pin(async move {
        let value = Loose::send(call).await?.result.to_string();
        decode(value.as_bytes())
            .map_err(|why| Error::new(ErrorKind::Decoding, why).with_maybe_sent(true))
    })
}

/// What `.send()` on a call does. A function of its own, so that a builder need not be compiled with
/// what the future holds.
#[doc(hidden)]
pub fn send<O: Outcome>(call: Call) -> BoxFuture<'static, Result<O::Response, Error>> {
    Box::pin(O::send(call))
}

/// What `.await` on a call does.
#[doc(hidden)]
pub fn output<O: Outcome>(call: Call) -> BoxFuture<'static, Result<O::Output, Error>> {
    Box::pin(O::output(call))
}

/// Reads the result, or the whole reply where there is no envelope, as the caller's own type.
#[doc(hidden)]
pub fn send_as<T: DeserializeOwned + Send + 'static>(
    call: Call,
) -> BoxFuture<'static, Result<T, Error>> {
    match call.operation.reply {
        ReplyKind::Enveloped => output::<Enveloped<T>>(call),
        ReplyKind::Json | ReplyKind::Bytes | ReplyKind::Empty => output::<Json<T>>(call),
    }
}

/// The bytes of a reply as they come.
///
/// A stream of [`Bytes`]; a reply that stops coming ends in an error rather than in silence.
pub struct ByteStream {
    open: exec::Open,
    call: Call,
    /// What has come and is held back, until it is seen to be content. Kept here, so that nothing is
    /// lost with a future that is dropped.
    beginning: Option<Bytes>,
}

/// Without the URL, which may hold secrets.
impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteStream")
            .field("call", &self.call)
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

impl ByteStream {
    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.open.response.status()
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.open.response.headers()
    }

    /// How long the body is, where the service says so.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.open.response.content_length()
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// A connection that breaks, a silence that is longer than the idle limit, or, in place of the
    /// first piece, a failure that the service reports with a success's status: an envelope in JSON,
    /// which is not handed on as content.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        while self.beginning.is_some() {
            let piece = self.received().await?;
            if let Some(content) = self.begin(piece)? {
                return Ok(content);
            }
        }
        self.received().await
    }

    /// Takes a piece, or the end, of what may be a failure. Gives the content once it is seen to be none.
    fn begin(&mut self, piece: Option<Bytes>) -> Result<Option<Option<Bytes>>, Error> {
        let held = self.beginning.take().unwrap_or_default();
        let Some(piece) = piece else {
            if envelope::says_bare_failure(&held) {
                return Err(self.failed(held));
            }
            return Ok(Some(Some(held).filter(|held| !held.is_empty())));
        };
        let held = if held.is_empty() { piece } else { [held, piece].concat().into() };
        // What is longer than that is no envelope.
        let long = self.content_length().is_some_and(|length| length > envelope::HELD);
        if long || !envelope::may_be_failure(&held) {
            return Ok(Some(Some(held)));
        }
        self.beginning = Some(held);
        Ok(None)
    }

    #[cold]
    fn failed(&self, body: Bytes) -> Error {
        let (status, headers) = (self.status(), self.headers().clone());
        let reply = exec::Reply {
            status,
            headers,
            body,
            attempts: self.open.attempts,
            sent: self.open.sent.clone(),
        };
        exec::failed_success(&self.call, &reply)
    }

    async fn received(&mut self) -> Result<Option<Bytes>, Error> {
        let clock = self.call.session.clock();
        match within(clock, self.open.idle, pin!(self.open.response.chunk())).await {
            Some(chunk) => chunk.map_err(|error| {
                exec::transport(error, true)
                    .with_maybe_sent(true)
                    .with_operation(self.call.operation)
            }),
            None => Err(Error::new(ErrorKind::Timeout, "the reply stopped in the middle")
                .with_maybe_sent(true)
                .with_operation(self.call.operation)),
        }
    }

    /// Everything that is left, in memory.
    ///
    /// # Errors
    /// As [`chunk`](Self::chunk).
    pub async fn bytes(mut self) -> Result<Bytes, Error> {
        let mut all = bytes::BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    }

    /// The pieces as a stream.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, Error>> + Send {
        futures_util::stream::try_unfold(self, |mut stream| async move {
            Ok(stream.chunk().await?.map(|chunk| (chunk, stream)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_value_of_the_metadata_is_read_on_its_own() {
        let metadata = json!({
            "recordCount": "1", "recordLimit": 100.0, "recordsSkipped": "many", "orderBy": null,
            "startAfter": 5, "totalCount": -1, "success": true,
        });
        let read = Metadata::read(&metadata);
        assert_eq!(
            (read.record_count, read.record_limit, read.records_skipped, read.total_count),
            (Some(1), Some(100), None, Some(-1))
        );
        assert_eq!((read.order_by, read.start_after.as_deref()), (None, Some("5")));
        assert_eq!(Value::from(read.other), json!({"recordsSkipped": "many", "success": true}));
        for none in [json!(null), json!([1]), json!("text")] {
            assert_eq!(Metadata::read(&none), Metadata::default());
        }
    }

    /// As it is documented; a feature of serde_json that any dependency may switch on changes it.
    #[test]
    fn numbers_without_a_type_are_of_64_bits() {
        let read = |json| serde_json::from_str::<Value>(json).unwrap().to_string();
        assert_eq!(read("18446744073709551615"), "18446744073709551615");
        assert_eq!(read("12345678901234567890123"), "1.2345678901234568e+22");
    }
}
