//! The part of MongoDB's language that callers of Meta are likely to use: filters, orders,
//! projections and updates of documents in extended JSON.
//!
//! Unknown constructs are errors, so that nobody mistakes a wrong result for a correct one.
//!
//! What is not understood is said, so that nobody takes a wrong answer for a right one.

mod change;
mod filter;
mod path;
mod projection;
mod sort;
mod value;

pub(super) use change::change;
pub(super) use filter::Filter;
pub(super) use projection::Projection;
pub(super) use sort::Sort;
pub(super) use value::is_object_id;
