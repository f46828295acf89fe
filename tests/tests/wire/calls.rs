//! The typed calls that the build script wrote, with their types forgotten.

use tapis_client::http::{ByteStream, Response};
use tapis_client::{BoxFuture, Error, Tapis};
use tapis_core::rt::serde::{Serialize, de::DeserializeOwned};

/// A call on its way to being decoded.
pub(crate) type Calling = BoxFuture<'static, Result<Decoded, Error>>;

/// A call before it is made, unless its body is not of its type.
pub(crate) type Made = Result<Calling, serde_json::Error>;

/// Gives the text of a parameter, from its name and the text that it has unless told otherwise.
pub(crate) type Texts<'v> = &'v dyn Fn(&'static str, &'static str) -> String;

/// Makes a call whose body, where it has one, is read from the JSON as a caller's would be.
type Make = fn(&Tapis, &[u8], Texts<'_>) -> Made;

/// One operation as a method of the client.
pub(crate) struct Typed {
    pub(crate) service: &'static str,
    pub(crate) id: &'static str,
    full: Make,
    least: Make,
}

impl Typed {
    /// The call with everything set.
    pub(crate) fn full(&self, tapis: &Tapis, body: &[u8]) -> Made {
        self.make(true, tapis, body, &|_, text| text.to_owned())
    }

    /// The call with only what is required.
    pub(crate) fn least(&self, tapis: &Tapis, body: &[u8]) -> Made {
        self.make(false, tapis, body, &|_, text| text.to_owned())
    }

    /// Either, with other texts in its parameters.
    pub(crate) fn make(&self, full: bool, tapis: &Tapis, body: &[u8], texts: Texts<'_>) -> Made {
        (if full { self.full } else { self.least })(tapis, body, texts)
    }
}

/// What a call gave.
#[derive(Debug)]
pub(crate) struct Decoded {
    /// The status, where the whole response was asked for.
    pub(crate) status: Option<u16>,
    /// What the envelope said, where the whole response was asked for.
    pub(crate) message: Option<String>,
    /// The result encoded again, with its secrets in clear; bytes as they came.
    pub(crate) encoded: Vec<u8>,
    /// Whether decoding that gives the same result.
    pub(crate) stable: bool,
}

impl Decoded {
    fn of<T: Serialize + DeserializeOwned + PartialEq>(result: &T) -> Self {
        let encoded = tapis_core::rt::exposed_json(result).unwrap().to_vec();
        let again = serde_json::from_slice::<T>(&encoded);
        let stable = again.is_ok_and(|again| again == *result);
        Self { status: None, message: None, encoded, stable }
    }
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(body)
}

fn whole<T>(sending: BoxFuture<'static, Result<Response<T>, Error>>) -> Calling
where
    T: Serialize + DeserializeOwned + PartialEq + Send + 'static,
{
    Box::pin(async move {
        let response = sending.await?;
        Ok(Decoded {
            status: Some(response.status().as_u16()),
            message: response.message().map(str::to_owned),
            ..Decoded::of(response.result())
        })
    })
}

fn result<T>(calling: BoxFuture<'static, Result<T, Error>>) -> Calling
where
    T: Serialize + DeserializeOwned + PartialEq + Send + 'static,
{
    Box::pin(async move { Ok(Decoded::of(&calling.await?)) })
}

fn streamed(calling: BoxFuture<'static, Result<ByteStream, Error>>) -> Calling {
    Box::pin(async move {
        let stream = calling.await?;
        let status = Some(stream.status().as_u16());
        Ok(Decoded { status, message: None, encoded: stream.bytes().await?.into(), stable: true })
    })
}

#[allow(deprecated, unused_variables, clippy::useless_conversion)]
mod typed {
    use super::{Typed, json, result, streamed, whole};

    include!(concat!(env!("OUT_DIR"), "/typed.rs"));
}

pub(crate) use typed::TYPED;
