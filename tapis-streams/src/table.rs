//! Converts measurements from and to CSV.

use std::collections::BTreeMap;

use tapis_core::{Error, ErrorKind};

use crate::{MeasurementTable, MeasurementValue};

/// The name of the column with the timestamps.
const DATETIME: &str = "datetime";
/// The name of that column in CSV from the service.
const TIME: &str = "time";

impl MeasurementTable {
    /// Reads a table from CSV with a header. The column `datetime`, or `time` as in CSV from the
    /// service, has the timestamps; the other columns are named by the ids of variables. An empty cell
    /// means no measurement. A column has either numbers or strings.
    ///
    /// # Errors
    /// [`ErrorKind::Input`], with the line, if the table has no column of timestamps, a row has no
    /// timestamp or another length, a column mixes numbers and strings, or a value cannot be stored,
    /// such as `NaN` or `NA`.
    #[doc(alias = "read CSV")]
    pub fn from_csv(text: &str) -> Result<Self, Error> {
        let fault = |message: String| Error::new(ErrorKind::Input, message);
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let header = reader.headers().map_err(|error| fault(error.to_string()))?.clone();
        let column = |wanted: &str| header.iter().position(|name| name == wanted);
        let place = column(DATETIME).or_else(|| column(TIME));
        let place = place.ok_or_else(|| fault(format!("the header has no column {DATETIME}")))?;
        let mut table = Self::new();
        // Whether a column has strings, which its first value decides.
        let mut are_texts: BTreeMap<&str, bool> = BTreeMap::new();
        for row in reader.records() {
            let row = row.map_err(|error| fault(error.to_string()))?;
            let line = row.position().map_or(0, csv::Position::line);
            let timestamp = row.get(place).unwrap_or_default();
            if timestamp.is_empty() {
                return Err(fault(format!("line {line} has no timestamp")));
            }
            let cells = header.iter().zip(&row).enumerate();
            for (_, (name, text)) in
                cells.filter(|(at, (_, text))| *at != place && !text.is_empty())
            {
                let at = format!("line {line}: {text:?} in the column {name} at {timestamp}");
                let value = MeasurementValue::read(text);
                if value.is_lost() {
                    return Err(fault(format!("{at} cannot be stored; leave the cell empty")));
                }
                let is_text = value.as_f64().is_none();
                if *are_texts.entry(name).or_insert(is_text) != is_text {
                    let (this, others) =
                        if is_text { ("a string", "numbers") } else { ("a number", "strings") };
                    return Err(fault(format!(
                        "{at} is {this}, but the values above it are {others}"
                    )));
                }
                table.insert(timestamp, name, value);
            }
        }
        Ok(table)
    }

    /// Writes the table as CSV with a header, sorted by timestamp: the column `datetime`, then a column
    /// for each variable.
    #[must_use]
    #[doc(alias = "write CSV")]
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
        let temp = ("temp".to_owned(), MeasurementValue::Number(21.5));
        assert_eq!(table.rows["2026-11-24T10:00:00Z"], [temp].into());
        assert_eq!(table.rows["2026-11-24T11:00:00Z"], [("rain".to_owned(), 0.2.into())].into());
        let written = table.to_csv();
        assert_eq!(written.lines().next(), Some("datetime,rain,temp"));
        assert_eq!(MeasurementTable::from_csv(&written).unwrap(), table);
    }

    #[test]
    fn what_is_wrong_with_a_table_is_told_with_its_line() {
        for (text, why) in [
            ("", "no column datetime"),
            ("temp\n1\n", "no column datetime"),
            (
                "datetime,temp\n2026,1\n2027,warm\n",
                "line 3: \"warm\" in the column temp at 2027 is a string",
            ),
            (
                "datetime,wind\n2026,NW\n2027,4\n",
                "line 3: \"4\" in the column wind at 2027 is a number",
            ),
            (
                "datetime,temp\n2026,NaN\n",
                "line 2: \"NaN\" in the column temp at 2026 cannot be stored",
            ),
            ("datetime,temp\n2026,inf\n", "cannot be stored"),
            ("datetime,temp\n2026,NA\n", "cannot be stored"),
            ("datetime,temp\n,1\n", "line 2 has no timestamp"),
            ("datetime,temp\n2026\n", "found record with 1 fields"),
        ] {
            let error = MeasurementTable::from_csv(text).unwrap_err();
            assert!(error.is_input() && error.message().contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn texts_and_the_tables_of_the_service_are_read() {
        let text =
            "time,wind,temp\n2026-11-24 10:00:00+00:00,NW,\n2026-11-24 11:00:00+00:00,N,1.0\n";
        let table = MeasurementTable::from_csv(text).unwrap();
        let row = &table.rows["2026-11-24 11:00:00+00:00"];
        assert_eq!((row["wind"].as_str(), row["temp"].as_f64()), (Some("N"), Some(1.0)));
        assert_eq!(MeasurementTable::from_csv(&table.to_csv()).unwrap(), table);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            rows in prop::collection::btree_map(
                "20[0-9]{2}-[01][0-9]", prop::collection::btree_map("[a-z ,\"]{1,8}[a-z]", -1e9..1e9, 1..4), 0..8,
            )
        ) {
            let rows = rows.into_iter().map(|(timestamp, row): (String, BTreeMap<String, f64>)| {
                (timestamp, row.into_iter().map(|(name, value)| (name.trim().to_owned(), value.into())).collect())
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
