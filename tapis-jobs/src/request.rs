//! Requests made from jobs that have been, and fields that hold JSON as text.

use serde::de::DeserializeOwned;
use serde_json::Value;
use tapis_core::{BoxFuture, Error, ErrorKind};

use crate::Client;
use crate::types::{Job, JobFileInput, JobParameterSetReply, ReqSubmitJob, SubmittedSubscription};

impl Client {
    /// The request that a job was submitted with, to be changed and submitted again: `GET
    /// /v3/jobs/{jobUuid}/resubmit_request`.
    ///
    /// # Errors
    /// Whatever keeps it from being had.
    pub fn resubmit_request(
        &self,
        uuid: impl Into<String>,
    ) -> BoxFuture<'static, Result<ReqSubmitJob, Error>> {
        let call = self.get_resubmit_request_json(uuid.into());
        // What the service sends is what it takes; only the types are two.
        call.send_as()
    }

    /// Submits a job again, with changes: `GET /v3/jobs/{jobUuid}/resubmit_request` and `POST
    /// /v3/jobs/submit`. Without changes, `resubmit_job` does it in one call.
    ///
    /// # Errors
    /// Whatever keeps it from being submitted.
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

/// The fields that the service sends as JSON inside a text.
impl Job {
    /// The files that are staged for the job; the field `fileInputs`.
    ///
    /// # Errors
    /// A text that is not of that form.
    pub fn file_inputs(&self) -> Result<Vec<JobFileInput>, Error> {
        read("fileInputs", self.file_inputs.as_deref()).map(Option::unwrap_or_default)
    }

    /// Arguments, environment variables and the like; the field `parameterSet`.
    ///
    /// # Errors
    /// A text that is not of that form.
    pub fn parameter_set(&self) -> Result<Option<JobParameterSetReply>, Error> {
        read("parameterSet", self.parameter_set.as_deref())
    }

    /// What the system of the job has to fulfil; the field `execSystemConstraints`.
    ///
    /// # Errors
    /// A text that is not of that form.
    pub fn exec_system_constraints(&self) -> Result<Vec<String>, Error> {
        read("execSystemConstraints", self.exec_system_constraints.as_deref())
            .map(Option::unwrap_or_default)
    }

    /// Who is told of the job; the field `subscriptions`.
    ///
    /// # Errors
    /// A text that is not of that form.
    pub fn subscriptions(&self) -> Result<Vec<SubmittedSubscription>, Error> {
        read("subscriptions", self.subscriptions.as_deref()).map(Option::unwrap_or_default)
    }

    /// Whatever the submitter has noted; the field `notes`, as text or as it is.
    ///
    /// # Errors
    /// A text that is not JSON.
    pub fn notes(&self) -> Result<Value, Error> {
        match &self.notes {
            Some(Value::String(text)) => read("notes", Some(text)).map(Option::unwrap_or_default),
            Some(other) => Ok(other.clone()),
            None => Ok(Value::Null),
        }
    }
}

fn read<T: DeserializeOwned>(field: &str, text: Option<&str>) -> Result<Option<T>, Error> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    // Which JSON it is stays out of the message, as in any reply.
    serde_json::from_str(text).map_err(|error| {
        let message = format!("{field} is not as it should be, at column {}", error.column());
        Error::new(ErrorKind::Decoding, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn job(fields: Value) -> Job {
        let mut job = json!({"uuid": "u"});
        job.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        serde_json::from_value(job).unwrap()
    }

    #[test]
    fn json_in_text_is_read() {
        let job = job(json!({
            "fileInputs": r#"[{"name":"in","sourceUrl":"tapis://s/in.txt","targetPath":"in.txt"}]"#,
            "parameterSet": r#"{"appArgs":[{"name":"a","arg":"-v"}],"envVariables":null}"#,
            "execSystemConstraints": r#"["a = 1"]"#,
            "subscriptions": "[]",
            "notes": r#"{"a":{"b":1}}"#,
        }));
        assert_eq!(job.file_inputs().unwrap()[0].source_url.as_deref(), Some("tapis://s/in.txt"));
        let parameters = job.parameter_set().unwrap().unwrap();
        assert_eq!(parameters.app_args.unwrap()[0].arg.as_deref(), Some("-v"));
        assert_eq!(job.exec_system_constraints().unwrap(), ["a = 1"]);
        assert!(job.subscriptions().unwrap().is_empty());
        assert_eq!(job.notes().unwrap()["a"]["b"], 1);
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
        assert_eq!(job(json!({"notes": {"a": 1}})).notes().unwrap()["a"], 1);
    }

    #[test]
    fn what_cannot_be_read_names_the_field_and_not_its_content() {
        let error =
            job(json!({"parameterSet": "{\"appArgs\": planted"})).parameter_set().unwrap_err();
        assert!(error.is_decoding() && error.message().starts_with("parameterSet"), "{error}");
        assert!(!format!("{error} {error:?}").contains("planted"), "{error:?}");
    }
}
