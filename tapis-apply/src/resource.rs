//! What the one algorithm needs from each kind of resource.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tapis_core::{Error, Session};

use crate::attributes::Attributes;
use crate::change::Bodies;
use crate::definition::Definition;
use crate::kind::Kind;

/// What has to be done to a resource, but for its owner.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    /// The bodies of the requests that change its attributes.
    pub(crate) bodies: Bodies,
    /// What has to be on or off, and is not.
    pub(crate) switches: BTreeMap<&'static str, bool>,
}

impl Steps {
    /// Whether nothing has to be done.
    pub(crate) fn is_empty(&self) -> bool {
        self.bodies == Bodies::default() && self.switches.is_empty()
    }
}

/// A resource on the server, which may not exist yet.
pub(crate) trait Resource: Sized + Send + Sync {
    /// The body of the request that creates it.
    type Post: Clone + DeserializeOwned + Serialize + Send + Sync;
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

    /// The attributes that a definition describes, which may be a reply of the service.
    fn described(fields: Map<String, Value>) -> Map<String, Value>;

    /// Completes the body of the request that creates it where the service would fill in something
    /// else than its defaults.
    fn complete(body: &mut Map<String, Value>);

    /// The described attributes as the service stores them: with variables that it replaces when it
    /// creates the resource `there`. `caller` is the user of the token.
    fn as_stored(
        described: &Map<String, Value>,
        there: &Value,
        caller: Option<&str>,
    ) -> Map<String, Value>;

    /// Why an attribute of the resource `there` cannot be changed; `None` if it can be.
    fn unchangeable(name: &str, there: &Value) -> Option<String>;

    /// Reads it, with variables where the service says that there are some.
    ///
    /// # Errors
    /// [`NotFound`](tapis_core::ErrorKind::NotFound) if it does not exist.
    fn read(&self) -> impl Future<Output = Result<Value, Error>> + Send;

    /// Creates it.
    fn create(
        &self,
        described: &Map<String, Value>,
        body: Self::Post,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Whether the service refused to create it because it is deleted, if it does not exist.
    fn may_be_deleted(error: &Error) -> bool;

    /// Undeletes it.
    fn undelete(&self) -> impl Future<Output = Result<(), Error>> + Send;

    /// Changes it.
    fn update(
        &self,
        steps: &Steps,
        there: &Value,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Gives it another owner.
    fn change_owner(&self, owner: &str) -> impl Future<Output = Result<(), Error>> + Send;

    /// Whether the definition has a credential and the service has none.
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
