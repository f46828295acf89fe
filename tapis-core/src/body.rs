//! What a request carries, and whether it can be sent a second time.

use std::fmt;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_core::Stream;
use reqwest::multipart;

/// The error type of a stream that is uploaded.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The bytes of a request.
///
/// Bytes in memory and bodies made by [`Body::rebuilt`] can be sent again when an attempt fails; a
/// plain stream cannot.
#[derive(Clone)]
pub struct Body(Source);

#[derive(Clone)]
enum Source {
    Bytes(Bytes),
    Rebuilt(Arc<dyn Fn() -> reqwest::Body + Send + Sync>),
    Once(Arc<Mutex<Option<reqwest::Body>>>),
}

impl Body {
    /// A stream that can be sent once.
    pub fn stream<S, E>(stream: S) -> Self
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<BoxError> + 'static,
    {
        Self(Source::Once(Arc::new(Mutex::new(Some(reqwest::Body::wrap_stream(stream))))))
    }

    /// A stream that `make` makes anew for each attempt.
    pub fn rebuilt<F, S, E>(make: F) -> Self
    where
        F: Fn() -> S + Send + Sync + 'static,
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<BoxError> + 'static,
    {
        Self(Source::Rebuilt(Arc::new(move || reqwest::Body::wrap_stream(make()))))
    }

    pub(crate) fn is_repeatable(&self) -> bool {
        !matches!(self.0, Source::Once(_))
    }

    /// The body for one attempt; `None` when it has been used up.
    pub(crate) fn take(&self) -> Option<reqwest::Body> {
        match &self.0 {
            Source::Bytes(bytes) => Some(bytes.clone().into()),
            Source::Rebuilt(make) => Some(make()),
            Source::Once(body) => body.lock().ok()?.take(),
        }
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        Self(Source::Bytes(bytes.into()))
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Bytes(bytes) => write!(f, "Body({} bytes)", bytes.len()),
            Source::Rebuilt(_) => f.write_str("Body(stream, can be rebuilt)"),
            Source::Once(_) => f.write_str("Body(stream)"),
        }
    }
}

/// One part of a multipart request.
#[derive(Clone, Debug)]
pub struct Part {
    body: Body,
    length: Option<u64>,
    file_name: Option<String>,
}

impl Part {
    /// A file's content.
    pub fn new(body: impl Into<Body>) -> Self {
        let body = body.into();
        let length = match &body.0 {
            Source::Bytes(bytes) => u64::try_from(bytes.len()).ok(),
            _ => None,
        };
        Self { body, length, file_name: Some("file".to_owned()) }
    }

    /// A form field's text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { file_name: None, ..Self::new(text.into()) }
    }

    /// The name that the file is sent under; `file` by default.
    #[must_use]
    pub fn with_file_name(mut self, name: impl Into<String>) -> Self {
        self.file_name = Some(name.into());
        self
    }

    /// How long a streamed body is, in bytes. With it the request's length is announced.
    #[must_use]
    pub fn with_length(mut self, bytes: u64) -> Self {
        self.length = Some(bytes);
        self
    }

    pub(crate) fn is_repeatable(&self) -> bool {
        self.body.is_repeatable()
    }

    pub(crate) fn take(&self) -> Option<multipart::Part> {
        let body = self.body.take()?;
        let part = match self.length {
            Some(length) => multipart::Part::stream_with_length(body, length),
            None => multipart::Part::stream(body),
        };
        Some(match &self.file_name {
            Some(name) => part.file_name(name.clone()),
            None => part,
        })
    }
}

impl<T: Into<Body>> From<T> for Part {
    fn from(body: T) -> Self {
        Self::new(body)
    }
}
