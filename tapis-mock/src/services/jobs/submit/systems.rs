//! The application and the systems of a job, as far as the caller may use them
//! (tapis-jobs `SubmitContext.java:267-335, 654-905, 2566-2623`).

use serde_json::{Map, Value};

use super::text::{bad, field, in_map, refuse_dangerous, refuse_traversal};
use crate::call::Call;
use crate::reply::{Failure, Kind};
use crate::shared::apps::{self, APP};
use crate::shared::java::{Permission, reaches};
use crate::shared::systems::SYSTEM;
use crate::store::Store;

/// The version of the application that a request names.
pub(super) fn find_app<'a>(
    call: &Call<'_>,
    store: &'a Store,
    request: &Map<String, Value>,
) -> Result<&'a Value, Failure> {
    let text = |name: &str| in_map(request, name).unwrap_or_default();
    let (id, version) = (text("appId"), text("appVersion"));
    let user = format!("{}@{}", call.user(), call.tenant);
    let missing = || {
        let message = format!(
            "TAPIS_APPCLIENT_NOT_FOUND Application {id} v{version} not found for user {user}."
        );
        Failure::not_found(message)
    };
    let header = store.get(&APP.in_tenant(&call.tenant), id);
    let header = header.filter(|app| app["deleted"] != true).ok_or_else(missing)?;
    let app = apps::version(store, &call.tenant, id, version).ok_or_else(missing)?;
    if !APP.allows(call, store, header, Permission::Execute) {
        // Apps says 403, for which there is no sentence of its own.
        let message = format!(
            "TAPIS_APPCLIENT_INTERNAL_ERROR Apps service internal error for application {id} \
             v{version} with required permission READ,EXECUTE for user {user}."
        );
        return Err(Failure::new(Kind::Forbidden, message));
    }
    if header["enabled"] == false || app["versionEnabled"] == false {
        return Err(bad("JOBS_APP_NOT_AVAILABLE", &format!("App {id} v{version} is disabled.")));
    }
    refuse_dangerous("", "appId", id)?;
    refuse_dangerous("", "appVersion", version)?;
    Ok(app)
}

/// The owner of an application that is shared with a caller who does not own it. What the
/// application names may then be used through it.
pub(super) fn sharing_owner<'a>(call: &Call<'_>, store: &'a Store, app: &Value) -> Option<&'a str> {
    let id = app["id"].as_str().unwrap_or_default();
    let owner = store.get(&APP.in_tenant(&call.tenant), id)?["owner"].as_str()?;
    (owner != call.user() && reaches(&APP, store, &call.tenant, id, call.user())).then_some(owner)
}

/// What the systems of a job are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Execution,
    Archive,
}

/// The systems on which a job runs and archives.
pub(super) struct Systems<'a> {
    pub(super) exec: &'a Value,
    pub(super) archive: &'a Value,
    pub(super) dynamic: bool,
    /// Whether they are used through a shared application.
    pub(super) exec_is_shared: bool,
    pub(super) archive_is_shared: bool,
}

impl<'a> Systems<'a> {
    pub(super) fn find(
        call: &Call<'_>,
        store: &'a Store,
        request: &Map<String, Value>,
        app: &Value,
    ) -> Result<Self, Failure> {
        let attributes = &app["jobAttributes"];
        let shared = sharing_owner(call, store, app).is_some();
        let dynamic = request.get("dynamicExecSystem").and_then(Value::as_bool);
        let dynamic = dynamic.unwrap_or(attributes["dynamicExecSystem"] == true);
        let of_app = field(attributes, "execSystemId");
        let (exec, exec_is_shared) = if dynamic {
            (choose(call, store)?, false)
        } else {
            let id = in_map(request, "execSystemId")
                .or(of_app)
                .ok_or_else(|| bad("TAPIS_JOBS_MISSING_SYSTEM", "No execution system is named."))?;
            refuse_dangerous("", "execSystemId", id)?;
            let through_app = shared && of_app == Some(id);
            (load(call, store, id, Role::Execution, through_app)?, through_app)
        };
        check_exec(exec, request, attributes)?;
        let exec_id = exec["id"].as_str().unwrap_or_default();
        let of_app = field(attributes, "archiveSystemId");
        let archive_id = in_map(request, "archiveSystemId").or(of_app).unwrap_or(exec_id);
        refuse_dangerous("", "archiveSystemId", archive_id)?;
        let archive_is_shared = shared && of_app.unwrap_or(exec_id) == archive_id;
        let archive = if archive_id == exec_id {
            exec
        } else {
            load(call, store, archive_id, Role::Archive, archive_is_shared)?
        };
        Ok(Self { exec, archive, dynamic, exec_is_shared, archive_is_shared })
    }
}

/// A system that runs jobs and that the caller may use; conditions are not read.
fn choose<'a>(call: &Call<'_>, store: &'a Store) -> Result<&'a Value, Failure> {
    let mut systems = store.records(&SYSTEM.in_tenant(&call.tenant)).map(|(_, system)| system);
    let found = systems.find(|system| {
        system["deleted"] != true
            && system["enabled"] != false
            && system["canExec"] == true
            && SYSTEM.allows(call, store, system, Permission::Execute)
    });
    found.ok_or_else(|| bad("JOBS_NO_MATCHING_SYSTEM", "No system matches the constraints."))
}

fn load<'a>(
    call: &Call<'_>,
    store: &'a Store,
    id: &str,
    role: Role,
    through_app: bool,
) -> Result<&'a Value, Failure> {
    let (word, permission) = match role {
        Role::Execution => ("execution", Permission::Execute),
        Role::Archive => ("archive", Permission::Read),
    };
    let user = format!("{}@{}", call.user(), call.tenant);
    let system = store.get(&SYSTEM.in_tenant(&call.tenant), id);
    let system = system.filter(|system| system["deleted"] != true).ok_or_else(|| {
        let message =
            format!("TAPIS_SYSCLIENT_NOT_FOUND {word} system {id} not found for user {user}.");
        Failure::not_found(message)
    })?;
    if !through_app && !SYSTEM.allows(call, store, system, permission) {
        // Systems says 403, for which there is no sentence of its own.
        let message = format!(
            "TAPIS_SYSCLIENT_INTERNAL_ERROR System service internal error when accessing {word} \
             system {id} for user {user}."
        );
        return Err(Failure::new(Kind::Forbidden, message));
    }
    if system["enabled"] == false {
        return Err(bad("JOBS_SYSTEM_NOT_AVAILABLE", &format!("System {id} is disabled.")));
    }
    Ok(system)
}

fn check_exec(
    system: &Value,
    request: &Map<String, Value>,
    attributes: &Value,
) -> Result<(), Failure> {
    let id = system["id"].as_str().unwrap_or_default();
    if system["canExec"] != true {
        let what = format!("System {id} is not defined as an executable system.");
        return Err(bad("JOBS_INVALID_EXEC_SYSTEM", &what));
    }
    let prefixed =
        in_map(request, "cmdPrefix").or_else(|| field(attributes, "cmdPrefix")).is_some();
    if prefixed && system["enableCmdPrefix"] != true {
        let what = format!("System {id} takes no command prefix.");
        return Err(bad("JOBS_CMD_PREFIX_NOT_ENABLED_FOR_SYSTEM", &what));
    }
    let Some(working) = field(system, "jobWorkingDir") else {
        return Err(bad("JOBS_EXEC_SYSTEM_NO_WORKING_DIR", &format!("System {id}.")));
    };
    refuse_traversal("jobWorkingDir", working)?;
    if system["jobRuntimes"].as_array().is_none_or(Vec::is_empty) {
        return Err(bad("JOBS_EXEC_SYSTEM_NO_RUNTIME", &format!("System {id}.")));
    }
    Ok(())
}
