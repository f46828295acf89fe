//! Measurements in and out.

use std::collections::{BTreeMap, BTreeSet};

use tapis_core::{BoxFuture, Error};

use crate::Client;
use crate::types::{MeasurementValues, Measurements, NewMeasurement};

/// Measurements as a table: a row for each moment, with a value for each variable that was measured
/// then.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Readings {
    /// The moment of each row, as the service writes it, and its values by the variable's id.
    pub rows: BTreeMap<String, BTreeMap<String, f64>>,
}

impl Readings {
    /// No rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value; a value of the same variable and moment is replaced.
    pub fn insert(&mut self, moment: impl Into<String>, variable: impl Into<String>, value: f64) {
        self.rows.entry(moment.into()).or_default().insert(variable.into(), value);
    }

    /// The ids of the variables that were measured.
    #[must_use]
    pub fn variables(&self) -> BTreeSet<&str> {
        self.rows.values().flat_map(|row| row.keys().map(String::as_str)).collect()
    }
}

impl From<Measurements> for Readings {
    /// The values that are numbers; what else the service has put beside them is left out.
    fn from(measurements: Measurements) -> Self {
        let mut readings = Self::new();
        for (variable, values) in measurements.extra {
            for (moment, value) in values {
                let number = match &value {
                    serde_json::Value::String(text) => text.parse().ok(),
                    other => other.as_f64(),
                };
                if let Some(number) = number {
                    readings.insert(moment, variable.as_str(), number);
                }
            }
        }
        readings
    }
}

impl Client {
    /// Stores measurements of an instrument: `POST /v3/streams/measurements`. Nothing is sent when
    /// there is nothing to store.
    ///
    /// ```no_run
    /// # async fn example(streams: tapis_streams::Client) -> Result<(), tapis_core::Error> {
    /// let mut readings = tapis_streams::Readings::new();
    /// readings.insert("2026-11-24T10:00:00Z", "temp", 21.5);
    /// streams.write_measurements("my-instrument", readings).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Whatever keeps them from being stored.
    pub fn write_measurements(
        &self,
        inst_id: impl Into<String>,
        readings: Readings,
    ) -> BoxFuture<'static, Result<(), Error>> {
        let vars: Vec<MeasurementValues> = readings
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

    /// All measurements of an instrument: `GET
    /// /v3/streams/projects/{project_id}/sites/{site_id}/instruments/{inst_id}/measurements`. For a
    /// part of them, set what you need on `list_measurements` and make [`Readings`] of what it
    /// gives.
    ///
    /// # Errors
    /// Whatever keeps them from being had.
    pub fn read_measurements(
        &self,
        project_id: impl Into<String>,
        site_id: impl Into<String>,
        inst_id: impl Into<String>,
    ) -> BoxFuture<'static, Result<Readings, Error>> {
        let call = self.list_measurements(project_id, site_id, inst_id);
        Box::pin(async move { call.await.map(Readings::from) })
    }
}
