//! Rows and columns of a result.

use comfy_table::{ColumnConstraint, ContentArrangement, Row, Width, presets};
use serde_json::Value;

use super::cells::{entries, plain};
use super::view::{Column, Shape, View, at};
use crate::terminal::printable;

/// How many columns a table has that is not to be wide.
pub(super) const COLUMNS: usize = 6;

/// How wide a column of long texts is at least.
const LEAST: u16 = 12;

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
    /// The columns whose cells are never cut.
    whole: Vec<usize>,
    lines: Lines,
}

/// How many lines a row may have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    /// As many as its cells need.
    Any,
    /// One: what does not fit is cut.
    One,
    /// One line if a cell has JSON, which is not readable in a column.
    OneForJson,
    /// One, which may be wider than the terminal.
    Wide,
}

impl Table {
    /// A row for each entry of a list, or for each attribute of a single object. Columns are those that were asked
    /// for; otherwise what identifies, and then scalars, at most `most`.
    pub(super) fn of(
        value: &Value,
        identity: &[&str],
        asked: Option<&[String]>,
        most: Option<usize>,
    ) -> Self {
        if let (Value::Object(object), None) = (value, asked) {
            return Self::sheet(object.iter());
        }
        let entries = entries(value);
        let columns = match asked {
            Some(columns) => columns.to_vec(),
            None => columns(entries, identity, most),
        };
        if columns.is_empty() {
            let rows = entries.iter().map(|entry| vec![plain(entry)]);
            return Self::new(vec!["VALUE".into()], rows.collect());
        }
        let rows = entries
            .iter()
            .map(|entry| columns.iter().map(|column| plain(at(entry, column))).collect())
            .collect();
        Self::new(columns, rows)
    }

    /// As a kind of resource is shown: a row for each entry of a list, or a line for each attribute of a single object
    /// that has a value, those of the columns first.
    pub(super) fn viewed(value: &Value, view: &View, wide: bool) -> Self {
        if let Value::Object(object) = value {
            let first = view.attributes();
            let leading = first.iter().filter_map(|name| object.get_key_value(*name));
            let rest = object.iter().filter(|(name, _)| !first.contains(&name.as_str()));
            let attributes = leading.chain(rest).filter(|(_, value)| wide || !is_empty(value));
            let lines = if wide { Lines::Any } else { Lines::OneForJson };
            return Self { lines, ..Self::sheet(attributes) };
        }
        let columns = view.columns(wide);
        let rows = entries(value).iter();
        let rows = rows.map(|entry| columns.iter().map(|column| column.cell(entry)).collect());
        let whole = columns.iter().enumerate().filter(|(_, column)| column.shape != Shape::Long);
        Self {
            whole: whole.map(|(index, _)| index).collect(),
            lines: if wide { Lines::Wide } else { Lines::One },
            ..Self::new(
                columns.iter().map(|column| column.title.to_owned()).collect(),
                rows.collect(),
            )
        }
    }

    /// For CSV: every column of the view, under the names of the attributes and with their values as they are.
    pub(super) fn raw(value: &Value, view: &View) -> Self {
        let mut columns: Vec<&Column> = Vec::new();
        for column in view.columns(true) {
            // Of a time, tables have the age and the time.
            if !columns.iter().any(|known| known.path == column.path) {
                columns.push(column);
            }
        }
        let rows = entries(value).iter();
        let rows =
            rows.map(|entry| columns.iter().map(|column| plain(column.value(entry))).collect());
        let names = columns.iter().filter_map(|column| column.path.split('|').next());
        Self::new(names.map(str::to_owned).collect(), rows.collect())
    }

    fn sheet<'v>(attributes: impl Iterator<Item = (&'v String, &'v Value)>) -> Self {
        let rows = attributes.map(|(name, value)| vec![name.clone(), plain(value)]);
        Self::new(vec!["ATTRIBUTE".into(), "VALUE".into()], rows.collect())
    }

    fn new(header: Vec<String>, rows: Vec<Vec<String>>) -> Self {
        Self { header, rows, whole: Vec::new(), lines: Lines::Any }
    }

    pub(super) fn rows_with_header(&self) -> impl Iterator<Item = &Vec<String>> {
        std::iter::once(&self.header).chain(&self.rows)
    }

    /// The table as text: in columns, without lines; at most `width` columns wide, if the cells that are not cut allow
    /// it.
    pub(super) fn drawn(&self, width: Option<u16>) -> String {
        let mut table = comfy_table::Table::new();
        table.load_preset(presets::NOTHING).set_truncation_indicator("…");
        match width.filter(|_| self.lines != Lines::Wide) {
            Some(width) => {
                table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
            }
            None => {
                table.set_content_arrangement(ContentArrangement::Disabled);
            }
        }
        table.set_header(self.header.iter().map(|name| name.to_uppercase()));
        for row in &self.rows {
            let mut drawn = Row::from(row.iter().map(|cell| printable(cell)));
            let is_json = || row.iter().any(|cell| cell.starts_with(['{', '[']));
            if self.lines == Lines::One || (self.lines == Lines::OneForJson && is_json()) {
                drawn.max_height(1);
            }
            table.add_row(drawn);
        }
        let widths = table.column_max_content_widths();
        let last = self.header.len().saturating_sub(1);
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, if index == last { 0 } else { 2 }));
            if self.whole.contains(&index) {
                column.set_constraint(ColumnConstraint::ContentWidth);
            } else if self.lines == Lines::One {
                let least = widths.get(index).map_or(LEAST, |content| LEAST.min(*content));
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
            }
        }
        table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }
}

/// Whether there is nothing to show: no value, an empty text, list or object.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        // Jobs have lists and objects in texts, too.
        Value::String(text) => matches!(text.as_str(), "" | "[]" | "{}"),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// What identifies the entries, what says most of them, and other scalars.
fn columns(entries: &[Value], identity: &[&str], most: Option<usize>) -> Vec<String> {
    let mut all: Vec<&String> = Vec::new();
    for entry in entries.iter().take(100).filter_map(Value::as_object) {
        for (name, value) in entry {
            if !value.is_object() && !value.is_array() && !all.contains(&name) {
                all.push(name);
            }
        }
    }
    let rank = |name: &str| {
        let identifies = identity.iter().position(|known| *known == name);
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
        let table = Table::of(&list, &["id"], None, Some(COLUMNS));
        assert_eq!(table.drawn(None), "ID  HOST\na   h\\u{1b}[31m\nb");
        let wide = Table::of(&list, &["id"], None, None);
        assert_eq!(wide.header, ["id", "host", "zeta"]);
        let asked = Table::of(&list, &[], Some(&["zeta".into(), "notes.x".into()]), None);
        assert_eq!(asked.drawn(None), "ZETA  NOTES.X\n1\n2");
        let object = Table::of(&list[1], &[], None, None);
        assert_eq!(object.drawn(None), "ATTRIBUTE  VALUE\nhost\nid         b\nzeta       2");
        let texts = Table::of(&json!(["x", "y"]), &[], None, None);
        assert_eq!(texts.drawn(None), "VALUE\nx\ny");
    }

    #[test]
    fn a_narrow_table_cuts_what_is_no_key() {
        const VIEW: View = View {
            identity: &["id"],
            columns: &[Column::text("ID", "id"), Column::long("TEXT", "text|name")],
            wide: &[Column::time("MADE", "made")],
        };
        let made = "2026-01-02T03:04:05Z";
        let list = json!([
            {"id": "one-two-three", "text": "some words that do not fit", "made": made},
            {"id": "b\u{1b}c", "text": null, "name": "x", "more": 1, "none": []},
        ]);
        let narrow = Table::viewed(&list, &VIEW, false).drawn(Some(30));
        assert_eq!(
            narrow,
            "ID             TEXT\none-two-three  some words tha…\nb\\u{1b}c       x"
        );
        let wide = Table::viewed(&list, &VIEW, true).drawn(None);
        assert!(wide.ends_with("2026-01-02 03:04Z\nb\\u{1b}c       x"), "{wide}");
        let one = Table::viewed(&list[1], &VIEW, false).drawn(None);
        assert_eq!(one, "ATTRIBUTE  VALUE\nid         b\\u{1b}c\nname       x\nmore       1");
        let raw = Table::raw(&list, &VIEW);
        assert_eq!(raw.rows[0], ["one-two-three", "some words that do not fit", made]);
    }
}
