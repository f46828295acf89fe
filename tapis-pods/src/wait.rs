//! Waiting for pods.

use tapis_core::wait::{State, Waiter};
use tapis_core::{BoxFuture, Error, ErrorKind};

use crate::Client;
use crate::types::Pod;

impl Client {
    /// Waits until a pod can be reached: `GET /v3/pods/{pod_id}` again and again, until its status
    /// is `AVAILABLE`. It fails with [`ErrorKind::Failed`] when the pod fails, ends, or is stopped.
    ///
    /// ```no_run
    /// # async fn example(pods: tapis_pods::Client) -> Result<(), tapis_core::Error> {
    /// pods.start_pod("mydb").await?;
    /// let pod = pods.wait_available("mydb").await?;
    /// println!("{:?}", pod.networking);
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait_available(&self, pod_id: impl Into<String>) -> Waiter<Pod> {
        self.wait_until(pod_id.into(), |pod| match status(pod) {
            "AVAILABLE" => State::Done,
            "ERROR" | "FAILED" | "COMPLETE" => failed(pod),
            // One that is to run is stopped before it begins.
            "STOPPED" if pod.status_requested.as_deref() != Some("ON") => failed(pod),
            _ => State::Pending,
        })
    }

    /// Waits until a pod has stopped: `GET /v3/pods/{pod_id}` again and again, until its status is
    /// `STOPPED` or it has ended by itself.
    pub fn wait_stopped(&self, pod_id: impl Into<String>) -> Waiter<Pod> {
        self.wait_until(pod_id.into(), |pod| match status(pod) {
            "STOPPED" | "COMPLETE" | "ERROR" | "FAILED" => State::Done,
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
        Waiter::new(self.session(), format!("pod {pod_id}"), ask, describe, judge)
    }
}

fn status(pod: &Pod) -> &str {
    pod.status.as_deref().unwrap_or("UNKNOWN")
}

fn failed(pod: &Pod) -> State {
    let container = pod.status_container.as_ref().and_then(|container| container.get("message"));
    let why = container.and_then(|message| message.as_str()).filter(|why| !why.is_empty());
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    let message = format!("pod {} is {}{why}", pod.pod_id, status(pod));
    State::Failed(Error::new(ErrorKind::Failed, message))
}
