//! Calls operations with untyped bodies, so that attributes unknown to this crate are sent back unchanged.

use serde_json::Value;
use tapis_core::rt::{Acknowledged, Call, Operation};
use tapis_core::{Error, Session};

/// A call of an operation with path parameters and a body.
pub(crate) async fn send(
    session: &Session,
    operation: &'static Operation,
    path: &[(&'static str, &str)],
    body: &Value,
) -> Result<(), Error> {
    let mut call = Call::new(session, operation);
    for (name, value) in path {
        call.path_parameter(name, Ok((*value).to_owned()));
    }
    call.json_body(Ok(body));
    tapis_core::output::<Acknowledged>(call).await
}
