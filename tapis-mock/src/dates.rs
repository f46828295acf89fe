//! The forms in which services write a time.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

/// A form of dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// `Sun, 22 Nov 2026 23:00:49 GMT`
    Http,
    /// `2026-11-22 23:00:49.123456`, in UTC though it does not say so.
    Spaced,
}

/// Writes a time in this form.
pub(crate) fn write(time: Timestamp, style: Style) -> String {
    let zoned = time.to_zoned(TimeZone::UTC);
    let format = match style {
        Style::Http => "%a, %d %b %Y %H:%M:%S GMT",
        Style::Spaced => "%Y-%m-%d %H:%M:%S.%6f",
    };
    zoned.strftime(format).to_string()
}

/// Rewrites the named fields of a record, which hold times as they are stored.
pub(crate) fn restyle(record: &mut Value, fields: &[&str], style: Style) {
    let Some(record) = record.as_object_mut() else { return };
    for &field in fields {
        let Some(Value::String(text)) = record.get_mut(field) else { continue };
        if let Ok(time) = text.parse::<Timestamp>() {
            *text = write(time, style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_style_is_written_as_its_services_do() {
        let time = Timestamp::from_microsecond(1_795_388_449_123_456).unwrap_or_default();
        assert_eq!(write(time, Style::Http), "Sun, 22 Nov 2026 23:00:49 GMT");
        assert_eq!(write(time, Style::Spaced), "2026-11-22 23:00:49.123456");
    }
}
