//! Jobs on systems: the Tapis v3 Jobs service.
//!
//! [`Client`] has a method for each operation of the service, and methods for common tasks:
//!
//! | task | method |
//! |---|---|
//! | build a request from an app's definition | `JobRequest::for_app` (feature `apps`) |
//! | submit a job and wait for its end | [`Client::run`], [`Client::wait`] |
//! | follow its status and history | [`Client::watch`] |
//! | read an output file while the job writes it | [`Client::tail`] |
//! | list and download its output | [`Client::outputs`], [`Client::download_output`] |
//! | cancel it, run it again | [`Client::cancel`], [`Client::resubmit_with`] |
//!
//! ```no_run
//! # #[cfg(all(feature = "apps", feature = "jobs"))]
//! # async fn example(t: tapis_client::Tapis) -> Result<(), tapis_client::Error> {
//! use tapis_client::jobs::JobRequest;
//!
//! let app = t.apps.get_app_latest_version("hello").await?;
//! let request = JobRequest::for_app(&app)?.arg("word", "world").max_minutes(5);
//! // `run` submits the job; the second `await` waits for its end.
//! let job = t.jobs.run(request).await?.await?;
//! let bytes = t.jobs.download_output(&job.uuid, "tapisjob.out").to_path("out.txt").await?;
//! println!("{bytes} bytes");
//! # Ok(())
//! # }
//! ```
//!
//! If the job fails, the wait returns an error of kind `Failed`, whose message and hint state the reason;
//! [`JobFailed::of`] returns the job. The guide has a chapter *Jobs from A to Z*.

#[cfg(feature = "apps")]
#[doc(inline)]
pub use crate::job_request::*;
#[doc(inline)]
pub use tapis_jobs::*;
