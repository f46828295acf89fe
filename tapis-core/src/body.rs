//! Request bodies, and whether they can be sent a second time.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_core::Stream;
use reqwest::multipart;

/// The error type of an uploaded stream.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The body of a request.
///
/// Bytes in memory and bodies from [`Body::retryable`] can be sent again after a failed attempt; a
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
    /// A stream that can be sent only once.
    pub fn stream<S, E>(stream: S) -> Self
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<BoxError> + 'static,
    {
        Self(Source::Once(Arc::new(Mutex::new(Some(reqwest::Body::wrap_stream(stream))))))
    }

    /// A stream that `make` creates again for each attempt.
    pub fn retryable<F, S, E>(make: F) -> Self
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

    /// The body for one attempt; `None` if the stream has already been sent.
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

/// The name, safe inside the quotes of a part's header: characters that could end the quotes are
/// percent-encoded, and no others, as browsers do it.
fn quotable(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter {
            '"' | '\\' | '\0'..='\x1f' | '\x7f' => {
                let _ = write!(text, "%{:02X}", u32::from(letter));
            }
            _ => text.push(letter),
        }
    }
    text
}

/// One part of a multipart request.
#[derive(Clone, Debug)]
pub struct FormPart {
    body: Body,
    length: Option<u64>,
    file_name: Option<String>,
}

impl FormPart {
    /// The content of a file.
    pub fn new(body: impl Into<Body>) -> Self {
        let body = body.into();
        let length = match &body.0 {
            Source::Bytes(bytes) => u64::try_from(bytes.len()).ok(),
            _ => None,
        };
        Self { body, length, file_name: Some("file".to_owned()) }
    }

    /// The text of a form field.
    pub fn text(text: impl Into<String>) -> Self {
        Self { file_name: None, ..Self::new(text.into()) }
    }

    /// Sets the file name of the part. Default: `file`. Quotes, backslashes and control characters
    /// are percent-encoded, as browsers do it.
    #[must_use]
    pub fn with_file_name(mut self, name: impl Into<String>) -> Self {
        self.file_name = Some(name.into());
        self
    }

    /// Sets the length of a streamed part in bytes. The length of the request is then known to the
    /// server.
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
            Some(name) => part.file_name(quotable(name)),
            None => part,
        })
    }
}

impl<T: Into<Body>> From<T> for FormPart {
    fn from(body: T) -> Self {
        Self::new(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::TryStreamExt as _;

    /// The form of one attempt, as text.
    async fn form(name: &str) -> String {
        let part = FormPart::new("content").with_file_name(name).take().unwrap();
        let form = multipart::Form::new().part("file", part);
        let pieces: Vec<Bytes> = form.into_stream().try_collect().await.unwrap();
        String::from_utf8(pieces.concat()).unwrap()
    }

    #[tokio::test]
    async fn a_file_name_cannot_leave_its_quotes() {
        for (name, sent) in [
            ("plain.txt", "plain.txt"),
            ("naïve 名.txt", "naïve 名.txt"),
            ("a\r\nX-Evil: 1", "a%0D%0AX-Evil: 1"),
            ("a\"; name=\"b", "a%22; name=%22b"),
            ("a\\", "a%5C"),
            ("a\0\u{7f}\t", "a%00%7F%09"),
        ] {
            let form = form(name).await;
            let head: Vec<&str> = form.split("\r\n\r\n").next().unwrap().split("\r\n").collect();
            let expected =
                format!("Content-Disposition: form-data; name=\"file\"; filename=\"{sent}\"");
            assert_eq!(&head[1..], [expected], "{name:?}");
        }
    }
}
