//! Jobs on systems: the Tapis v3 Jobs service.
//!
//! [`Client`] has a method for each operation of the service, and methods for everyday work:
//!
//! | to | call |
//! |---|---|
//! | submit a job and wait for its end | [`Client::run`], [`Client::wait`] |
//! | see it change | [`Client::watch`] |
//! | read its output as it is written | [`Client::tail`] |
//! | list and download its output | [`Client::outputs`], [`Client::download_output`] |
//! | cancel it, run it again | [`Client::cancel`], [`Client::resubmit_with`] |
//!
//! With the feature `apps`, `JobRequest` builds a request from the definition of an app. The guide of the project has
//! a chapter *Jobs from A to Z*.

#[cfg(feature = "apps")]
#[doc(inline)]
pub use crate::job_request::*;
#[doc(inline)]
pub use tapis_jobs::*;
