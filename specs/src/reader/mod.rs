//! Reads an OpenAPI document of this package: its operations with their parameters, bodies,
//! replies, paging and tokens, and its schemas.
//!
//! The only reader of the documents: for the code generator, the mock and the project's own checks.
//! Reading never fails. Missing values have their defaults, and invalid OpenAPI is ignored;
//! `tapis_codegen::verify` reports the errors of a document.
//!
//! ```
//! let text = std::fs::read_to_string(tapis_specs::folder().join("openapi/systems.json"))?;
//! let document = tapis_specs::reader::Document::read("systems", serde_json::from_str(&text)?);
//! let operation = document.operation("getSystem").ok_or("no such operation")?;
//! assert_eq!(operation.template.text(), "/v3/systems/{systemId}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod body;
mod document;
mod media;
mod method;
mod operation;
mod paging;
mod parameter;
mod raw;
mod reply;
mod schema;
mod template;
mod token;

pub use body::{Body, BodyKind, FormField};
pub use document::Document;
pub use media::{Media, is_json};
pub use method::Method;
pub use operation::{EXAMPLE, Operation, SEE_ALSO};
pub use paging::Paging;
pub use parameter::{ARGUMENT, Location, Parameter, Slash};
pub use raw::{RawOperation, operations};
pub use reply::{Reply, Response};
pub use schema::{TIMESTAMP, escape, flatten, is_timestamp, referenced, resolve, secrets};
pub use template::{Part, Template};
pub use token::TokenUse;
