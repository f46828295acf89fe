//! The operations and rules that each kind of resource provides to the common algorithm.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tapis_core::{Error, Session};

use crate::attributes::Attributes;
use crate::change::Bodies;
use crate::definition::Definition;
use crate::kind::Kind;

/// The changes to a resource, except for its owner.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    /// The bodies of the requests that change its attributes.
    pub(crate) bodies: Bodies,
    /// The switches to change, such as `enabled`, with their new values.
    pub(crate) switches: BTreeMap<&'static str, bool>,
}

impl Steps {
    /// Whether there are no changes.
    pub(crate) fn is_empty(&self) -> bool {
        self.bodies == Bodies::default() && self.switches.is_empty()
    }
}

/// A resource on the server, which may not exist yet.
pub(crate) trait Resource: Sized + Send + Sync {
    /// The body of the request that creates it.
    type Post: Clone + DeserializeOwned + Serialize + Send + Sync;
    /// The reply of the service.
    type Reply: DeserializeOwned + Serialize;

    const KIND: Kind;
    /// The special rules for its attributes.
    const ATTRIBUTES: Attributes;

    /// Returns the resource that a definition describes.
    ///
    /// # Errors
    /// `Input` if the definition lacks the attributes that identify the resource.
    fn described_by(definition: &Definition, session: &Session) -> Result<Self, Error>;

    /// Adapts the attributes of a definition that was a reply of the service.
    fn described(fields: Map<String, Value>) -> Map<String, Value>;

    /// Completes the body of the request that creates the resource, where the service would not use
    /// its defaults.
    fn complete(body: &mut Map<String, Value>);

    /// Returns the described attributes as the service stores them: with the variables replaced that it
    /// replaced when it created the resource `there`. `caller` is the user of the token.
    fn as_stored(
        described: &Map<String, Value>,
        there: &Value,
        caller: Option<&str>,
    ) -> Map<String, Value>;

    /// The reason why an attribute of the resource `there` cannot be changed; `None` if it can be.
    fn unchangeable(name: &str, there: &Value) -> Option<String>;

    /// Reads the resource, with the variable for the effective user if the service reports that it is one.
    ///
    /// # Errors
    /// [`NotFound`](tapis_core::ErrorKind::NotFound) if it does not exist.
    fn read(&self) -> impl Future<Output = Result<Value, Error>> + Send;

    fn create(
        &self,
        described: &Map<String, Value>,
        body: Self::Post,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Whether `error`, the refusal to create a resource that cannot be read, can mean that it is deleted.
    fn may_be_deleted(error: &Error) -> bool;

    fn undelete(&self) -> impl Future<Output = Result<(), Error>> + Send;

    fn update(
        &self,
        steps: &Steps,
        there: &Value,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    fn change_owner(&self, owner: &str) -> impl Future<Output = Result<(), Error>> + Send;

    /// Whether the definition has a credential that the service does not have.
    fn lacks_credential(
        &self,
        stored: &Map<String, Value>,
        there: &Value,
    ) -> impl Future<Output = Result<bool, Error>> + Send;

    /// Stores the credential of the definition.
    fn store_credential(
        &self,
        stored: &Map<String, Value>,
        there: &Value,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}
