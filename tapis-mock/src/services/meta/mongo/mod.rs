//! As much of MongoDB's language as callers of the meta service are likely to speak: filters,
//! orders, projections, changes and pipelines, on documents in extended JSON.
//!
//! What is not understood is said, so that nobody takes a wrong answer for a right one.

mod bounds;
mod change;
mod expression;
mod filter;
mod group;
mod path;
mod pipeline;
mod projection;
mod sort;
mod value;

pub(super) use change::change;
pub(super) use filter::Filter;
pub(super) use pipeline::{Pipeline, stages};
pub(super) use projection::Projection;
pub(super) use sort::Sort;
pub(super) use value::is_object_id;
