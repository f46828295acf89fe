//! How results are shown.

mod cells;
mod table;
mod view;

use std::io::{self, IsTerminal as _, Write};

use serde_json::Value;

use cells::{entries, plain};
use table::Table;
pub(crate) use view::{Column, View};

use crate::failure::Failure;
use crate::format::Format;
use crate::terminal::{self, printable};

/// Where results go, and how.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) format: Format,
    /// The columns that the user asked for.
    pub(crate) columns: Option<Vec<String>>,
    /// A filter in the language of jq.
    jq: Option<String>,
    /// Whether people read it.
    pub(crate) terminal: bool,
    /// How many columns there are; `None` for any number.
    width: Option<u16>,
    /// Whether remarks are left out.
    quiet: bool,
}

impl Output {
    /// The format that was asked for; a table on a terminal and JSON elsewhere if none was.
    pub(crate) fn new(format: Option<Format>, columns: Option<Vec<String>>) -> Self {
        let terminal = io::stdout().is_terminal();
        let default = match (terminal, &columns) {
            (true, _) | (false, Some(_)) => Format::Table,
            (false, None) => Format::Json,
        };
        Self {
            format: format.unwrap_or(default),
            columns,
            jq: None,
            terminal,
            width: terminal::width(terminal),
            quiet: false,
        }
    }

    /// Without remarks.
    pub(crate) fn quiet(mut self, quiet: bool) -> Self {
        self.quiet = quiet;
        self
    }

    /// Shows what a filter of jq makes of results.
    pub(crate) fn filtered_by(mut self, jq: Option<String>) -> Self {
        self.jq = jq;
        self
    }

    /// Shows a result, whose entries are identified by the attributes `identity`.
    pub(crate) fn show(&self, value: &Value, identity: &[String]) -> Result<(), Failure> {
        let asked = self.columns.as_deref();
        let most = (self.format == Format::Table).then_some(table::COLUMNS);
        let identity: Vec<&str> = identity.iter().map(String::as_str).collect();
        self.write(value, &identity, || Table::of(value, &identity, asked, most))
    }

    /// Shows resources of one kind, as people want to see them.
    pub(crate) fn show_as(&self, value: &Value, view: &View) -> Result<(), Failure> {
        let asked = self.columns.as_ref().map(|columns| view.asked(columns));
        self.write(value, view.identity, || match (asked, self.format) {
            (Some(asked), _) => Table::of(value, view.identity, Some(&asked), None),
            (None, Format::Csv) => Table::raw(value, view),
            (None, format) => Table::viewed(value, view, format == Format::Wide),
        })
    }

    /// Whether people read a table of it.
    pub(crate) fn is_table(&self) -> bool {
        self.jq.is_none() && matches!(self.format, Format::Table | Format::Wide)
    }

    /// Shows one resource in short: a row of a table for people, an object for programs.
    pub(crate) fn show_one(&self, value: Value, view: &View) -> Result<(), Failure> {
        match self.is_table() {
            true => self.show_as(&Value::Array(vec![value]), view),
            false => self.show_as(&value, view),
        }
    }

    fn write(
        &self,
        value: &Value,
        identity: &[&str],
        table: impl FnOnce() -> Table,
    ) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        if let Some(filter) = &self.jq {
            for result in filtered(filter, value)? {
                match &result {
                    Value::String(text) => writeln!(out, "{}", self.text(text))?,
                    other => writeln!(out, "{other}")?,
                }
            }
            out.flush()?;
            return Ok(());
        }
        match self.format {
            Format::Json => {
                match self.terminal {
                    true => writeln!(out, "{value:#}")?,
                    false => writeln!(out, "{value}")?,
                };
            }
            Format::Yaml => {
                let text = serde_saphyr::to_string(value).map_err(|error| {
                    let message = format!("cannot convert the result to YAML: {error}");
                    Failure::new(crate::exit::Exit::Failed, message)
                })?;
                out.write_all(text.as_bytes())?;
            }
            Format::Name => {
                for entry in entries(value) {
                    writeln!(out, "{}", self.text(&name(entry, identity)))?;
                }
            }
            Format::Csv => {
                let mut csv = csv::Writer::from_writer(&mut out);
                let failed = |error: csv::Error| match error.into_kind() {
                    csv::ErrorKind::Io(error) => Failure::from(error),
                    other => Failure::new(crate::exit::Exit::Failed, format!("{other:?}")),
                };
                for row in table().rows_with_header() {
                    csv.write_record(row).map_err(failed)?;
                }
                csv.flush()?;
            }
            Format::Table | Format::Wide if value.as_array().is_some_and(Vec::is_empty) => {
                if !self.quiet {
                    writeln!(io::stderr(), "No entries.")?;
                }
            }
            Format::Table | Format::Wide => writeln!(out, "{}", table().drawn(self.width))?,
        }
        out.flush()?;
        Ok(())
    }

    /// Text for stdout: without control characters on a terminal.
    fn text(&self, text: &str) -> String {
        match self.terminal {
            true => printable(text),
            false => text.to_owned(),
        }
    }
}

#[cfg(feature = "jq")]
fn filtered(filter: &str, value: &Value) -> Result<Vec<Value>, Failure> {
    crate::jq::apply(filter, value)
}

#[cfg(not(feature = "jq"))]
fn filtered(_: &str, _: &Value) -> Result<Vec<Value>, Failure> {
    Err(Failure::usage("this `tapis` was built without the feature `jq`")
        .with_hint("pipe the JSON into jq: tapis -o json … | jq FILTER"))
}

/// The name of an entry: its identity, with `:` between several attributes.
fn name(entry: &Value, identity: &[&str]) -> String {
    let parts: Vec<String> = match identity {
        [] => {
            entry.as_object().into_iter().flatten().take(1).map(|(_, value)| plain(value)).collect()
        }
        identity => identity.iter().map(|attribute| plain(&entry[*attribute])).collect(),
    };
    match (parts.is_empty(), entry.is_object()) {
        (true, _) | (_, false) => plain(entry),
        _ => parts.join(":"),
    }
}
