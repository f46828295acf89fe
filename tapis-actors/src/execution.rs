//! How the container of an execution ended.

use serde_json::Value;

use crate::types::{ActorExecution, ExitCode};

impl ActorExecution {
    /// Returns the exit code of the execution's container, or `None` as long as it runs or if the service
    /// did not get it.
    ///
    /// It is the number in `exit_code`. Where that is missing or a text such as `undetermined`, it is
    /// `ExitCode` (Docker) or `exit_code` (Kubernetes) of `final_state`.
    #[must_use]
    pub fn container_exit_code(&self) -> Option<i64> {
        let code = match &self.exit_code {
            Some(ExitCode::Integer(code)) => Some(*code),
            Some(ExitCode::String(text)) => text.trim().parse().ok(),
            Some(ExitCode::UnknownValue(_)) | None => None,
        };
        code.or_else(|| self.state_of_container(&["ExitCode", "exit_code"])?.as_i64())
    }

    /// Returns whether the execution's container was killed because it used too much memory: `OOMKilled`
    /// (Docker) or the reason `OOMKilled` (Kubernetes) in `final_state`.
    #[must_use]
    pub fn is_out_of_memory(&self) -> bool {
        let docker = self.state_of_container(&["OOMKilled"]).and_then(Value::as_bool);
        let kubernetes = self.state_of_container(&["reason"]).and_then(Value::as_str);
        docker == Some(true) || kubernetes == Some("OOMKilled")
    }

    /// The first of these that the final state has; Docker and Kubernetes name them differently.
    fn state_of_container(&self, names: &[&str]) -> Option<&Value> {
        let state = self.final_state.as_ref()?;
        names.iter().find_map(|name| state.get(*name))
    }
}
