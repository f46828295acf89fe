//! Apps that are described in files.

use serde_json::Value;
use tapis_core::definition::{Applied, Definition, Differences};
use tapis_core::{BoxFuture, Error, ErrorKind};

use crate::Client;
use crate::types::{ReqPatchApp, ReqPostApp};

/// What the service keeps without variables.
const RESOLVED: [&str; 1] = ["owner"];

impl Client {
    /// Creates the version of an app that a definition describes, or changes it to what is
    /// described: `GET /v3/apps/{appId}/{appVersion}`, and `POST /v3/apps` or `PATCH
    /// /v3/apps/{appId}/{appVersion}`, and where `enabled`, `versionEnabled` or `locked` differ, the
    /// calls that enable, disable, lock and unlock. What the definition does not mention stays as it is.
    ///
    /// ```no_run
    /// # async fn example(apps: tapis_apps::Client) -> Result<(), tapis_core::Error> {
    /// use tapis_core::definition::Definition;
    ///
    /// let definition = Definition::from_path("hello.toml").await?;
    /// print!("{}", apps.check(&definition).await?);
    /// apps.apply(&definition).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// A definition that is not one of an app, or asks for what cannot be changed, before anything
    /// is sent that changes anything; whatever else keeps it from being applied.
    pub fn apply(&self, definition: &Definition) -> BoxFuture<'static, Result<Applied, Error>> {
        let (client, definition) = (self.clone(), definition.clone());
        Box::pin(async move {
            let (id, version) = (definition.text("id")?, definition.text("version")?);
            let request = definition.checked::<ReqPostApp>()?;
            let there = match client.there(id, version).await {
                Ok(there) => there,
                Err(error) if error.is_not_found() => {
                    client.create_app_version(request).await?;
                    return Ok(Applied::Created);
                }
                Err(error) => return Err(error),
            };
            let differences = definition.compared_with(&there, &RESOLVED);
            if differences.is_empty() {
                return Ok(Applied::Unchanged);
            }
            let wish = |name| match definition.get(name) {
                Some(Value::Bool(wish)) if there[name] != *wish => Some(*wish),
                _ => None,
            };
            // What is locked cannot be changed: unlocking comes first, locking last.
            if wish("locked") == Some(false) {
                client.unlock_app(id, version).await?;
            }
            let apart = ["enabled", "locked", "versionEnabled"];
            if let Some(patch) = definition.changes::<ReqPatchApp>(&differences, &there, &apart)? {
                client.patch_app(id, version, patch).await?;
            }
            match wish("enabled") {
                Some(true) => client.enable_app(id).await.map(drop)?,
                Some(false) => client.disable_app(id).await.map(drop)?,
                None => {}
            }
            match wish("versionEnabled") {
                Some(true) => {
                    client.enable_app_version(id, version).await?;
                }
                Some(false) => {
                    client.disable_app_version(id, version).await?;
                }
                None => {}
            }
            if wish("locked") == Some(true) {
                client.lock_app(id, version).await?;
            }
            Ok(Applied::Updated(differences))
        })
    }

    /// How a definition differs from the version that is there: `GET
    /// /v3/apps/{appId}/{appVersion}`. Nothing is changed.
    ///
    /// # Errors
    /// A definition that is not one of an app, before anything is sent; of kind
    /// [`ErrorKind::NotFound`] when there is no such version.
    pub fn check(&self, definition: &Definition) -> BoxFuture<'static, Result<Differences, Error>> {
        let (client, definition) = (self.clone(), definition.clone());
        Box::pin(async move {
            definition.checked::<ReqPostApp>()?;
            let (id, version) = (definition.text("id")?, definition.text("version")?);
            Ok(definition.compared_with(&client.there(id, version).await?, &RESOLVED))
        })
    }

    /// The version as the service sends it.
    async fn there(&self, id: &str, version: &str) -> Result<Value, Error> {
        let there: Value = self.get_app(id, version).send_as().await?;
        if there.is_null() {
            let message = format!("there is no version {version} of the app {id}");
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        Ok(there)
    }
}
