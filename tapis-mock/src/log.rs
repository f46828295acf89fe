//! One log line for each request. Paths may contain secrets, and queries do: of the path only the
//! template is logged, and of the query only the names.

use std::time::Instant;

use http::request::Parts;

/// Writes the line, with the path and operation as far as they are known.
pub(crate) fn line(
    parts: &Parts,
    (path, operation): (&str, &str),
    query: &[(String, String)],
    status: Option<u16>,
    begun: Instant,
) {
    let query: Vec<&str> = query.iter().map(|(name, _)| name.as_str()).collect();
    tracing::info!(
        method = parts.method.as_str(),
        path,
        operation,
        query = query.join(","),
        status = status.map_or_else(|| "cut".to_owned(), |status| status.to_string()),
        micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
    );
}
