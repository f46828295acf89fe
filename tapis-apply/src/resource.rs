//! What the one algorithm needs from each kind of resource.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tapis_core::{Error, Session};

use crate::attributes::Attributes;
use crate::definition::Definition;
use crate::kind::Kind;

/// The switches that differ, with the values that they should have.
pub(crate) type Switches = BTreeMap<&'static str, bool>;

/// A resource on the server, which may not exist yet.
pub(crate) trait Resource: Sized + Send + Sync {
    /// The body of the request that creates it.
    type Post: DeserializeOwned + Serialize + Send;
    /// The body of the request that changes some of its attributes.
    type Patch: DeserializeOwned + Serialize + Send;
    /// What the service returns.
    type Reply: DeserializeOwned + Serialize;

    /// What it is.
    const KIND: Kind;
    /// What is particular to its attributes.
    const ATTRIBUTES: Attributes;

    /// The resource that a definition describes.
    ///
    /// # Errors
    /// A definition without the attributes that identify the resource.
    fn described_by(definition: &Definition, session: &Session) -> Result<Self, Error>;

    /// Reads it, with variables where the service says that there are some.
    ///
    /// # Errors
    /// [`NotFound`](tapis_core::ErrorKind::NotFound) if it does not exist.
    fn read(&self) -> impl Future<Output = Result<Value, Error>> + Send;

    /// Creates it.
    fn create(&self, body: Self::Post) -> impl Future<Output = Result<(), Error>> + Send;

    /// Changes it.
    fn update(
        &self,
        patch: Option<Self::Patch>,
        switches: &Switches,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}
