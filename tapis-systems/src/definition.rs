//! Systems that are described in files.

use serde_json::Value;
use tapis_core::definition::{Applied, Definition, Differences};
use tapis_core::{BoxFuture, Error, ErrorKind};

use crate::Client;
use crate::types::{ReqPatchSystem, ReqPostSystem};

/// The `effectiveUserId` of a system that each caller uses as themselves.
const EACH_CALLER: &str = "${apiUserId}";
/// What the service keeps without variables.
const RESOLVED: [&str; 3] = ["bucketName", "owner", "rootDir"];

impl Client {
    /// Creates the system that a definition describes, or changes it to what is described: `GET
    /// /v3/systems/{systemId}`, and `POST /v3/systems` or `PATCH /v3/systems/{systemId}`, and where
    /// `enabled` differs, `POST /v3/systems/{systemId}/enable` or `/disable`. What the definition
    /// does not mention stays as it is. Its credentials are sent when the system is created; later
    /// see [`set_credential`](Self::set_credential).
    ///
    /// ```no_run
    /// # async fn example(systems: tapis_systems::Client) -> Result<(), tapis_core::Error> {
    /// use tapis_core::definition::Definition;
    ///
    /// let definition = Definition::from_path("frontera.yaml").await?;
    /// print!("{}", systems.check(&definition).await?);
    /// systems.apply(&definition).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// A definition that is not one of a system, or asks for what cannot be changed, before anything
    /// is sent that changes anything; whatever else keeps it from being applied.
    pub fn apply(&self, definition: &Definition) -> BoxFuture<'static, Result<Applied, Error>> {
        let (client, definition) = (self.clone(), definition.clone());
        Box::pin(async move {
            let id = definition.text("id")?;
            let request = definition.checked::<ReqPostSystem>()?;
            let there = match client.there(id).await {
                Ok(there) => there,
                Err(error) if error.is_not_found() => {
                    client.create_system(request).await?;
                    return Ok(Applied::Created);
                }
                Err(error) => return Err(error),
            };
            let differences = definition.compared_with(&there, &RESOLVED);
            if differences.is_empty() {
                return Ok(Applied::Unchanged);
            }
            let patch = definition.changes::<ReqPatchSystem>(&differences, &there, &["enabled"])?;
            if let Some(patch) = patch {
                client.patch_system(id, patch).await?;
            }
            match definition.get("enabled") {
                Some(Value::Bool(true)) if there["enabled"] != true => {
                    client.enable_system(id).await?;
                }
                Some(Value::Bool(false)) if there["enabled"] != false => {
                    client.disable_system(id).await?;
                }
                _ => {}
            }
            Ok(Applied::Updated(differences))
        })
    }

    /// How a definition differs from the system that is there: `GET /v3/systems/{systemId}`.
    /// Nothing is changed.
    ///
    /// # Errors
    /// A definition that is not one of a system, before anything is sent; of kind
    /// [`ErrorKind::NotFound`] when there is no such system.
    pub fn check(&self, definition: &Definition) -> BoxFuture<'static, Result<Differences, Error>> {
        let (client, definition) = (self.clone(), definition.clone());
        Box::pin(async move {
            definition.checked::<ReqPostSystem>()?;
            let there = client.there(definition.text("id")?).await?;
            Ok(definition.compared_with(&there, &RESOLVED))
        })
    }

    /// The system as it was defined.
    async fn there(&self, id: &str) -> Result<Value, Error> {
        let mut there: Value = self.get_system(id).send_as().await?;
        if there.is_null() {
            return Err(Error::new(ErrorKind::NotFound, format!("there is no system {id}")));
        }
        // The service shows who it is for the caller, and says here that it is a variable.
        if there["isDynamicEffectiveUser"] == true {
            there["effectiveUserId"] = EACH_CALLER.into();
        }
        Ok(there)
    }
}
