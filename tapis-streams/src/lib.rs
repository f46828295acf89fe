//! Measurements from instruments: the Tapis v3 Streams service.
//!
//! [`Client`] has a method for each operation of the service. [`Client::write_measurements`] and
//! [`Client::read_measurements`] use a [`MeasurementTable`], which converts from and to CSV with the feature
//! `csv`. Applications reach this crate through `tapis-client`. The guide of the project has a chapter
//! *Pods, workflows, actors, streams and PgREST*.

mod measurements;
mod read;
#[cfg(feature = "csv")]
mod table;

#[allow(missing_docs, clippy::all, clippy::pedantic, deprecated)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}

pub use generated::{Client, calls, operations, types};
pub use measurements::{MeasurementTable, MeasurementValue};
pub use read::ReadMeasurements;
