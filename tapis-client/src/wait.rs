//! Waiting for jobs, transfers, pods, pipeline runs and executions.
//!
//! A [`Waiter`] polls at growing intervals. Awaiting it returns the resource in its final state, or an error of kind
//! `Failed` if the job, pod or run failed. [`Waiter::watch`] returns a stream of the changes.
//!
//! ```no_run
//! # #[cfg(feature = "jobs")]
//! # async fn example(t: tapis_client::Tapis, uuid: &str) -> Result<(), tapis_client::Error> {
//! use std::time::Duration;
//!
//! let job = t.jobs.wait(uuid).timeout(Duration::from_secs(7200)).await?;
//! println!("{:?}", job.status);
//! # Ok(())
//! # }
//! ```
//!
//! Outages are tolerated for 15 minutes by default; see [`Tolerance`]. There is no time limit by default. Dropping a
//! waiter stops the polling, but does not cancel the job; see [`Waiter::cancel_on_drop`].

#[doc(inline)]
pub use tapis_core::wait::{PollInterval, Staged, State, Tolerance, Waiter, Watch};
