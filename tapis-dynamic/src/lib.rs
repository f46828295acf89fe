//! Operations of Tapis v3 by name, for programs that choose them at run time: command lines,
//! portals, bridges to other languages.
//!
//! [`call`] creates a [`DynamicCall`]. Its arguments are JSON or text, and are checked against the
//! OpenAPI document of the service. [`describe`] returns an [`OperationDescription`]. The documents
//! are compiled into the program; each is parsed when its service is first used.
//!
//! Applications use `Tapis::operation` of `tapis-client` with the feature `dynamic`.

mod argument;
mod call;
mod catalog;
mod check;
mod describe;
mod json_schema;
mod marked;
mod schema;
mod suggest;
mod table;
mod template;

pub use call::DynamicCall;
pub use describe::{BodyDescription, FieldDescription, Location, OperationDescription, ValueType};

use tapis_core::{Error, Session};

/// Returns the sorted names of the services, such as `systems`.
#[must_use]
pub fn services() -> &'static [&'static str] {
    tapis_specs::SERVICES
}

/// Creates a call of the operation `id` of `service` through `session`. The names are those of the
/// OpenAPI documents: `systems` and `getSystem`. Other spellings, such as `get_system`, `get-system`
/// and `globus_proxy`, are accepted too.
///
/// # Errors
/// [`ErrorKind::Input`](tapis_core::ErrorKind::Input) for an unknown service or operation; the
/// error suggests the most similar name.
pub fn call(session: &Session, service: &str, id: &str) -> Result<DynamicCall, Error> {
    let known = catalog::service(service)?;
    Ok(DynamicCall::new(session, known, known.operation(id)?))
}

/// Describes the operation `id` of `service`: its path, parameters, body and result.
///
/// # Errors
/// The errors of [`call`].
pub fn describe(service: &str, id: &str) -> Result<OperationDescription, Error> {
    let known = catalog::service(service)?;
    Ok(OperationDescription::of(known, known.operation(id)?))
}

/// Returns the id and the summary of each operation of `service`, in the order of their paths.
///
/// # Errors
/// [`ErrorKind::Input`](tapis_core::ErrorKind::Input) for an unknown service; the error suggests
/// the most similar name.
#[doc(alias = "list operations")]
pub fn summaries(
    service: &str,
) -> Result<impl Iterator<Item = (&'static str, &'static str)> + use<>, Error> {
    let operations = catalog::service(service)?.operations().iter();
    Ok(operations.map(|one| (one.described.id.as_str(), one.described.summary.as_str())))
}

/// Describes all operations of `service`, in the order of their paths.
///
/// # Errors
/// [`ErrorKind::Input`](tapis_core::ErrorKind::Input) for an unknown service; the error suggests
/// the most similar name.
#[doc(alias = "list operations")]
pub fn describe_all(
    service: &str,
) -> Result<impl Iterator<Item = OperationDescription> + use<>, Error> {
    let known = catalog::service(service)?;
    Ok(known.operations().iter().map(|operation| OperationDescription::of(known, operation)))
}
