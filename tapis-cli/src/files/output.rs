//! How entries and plans are shown.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::arguments::Globals;
use crate::failure::Failure;
use crate::format::Format;
use crate::terminal::printable;

/// Shows a value; in a table with these columns, unless the user chose some.
pub(super) fn show(globals: &Globals, value: &Value, columns: &[&str]) -> Result<(), Failure> {
    let mut output = globals.output();
    let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
    if is_table(output.format) && output.columns.is_none() {
        output.columns = Some(columns.clone());
    }
    output.show(value, columns.get(..1).unwrap_or_default())
}

pub(super) fn is_table(format: Format) -> bool {
    matches!(format, Format::Table | Format::Wide)
}

/// Writes each text on a line of its own. None can be taken for two, or for a command of the terminal.
pub(super) fn lines<'a>(texts: impl Iterator<Item = &'a str>) -> Result<(), Failure> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for text in texts {
        writeln!(out, "{}", printable(text))?;
    }
    out.flush()?;
    Ok(())
}

/// Shows what a command would do, as sources and their targets.
pub(super) fn show_moves(globals: &Globals, moves: &[(String, String)]) -> Result<(), Failure> {
    let value = moves.iter().map(|(source, target)| json!({"source": source, "target": target}));
    show(globals, &value.collect(), &["source", "target"])
}

/// Shows for which addresses a command would do something.
pub(super) fn show_addresses(
    globals: &Globals,
    addresses: &[super::address::Address],
) -> Result<(), Failure> {
    let value = addresses.iter().map(|address| json!({"address": address.to_string()}));
    show(globals, &value.collect(), &["address"])
}
