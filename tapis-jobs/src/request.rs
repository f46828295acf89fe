//! Resubmission of jobs, and the fields of a job that contain JSON in a string.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tapis_core::{BoxFuture, Error, ErrorKind, rt};

use crate::Client;
use crate::types::{
    Job, JobFileInput, JobHistoryEntry, JobParameterSetReply, ReqSubmitJob, SubmittedSubscription,
};

impl Client {
    /// Fetches the request that a job was submitted with, for example to change it and submit it
    /// again: `GET /v3/jobs/{jobUuid}/resubmit_request`.
    ///
    /// # Errors
    /// The kinds of [`get_resubmit_request_json`](Self::get_resubmit_request_json).
    pub fn resubmit_request(
        &self,
        uuid: impl Into<String>,
    ) -> BoxFuture<'static, Result<ReqSubmitJob, Error>> {
        let call = self.get_resubmit_request_json(uuid.into());
        Box::pin(async move {
            let mut request: Value = call.send_as().await?;
            leave_out_what_was_not_sent(&mut request);
            rt::reply_from_json(&request.to_string())
        })
    }

    /// Submits a job again, with changes: `GET /v3/jobs/{jobUuid}/resubmit_request` and `POST
    /// /v3/jobs/submit`. Without changes, use `resubmit_job`, which is one call.
    ///
    /// # Errors
    /// The kinds of [`get_resubmit_request_json`](Self::get_resubmit_request_json) and
    /// [`submit_job`](Self::submit_job).
    #[doc(alias = "rerun")]
    #[doc(alias = "submit again")]
    pub fn resubmit_with(
        &self,
        uuid: impl Into<String>,
        change: impl FnOnce(&mut ReqSubmitJob) + Send + 'static,
    ) -> BoxFuture<'static, Result<Job, Error>> {
        let (client, request) = (self.clone(), self.resubmit_request(uuid));
        Box::pin(async move {
            let mut request = request.await?;
            change(&mut request);
            client.submit_job(request).await
        })
    }
}

/// Fields that the service sends as JSON in a string. Plain JSON is accepted too.
impl Job {
    /// The input files of the job: the field `fileInputs`. Empty if there are none.
    ///
    /// # Errors
    /// [`ErrorKind::Decoding`] if the value has an unexpected structure.
    pub fn file_inputs(&self) -> Result<Vec<JobFileInput>, Error> {
        read("fileInputs", self.file_inputs.as_ref()).map(Option::unwrap_or_default)
    }

    /// Arguments, environment variables, scheduler options and log configuration: the field
    /// `parameterSet`.
    ///
    /// # Errors
    /// [`ErrorKind::Decoding`] if the value has an unexpected structure.
    pub fn parameter_set(&self) -> Result<Option<JobParameterSetReply>, Error> {
        read("parameterSet", self.parameter_set.as_ref())
    }

    /// The constraints on the execution system: the field `execSystemConstraints`. Empty if there
    /// are none.
    ///
    /// # Errors
    /// [`ErrorKind::Decoding`] if the value has an unexpected structure.
    pub fn exec_system_constraints(&self) -> Result<Vec<String>, Error> {
        read("execSystemConstraints", self.exec_system_constraints.as_ref())
            .map(Option::unwrap_or_default)
    }

    /// The subscriptions that were part of the job's request: the field `subscriptions`. Empty if
    /// there are none.
    ///
    /// # Errors
    /// [`ErrorKind::Decoding`] if the value has an unexpected structure.
    pub fn subscriptions(&self) -> Result<Vec<SubmittedSubscription>, Error> {
        read("subscriptions", self.subscriptions.as_ref()).map(Option::unwrap_or_default)
    }

    /// The user's notes: the field `notes`. `null` if there are none.
    ///
    /// # Errors
    /// [`ErrorKind::Decoding`] if the text is not JSON.
    pub fn notes(&self) -> Result<Value, Error> {
        read("notes", self.notes.as_ref()).map(Option::unwrap_or_default)
    }
}

impl JobHistoryEntry {
    /// The details of the event as a JSON object, from the field `description`. If that is not
    /// JSON, as in an event that a user sent, returns its text as a JSON string.
    #[must_use]
    pub fn details(&self) -> Value {
        let text = self.description.as_deref().unwrap_or_default();
        serde_json::from_str(text).unwrap_or_else(|_| text.into())
    }
}

/// Reads a field that is JSON in a string, or plain JSON.
fn read<T: DeserializeOwned>(field: &str, value: Option<&Value>) -> Result<Option<T>, Error> {
    // The message omits the value, which may be confidential.
    let wrong = |why: &str| {
        let message = format!("{field} has an unexpected structure: {why}");
        Error::new(ErrorKind::Decoding, message)
    };
    let mut value = match value {
        Some(Value::String(text)) if text.trim().is_empty() => return Ok(None),
        Some(Value::String(text)) => serde_json::from_str(text)
            .map_err(|error| wrong(&format!("invalid JSON at column {}", error.column())))?,
        Some(value) => value.clone(),
        None => return Ok(None),
    };
    if value.is_null() {
        return Ok(None);
    }
    read_notes(&mut value);
    rt::reply_from_json(&value.to_string()).map(Some).map_err(|error| wrong(error.message()))
}

/// Removes the fields that are `null`: the service returns every possible field of a request, but refuses `null` in a
/// submission (tapis-jobs `ReqSubmitJob.java` 21 to 66, `SubmitJobRequest.json`).
fn leave_out_what_was_not_sent(request: &mut Value) {
    match request {
        Value::Array(items) => items.iter_mut().for_each(leave_out_what_was_not_sent),
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            for (_, value) in fields.iter_mut().filter(|(name, _)| *name != "notes") {
                leave_out_what_was_not_sent(value);
            }
            // A `logConfig` must have both of its names.
            if fields.get("logConfig").is_some_and(|log| *log == Value::Object(Map::new())) {
                fields.remove("logConfig");
            }
        }
        _ => {}
    }
}

/// Decodes the notes of each argument, variable and input, which are again JSON in a string.
fn read_notes(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(read_notes),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == "notes" => {
                        if text.trim().is_empty() {
                            *value = Value::Null;
                        } else if let Ok(notes) = serde_json::from_str(text) {
                            *value = notes;
                        }
                    }
                    value => read_notes(value),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn job(fields: Value) -> Job {
        let mut job = json!({"uuid": "u"});
        job.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        Job::from_json(&job.to_string()).unwrap()
    }

    #[test]
    fn json_is_read_inside_a_text_and_by_itself() {
        let fields = json!({
            "fileInputs": [{
                "name": "in", "sourceUrl": "tapis://s/in.txt", "targetPath": "in.txt",
                "optional": false, "srcSharedAppCtx": "", "notes": "{\"unit\":\"K\"}",
            }],
            "parameterSet": {
                "appArgs": [{"name": "a", "arg": "-v", "include": null, "notes": "{\"isHidden\":true}"}],
                "envVariables": [{"key": "K", "value": "", "notes": "{}"}],
                "schedulerOptions": null,
            },
            "execSystemConstraints": ["a = 1"],
            "subscriptions": [],
            "notes": {"a": {"b": 1}},
        });
        let inside: Value = fields
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.clone(), Value::String(value.to_string())))
            .collect::<serde_json::Map<_, _>>()
            .into();
        for fields in [fields, inside] {
            let job = job(fields);
            let inputs = job.file_inputs().unwrap();
            assert_eq!(inputs[0].source_url.as_deref(), Some("tapis://s/in.txt"));
            assert_eq!(inputs[0].notes.as_ref().unwrap()["unit"], "K");
            let parameters = job.parameter_set().unwrap().unwrap();
            let argument = &parameters.app_args.unwrap()[0];
            assert_eq!(argument.arg.as_deref(), Some("-v"));
            assert_eq!(argument.notes.as_ref().unwrap()["isHidden"], true);
            let variable = &parameters.env_variables.unwrap()[0];
            assert!(variable.notes.as_ref().unwrap().is_empty());
            assert_eq!(job.exec_system_constraints().unwrap(), ["a = 1"]);
            assert!(job.subscriptions().unwrap().is_empty());
            assert_eq!(job.notes().unwrap()["a"]["b"], 1);
        }
    }

    #[test]
    fn what_is_absent_null_or_empty_is_nothing() {
        for fields in [
            json!({}),
            json!({"fileInputs": null, "notes": null}),
            json!({"fileInputs": "", "notes": ""}),
            json!({"fileInputs": "null", "notes": "null"}),
        ] {
            let job = job(fields.clone());
            assert!(job.file_inputs().unwrap().is_empty(), "{fields}");
            assert!(job.parameter_set().unwrap().is_none(), "{fields}");
            assert!(job.notes().unwrap().is_null(), "{fields}");
        }
        let empty_notes = json!({"fileInputs": r#"[{"name":"a","notes":""}]"#});
        assert_eq!(job(empty_notes).file_inputs().unwrap()[0].notes, None);
    }

    #[test]
    fn what_cannot_be_read_names_the_field_and_not_its_content() {
        for parameters in
            [json!("{\"appArgs\": planted"), json!({"appArgs": "planted"}), json!({"appArgs": [7]})]
        {
            let error = job(json!({"parameterSet": parameters})).parameter_set().unwrap_err();
            assert!(error.is_decoding() && error.message().starts_with("parameterSet"), "{error}");
            assert!(!format!("{error} {error:?}").contains("planted"), "{error:?}");
        }
    }

    #[test]
    fn a_request_is_without_the_nulls_that_the_service_adds() {
        let mut request = json!({
            "name": "j", "tags": null, "notes": {"a": null},
            "fileInputs": [{"sourceUrl": "tapis://s/a", "name": null}],
            "parameterSet": {
                "appArgs": [], "envVariables": [{"key": "K", "value": "", "include": null}],
                "archiveFilter": {"includes": [], "includeLaunchFiles": null},
                "logConfig": {"stdoutFilename": null, "stderrFilename": null},
            },
        });
        leave_out_what_was_not_sent(&mut request);
        let expected = json!({
            "name": "j", "notes": {"a": null}, "fileInputs": [{"sourceUrl": "tapis://s/a"}],
            "parameterSet": {
                "appArgs": [], "envVariables": [{"key": "K", "value": ""}],
                "archiveFilter": {"includes": []},
            },
        });
        assert_eq!(request, expected);
    }

    #[test]
    fn an_event_has_json_inside_a_text_or_the_text_of_a_user() {
        let event = |description: &str| {
            let event = json!({"event": "JOB_NEW_STATUS", "description": description});
            JobHistoryEntry::from_json(&event.to_string()).unwrap().details()
        };
        assert_eq!(
            event(r#"{"newJobStatus":"RUNNING","oldJobStatus":null}"#)["newJobStatus"],
            "RUNNING"
        );
        assert_eq!(event("half way"), "half way");
    }
}
