//! The exit code and the reason of the end of an execution's container.

use serde_json::Value;

use crate::types::{ActorExecution, ExitCode};

impl ActorExecution {
    /// Returns the exit code of the execution's container. `None` while it runs, and if the service
    /// does not know it.
    ///
    /// The exit code is the number in `exit_code`. If that is missing or a string such as
    /// `undetermined`, it is `ExitCode` (Docker) or `exit_code` (Kubernetes) in `final_state`.
    #[must_use]
    pub fn container_exit_code(&self) -> Option<i64> {
        let code = match &self.exit_code {
            Some(ExitCode::Integer(code)) => Some(*code),
            Some(ExitCode::String(text)) => text.trim().parse().ok(),
            Some(ExitCode::UnknownValue(_)) | None => None,
        };
        code.or_else(|| self.state_of_container(&["ExitCode", "exit_code"])?.as_i64())
    }

    /// Whether the execution's container was killed because it used too much memory: `final_state` has
    /// `OOMKilled` (Docker) or the reason `OOMKilled` (Kubernetes).
    #[must_use]
    pub fn is_out_of_memory(&self) -> bool {
        let docker = self.state_of_container(&["OOMKilled"]).and_then(Value::as_bool);
        let kubernetes = self.state_of_container(&["reason"]).and_then(Value::as_str);
        docker == Some(true) || kubernetes == Some("OOMKilled")
    }

    /// Returns the first of these attributes that the final state has. Docker and Kubernetes use different names.
    fn state_of_container(&self, names: &[&str]) -> Option<&Value> {
        let state = self.final_state.as_ref()?;
        names.iter().find_map(|name| state.get(*name))
    }
}
