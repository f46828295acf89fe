//! Evaluates environment variables on hosts.

use serde_json::json;

use crate::call::Call;
use crate::reply::{Failure, Outcome, Reply};
use crate::shared::java::Permission;
use crate::shared::systems::{SYSTEM, login_user};

/// The prefix of a root that is evaluated on the host.
pub(super) const EVAL: &str = "HOST_EVAL(";

/// Whether a root is evaluated on the host.
pub(super) fn evaluates(root: &str) -> bool {
    root.strip_prefix('/').unwrap_or(root).starts_with(EVAL)
}

/// Why a root cannot be evaluated.
pub(super) enum Why {
    /// Its syntax is wrong.
    Form(String),
    /// The variable has no value on the host.
    Empty(String),
}

/// The root of a system, for a user who logs in to its host
/// (`SystemsServiceImpl.resolveRootDirHostEval` 1924-2006).
pub(super) fn evaluate(root: &str, user: &str) -> Result<String, Why> {
    let form = |id: &str| Why::Form(format!("{id} Root dir: {root}"));
    let inner = root.strip_prefix('/').unwrap_or(root).strip_prefix(EVAL);
    let inner = inner.and_then(|inner| inner.rsplit_once(')'));
    let (argument, rest) = inner.ok_or_else(|| form("SYSLIB_HOST_EVAL_NO_MATCHES"))?;
    if argument.trim().is_empty() {
        return Err(form("SYSLIB_HOST_EVAL_NO_ENV_VAR"));
    }
    let argument = argument.trim();
    let argument = argument.strip_prefix('$').unwrap_or(argument);
    let (name, default) = match argument.split_once(',') {
        Some((name, default)) => (name.trim_end(), Some(default.trim())),
        None => (argument.trim_end(), None),
    };
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_name = !name.is_empty()
        && name.chars().all(word)
        && !name.starts_with(|first: char| first.is_ascii_digit());
    if !is_name || default.is_some_and(|text| text.is_empty() || text.contains(char::is_whitespace))
    {
        return Err(form("SYSLIB_HOST_EVAL_INVALID_ENV_VAR"));
    }
    let value = variable(name, user).or_else(|| default.map(str::to_owned));
    let value = value
        .ok_or_else(|| Why::Empty(format!("SYSLIB_HOST_EVAL_RESOLVE_EMPTY Variable: {name}")))?;
    let evaluated = format!("{value}{rest}");
    Ok(if evaluated.starts_with('/') { evaluated } else { format!("/{evaluated}") })
}

/// The value of an environment variable on the host. The mock's hosts have three.
fn variable(name: &str, user: &str) -> Option<String> {
    match name {
        "HOME" => Some(format!("/home/{user}")),
        "WORK" => Some(format!("/work/{user}")),
        "SCRATCH" => Some(format!("/scratch/{user}")),
        _ => None,
    }
}

pub(super) fn get_variable(call: &Call<'_>) -> Outcome {
    let store = call.world.store();
    let system = SYSTEM.find_for(call, &store, Permission::Read)?;
    let user = login_user(&store, &call.tenant, system, call.user());
    let name = call.path("envVarName");
    let value = variable(name.trim_start_matches('$'), &user).ok_or_else(|| {
        let sentence = format!("No value for {name}.");
        Failure::bad_request(SYSTEM.message(call, "HOST_EVAL", &sentence, call.path("systemId")))
    })?;
    Ok(Reply::result(json!({ "name": value }), "Value found."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_is_evaluated_for_the_user_of_the_host() {
        let evaluated = |root: &str| match evaluate(root, "svc") {
            Ok(root) => root,
            Err(Why::Form(what) | Why::Empty(what)) => what,
        };
        let cases = [
            ("HOST_EVAL($SCRATCH)", "/scratch/svc"),
            ("/HOST_EVAL(HOME)/sub", "/home/svc/sub"),
            ("HOST_EVAL($NONE, /default)/x", "/default/x"),
            ("HOST_EVAL($NONE)", "SYSLIB_HOST_EVAL_RESOLVE_EMPTY"),
            ("HOST_EVAL()", "SYSLIB_HOST_EVAL_NO_ENV_VAR"),
            ("HOST_EVAL($A B)", "SYSLIB_HOST_EVAL_INVALID_ENV_VAR"),
            ("HOST_EVAL($A", "SYSLIB_HOST_EVAL_NO_MATCHES"),
        ];
        for (root, expected) in cases {
            assert!(evaluated(root).starts_with(expected), "{root}: {}", evaluated(root));
        }
    }
}
