//! Reading measurements as a table.

use tapis_core::{BoxFuture, Error};

use crate::calls::ListMeasurements;
use crate::{Client, MeasurementTable};

impl Client {
    /// Reads the measurements of an instrument as a table: `GET
    /// /v3/streams/projects/{project_id}/sites/{site_id}/instruments/{inst_id}/measurements`. Reads
    /// all of them, unless you select some with methods of the returned call.
    ///
    /// ```no_run
    /// # async fn example(streams: tapis_streams::Client) -> Result<(), tapis_core::Error> {
    /// let november = streams
    ///     .read_measurements("weather", "roof", "station")
    ///     .start_date("2026-11-01T00:00:00Z")
    ///     .end_date("2026-12-01T00:00:00Z")
    ///     .variables(["temp"])
    ///     .await?;
    /// for (timestamp, value) in november.column("temp") {
    ///     println!("{timestamp} {value}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The kinds of `list_measurements`.
    #[doc(alias = "query measurements")]
    #[doc(alias = "download measurements")]
    pub fn read_measurements(
        &self,
        project_id: impl Into<String>,
        site_id: impl Into<String>,
        inst_id: impl Into<String>,
    ) -> ReadMeasurements {
        ReadMeasurements { call: self.list_measurements(project_id, site_id, inst_id) }
    }
}

/// A request for measurements as a [`MeasurementTable`]; it is sent when awaited. Created by
/// [`Client::read_measurements`].
#[derive(Clone, Debug)]
#[must_use = "nothing is read until it is awaited"]
pub struct ReadMeasurements {
    call: ListMeasurements,
}

impl ReadMeasurements {
    /// Sets the start of the period: an RFC 3339 time with a zone, such as `2026-11-01T00:00:00Z`.
    /// Without a zone, the service fails with 500. Default: the first measurement.
    pub fn start_date(self, time: impl Into<String>) -> Self {
        Self { call: self.call.start_date(time) }
    }

    /// Sets the end of the period, which is not part of it, in the format of
    /// [`start_date`](Self::start_date). Default: now.
    pub fn end_date(self, time: impl Into<String>) -> Self {
        Self { call: self.call.end_date(time) }
    }

    /// Selects variables by their ids. Default: all variables.
    pub fn variables(self, ids: impl IntoIterator<Item: Into<String>>) -> Self {
        let ids: Vec<String> = ids.into_iter().map(Into::into).collect();
        Self { call: self.call.var_ids(ids.join(",")) }
    }

    /// Limits the number of values for each variable. Default: no limit.
    pub fn limit(self, values: i64) -> Self {
        Self { call: self.call.limit(values) }
    }
}

impl IntoFuture for ReadMeasurements {
    type Output = Result<MeasurementTable, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.call.await.map(MeasurementTable::from) })
    }
}
