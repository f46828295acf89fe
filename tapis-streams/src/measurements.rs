//! Measurements in and out.

use std::collections::{BTreeMap, BTreeSet};

use tapis_core::{BoxFuture, Error};

use crate::Client;
use crate::types::{MeasurementValues, Measurements, NewMeasurement};

/// Measurements as a table: a row for each timestamp, with a value for each variable that was measured
/// then.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct MeasurementTable {
    /// The rows by their timestamp, as the service writes it; in each, the values by the variable's id.
    pub rows: BTreeMap<String, BTreeMap<String, f64>>,
}

impl MeasurementTable {
    /// No rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value; a value of the same variable and timestamp is replaced.
    pub fn insert(
        &mut self,
        timestamp: impl Into<String>,
        variable: impl Into<String>,
        value: f64,
    ) {
        self.rows.entry(timestamp.into()).or_default().insert(variable.into(), value);
    }

    /// The ids of the variables that were measured.
    #[must_use]
    pub fn variables(&self) -> BTreeSet<&str> {
        self.rows.values().flat_map(|row| row.keys().map(String::as_str)).collect()
    }
}

impl From<Measurements> for MeasurementTable {
    /// Takes the values that are numbers, and no others.
    fn from(measurements: Measurements) -> Self {
        let mut table = Self::new();
        for (variable, values) in measurements.extra {
            for (timestamp, value) in values {
                let number = match &value {
                    serde_json::Value::String(text) => text.parse().ok(),
                    other => other.as_f64(),
                };
                if let Some(number) = number {
                    table.insert(timestamp, variable.as_str(), number);
                }
            }
        }
        table
    }
}

impl Client {
    /// Stores measurements of an instrument: `POST /v3/streams/measurements`. An empty table sends nothing.
    ///
    /// ```no_run
    /// # async fn example(streams: tapis_streams::Client) -> Result<(), tapis_core::Error> {
    /// let mut table = tapis_streams::MeasurementTable::new();
    /// table.insert("2026-11-24T10:00:00Z", "temp", 21.5);
    /// streams.write_measurements("my-instrument", table).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The kinds of `create_measurement`.
    pub fn write_measurements(
        &self,
        inst_id: impl Into<String>,
        table: MeasurementTable,
    ) -> BoxFuture<'static, Result<(), Error>> {
        let vars: Vec<MeasurementValues> = table
            .rows
            .into_iter()
            .map(|(datetime, extra)| MeasurementValues { datetime, extra })
            .collect();
        if vars.is_empty() {
            return Box::pin(async { Ok(()) });
        }
        let body = NewMeasurement::new(inst_id, vars);
        let call = self.create_measurement(body);
        Box::pin(async move { call.await.map(drop) })
    }

    /// Returns all measurements of an instrument: `GET
    /// /v3/streams/projects/{project_id}/sites/{site_id}/instruments/{inst_id}/measurements`. To select
    /// some of them, call `list_measurements` and make a [`MeasurementTable`] from its result.
    ///
    /// # Errors
    /// The kinds of `list_measurements`.
    pub fn read_measurements(
        &self,
        project_id: impl Into<String>,
        site_id: impl Into<String>,
        inst_id: impl Into<String>,
    ) -> BoxFuture<'static, Result<MeasurementTable, Error>> {
        let call = self.list_measurements(project_id, site_id, inst_id);
        Box::pin(async move { call.await.map(MeasurementTable::from) })
    }
}
