//! Tables in a database, as HTTP resources: the Tapis v3 PgREST service.
//!
//! [`Client`] has a method for each operation of the service. Use [`Client::update_row`] to change a row:
//! it accepts strings with apostrophes, which `update_table_row` does not escape. Applications reach this
//! crate through `tapis-client`. The guide of the project has a chapter *Pods, workflows, actors, streams
//! and PgREST*.

mod rows;

#[allow(missing_docs, clippy::all, clippy::pedantic, deprecated)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}

pub use generated::{Client, calls, operations, types};
pub use rows::escape;
