//! The application and the systems of a job, as far as the caller may use them (tapis-jobs
//! `SubmitContext.java:267-335, 654-905, 2566-2623`).

use serde_json::{Map, Value};

use super::super::job::no_message;
use super::sharing::Sharing;
use super::text::{NOT_SET, bad, field, in_map, refuse_dangerous, refuse_traversal};
use crate::call::Call;
use crate::reply::{Failure, Kind};
use crate::shared::apps::{self, APP};
use crate::shared::java::{Permission, reaches};
use crate::shared::systems::SYSTEM;
use crate::store::Store;

/// The version of the application in a request.
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
        // Apps replies with 403, which has no message of its own.
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

/// The owner of an application that is shared with a caller who is not its owner. The application's
/// systems and directories may then be used through it.
pub(super) fn sharing_owner<'a>(call: &Call<'_>, store: &'a Store, app: &Value) -> Option<&'a str> {
    let id = app["id"].as_str().unwrap_or_default();
    let owner = store.get(&APP.in_tenant(&call.tenant), id)?["owner"].as_str()?;
    (owner != call.user() && reaches(&APP, store, &call.tenant, id, call.user())).then_some(owner)
}

/// The purposes of a job's systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Execution,
    Archive,
    Dtn,
}

/// The systems on which a job runs and archives.
pub(super) struct Systems<'a> {
    pub(super) exec: &'a Value,
    pub(super) archive: &'a Value,
    /// The DTN, if the job uses one.
    pub(super) dtn: Option<Dtn<'a>>,
}

/// A DTN, with its directories.
pub(super) struct Dtn<'a> {
    pub(super) id: &'a str,
    pub(super) directories: [(&'static str, String); 2],
}

impl<'a> Systems<'a> {
    pub(super) fn find(
        call: &Call<'_>,
        store: &'a Store,
        request: &Map<String, Value>,
        app: &Value,
        sharing: &mut Sharing<'_>,
    ) -> Result<Self, Failure> {
        let attributes = &app["jobAttributes"];
        let dynamic = request.get("dynamicExecSystem").and_then(Value::as_bool);
        if dynamic.unwrap_or(attributes["dynamicExecSystem"] == true) {
            // The operation of Systems that selects one is disabled (tapis-systems
            // `SystemResource.java:1130-1142`, tapis-jobs `SubmitContext.java:875-890`).
            let message = format!(
                "TAPIS_CLIENT_ERROR Call matchConstraints of Systems failed for {}@{}.",
                call.user(),
                call.tenant
            );
            return Err(Failure::new(Kind::Server, message));
        }
        let of_app = field(attributes, "execSystemId");
        let exec_id = in_map(request, "execSystemId").or(of_app).ok_or_else(|| {
            Failure::bad_request(no_message("TAPIS_JOBS_MISSING_SYSTEM", "execution"))
        })?;
        refuse_dangerous("", "execSystemId", exec_id)?;
        let through_app = sharing.exec_system(exec_id, of_app);
        let exec = load(call, store, exec_id, Role::Execution, through_app)?;
        check_exec(exec, request, attributes)?;
        let dtn = find_dtn(call, store, request, attributes, exec, sharing)?;
        let of_app = field(attributes, "archiveSystemId");
        let archive_id = in_map(request, "archiveSystemId").or(of_app).unwrap_or(exec_id);
        refuse_dangerous("", "archiveSystemId", archive_id)?;
        let through_app = sharing.archive_system(archive_id, of_app, exec_id);
        let archive = if archive_id == exec_id {
            exec
        } else {
            load(call, store, archive_id, Role::Archive, through_app)?
        };
        Ok(Self { exec, archive, dtn })
    }
}

/// The DTN of the system, if a directory on it is named (tapis-jobs `SubmitContext.java:476-514,
/// 706-762`).
fn find_dtn<'a>(
    call: &Call<'_>,
    store: &'a Store,
    request: &Map<String, Value>,
    attributes: &Value,
    exec: &'a Value,
    sharing: &mut Sharing<'_>,
) -> Result<Option<Dtn<'a>>, Failure> {
    let Some(id) = field(exec, "dtnSystemId") else { return Ok(None) };
    refuse_dangerous("", "dtnSystemId", id)?;
    if exec["id"] == id {
        return Err(bad("JOBS_INVALID_DTN_SYSTEM_ASSIGNMENT", &format!("System {id}.")));
    }
    // Apps stores a placeholder for a missing value (tapis-apps `App.java:429`).
    let of_app = |name: &str| field(attributes, name).unwrap_or(NOT_SET).to_owned();
    let directory = |name: &'static str| {
        (name, in_map(request, name).map_or_else(|| of_app(name), str::to_owned))
    };
    let directories = ["dtnSystemInputDir", "dtnSystemOutputDir"].map(directory);
    for (name, directory) in &directories {
        refuse_traversal(name, directory)?;
    }
    if directories.iter().all(|(_, directory)| directory == NOT_SET) {
        return Ok(None);
    }
    let through_app = sharing.dtn_system();
    let system = load(call, store, id, Role::Dtn, through_app)?;
    if system["rootDir"] != exec["rootDir"] {
        let what = format!("{} and {id} have other root directories.", exec["id"]);
        return Err(bad("JOBS_INVALID_DTN_ROOTDIR", &what));
    }
    let attributes = ["SAC_DTN_SYSTEM_INPUT_DIR", "SAC_DTN_SYSTEM_OUTPUT_DIR"];
    for ((name, directory), attribute) in directories.iter().zip(attributes) {
        let used = Some(directory.as_str()).filter(|used| *used != NOT_SET);
        sharing.dtn_dir(attribute, used, &of_app(name));
    }
    Ok(Some(Dtn { id, directories }))
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
        Role::Dtn => ("dtn", Permission::Read),
    };
    let user = format!("{}@{}", call.user(), call.tenant);
    let system = store.get(&SYSTEM.in_tenant(&call.tenant), id);
    let system = system.filter(|system| system["deleted"] != true).ok_or_else(|| {
        let message =
            format!("TAPIS_SYSCLIENT_NOT_FOUND {word} system {id} not found for user {user}.");
        Failure::not_found(message)
    })?;
    // If a system cannot run jobs, Systems refuses to return it to callers who need EXECUTE
    // (tapis-systems `SystemsServiceImpl.java:1059-1071`).
    let idle = role == Role::Execution && system["canExec"] != true;
    if idle || (!through_app && !SYSTEM.allows(call, store, system, permission)) {
        // Systems replies with 403, which has no message of its own.
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
