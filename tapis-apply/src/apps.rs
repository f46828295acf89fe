//! Apps, each version of which is a resource.

use serde_json::Value;
use tapis_apps::Client;
use tapis_apps::types::{ReqPatchApp, ReqPostApp, TapisApp};
use tapis_core::{Error, ErrorKind, Session};

use crate::attributes::Attributes;
use crate::definition::Definition;
use crate::kind::Kind;
use crate::resource::{Resource, Switches};

pub(crate) struct AppVersion {
    apps: Client,
    id: String,
    version: String,
}

impl AppVersion {
    pub(crate) fn new(session: &Session, id: &str, version: &str) -> Self {
        Self { apps: Client::new(session), id: id.to_owned(), version: version.to_owned() }
    }
}

/// Reads the newest version of an app.
pub(crate) async fn newest(session: &Session, id: &str) -> Result<Value, Error> {
    let app = Client::new(session).get_app_latest_version(id).send_as().await?;
    found(app, || format!("there is no app {id}"))
}

fn found(app: Value, missing: impl FnOnce() -> String) -> Result<Value, Error> {
    if app.is_null() { Err(Error::new(ErrorKind::NotFound, missing())) } else { Ok(app) }
}

impl Resource for AppVersion {
    type Post = ReqPostApp;
    type Patch = ReqPatchApp;
    type Reply = TapisApp;

    const KIND: Kind = Kind::App;
    const ATTRIBUTES: Attributes = Attributes {
        write_only: &[],
        resolved: &["owner"],
        non_empty: &[],
        switches: &["enabled", "locked", "versionEnabled"],
    };

    fn described_by(definition: &Definition, session: &Session) -> Result<Self, Error> {
        Ok(Self::new(session, definition.text("id")?, definition.text("version")?))
    }

    async fn read(&self) -> Result<Value, Error> {
        let (id, version) = (&self.id, &self.version);
        let app = self.apps.get_app(id, version).send_as().await?;
        found(app, || format!("there is no version {version} of the app {id}"))
    }

    async fn create(&self, body: ReqPostApp) -> Result<(), Error> {
        self.apps.create_app_version(body).await.map(drop)
    }

    async fn update(&self, patch: Option<ReqPatchApp>, to: &Switches) -> Result<(), Error> {
        let (apps, id, version) = (&self.apps, &self.id, &self.version);
        // A locked version cannot be changed: unlocking comes first, locking last.
        if to.get("locked") == Some(&false) {
            apps.unlock_app(id, version).await?;
        }
        if let Some(patch) = patch {
            apps.patch_app(id, version, patch).await?;
        }
        match to.get("enabled") {
            Some(true) => apps.enable_app(id).await.map(drop)?,
            Some(false) => apps.disable_app(id).await.map(drop)?,
            None => {}
        }
        match to.get("versionEnabled") {
            Some(true) => {
                apps.enable_app_version(id, version).await?;
            }
            Some(false) => {
                apps.disable_app_version(id, version).await?;
            }
            None => {}
        }
        if to.get("locked") == Some(&true) {
            apps.lock_app(id, version).await?;
        }
        Ok(())
    }
}
