//! Systems.

use serde_json::{Map, Value};
use tapis_core::{Error, ErrorKind, Session};
use tapis_systems::types::{ReqPostChildSystem, ReqPostSystem, ReqUpdateCredential, TapisSystem};
use tapis_systems::{Client, CredentialStatus, calls, operations};

use crate::attributes::{Attributes, Default, Entries};
use crate::call;
use crate::compare::is_blank;
use crate::definition::Definition;
use crate::kind::Kind;
use crate::resource::{Resource, Steps};
use crate::variables::{API_USER, Creation, OWNER};

pub(crate) struct System {
    session: Session,
    systems: Client,
    id: String,
}

impl System {
    pub(crate) fn new(session: &Session, id: &str) -> Self {
        Self { session: session.clone(), systems: Client::new(session), id: id.to_owned() }
    }
}

impl Resource for System {
    type Post = ReqPostSystem;
    type Reply = TapisSystem;

    const KIND: Kind = Kind::System;
    // SystemPostRequest.json, SystemPatchRequest.json and TSystem.java of tapis-systems.
    const ATTRIBUTES: Attributes = Attributes {
        server_made: &[
            "created",
            "deleted",
            "hasCredentials",
            // Requests can have it, but replies do not (`TapisSystemDTO.java`).
            "importRefId",
            "isDynamicEffectiveUser",
            "isPublic",
            "sharedWithUsers",
            "tenant",
            "updated",
            "uuid",
        ],
        beside_post: &["parentId"],
        ignored: &["jobCapabilities.subcategory"],
        write_only: &["authnCredential"],
        fixed: &["id", "systemType", "bucketName", "rootDir", "canExec", "parentId"],
        by_calls: &["enabled", "owner"],
        kept_by_put: &["effectiveUserId"],
        non_empty: &["jobRuntimes"],
        merged_by_patch: &[],
        complete: &[],
        defaults: &[
            ("enabled", Default::Flag(true)),
            ("effectiveUserId", Default::Text(API_USER)),
            ("port", Default::Number(-1)),
            ("useProxy", Default::Flag(false)),
            ("proxyPort", Default::Number(-1)),
            ("canRunBatch", Default::Flag(false)),
            ("enableCmdPrefix", Default::Flag(false)),
            ("allowChildren", Default::Flag(false)),
            ("jobMaxJobs", Default::Number(-1)),
            ("jobMaxJobsPerUser", Default::Number(-1)),
            ("jobEnvVariables.inputMode", Default::Text("INCLUDE_BY_DEFAULT")),
            ("batchLogicalQueues.maxJobs", Default::Number(-1)),
            ("batchLogicalQueues.maxJobsPerUser", Default::Number(-1)),
            ("batchLogicalQueues.minNodeCount", Default::Number(0)),
            ("batchLogicalQueues.minCoresPerNode", Default::Number(0)),
            ("batchLogicalQueues.minMemoryMB", Default::Number(0)),
            ("batchLogicalQueues.minMinutes", Default::Number(0)),
            ("batchLogicalQueues.schedulerOptions.inputMode", Default::Varies),
            ("jobCapabilities.precedence", Default::Number(100)),
        ],
        lists: &[
            ("tags", Entries::Unordered),
            ("jobRuntimes", Entries::ByKey(&["runtimeType"])),
            ("jobEnvVariables", Entries::ByKey(&["key"])),
            ("batchLogicalQueues", Entries::ByKey(&["name"])),
            ("batchLogicalQueues.schedulerOptions", Entries::ByKeyInOrder("name")),
            ("jobCapabilities", Entries::ByKey(&["category", "name"])),
        ],
    };

    fn described_by(definition: &Definition, session: &Session) -> Result<Self, Error> {
        Ok(Self::new(session, definition.text("id")?.trim()))
    }

    fn complete(_: &mut Map<String, Value>) {}

    fn described(mut fields: Map<String, Value>) -> Map<String, Value> {
        // Replies replace the variable with the caller, and report in this attribute that it is a variable.
        let is_dynamic = fields.get("isDynamicEffectiveUser").is_some_and(|value| value == true);
        if let (true, Some(Value::String(user))) = (is_dynamic, fields.get_mut("effectiveUserId")) {
            *user = API_USER.to_owned();
        }
        fields
    }

    fn as_stored(
        described: &Map<String, Value>,
        there: &Value,
        caller: Option<&str>,
    ) -> Map<String, Value> {
        let creation = Creation::new(described, there, caller);
        let mut stored = described.clone();
        if let Some(owner) = stored.get_mut("owner") {
            *owner = creation.owner.into();
        }
        if let Some(user) = stored.get_mut("effectiveUserId").filter(|user| *user == OWNER) {
            *user = creation.owner.into();
        }
        let posix = ["LINUX", "IRODS"].iter().any(|kind| there["systemType"] == *kind);
        if let Some(Value::String(root)) = stored.get_mut("rootDir") {
            *root = creation.kept(root, there["rootDir"].as_str(), posix);
        }
        if let Some(Value::String(bucket)) = stored.get_mut("bucketName") {
            *bucket = creation.kept(bucket, there["bucketName"].as_str(), false);
        }
        if let Some(Value::String(folder)) = stored.get_mut("jobWorkingDir") {
            *folder = creation.resolved(folder, there["jobWorkingDir"].as_str());
        }
        // If there is only one queue, the service always makes it the default.
        let of = |name: &str| described.get(name).unwrap_or(&there[name]);
        let queues = of("batchLogicalQueues").as_array().map_or(&[][..], Vec::as_slice);
        if let ([queue], true, Some(default)) =
            (queues, of("canRunBatch") == true, stored.get_mut("batchDefaultLogicalQueue"))
        {
            *default = queue["name"].clone();
        }
        stored
    }

    fn unchangeable(name: &str, there: &Value) -> Option<String> {
        let parent = there["parentId"].as_str().filter(|parent| !parent.is_empty());
        match parent {
            Some(parent) if !["effectiveUserId", "enabled", "owner"].contains(&name) => {
                Some(format!(
                    "{name} is inherited from the parent system {parent} and cannot be changed"
                ))
            }
            _ if Self::ATTRIBUTES.fixed.contains(&name) => {
                Some(format!("{name} cannot be changed once the system exists"))
            }
            _ => None,
        }
    }

    async fn read(&self) -> Result<Value, Error> {
        let mut there: Value = self.systems.get_system(&self.id).send_as().await?;
        // The path with a reserved id belongs to another operation of the service.
        if there["id"] != self.id {
            let message = format!("there is no system {}", self.id);
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        if there["isDynamicEffectiveUser"] == true {
            there["effectiveUserId"] = API_USER.into();
        }
        Ok(there)
    }

    async fn create(
        &self,
        described: &Map<String, Value>,
        body: ReqPostSystem,
    ) -> Result<(), Error> {
        let Some(parent) = described.get("parentId").and_then(Value::as_str) else {
            return self.systems.create_system(body).await.map(drop);
        };
        let (Some(user), Some(root)) = (body.effective_user_id, body.root_dir) else {
            let message = format!(
                "the child system {} must have the attributes effectiveUserId and rootDir",
                self.id
            );
            return Err(Error::new(ErrorKind::Input, message));
        };
        let body = ReqPostChildSystem::new(user, root).id(self.id.as_str());
        self.systems.create_child_system(parent, body).await.map(drop)
    }

    fn may_be_deleted(error: &Error) -> bool {
        // createChildSystem returns 400 for an existing id, createSystem returns 409.
        error.is_conflict() || error.message().contains("_SYS_EXISTS")
    }

    async fn undelete(&self) -> Result<(), Error> {
        self.systems.undelete_system(&self.id).await.map(drop)
    }

    async fn update(&self, steps: &Steps, _: &Value) -> Result<(), Error> {
        let (systems, id) = (&self.systems, self.id.as_str());
        let path = [("systemId", id)];
        if let Some(body) = &steps.bodies.put {
            call::send(&self.session, &operations::PUT_SYSTEM, &path, body).await?;
        }
        if let Some(body) = &steps.bodies.patch {
            call::send(&self.session, &operations::PATCH_SYSTEM, &path, body).await?;
        }
        match steps.switches.get("enabled") {
            Some(true) => systems.enable_system(id).await.map(drop),
            Some(false) => systems.disable_system(id).await.map(drop),
            None => Ok(()),
        }
    }

    async fn change_owner(&self, owner: &str) -> Result<(), Error> {
        let arguments = calls::ChangeSystemOwnerArgs {
            system_id: self.id.clone(),
            user_name: owner.to_owned(),
        };
        self.systems.change_system_owner(arguments).await.map(drop)
    }

    async fn lacks_credential(
        &self,
        stored: &Map<String, Value>,
        there: &Value,
    ) -> Result<bool, Error> {
        let Some(user) = fixed_user(stored, there) else { return Ok(false) };
        if there["effectiveUserId"] != user {
            return Ok(true);
        }
        // Newer releases of the service report it.
        if let Some(has) = there["hasCredentials"].as_bool() {
            return Ok(!has);
        }
        match self.systems.check_credential(&self.id).for_user(user).await {
            Ok(status) => Ok(status == CredentialStatus::Missing),
            // The check failed, so an existing credential is not overwritten.
            Err(error) if error.status().is_some() => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn store_credential(
        &self,
        stored: &Map<String, Value>,
        there: &Value,
    ) -> Result<(), Error> {
        let (Some(user), Some(credential)) =
            (fixed_user(stored, there), stored.get("authnCredential"))
        else {
            return Ok(());
        };
        let body: ReqUpdateCredential =
            tapis_core::rt::strict(credential).map_err(|why| Error::new(ErrorKind::Input, why))?;
        let arguments = calls::CreateUserCredentialArgs {
            system_id: self.id.clone(),
            user_name: user.to_owned(),
            body,
        };
        self.systems.create_user_credential(arguments).await
    }
}

/// The fixed user whose credential a definition has; `None` if it has none.
fn fixed_user<'a>(stored: &'a Map<String, Value>, there: &'a Value) -> Option<&'a str> {
    let has_credential = stored.get("authnCredential").is_some_and(|value| !is_blank(value));
    let user = stored.get("effectiveUserId").unwrap_or(&there["effectiveUserId"]).as_str();
    user.filter(|user| has_credential && *user != API_USER)
}
