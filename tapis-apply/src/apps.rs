//! Apps. Each version of an app is a resource.

use serde_json::{Map, Value};
use tapis_apps::types::{ReqPostApp, TapisApp};
use tapis_apps::{Client, calls, operations};
use tapis_core::{Error, ErrorKind, Session};

use crate::attributes::{Attributes, Default, Entries};
use crate::call;
use crate::definition::Definition;
use crate::kind::Kind;
use crate::resource::{Resource, Steps};
use crate::variables::Creation;

/// The attributes for the size of a job and their defaults (`App.java` of tapis-apps).
const SIZE: [(&str, i64); 4] =
    [("nodeCount", 1), ("coresPerNode", 1), ("memoryMB", 100), ("maxMinutes", 10)];

pub(crate) struct AppVersion {
    session: Session,
    apps: Client,
    id: String,
    version: String,
}

impl AppVersion {
    pub(crate) fn new(session: &Session, id: &str, version: &str) -> Self {
        Self {
            session: session.clone(),
            apps: Client::new(session),
            id: id.to_owned(),
            version: version.to_owned(),
        }
    }

    /// Changes the version, but does not lock it.
    async fn change(&self, steps: &Steps) -> Result<(), Error> {
        let (apps, id, version) = (&self.apps, self.id.as_str(), self.version.as_str());
        let path = [("appId", id), ("appVersion", version)];
        if let Some(body) = &steps.bodies.put {
            call::send(&self.session, &operations::PUT_APP, &path, body).await?;
        }
        if let Some(body) = &steps.bodies.patch {
            call::send(&self.session, &operations::PATCH_APP, &path, body).await?;
        }
        match steps.switches.get("enabled") {
            Some(true) => apps.enable_app(id).await.map(drop)?,
            Some(false) => apps.disable_app(id).await.map(drop)?,
            None => {}
        }
        match steps.switches.get("versionEnabled") {
            Some(true) => apps.enable_app_version(id, version).await.map(drop),
            Some(false) => apps.disable_app_version(id, version).await.map(drop),
            None => Ok(()),
        }
    }
}

/// Reads the newest version of an app.
pub(crate) async fn newest(session: &Session, id: &str) -> Result<Value, Error> {
    let app = Client::new(session).get_app_latest_version(id).send_as().await?;
    found(id, app, || format!("there is no app {id}"))
}

/// Checks the id of a reply, because the path with a reserved id belongs to another operation of the service.
fn found(id: &str, app: Value, missing: impl FnOnce() -> String) -> Result<Value, Error> {
    if app["id"] == id { Ok(app) } else { Err(Error::new(ErrorKind::NotFound, missing())) }
}

impl Resource for AppVersion {
    type Post = ReqPostApp;
    type Reply = TapisApp;

    const KIND: Kind = Kind::App;
    // AppPostRequest.json, Definitions.json and App.java of tapis-apps.
    const ATTRIBUTES: Attributes = Attributes {
        server_made: &[
            "created",
            "deleted",
            "isPublic",
            "sharedAppCtx",
            "sharedWithUsers",
            "tenant",
            "updated",
            "uuid",
        ],
        beside_post: &[],
        ignored: &[],
        write_only: &[],
        fixed: &["id", "version"],
        by_calls: &["enabled", "locked", "owner", "versionEnabled"],
        kept_by_put: &[],
        non_empty: &["runtimeOptions", "jobAttributes.execSystemConstraints"],
        // A PATCH empties the parts of parameterSet that it omits (`ParameterSet.java`).
        merged_by_patch: &["jobAttributes"],
        complete: &["jobAttributes.parameterSet.logConfig"],
        defaults: &[
            ("enabled", Default::Flag(true)),
            ("versionEnabled", Default::Flag(true)),
            ("locked", Default::Flag(false)),
            ("runtime", Default::Text("DOCKER")),
            ("jobType", Default::Text("FORK")),
            ("maxJobs", Default::Number(-1)),
            ("maxJobsPerUser", Default::Number(-1)),
            ("strictFileInputs", Default::Flag(false)),
            ("jobAttributes.dynamicExecSystem", Default::Flag(false)),
            ("jobAttributes.isMpi", Default::Flag(false)),
            ("jobAttributes.archiveOnAppError", Default::Varies),
            ("jobAttributes.dtnSystemInputDir", Default::Text("!tapis_not_set")),
            ("jobAttributes.dtnSystemOutputDir", Default::Text("!tapis_not_set")),
            ("jobAttributes.nodeCount", Default::Number(1)),
            ("jobAttributes.coresPerNode", Default::Number(1)),
            ("jobAttributes.memoryMB", Default::Number(100)),
            ("jobAttributes.maxMinutes", Default::Number(10)),
            ("jobAttributes.parameterSet.appArgs.inputMode", Default::Text("INCLUDE_ON_DEMAND")),
            (
                "jobAttributes.parameterSet.containerArgs.inputMode",
                Default::Text("INCLUDE_ON_DEMAND"),
            ),
            (
                "jobAttributes.parameterSet.schedulerOptions.inputMode",
                Default::Text("INCLUDE_ON_DEMAND"),
            ),
            (
                "jobAttributes.parameterSet.envVariables.inputMode",
                Default::Text("INCLUDE_BY_DEFAULT"),
            ),
            ("jobAttributes.parameterSet.archiveFilter.includeLaunchFiles", Default::Flag(true)),
            ("jobAttributes.fileInputs.inputMode", Default::Text("OPTIONAL")),
            ("jobAttributes.fileInputs.autoMountLocal", Default::Flag(true)),
            ("jobAttributes.fileInputArrays.inputMode", Default::Text("OPTIONAL")),
            ("jobAttributes.subscriptions.enabled", Default::Flag(true)),
            ("jobAttributes.subscriptions.ttlMinutes", Default::Number(10_080)),
        ],
        lists: &[
            ("tags", Entries::Unordered),
            ("runtimeOptions", Entries::Unordered),
            ("jobAttributes.tags", Entries::Unordered),
            ("jobAttributes.parameterSet.appArgs", Entries::ByKeyInOrder("name")),
            ("jobAttributes.parameterSet.containerArgs", Entries::ByKeyInOrder("name")),
            ("jobAttributes.parameterSet.schedulerOptions", Entries::ByKeyInOrder("name")),
            ("jobAttributes.parameterSet.envVariables", Entries::ByKey(&["key"])),
            ("jobAttributes.parameterSet.archiveFilter.includes", Entries::Unordered),
            ("jobAttributes.parameterSet.archiveFilter.excludes", Entries::Unordered),
            ("jobAttributes.fileInputs", Entries::ByKey(&["name"])),
            ("jobAttributes.fileInputArrays", Entries::ByKey(&["name"])),
            ("jobAttributes.subscriptions", Entries::ByKey(&["jobEventCategoryFilter"])),
            (
                "jobAttributes.subscriptions.deliveryTargets",
                Entries::ByKey(&["deliveryMethod", "deliveryAddress"]),
            ),
        ],
    };

    fn described_by(definition: &Definition, session: &Session) -> Result<Self, Error> {
        let (id, version) = (definition.text("id")?.trim(), definition.text("version")?.trim());
        Ok(Self::new(session, id, version))
    }

    /// Removes `locked`, because a locked version cannot be changed; it is locked last. Adds the defaults of
    /// the size, because the service would write the default of a missing part into maxMinutes
    /// (`AppResource.java`, `updateAppFromRequest`).
    fn complete(body: &mut Map<String, Value>) {
        body.remove("locked");
        if let Some(Value::Object(attributes)) = body.get_mut("jobAttributes") {
            for (name, default) in SIZE {
                attributes.entry(name).or_insert(default.into());
            }
        }
    }

    fn described(fields: Map<String, Value>) -> Map<String, Value> {
        fields
    }

    fn as_stored(
        described: &Map<String, Value>,
        there: &Value,
        caller: Option<&str>,
    ) -> Map<String, Value> {
        let mut stored = described.clone();
        if let Some(owner) = stored.get_mut("owner") {
            *owner = Creation::new(described, there, caller).owner.into();
        }
        stored
    }

    fn unchangeable(name: &str, _: &Value) -> Option<String> {
        let is_fixed = Self::ATTRIBUTES.fixed.contains(&name);
        is_fixed.then(|| format!("{name} cannot be changed once the version exists"))
    }

    async fn read(&self) -> Result<Value, Error> {
        let (id, version) = (&self.id, &self.version);
        let app = self.apps.get_app(id, version).send_as().await?;
        found(id, app, || format!("there is no version {version} of the app {id}"))
    }

    async fn create(&self, _: &Map<String, Value>, body: ReqPostApp) -> Result<(), Error> {
        self.apps.create_app_version(body).await.map(drop)
    }

    fn may_be_deleted(error: &Error) -> bool {
        // The service refuses another version of a deleted app with 400.
        error.is_conflict() || error.message().contains("APPLIB_APP_DELETED")
    }

    async fn undelete(&self) -> Result<(), Error> {
        self.apps.undelete_app(&self.id).await.map(drop)
    }

    /// A locked version is unlocked, changed, and locked again, even if the change fails.
    async fn update(&self, steps: &Steps, there: &Value) -> Result<(), Error> {
        let (apps, id, version) = (&self.apps, &self.id, &self.version);
        let is_locked = there["locked"] == true;
        let locks = steps.switches.get("locked").copied();
        let changes = steps.bodies.put.is_some() || steps.bodies.patch.is_some();
        let unlocks = locks == Some(false) || is_locked && changes;
        let result = async {
            if unlocks {
                apps.unlock_app(id, version).await?;
            }
            self.change(steps).await
        };
        let result = result.await;
        // The version may be unlocked now, even if the call failed.
        let again = is_locked && unlocks && locks.is_none();
        if again || locks == Some(true) && result.is_ok() {
            let locked = apps.lock_app(id, version).await.map(drop);
            return result.and(locked);
        }
        result
    }

    async fn change_owner(&self, owner: &str) -> Result<(), Error> {
        let arguments =
            calls::ChangeAppOwnerArgs { app_id: self.id.clone(), user_name: owner.to_owned() };
        self.apps.change_app_owner(arguments).await.map(drop)
    }

    async fn lacks_credential(&self, _: &Map<String, Value>, _: &Value) -> Result<bool, Error> {
        Ok(false)
    }

    async fn store_credential(&self, _: &Map<String, Value>, _: &Value) -> Result<(), Error> {
        Ok(())
    }
}
