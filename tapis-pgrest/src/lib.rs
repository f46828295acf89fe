//! Tables in a database, as HTTP resources: the Tapis v3 PgREST service.
//!
//! [`Client`] has a method for each operation of the service; applications reach it through the
//! `tapis-client` crate. [`Client::update_row`] accepts texts with apostrophes, which
//! `update_table_row` does not escape.

mod rows;

#[allow(missing_docs, clippy::all, clippy::pedantic, deprecated)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}

pub use generated::{Client, calls, operations, types};
pub use rows::escape;
