//! The formats of timestamps in the services.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

/// A format of timestamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// `Sun, 22 Nov 2026 23:00:49 GMT`
    Http,
    /// `2026-11-22 23:00:49.123456`, in UTC, without a time zone.
    Spaced,
    /// `2026-11-22T23:00:49.123456`, in UTC, without a time zone.
    Naive,
    /// `2026-11-22T23:00:49.123Z` with no, three or six fractional digits.
    Java,
    /// `2026-11-22T23:00:49.123Z`, always with three fractional digits.
    Millis,
    /// As [`Naive`](Self::Naive), but with a `Z` for every three zeros, which Actors writes to cut
    /// off milliseconds.
    Abaco,
}

/// Formats a time.
pub(crate) fn write(time: Timestamp, style: Style) -> String {
    let zoned = time.to_zoned(TimeZone::UTC);
    let micros = time.subsec_microsecond();
    // Languages omit zeros in different ways.
    let format = match style {
        Style::Http => "%a, %d %b %Y %H:%M:%S GMT",
        Style::Spaced if micros == 0 => "%Y-%m-%d %H:%M:%S",
        Style::Spaced => "%Y-%m-%d %H:%M:%S.%6f",
        Style::Naive | Style::Abaco if micros == 0 => "%Y-%m-%dT%H:%M:%S",
        Style::Naive | Style::Abaco => "%Y-%m-%dT%H:%M:%S.%6f",
        Style::Java if micros == 0 => "%Y-%m-%dT%H:%M:%SZ",
        Style::Java if micros % 1000 != 0 => "%Y-%m-%dT%H:%M:%S.%6fZ",
        Style::Java | Style::Millis => "%Y-%m-%dT%H:%M:%S.%3fZ",
    };
    let text = zoned.strftime(format).to_string();
    if style == Style::Abaco { text.replace("000", "Z") } else { text }
}

/// Rewrites the named fields of a record, which are timestamps in the stored format.
pub(crate) fn restyle<'f>(
    record: &mut Value,
    fields: impl IntoIterator<Item = &'f str>,
    style: Style,
) {
    let Some(record) = record.as_object_mut() else { return };
    for field in fields {
        let Some(Value::String(text)) = record.get_mut(field) else { continue };
        if let Ok(time) = text.parse::<Timestamp>() {
            *text = write(time, style);
        }
    }
}

/// The format of timestamps in a service without handlers of its own for them.
pub(crate) fn style_of(service: &str) -> Option<Style> {
    match service {
        "actors" => Some(Style::Abaco),
        "pods" => Some(Style::Naive),
        "workflows" => Some(Style::Millis),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_style_is_written_as_its_services_do() {
        let at = |micros: i64| Timestamp::from_microsecond(1_795_388_449_000_000 + micros);
        let forms = |micros: i64| {
            let styles = [
                Style::Http,
                Style::Spaced,
                Style::Naive,
                Style::Java,
                Style::Millis,
                Style::Abaco,
            ];
            styles.map(|style| write(at(micros).unwrap_or_default(), style))
        };
        let http = "Sun, 22 Nov 2026 23:00:49 GMT";
        let expected = [
            http,
            "2026-11-22 23:00:49.123456",
            "2026-11-22T23:00:49.123456",
            "2026-11-22T23:00:49.123456Z",
            "2026-11-22T23:00:49.123Z",
            "2026-11-22T23:00:49.123456",
        ];
        assert_eq!(forms(123_456), expected);
        let expected = [
            http,
            "2026-11-22 23:00:49.120000",
            "2026-11-22T23:00:49.120000",
            "2026-11-22T23:00:49.120Z",
            "2026-11-22T23:00:49.120Z",
            "2026-11-22T23:00:49.12Z0",
        ];
        assert_eq!(forms(120_000), expected);
        let expected = [
            http,
            "2026-11-22 23:00:49",
            "2026-11-22T23:00:49",
            "2026-11-22T23:00:49Z",
            "2026-11-22T23:00:49.000Z",
            "2026-11-22T23:00:49",
        ];
        assert_eq!(forms(0), expected);
    }
}
