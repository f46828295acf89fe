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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::ActorExecution;

    fn execution(exit_code: Value, final_state: Value) -> ActorExecution {
        let record = json!({"id": "e", "exit_code": exit_code, "final_state": final_state});
        serde_json::from_value(record).unwrap()
    }

    #[test]
    fn the_exit_code_is_read_in_the_forms_of_docker_and_kubernetes() {
        let docker = json!({"Status": "exited", "ExitCode": 3, "OOMKilled": false});
        let kubernetes = json!({"exit_code": 4, "reason": "Error", "started_at": null});
        for (exit_code, final_state, expected) in [
            (json!(0), docker.clone(), Some(0)),
            (json!(3), json!({"unavailable": true}), Some(3)),
            (json!("3"), Value::Null, Some(3)),
            (json!("undetermined"), docker, Some(3)),
            (json!("No Exit Code"), kubernetes.clone(), Some(4)),
            (Value::Null, kubernetes, Some(4)),
            (json!("undetermined"), json!({"unavailable": true}), None),
            (json!("No Exit Code"), json!({"started_at": null}), None),
            (Value::Null, Value::Null, None),
        ] {
            let read = execution(exit_code.clone(), final_state.clone()).container_exit_code();
            assert_eq!(read, expected, "{exit_code} {final_state}");
        }
    }

    #[test]
    fn too_little_memory_is_read_in_the_forms_of_docker_and_kubernetes() {
        for (final_state, expected) in [
            (json!({"OOMKilled": true, "ExitCode": 137}), true),
            (json!({"OOMKilled": false, "ExitCode": 137}), false),
            (json!({"reason": "OOMKilled", "exit_code": 137}), true),
            (json!({"reason": "Error", "exit_code": 1}), false),
            (Value::Null, false),
        ] {
            let read = execution(json!(137), final_state.clone()).is_out_of_memory();
            assert_eq!(read, expected, "{final_state}");
        }
    }
}
