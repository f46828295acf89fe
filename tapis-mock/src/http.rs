//! Helpers for the headers and bodies of HTTP requests.

use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// The name and value pairs of queries and forms.
pub(crate) fn decode_pairs(text: impl AsRef<[u8]>) -> Vec<(String, String)> {
    let pairs = form_urlencoded::parse(text.as_ref());
    pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// Whether the content type is that of a form.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"))
}

/// The media type of the body, without parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next().unwrap_or_default();
    Some(essence.trim().to_ascii_lowercase())
}
