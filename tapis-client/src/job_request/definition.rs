//! Job requests from definition files.

use std::path::Path;

use tapis_apply::{Definition, Format};
use tapis_core::{BoxFuture, Error, ErrorKind};
use tapis_jobs::types::ReqSubmitJob;

/// A job request from a JSON, YAML or TOML file, with the attributes of `POST /v3/jobs/submit`. Needs
/// the features `apps`, `definitions` and `jobs`.
///
/// Pass it to `t.jobs.run(definition)`. To check it first, combine it with its app:
/// [`JobRequest::with_request`](crate::jobs::JobRequest::with_request). An unknown attribute is an error
/// that names its path, because the service would refuse it, or ignore it and run the job without it.
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
    /// [`ErrorKind::Io`] if the file cannot be read; [`ErrorKind::Input`] for another extension, for
    /// invalid JSON, YAML or TOML, and for content that is not a job request.
    pub fn from_path(path: impl AsRef<Path>) -> BoxFuture<'static, Result<Self, Error>> {
        let definition = Definition::from_path(path);
        Box::pin(async move { Self::new(&definition.await?) })
    }

    /// Reads a request from a string.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if the string does not have that format or is not a job request.
    pub fn from_text(text: &str, format: Format) -> Result<Self, Error> {
        Self::new(&Definition::from_text(text, format)?)
    }

    /// Returns the request, for example to change it.
    #[must_use]
    pub fn into_request(self) -> ReqSubmitJob {
        self.0
    }

    fn new(definition: &Definition) -> Result<Self, Error> {
        ReqSubmitJob::try_from(definition.to_value()).map(Self).map_err(|error| {
            let message = format!("not a valid job request: {}", error.message());
            Error::new(ErrorKind::Input, message)
        })
    }
}

impl From<JobDefinition> for ReqSubmitJob {
    fn from(definition: JobDefinition) -> Self {
        definition.0
    }
}
