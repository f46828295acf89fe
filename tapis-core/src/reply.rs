//! Converts a reply to the result of the call.

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::byte_stream::ByteStream;
use crate::call::Call;
use crate::clock::BoxFuture;
use crate::decode::decode;
use crate::envelope::{self, Said};
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::exec::{self, Reply};
use crate::metadata::Metadata;
use crate::operation::ReplyKind;
use crate::refusal;

/// The result types of an operation.
pub trait Outcome: Send + 'static {
    /// The result of `.await`.
    type Output: Send + 'static;
    /// The result of `.send().await`.
    type Response: Send + 'static;

    /// Sends the call and reads only the parts of the reply that `.await` returns.
    fn output(call: Call) -> impl Future<Output = Result<Self::Output, Error>> + Send + 'static;

    /// Sends the call and reads the whole reply.
    fn send(call: Call) -> impl Future<Output = Result<Self::Response, Error>> + Send + 'static;
}

/// A whole reply: the result of `.send().await`. `Debug` omits the body, the headers and the
/// metadata, which may contain secrets.
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

    /// The result of the operation.
    pub fn result(&self) -> &T {
        &self.result
    }

    pub(crate) fn result_mut(&mut self) -> &mut T {
        &mut self.result
    }

    /// The response with another result, computed from this one.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Response<U> {
        let Self { result, status, headers, message, version, metadata, body } = self;
        let result = change(result);
        Response { result, status, headers, message, version, metadata, body }
    }

    /// The result of the operation, by value.
    pub fn into_result(self) -> T {
        self.result
    }

    /// The status of the reply.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers of the reply.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Whether the call changed anything, according to the service. `false` only for a PUT of the
    /// Pods service whose values are already in effect; the service sends such a reply with status
    /// 200 and an envelope with `error`.
    pub fn changed(&self) -> bool {
        !self.message.as_deref().is_some_and(refusal::is_unchanged)
    }

    /// The message of the service.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The version of the service.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The metadata of the result: number of entries, order, start of the next page.
    pub fn metadata(&self) -> Metadata {
        Metadata::read(&self.metadata)
    }

    /// The unchanged body. It may contain secrets. Numbers have all their digits here; in untyped
    /// JSON a `serde_json::Value` has only `i64`, `u64` or `f64`.
    pub fn bytes(&self) -> &Bytes {
        &self.body
    }

    /// Decodes the body as a type of your own.
    ///
    /// # Errors
    /// The body does not have that type; the error names the JSON path.
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

/// The common envelope, whose `result` is a `T`, which is read as an `R`.
pub struct Enveloped<T, R = T>(PhantomData<fn() -> (T, R)>);

/// The common envelope with an empty `result`.
pub struct Acknowledged;

/// JSON without the envelope: a `T`, which is read as an `R`.
pub struct Json<T, R = T>(PhantomData<fn() -> (T, R)>);

/// No content.
pub struct Empty;

/// Bytes, as the service sends them.
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
        Ok(ByteStream::new(call, open))
    }
}

/// JSON with or without an envelope, or a text; converted to JSON as far as possible.
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

/// [`Loose`], decoded as the caller's own type.
pub(crate) fn loose_as<T: DeserializeOwned + Send + 'static>(
    call: Call,
) -> BoxFuture<'static, Result<T, Error>> {
    Box::pin(async move {
        let value = Loose::send(call).await?.result.to_string();
        decode(value.as_bytes())
            .map_err(|why| Error::new(ErrorKind::Decoding, why).with_maybe_sent(true))
    })
}

/// The implementation of `.send()` on a call. It is a separate function, so that a builder need not
/// be compiled with the content of the future.
#[doc(hidden)]
pub fn send<O: Outcome>(call: Call) -> BoxFuture<'static, Result<O::Response, Error>> {
    Box::pin(O::send(call))
}

/// The implementation of `.await` on a call.
#[doc(hidden)]
pub fn output<O: Outcome>(call: Call) -> BoxFuture<'static, Result<O::Output, Error>> {
    Box::pin(O::output(call))
}

/// Decodes the result, or the whole reply if there is no envelope, as the caller's own type.
#[doc(hidden)]
pub fn send_as<T: DeserializeOwned + Send + 'static>(
    call: Call,
) -> BoxFuture<'static, Result<T, Error>> {
    match call.operation.reply {
        ReplyKind::Enveloped => output::<Enveloped<T>>(call),
        ReplyKind::Json | ReplyKind::Bytes | ReplyKind::Empty => output::<Json<T>>(call),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The documented behaviour; a feature of serde_json that any dependency can enable would
    /// change it.
    #[test]
    fn numbers_without_a_type_are_of_64_bits() {
        let read = |json| serde_json::from_str::<Value>(json).unwrap().to_string();
        assert_eq!(read("18446744073709551615"), "18446744073709551615");
        assert_eq!(read("12345678901234567890123"), "1.2345678901234568e+22");
    }
}
