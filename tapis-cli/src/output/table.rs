//! Rows and columns of a result.

use comfy_table::{ContentArrangement, presets};
use serde_json::Value;

use super::cells::{entries, plain};
use crate::terminal::printable;

/// How many columns a table has that is not to be wide.
pub(super) const COLUMNS: usize = 6;

/// How wide a table is where no terminal says it.
const WIDTH: u16 = 160;

/// The names of columns that say most of a resource, beside those that identify it, the first first.
const TELLING: [&str; 18] = [
    "id",
    "name",
    "uuid",
    "version",
    "status",
    "owner",
    "type",
    "systemType",
    "host",
    "path",
    "size",
    "lastModified",
    "appId",
    "appVersion",
    "image",
    "description",
    "created",
    "enabled",
];

/// A table of texts.
pub(super) struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A row for each entry of a list, or for each attribute of a single object. Columns are those that were asked
    /// for; otherwise what identifies, and then scalars, at most `most`.
    pub(super) fn of(
        value: &Value,
        identity: &[String],
        asked: Option<&[String]>,
        most: Option<usize>,
    ) -> Self {
        if let (Value::Object(object), None) = (value, asked) {
            let rows = object.iter().map(|(name, value)| vec![name.clone(), plain(value)]);
            return Self { header: vec!["ATTRIBUTE".into(), "VALUE".into()], rows: rows.collect() };
        }
        let entries = entries(value);
        let columns = match asked {
            Some(columns) => columns.to_vec(),
            None => columns(entries, identity, most),
        };
        if columns.is_empty() {
            let rows = entries.iter().map(|entry| vec![plain(entry)]);
            return Self { header: vec!["VALUE".into()], rows: rows.collect() };
        }
        let rows = entries
            .iter()
            .map(|entry| columns.iter().map(|column| plain(at(entry, column))).collect());
        Self { rows: rows.collect(), header: columns }
    }

    pub(super) fn rows_with_header(&self) -> impl Iterator<Item = &Vec<String>> {
        std::iter::once(&self.header).chain(&self.rows)
    }

    /// The table as text: in columns, without lines; as wide as the terminal where there is one.
    pub(super) fn drawn(&self, terminal: bool) -> String {
        let mut table = comfy_table::Table::new();
        table.load_preset(presets::NOTHING);
        if terminal {
            table.set_content_arrangement(ContentArrangement::Dynamic);
        } else {
            table.set_content_arrangement(ContentArrangement::Disabled).set_width(WIDTH);
        }
        table.set_header(self.header.iter().map(|name| name.to_uppercase()));
        for row in &self.rows {
            table.add_row(row.iter().map(|cell| printable(cell)));
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }
}

/// The value under a name, or under a path with dots.
fn at<'v>(entry: &'v Value, column: &str) -> &'v Value {
    match entry.get(column) {
        Some(value) => value,
        None => column.split('.').fold(entry, |value, name| &value[name]),
    }
}

/// What identifies the entries, what says most of them, and other scalars.
fn columns(entries: &[Value], identity: &[String], most: Option<usize>) -> Vec<String> {
    let mut all: Vec<&String> = Vec::new();
    for entry in entries.iter().take(100).filter_map(Value::as_object) {
        for (name, value) in entry {
            if !value.is_object() && !value.is_array() && !all.contains(&name) {
                all.push(name);
            }
        }
    }
    let rank = |name: &str| {
        let identifies = identity.iter().position(|known| known == name);
        let tells = TELLING.iter().position(|known| *known == name);
        match (identifies, tells) {
            (Some(place), _) => place,
            (None, Some(place)) => 100 + place,
            (None, None) => usize::MAX,
        }
    };
    all.sort_by_key(|name| rank(name));
    if let Some(most) = most {
        let telling = all.iter().filter(|name| rank(name) < usize::MAX).count();
        all.truncate(most.min(telling.max(1)));
    }
    all.into_iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_has_a_row_for_each_entry_and_an_object_one_for_each_attribute() {
        let list = json!([
            {"zeta": 1, "id": "a", "host": "h\u{1b}[31m", "notes": {}},
            {"zeta": 2, "id": "b", "host": null},
        ]);
        let table = Table::of(&list, &["id".into()], None, Some(COLUMNS));
        assert_eq!(table.drawn(false), "ID  HOST\na   h\\u{1b}[31m\nb");
        let wide = Table::of(&list, &["id".into()], None, None);
        assert_eq!(wide.header, ["id", "host", "zeta"]);
        let asked = Table::of(&list, &[], Some(&["zeta".into(), "notes.x".into()]), None);
        assert_eq!(asked.drawn(false), "ZETA  NOTES.X\n1\n2");
        let object = Table::of(&list[1], &[], None, None);
        assert_eq!(object.drawn(false), "ATTRIBUTE  VALUE\nhost\nid         b\nzeta       2");
        let texts = Table::of(&json!(["x", "y"]), &[], None, None);
        assert_eq!(texts.drawn(false), "VALUE\nx\ny");
    }
}
