//! Creates and updates systems and apps of Tapis v3 from definition files.
//!
//! A [`Definition`] is read from JSON, YAML or TOML. [`apply`] creates the resource or updates its
//! differences, [`diff`] compares it with the server without changing anything, and [`export`]
//! converts a resource on the server to a definition. Applications use the methods `apply`, `diff`
//! and `export` of `Tapis` in the `tapis-client` crate.

mod apply;
mod apps;
mod attributes;
mod call;
mod change;
mod compare;
mod definition;
mod difference;
#[cfg(test)]
mod documents;
mod entries;
mod format;
mod kind;
mod place;
mod request;
mod resource;
mod systems;
mod target;
mod variables;

pub use apply::{ApplyOutcome, apply, diff, export};
pub use definition::Definition;
pub use difference::{Difference, Differences};
pub use format::Format;
pub use kind::Kind;
pub use target::Target;
