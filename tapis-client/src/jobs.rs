//! Jobs on the systems: the Tapis v3 Jobs service.
//!
//! [`Client`] has a method for each operation of the service. On top of them, jobs are
//! [run](Client::run), [waited for](Client::wait), [watched](Client::watch) and
//! [followed](Client::tail), and their output is [listed](Client::outputs) and
//! [downloaded](Client::download_output). With the feature `apps`, `JobRequest` makes the request for a
//! job from its app.

#[cfg(feature = "apps")]
#[doc(inline)]
pub use crate::job_request::*;
#[doc(inline)]
pub use tapis_jobs::*;
