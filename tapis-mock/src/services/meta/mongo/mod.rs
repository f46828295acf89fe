//! As much of MongoDB's language as callers of the meta service are likely to speak: filters,
//! orders, projections and changes, on documents in extended JSON.
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
