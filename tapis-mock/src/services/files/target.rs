//! The paths of systems, and the access of callers.

use std::io;

use serde_json::Value;

use super::access::{self, Wish};
use crate::call::Call;
use crate::folder::{Bucket, Disk, Entry, Within};
use crate::reply::{Failure, Kind};
use crate::shared::java::{Permission, share_of};
use crate::shared::logins::Login;
use crate::shared::systems::SYSTEM;
use crate::store::Store;
use crate::tokens::verify::Caller;

/// The kinds of system that the service distinguishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Linux,
    S3,
    Irods,
    Globus,
}

impl Sort {
    pub(super) fn of(system: &Value) -> Self {
        match system["systemType"].as_str() {
            Some("S3") => Self::S3,
            Some("IRODS") => Self::Irods,
            Some("GLOBUS") => Self::Globus,
            _ => Self::Linux,
        }
    }
}

/// A path of a system that the caller may use.
pub(super) struct Target {
    pub(super) system: String,
    pub(super) path: Within,
    pub(super) sort: Sort,
    /// The directory of the host, or the start of all keys, that is the root of the system.
    pub(super) root_dir: String,
    pub(super) disk: Disk,
    pub(super) bucket: Bucket,
    login: Login,
}

impl Target {
    /// The system and the path of the call.
    pub(super) fn of(call: &Call<'_>, store: &Store, wish: Wish) -> Result<Self, Failure> {
        Self::at(call, store, call.path("systemId"), call.path("path"), wish)
    }

    /// The result or error of `LibUtils.getResolvedSysWithAuthCheck`.
    pub(super) fn at(
        call: &Call<'_>,
        store: &Store,
        system: &str,
        path: &str,
        wish: Wish,
    ) -> Result<Self, Failure> {
        let assumed = assume(call, system, path)?;
        let call = assumed.as_ref().unwrap_or(call);
        let found = record(call, store, system)?;
        if found["enabled"] == false {
            return Err(Failure::not_found(not_enabled(call, system)));
        }
        let within = Within::clean(path).ok_or_else(|| {
            let sentence = "This path cannot be used.";
            Failure::bad_request(message(call, "FILES_PATH_INVALID", sentence, system, path))
        })?;
        may(call, store, found, &within, wish)?;
        Ok(Self {
            system: system.to_owned(),
            path: within,
            sort: Sort::of(found),
            root_dir: found["rootDir"].as_str().unwrap_or_default().trim().to_owned(),
            disk: call.world.folder.system(&call.tenant, system),
            bucket: call.world.folder.bucket(&call.tenant, system),
            login: Login::of(store, &call.tenant, system),
        })
    }

    /// Whether the root of the system is the root of the host.
    pub(super) fn is_whole_host(&self) -> bool {
        self.root_dir.trim_matches('/').is_empty()
    }

    /// A message of the service about this path.
    pub(super) fn say(&self, call: &Call<'_>, id: &str, sentence: &str) -> String {
        message(call, id, sentence, &self.system, &self.path.to_string())
    }

    /// The item at the path, read through links, before an operation. If this fails, the service
    /// replies with 500 for every reason.
    pub(super) fn look(&self, call: &Call<'_>) -> Result<Option<Entry>, Failure> {
        match self.login {
            // Only the other operations check for this reason.
            Login::Missing => return Err(self.server(call, "FILES_OPSC_ERR", self.no_login())),
            _ => self.log_in(call)?,
        }
        match self.found(&self.path) {
            Ok(entry) => Ok(Some(entry)),
            // The client for Globus fails here; the others leave it to the operation.
            Err(error) if is_missing(&error) && self.sort == Sort::Globus => {
                Err(self.failure(call, &error))
            }
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(self.trouble(call, &error)),
        }
    }

    /// The result of the service's `getFileInfo`: in a bucket, the first object whose key starts
    /// with the path.
    fn found(&self, path: &Within) -> io::Result<Entry> {
        if self.sort == Sort::S3 {
            let first = self.bucket.objects(&path.to_string())?.into_iter().next();
            return first.map(Entry::from).ok_or_else(|| io::ErrorKind::NotFound.into());
        }
        self.disk.entry(path)
    }

    /// Logs in to the host before an operation. A 401 is about this login, not about the caller's
    /// token.
    pub(super) fn log_in(&self, call: &Call<'_>) -> Result<(), Failure> {
        let status = match (self.login, self.sort) {
            (Login::Accepted, _) => return Ok(()),
            (_, Sort::Linux) => Kind::Unauthorized,
            _ => Kind::Server,
        };
        Err(Failure::new(status, self.say(call, self.no_login(), "No login to the system.")))
    }

    /// The message id for the reason why a login is not possible.
    fn no_login(&self) -> &'static str {
        match (self.sort, self.login) {
            (Sort::S3, _) => "FILES_CLIENT_S3_ERR No credentials",
            (Sort::Globus, _) => "FILES_CLIENT_GLOBUS_CRED_ERR",
            (Sort::Irods, _) => "FILES_IRODS_CREDENTIAL_ERROR",
            (Sort::Linux, Login::Missing) => "SSH_POOL_MISSING_CREDENTIALS",
            (Sort::Linux, _) => "FILES_CLIENT_SSH_SESSION_POOL_ERROR",
        }
    }

    /// The service's error if the host refuses to list, create, delete or describe a path.
    pub(super) fn failure(&self, call: &Call<'_>, error: &io::Error) -> Failure {
        if is_missing(error) {
            let id = match self.sort {
                Sort::Linux => "FILES_CLIENT_SSH_NOT_FOUND",
                Sort::S3 => "FILES_CLIENT_S3_NOFILE",
                Sort::Irods => "FILES_CLIENT_IRODS_NOT_FOUND",
                Sort::Globus => "FILES_CLIENT_GLOBUS_NOT_FOUND",
            };
            return Failure::not_found(self.say(call, id, "There is no such path."));
        }
        if error.kind() == io::ErrorKind::PermissionDenied {
            let sentence = "The host refused: Permission denied.";
            return Failure::forbidden(self.say(call, "FILES_CLIENT_SSH_PERM_DENIED", sentence));
        }
        self.trouble(call, error)
    }

    /// The service's error for all other failures on the host.
    pub(super) fn trouble(&self, call: &Call<'_>, error: &io::Error) -> Failure {
        let reason = match error.kind() {
            io::ErrorKind::PermissionDenied => "Permission denied".to_owned(),
            _ => error.to_string(),
        };
        self.server(call, "FILES_OPSC_ERR", &format!("The operation failed: {reason}."))
    }

    /// A failure that the service reports as 500.
    pub(super) fn server(&self, call: &Call<'_>, id: &str, sentence: &str) -> Failure {
        Failure::new(Kind::Server, self.say(call, id, sentence))
    }
}

/// The call as the user that it impersonates. Only services may impersonate users or use a shared
/// application context.
fn assume<'a>(call: &Call<'a>, system: &str, path: &str) -> Result<Option<Call<'a>>, Failure> {
    let asked = |name: &str| {
        let known = call.operation.parameters.iter().any(|parameter| parameter.name == name);
        call.query(name).filter(|value| known && !value.trim().is_empty())
    };
    let by_service = call.caller.as_ref().and_then(|caller| caller.service.clone());
    for (name, id) in
        [("sharedCtx", "FILES_UNAUTH_SHAREDCTX"), ("impersonationId", "FILES_UNAUTH_IMPERSONATE")]
    {
        if asked(name).is_some() && by_service.is_none() {
            let sentence = "Only services may do this.";
            return Err(Failure::forbidden(message(call, id, sentence, system, path)));
        }
    }
    Ok(asked("impersonationId").map(|user| {
        let tenant = call.tenant.clone();
        call.on_behalf_of(Caller { username: user.to_owned(), tenant, service: by_service })
    }))
}

/// Whether a path does not exist. SFTP also reports a path below a file as missing.
pub(super) fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// A system, whether or not the caller may read it.
fn record<'a>(call: &Call<'_>, store: &'a Store, system: &str) -> Result<&'a Value, Failure> {
    let found = store.get(&SYSTEM.in_tenant(&call.tenant), system);
    // The message is that of Systems, which Files passes on.
    let missing = || SYSTEM.missing(call, system);
    found.filter(|record| record["deleted"] != true).ok_or_else(missing)
}

/// A system that the caller may read.
pub(super) fn system<'a>(
    call: &Call<'_>,
    store: &'a Store,
    id: &str,
) -> Result<&'a Value, Failure> {
    let found = record(call, store, id)?;
    if SYSTEM.allows(call, store, found, Permission::Read) {
        return Ok(found);
    }
    Err(SYSTEM.unauthorized(call, id))
}

/// A system that the caller may read and that is enabled.
pub(super) fn enabled_system<'a>(
    call: &Call<'_>,
    store: &'a Store,
    id: &str,
) -> Result<&'a Value, Failure> {
    let found = system(call, store, id)?;
    if found["enabled"] == false {
        return Err(Failure::not_found(not_enabled(call, id)));
    }
    Ok(found)
}

pub(super) fn not_enabled(call: &Call<'_>, system: &str) -> String {
    message(call, "FILES_SYS_NOTENABLED", "The system is disabled.", system, "")
}

/// The service's error for callers without permission.
pub(super) fn denied(call: &Call<'_>, system: &str, path: &Within, wish: &str) -> Failure {
    let sentence = "Tapis refuses this.";
    let path = path.to_string();
    let message = message(call, "FILES_NOT_AUTHORIZED.", sentence, system, &path);
    Failure::forbidden(format!("{message} Permission: {wish}"))
}

/// A message in the format of the service.
pub(super) fn message(
    call: &Call<'_>,
    id: &str,
    sentence: &str,
    system: &str,
    path: &str,
) -> String {
    format!(
        "{id} {sentence} OboTenant: {} OboUser: {} System: {system} Path: {path}",
        call.tenant,
        call.user()
    )
}

/// Owners have all access. A shared system gives its users read access to all paths, and write
/// access if users log in as themselves. A shared path can be read. In other cases, a permission on
/// the path and read access to the system are required (`LibUtils.getResolvedSysWithAuthCheck`).
fn may(
    call: &Call<'_>,
    store: &Store,
    system: &Value,
    path: &Within,
    wish: Wish,
) -> Result<(), Failure> {
    let user = call.user();
    if system["owner"] == user {
        return Ok(());
    }
    let id = system["id"].as_str().unwrap_or_default();
    let share = share_of(&SYSTEM, store, &call.tenant, id);
    let shared = share.public || share.users.iter().any(|known| known == user);
    let dynamic = system["effectiveUserId"] == "${apiUserId}";
    if shared && (wish == Wish::Read || dynamic) {
        return Ok(());
    }
    let in_directories = Sort::of(system) == Sort::Linux;
    if wish == Wish::Read && access::is_shared(store, &call.tenant, id, user, path, in_directories)
    {
        return Ok(());
    }
    if !access::is_granted(store, &call.tenant, id, user, path, wish) {
        return Err(denied(call, id, path, wish.word()));
    }
    if SYSTEM.allows(call, store, system, Permission::Read) {
        return Ok(());
    }
    Err(SYSTEM.unauthorized(call, id))
}
