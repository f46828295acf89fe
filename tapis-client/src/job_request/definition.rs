//! Requests for jobs from definition files.

use std::path::Path;

use tapis_apply::{Definition, Format};
use tapis_core::{BoxFuture, Error, ErrorKind};
use tapis_jobs::types::ReqSubmitJob;

/// A request for a job as a file describes it, with the attributes of `POST /v3/jobs/submit`: JSON,
/// YAML or TOML. Needs the features `apps`, `definitions` and `jobs`.
///
/// It is the body of a call: `t.jobs.run(definition)`. To check it first, combine it with its app:
/// [`JobRequest::with_request`](crate::jobs::JobRequest::with_request). An attribute that is not one of the
/// request is an error that names its path, because the service would refuse it or run the job
/// without it.
///
/// ```no_run
/// # async fn example(t: tapis_client::Tapis) -> Result<(), tapis_client::Error> {
/// use tapis_client::jobs::JobDefinition;
///
/// let definition = JobDefinition::from_path("job.yaml").await?;
/// let job = t.jobs.run(definition).await?.await?;
/// println!("{:?}", job.status);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct JobDefinition(ReqSubmitJob);

impl JobDefinition {
    /// Reads a file whose name ends in `.json`, `.yaml`, `.yml` or `.toml`.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] for a file that cannot be read, [`ErrorKind::Input`] for another extension,
    /// a content that is not of that format, or that is not a request for a job.
    pub fn from_path(path: impl AsRef<Path>) -> BoxFuture<'static, Result<Self, Error>> {
        let definition = Definition::from_path(path);
        Box::pin(async move { Self::new(&definition.await?) })
    }

    /// Reads a text.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] for a text that is not of that format or not a request for a job.
    pub fn from_text(text: &str, format: Format) -> Result<Self, Error> {
        Self::new(&Definition::from_text(text, format)?)
    }

    /// The request.
    #[must_use]
    pub fn into_request(self) -> ReqSubmitJob {
        self.0
    }

    fn new(definition: &Definition) -> Result<Self, Error> {
        ReqSubmitJob::try_from(definition.to_value()).map(Self).map_err(|error| {
            let message = format!("not a request for a job: {}", error.message());
            Error::new(ErrorKind::Input, message)
        })
    }
}

impl From<JobDefinition> for ReqSubmitJob {
    fn from(definition: JobDefinition) -> Self {
        definition.0
    }
}
