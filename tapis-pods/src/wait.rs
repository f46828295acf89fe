//! Waits for pods.

use std::time::Duration;

use tapis_core::wait::{State, Waiter};
use tapis_core::{BoxFuture, Error, ErrorKind};

use crate::Client;
use crate::types::Pod;

/// How long a pod may be in `ERROR` while its container is waiting, for example for its image.
const GRACE: Duration = Duration::from_secs(120);

impl Client {
    /// Waits until a pod is available: polls `GET /v3/pods/{pod_id}` until its status is
    /// `AVAILABLE` and no restart or stop is requested. After [`restart_pod`](Client::restart_pod),
    /// it therefore waits for the new instance, although the old one stays `AVAILABLE` for some
    /// seconds.
    ///
    /// The service reports `ERROR` also while a container waits for its image. This is tolerated for
    /// two minutes in a row, or for the [`grace_period`](Waiter::grace_period).
    ///
    /// # Errors
    /// [`ErrorKind::Failed`] if the pod is stopped or its container ended, even with success; and the
    /// kinds of `get_pod`.
    ///
    /// ```no_run
    /// # async fn example(pods: tapis_pods::Client) -> Result<(), tapis_core::Error> {
    /// pods.restart_pod("mydb").await?;
    /// let pod = pods.wait_available("mydb").await?;
    /// println!("{:?}", pod.networking);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "wait ready")]
    #[doc(alias = "wait running")]
    pub fn wait_available(&self, pod_id: impl Into<String>) -> Waiter<Pod> {
        self.wait_until(pod_id.into(), |pod| match (status(pod), requested(pod)) {
            // The old instance is being removed, or a stopped pod is about to start.
            (_, "RESTART") | ("STOPPED", "ON") => State::Pending,
            ("STOPPED", _) => State::Failed(failed(pod)),
            // The pod will be STOPPED soon.
            (_, "OFF") => State::Pending,
            ("AVAILABLE", _) => State::Done,
            ("ERROR", _) if waits(pod) => State::Doubtful(failed(pod), GRACE),
            ("ERROR" | "COMPLETE", _) => State::Failed(failed(pod)),
            _ => State::Pending,
        })
    }

    /// Waits until a pod has stopped: polls `GET /v3/pods/{pod_id}` until its status is `STOPPED`; the
    /// pod can then be started again. If no stop is requested, the wait also succeeds when the container
    /// has ended (`COMPLETE` or `ERROR`).
    ///
    /// # Errors
    /// The kinds of `get_pod`.
    #[doc(alias = "wait ended")]
    pub fn wait_stopped(&self, pod_id: impl Into<String>) -> Waiter<Pod> {
        self.wait_until(pod_id.into(), |pod| match (status(pod), requested(pod)) {
            // The pod is about to start.
            ("STOPPED", "ON" | "RESTART") => State::Pending,
            ("STOPPED", _) => State::Done,
            (_, "OFF" | "RESTART") => State::Pending,
            ("COMPLETE", _) => State::Done,
            ("ERROR", _) if !waits(pod) => State::Done,
            _ => State::Pending,
        })
    }

    #[inline]
    fn wait_until(&self, pod_id: String, judge: fn(&Pod) -> State) -> Waiter<Pod> {
        let (client, id) = (self.clone(), pod_id.clone());
        let ask = move || -> BoxFuture<'static, Result<Pod, Error>> {
            client.get_pod(id.as_str()).into_future()
        };
        let describe = |pod: &Pod| status(pod).to_owned();
        Waiter::new(self.session(), format!("pod {pod_id}"), ask, describe, judge).with_id(pod_id)
    }
}

fn status(pod: &Pod) -> &str {
    pod.status.as_deref().unwrap_or("UNKNOWN")
}

fn requested(pod: &Pod) -> &str {
    pod.status_requested.as_deref().unwrap_or_default()
}

/// Returns a value of the pod's `status_container`; empty if it is absent.
fn container<'a>(pod: &'a Pod, name: &str) -> &'a str {
    let container = pod.status_container.as_ref().and_then(|container| container.get(name));
    container.and_then(|value| value.as_str()).unwrap_or_default()
}

/// Whether the container of a pod in `ERROR` has not started yet, so that the error can be temporary.
fn waits(pod: &Pod) -> bool {
    let message = container(pod, "message");
    let ended = message.contains("terminated") || message.contains("exit=");
    !ended && (message.contains("waiting") || container(pod, "phase") == "Pending")
}

fn failed(pod: &Pod) -> Error {
    let why = container(pod, "message");
    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
    Error::new(ErrorKind::Failed, format!("pod {} is {}{why}", pod.pod_id, status(pod)))
}
