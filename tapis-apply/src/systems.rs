//! Systems.

use serde_json::Value;
use tapis_core::{Error, ErrorKind, Session};
use tapis_systems::Client;
use tapis_systems::types::{ReqPatchSystem, ReqPostSystem, TapisSystem};

use crate::attributes::Attributes;
use crate::definition::Definition;
use crate::kind::Kind;
use crate::resource::{Resource, Switches};

/// The `effectiveUserId` of a system that each caller uses as themselves.
const EACH_CALLER: &str = "${apiUserId}";

pub(crate) struct System {
    systems: Client,
    id: String,
}

impl System {
    pub(crate) fn new(session: &Session, id: &str) -> Self {
        Self { systems: Client::new(session), id: id.to_owned() }
    }
}

impl Resource for System {
    type Post = ReqPostSystem;
    type Patch = ReqPatchSystem;
    type Reply = TapisSystem;

    const KIND: Kind = Kind::System;
    const ATTRIBUTES: Attributes = Attributes {
        write_only: &["authnCredential"],
        resolved: &["bucketName", "owner", "rootDir"],
        non_empty: &["jobRuntimes"],
        switches: &["enabled"],
    };

    fn described_by(definition: &Definition, session: &Session) -> Result<Self, Error> {
        Ok(Self::new(session, definition.text("id")?))
    }

    async fn read(&self) -> Result<Value, Error> {
        let mut there: Value = self.systems.get_system(&self.id).send_as().await?;
        if there.is_null() {
            let message = format!("there is no system {}", self.id);
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        // The service returns the caller's name, and says here that it is a variable.
        if there["isDynamicEffectiveUser"] == true {
            there["effectiveUserId"] = EACH_CALLER.into();
        }
        Ok(there)
    }

    async fn create(&self, body: ReqPostSystem) -> Result<(), Error> {
        self.systems.create_system(body).await.map(drop)
    }

    async fn update(&self, patch: Option<ReqPatchSystem>, to: &Switches) -> Result<(), Error> {
        let (systems, id) = (&self.systems, self.id.as_str());
        if let Some(patch) = patch {
            systems.patch_system(id, patch).await?;
        }
        match to.get("enabled") {
            Some(true) => systems.enable_system(id).await.map(drop),
            Some(false) => systems.disable_system(id).await.map(drop),
            None => Ok(()),
        }
    }
}
