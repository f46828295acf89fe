//! Operations by name, for programs that choose them at run time: command lines, portals, bridges
//! to other languages. Needs the feature `dynamic`.
//!
//! [`Tapis::operation`] creates a [`DynamicCall`], and [`describe`] returns the description of an
//! operation. All services are available, even those whose features are not enabled.
//!
//! | to | call |
//! |---|---|
//! | list services and operations | [`services`], [`summaries`], [`describe_all`] |
//! | call one with JSON | [`DynamicCall::arguments`], or [`argument`](DynamicCall::argument) and [`body`](DynamicCall::body) |
//! | get a JSON Schema of the arguments, for an AI agent's tools or a form | [`OperationDescription::input_schema`] |
//! | get a template of the body | [`DynamicCall::template`] |

use tapis_core::Error;

use crate::Tapis;

pub use tapis_dynamic::{
    BodyDescription, DynamicCall, FieldDescription, Location, OperationDescription, ValueType,
    describe, describe_all, services, summaries,
};

impl Tapis {
    /// Creates a call of the operation `id` of `service`, with arguments as JSON or text. The names
    /// are those of the OpenAPI documents, such as `systems` and `getSystem`; `get_system` is accepted
    /// too. Needs the feature `dynamic`.
    ///
    /// ```no_run
    /// # async fn example(t: tapis_client::Tapis) -> Result<(), tapis_client::Error> {
    /// let system = t
    ///     .operation("systems", "getSystem")?
    ///     .argument("systemId", "frontera")
    ///     .text_argument("select", "id,host")
    ///     .await?;
    /// println!("{}", system["host"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) for an unknown service or operation; the error
    /// suggests the most similar name.
    #[doc(alias = "call by name")]
    pub fn operation(&self, service: &str, id: &str) -> Result<DynamicCall, Error> {
        tapis_dynamic::call(self.session(), service, id)
    }
}
