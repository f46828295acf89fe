//! The storage type of a system, on which some behaviour of the Files service depends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use tapis_core::{Error, Method, RawRequest};
use tokio::sync::OnceCell;

use crate::Client;
use crate::types::FileInfo;

/// The storage type of a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SystemKind {
    Linux,
    S3,
    Irods,
    Globus,
    /// The caller may not read the system, or this crate does not know its type.
    Unknown,
}

/// A cache of the types of systems.
#[derive(Default)]
struct Kinds(Mutex<HashMap<String, Arc<OnceCell<SystemKind>>>>);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Definition {
    system_type: Option<String>,
}

impl Client {
    /// Returns the storage type of `system`: `GET /v3/systems/{systemId}`, once for each system and session.
    pub(crate) async fn system_kind(&self, system: &str) -> SystemKind {
        let kinds = self.session().remembered::<Kinds>();
        let kind = {
            let mut kinds = kinds.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(kinds.entry(system.to_owned()).or_default())
        };
        let found = kind.get_or_try_init(|| self.look_up_kind(system)).await;
        found.copied().unwrap_or(SystemKind::Unknown)
    }

    /// # Errors
    /// A retryable failure, which is not cached: the next call requests the system again.
    async fn look_up_kind(&self, system: &str) -> Result<SystemKind, Error> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        if !system.chars().all(is_plain) {
            return Ok(SystemKind::Unknown);
        }
        let path = format!("/v3/systems/{system}");
        let request = RawRequest::new(self.session(), Method::GET, path);
        match request.query("select", "systemType").send_as::<Definition>().await {
            Ok(definition) => Ok(SystemKind::named(definition.system_type.as_deref())),
            Err(error) if error.is_retryable() => Err(error),
            Err(_) => Ok(SystemKind::Unknown),
        }
    }
}

impl SystemKind {
    fn named(name: Option<&str>) -> Self {
        match name {
            Some("LINUX") => Self::Linux,
            Some("S3") => Self::S3,
            Some("IRODS") => Self::Irods,
            Some("GLOBUS") => Self::Globus,
            _ => Self::Unknown,
        }
    }

    /// Returns the type; if it is unknown, guesses it from an entry of a listing.
    pub(crate) fn or_as_in(self, entry: &FileInfo) -> Self {
        match (self, entry.native_permissions.as_deref()) {
            // On Linux hosts the service writes permissions with nine characters.
            (Self::Unknown, Some(permissions)) if is_mode(permissions) => Self::Linux,
            (Self::Unknown, Some(_)) => Self::Globus,
            (known, _) => known,
        }
    }
}

fn is_mode(permissions: &str) -> bool {
    permissions.len() == 9 && permissions.chars().all(|c| "rwxstST-".contains(c))
}
