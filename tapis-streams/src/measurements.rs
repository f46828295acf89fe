//! Reads and writes measurements.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;
use tapis_core::{BoxFuture, Error, ErrorKind};

use crate::Client;
use crate::types::{MeasurementValues, Measurements, NewMeasurement};

/// Strings that the service accepts and later returns as `null`.
const MISSING: [&str; 12] = [
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
    "n/a",
];

/// A measured value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum MeasurementValue {
    /// A number. Streams stores only finite numbers.
    Number(f64),
    /// A string, such as a wind direction. If a variable has at least one string in the requested
    /// period, the service returns all its values as strings.
    Text(String),
}

impl MeasurementValue {
    /// Returns the number; `None` if the value is a string.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(_) => None,
        }
    }

    /// Returns the string; `None` if the value is a number.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Number(_) => None,
            Self::Text(text) => Some(text),
        }
    }

    /// Returns a number if the text is one, otherwise a string.
    pub(crate) fn read(text: &str) -> Self {
        match text.trim().parse() {
            Ok(number) => Self::Number(number),
            Err(_) => Self::Text(text.to_owned()),
        }
    }

    /// Whether the service would lose the value without an error: it ignores numbers that are not
    /// finite, and returns some strings as `null`.
    pub(crate) fn is_lost(&self) -> bool {
        const WORDS: [&str; 3] = ["null", "none", "nan"];
        match self {
            Self::Number(number) => !number.is_finite(),
            Self::Text(text) => {
                let text = text.trim();
                MISSING.contains(&text)
                    || WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
                    || text.parse::<f64>().is_ok_and(|number| !number.is_finite())
            }
        }
    }

    fn into_json(self) -> Value {
        match self {
            Self::Number(number) => number.into(),
            Self::Text(text) => text.into(),
        }
    }
}

impl fmt::Display for MeasurementValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl From<f64> for MeasurementValue {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<f32> for MeasurementValue {
    fn from(number: f32) -> Self {
        Self::Number(number.into())
    }
}

impl From<i32> for MeasurementValue {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

impl From<String> for MeasurementValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for MeasurementValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// Measurements as a table: a row for each timestamp, with a value for each measured variable.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct MeasurementTable {
    /// The rows by timestamp; each row has the values by the variable's id. Timestamps from the
    /// service have its format, such as `2026-11-24 10:00:00+00:00`.
    pub rows: BTreeMap<String, BTreeMap<String, MeasurementValue>>,
}

impl MeasurementTable {
    /// Creates an empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value, and replaces an existing value of the same variable and timestamp.
    pub fn insert(
        &mut self,
        timestamp: impl Into<String>,
        variable: impl Into<String>,
        value: impl Into<MeasurementValue>,
    ) {
        self.rows.entry(timestamp.into()).or_default().insert(variable.into(), value.into());
    }

    /// The measurements of one variable, sorted by timestamp.
    pub fn column(&self, variable: &str) -> impl Iterator<Item = (&str, &MeasurementValue)> {
        self.rows.iter().filter_map(move |(at, row)| Some((at.as_str(), row.get(variable)?)))
    }

    /// Returns the ids of the measured variables.
    #[must_use]
    pub fn variables(&self) -> BTreeSet<&str> {
        self.rows.values().flat_map(|row| row.keys().map(String::as_str)).collect()
    }

    /// Rejects values that the service would lose.
    fn check(&self) -> Result<(), Error> {
        for (timestamp, row) in &self.rows {
            if let Some((variable, value)) = row.iter().find(|(_, value)| value.is_lost()) {
                return Err(Error::new(
                    ErrorKind::Input,
                    format!(
                        "{variable} at {timestamp}: Streams cannot store the value {:?}; remove it from the \
                         table",
                        value.to_string()
                    ),
                ));
            }
        }
        Ok(())
    }
}

impl From<Measurements> for MeasurementTable {
    /// Converts the values, without the `null`s of variables that were not measured at a timestamp. If all
    /// strings of a variable are numbers, they become numbers.
    fn from(measurements: Measurements) -> Self {
        let mut table = Self::new();
        for (variable, values) in measurements.extra {
            let read = |value: &Value| match value {
                Value::Number(number) => number.as_f64().map(MeasurementValue::Number),
                Value::String(text) => Some(MeasurementValue::read(text)),
                _ => None,
            };
            let read: Vec<_> =
                values.iter().filter_map(|(at, value)| Some((at, read(value)?))).collect();
            let has_text = read.iter().any(|(_, value)| value.as_f64().is_none());
            for (timestamp, value) in read {
                let value = match values.get(timestamp) {
                    Some(Value::String(text)) if has_text => MeasurementValue::Text(text.clone()),
                    _ => value,
                };
                table.insert(timestamp.as_str(), variable.as_str(), value);
            }
        }
        table
    }
}

impl Client {
    /// Stores measurements of an instrument: `POST /v3/streams/measurements`. Sends nothing if the table is
    /// empty.
    ///
    /// ```no_run
    /// # async fn example(streams: tapis_streams::Client) -> Result<(), tapis_core::Error> {
    /// let mut table = tapis_streams::MeasurementTable::new();
    /// table.insert("2026-11-24T10:00:00Z", "temp", 21.5);
    /// table.insert("2026-11-24T10:00:00Z", "wind", "NW");
    /// streams.write_measurements("my-instrument", table).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Input`], before anything is sent, if a number is not finite, or if the service
    /// would return a string as missing, such as `NA` or `null`; otherwise the kinds of
    /// `create_measurement`.
    #[doc(alias = "upload CSV")]
    #[doc(alias = "create measurements")]
    pub fn write_measurements(
        &self,
        inst_id: impl Into<String>,
        table: MeasurementTable,
    ) -> BoxFuture<'static, Result<(), Error>> {
        if let Err(error) = table.check() {
            return Box::pin(async { Err(error) });
        }
        let row = |(datetime, row): (String, BTreeMap<String, MeasurementValue>)| {
            let values = row.into_iter().map(|(variable, value)| (variable, value.into_json()));
            MeasurementValues { datetime, extra: values.collect() }
        };
        let vars: Vec<MeasurementValues> = table.rows.into_iter().map(row).collect();
        if vars.is_empty() {
            return Box::pin(async { Ok(()) });
        }
        let body = NewMeasurement::new(inst_id, vars);
        let call = self.create_measurement(body);
        Box::pin(async move { call.await.map(drop) })
    }
}
