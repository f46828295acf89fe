//! How a kind of resource is shown to people.

use serde_json::Value;
use tapis_client::time::jiff::Timestamp;
use tapis_client::time::jiff::civil::DateTime;
use tapis_client::time::jiff::tz::TimeZone;

use super::cells::plain;

/// How a kind of resource is shown to people: what identifies one, and which of its attributes are columns.
#[derive(Debug)]
pub(crate) struct View {
    /// The attributes that identify one.
    pub(crate) identity: &'static [&'static str],
    /// The columns of a table.
    pub(crate) columns: &'static [Column],
    /// What a wide table has besides.
    pub(crate) wide: &'static [Column],
}

/// A column of a table.
#[derive(Debug)]
pub(crate) struct Column {
    pub(super) title: &'static str,
    /// The attribute, or the path to it with dots. Of several with `|` between them, the first that has a value.
    pub(super) path: &'static str,
    pub(super) shape: Shape,
}

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A short text: a name, a state, a number.
    Text,
    /// A text of any length, which is cut where the table would be too wide.
    Long,
    /// A timestamp, which is shown to the minute.
    Time,
    /// A timestamp, of which is shown how long ago it is.
    Age,
}

impl Column {
    pub(crate) const fn text(title: &'static str, path: &'static str) -> Self {
        Self { title, path, shape: Shape::Text }
    }

    pub(crate) const fn long(title: &'static str, path: &'static str) -> Self {
        Self { title, path, shape: Shape::Long }
    }

    pub(crate) const fn age(title: &'static str, path: &'static str) -> Self {
        Self { title, path, shape: Shape::Age }
    }

    pub(crate) const fn time(title: &'static str, path: &'static str) -> Self {
        Self { title, path, shape: Shape::Time }
    }

    /// The text in the cell of an entry.
    pub(super) fn cell(&self, entry: &Value) -> String {
        let text = plain(self.value(entry));
        match self.shape {
            Shape::Time => short_time(&text),
            Shape::Age => age(&text, Timestamp::now()),
            Shape::Text | Shape::Long => text,
        }
    }

    pub(super) fn value<'v>(&self, entry: &'v Value) -> &'v Value {
        let mut values = self.path.split('|').map(|path| at(entry, path));
        values.find(|value| !value.is_null()).unwrap_or(&Value::Null)
    }
}

impl View {
    /// The columns of a table, or of a wide one.
    pub(super) fn columns(&self, wide: bool) -> Vec<&'static Column> {
        self.columns.iter().chain(self.wide.iter().filter(|_| wide)).collect()
    }

    /// The attributes of the columns that were asked for, by the attribute or by the title in the table.
    pub(crate) fn asked(&self, columns: &[String]) -> Vec<String> {
        let all = self.columns(true);
        let attribute = |asked: &String| {
            let same = |column: &&&Column| column.title.eq_ignore_ascii_case(asked);
            let titled = all.iter().find(same).and_then(|column| column.path.split('|').next());
            let is_path = all.iter().any(|column| column.path.split('|').any(|path| path == asked));
            titled.filter(|_| !is_path).map_or_else(|| asked.clone(), str::to_owned)
        };
        columns.iter().map(attribute).collect()
    }

    /// The attributes that the columns need, for services that return those that are selected.
    pub(crate) fn attributes(&self) -> Vec<&'static str> {
        let paths = self.columns(true).into_iter().flat_map(|column| column.path.split('|'));
        let names = paths.filter_map(|path| path.split('.').next());
        let mut all = self.identity.to_vec();
        for name in names {
            if !all.contains(&name) {
                all.push(name);
            }
        }
        all
    }
}

/// The value under a name, or under a path with dots.
pub(super) fn at<'v>(entry: &'v Value, path: &str) -> &'v Value {
    match entry.get(path) {
        Some(value) => value,
        None => path.split('.').fold(entry, |value, name| &value[name]),
    }
}

/// How long before `now` a timestamp is, in the largest unit; any other text as it is.
fn age(text: &str, now: Timestamp) -> String {
    let Some(then) = utc(text) else { return text.to_owned() };
    let seconds = now.duration_since(then).as_secs();
    match seconds {
        ..60 => "now".to_owned(),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// A timestamp as the services write it; without an offset it is UTC.
fn utc(text: &str) -> Option<Timestamp> {
    let civil = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok();
    text.parse().ok().or_else(|| civil().map(|zoned| zoned.timestamp()))
}

/// A timestamp of UTC to the minute; any other text as it is.
fn short_time(text: &str) -> String {
    let short = || {
        let (date, time, rest) = (text.get(..10)?, text.get(11..16)?, text.get(16..)?);
        let is_date = date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let is_time = time.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
        let zone = rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ':' | '.'));
        let is_utc = matches!(zone, "" | "Z") || rest.ends_with("+00:00");
        (is_date && is_time && is_utc).then(|| format!("{date} {time}Z"))
    };
    short().unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_is_in_the_largest_unit() {
        let now: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        for (text, shown) in [
            ("2026-01-02T03:04:00.5Z", "now"),
            ("2026-01-02T03:09:00Z", "now"),
            ("2026-01-02T02:05:05.123456", "58m"),
            ("2026-01-01T05:04:05+01:00", "23h"),
            ("2025-01-02 03:04:05", "365d"),
            ("", ""),
            ("once", "once"),
        ] {
            assert_eq!(age(text, now), shown, "{text}");
        }
    }

    #[test]
    fn times_are_shown_to_the_minute_if_they_are_of_utc() {
        for (text, shown) in [
            ("2026-01-02T03:04:05.678901Z", "2026-01-02 03:04Z"),
            ("2026-01-02T03:04:05", "2026-01-02 03:04Z"),
            ("2026-01-02 03:04:05.6+00:00", "2026-01-02 03:04Z"),
            ("2026-01-02T03:04:05+02:00", "2026-01-02T03:04:05+02:00"),
            ("some time ago, I think", "some time ago, I think"),
            ("名名名名名名", "名名名名名名"),
            ("", ""),
        ] {
            assert_eq!(short_time(text), shown);
        }
    }
}
