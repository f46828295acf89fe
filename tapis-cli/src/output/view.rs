//! How a kind of resource is shown to people.

use serde_json::Value;

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
    /// A name by which an entry is found again: it is never cut.
    Key,
    Text,
    /// A timestamp, which is shown to the minute.
    Time,
}

impl Column {
    pub(crate) const fn key(title: &'static str, path: &'static str) -> Self {
        Self { title, path, shape: Shape::Key }
    }

    pub(crate) const fn text(title: &'static str, path: &'static str) -> Self {
        Self { title, path, shape: Shape::Text }
    }

    pub(crate) const fn time(title: &'static str, path: &'static str) -> Self {
        Self { title, path, shape: Shape::Time }
    }

    /// The text in the cell of an entry.
    pub(super) fn cell(&self, entry: &Value) -> String {
        let text = plain(self.value(entry));
        match self.shape {
            Shape::Time => short_time(&text),
            _ => text,
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
