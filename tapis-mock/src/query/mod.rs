//! Lists as in the Java services: conditions, order, pages and selections.

pub(crate) mod columns;
pub(crate) mod condition;
pub(crate) mod listing;
pub(crate) mod sql;
mod terse;

pub(crate) use columns::{Column, Refusal};
pub(crate) use condition::{Condition, Piece, Test, timestamp};
pub(crate) use listing::{Listing, compare_values, invalid_search, number};
