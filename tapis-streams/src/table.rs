//! Measurements as CSV tables.

use tapis_core::{Error, ErrorKind};

use crate::MeasurementTable;

/// The name of the column of timestamps.
const DATETIME: &str = "datetime";

impl MeasurementTable {
    /// Reads a table with a header: one column is named `datetime`, the others are named like the
    /// variables. An empty cell is no measurement.
    ///
    /// # Errors
    /// A table without that column, with a row of another length, or with a value that is no
    /// number; of kind [`ErrorKind::Input`], with the line.
    pub fn from_csv(text: &str) -> Result<Self, Error> {
        let fault = |message: String| Error::new(ErrorKind::Input, message);
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let header = reader.headers().map_err(|error| fault(error.to_string()))?.clone();
        let place = header.iter().position(|name| name == DATETIME);
        let place = place.ok_or_else(|| fault(format!("the header has no column {DATETIME}")))?;
        let mut table = Self::new();
        for row in reader.records() {
            let row = row.map_err(|error| fault(error.to_string()))?;
            let line = row.position().map_or(0, csv::Position::line);
            let timestamp = row.get(place).unwrap_or_default();
            let cells = header.iter().zip(&row).enumerate();
            for (_, (name, text)) in
                cells.filter(|(at, (_, text))| *at != place && !text.is_empty())
            {
                let value = text.parse().map_err(|_| {
                    fault(format!("line {line}: {text:?} in the column {name} is no number"))
                })?;
                table.insert(timestamp, name, value);
            }
        }
        Ok(table)
    }

    /// The table with a header, in the order of time: `datetime` first, then the variables.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let variables = self.variables();
        let mut writer = csv::Writer::from_writer(Vec::new());
        // Writing to memory does not fail.
        let _ = writer.write_record([DATETIME].into_iter().chain(variables.iter().copied()));
        for (timestamp, row) in &self.rows {
            let cell = |name: &&str| row.get(*name).map(ToString::to_string).unwrap_or_default();
            let cells = std::iter::once(timestamp.clone()).chain(variables.iter().map(cell));
            let _ = writer.write_record(cells);
        }
        String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_table_is_read_by_its_header() {
        let text = "temp, datetime ,rain\n21.5,2026-11-24T10:00:00Z,\n,2026-11-24T11:00:00Z,0.2\n";
        let table = MeasurementTable::from_csv(text).unwrap();
        assert_eq!(table.rows["2026-11-24T10:00:00Z"], [("temp".to_owned(), 21.5)].into());
        assert_eq!(table.rows["2026-11-24T11:00:00Z"], [("rain".to_owned(), 0.2)].into());
        let written = table.to_csv();
        assert_eq!(written.lines().next(), Some("datetime,rain,temp"));
        assert_eq!(MeasurementTable::from_csv(&written).unwrap(), table);
    }

    #[test]
    fn what_is_wrong_with_a_table_is_told_with_its_line() {
        for (text, why) in [
            ("", "no column datetime"),
            ("temp\n1\n", "no column datetime"),
            ("datetime,temp\n2026,1\n2027,warm\n", "line 3: \"warm\" in the column temp"),
            ("datetime,temp\n2026\n", "found record with 1 fields"),
        ] {
            let error = MeasurementTable::from_csv(text).unwrap_err();
            assert!(error.is_input() && error.message().contains(why), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            rows in prop::collection::btree_map(
                "20[0-9]{2}-[01][0-9]", prop::collection::btree_map("[a-z ,\"]{1,8}[a-z]", -1e9..1e9, 1..4), 0..8,
            )
        ) {
            let rows = rows.into_iter().map(|(timestamp, row): (String, BTreeMap<String, f64>)| {
                (timestamp, row.into_iter().map(|(name, value)| (name.trim().to_owned(), value)).collect())
            }).collect();
            let table = MeasurementTable { rows };
            prop_assert_eq!(MeasurementTable::from_csv(&table.to_csv()).unwrap(), table);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            let _ = MeasurementTable::from_csv(&text);
        }
    }
}
