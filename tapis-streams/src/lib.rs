//! Measurements from instruments as they come: the Tapis v3 Streams service.
//!
//! [`Client`] has a method for each operation of the service; applications reach it through the
//! `tapis-client` crate. A [`MeasurementTable`] has measurements to write, or those
//! that were read, and converts from and to CSV.

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
