//! Waits for executions of actors and their results.

use std::time::Duration;

use bytes::Bytes;
use tapis_core::wait::{State, Waiter};
use tapis_core::{BoxFuture, Error, ErrorKind};

use crate::Client;
use crate::types::{ActorExecution, ExecutionStatus};

/// How long an actor may be in `ERROR` while one of its executions waits. A worker that restarts sets it
/// to `READY` again.
const GRACE: Duration = Duration::from_secs(120);

impl Client {
    /// Waits for the end of an execution and checks its exit code: polls `GET
    /// /v3/actors/{actor_id}/executions/{execution_id}`.
    ///
    /// The exit code is checked because the service reports `COMPLETE` even if the container failed; an
    /// unknown exit code counts as success. While the execution is `SUBMITTED`, the actor is read too: an
    /// actor in `ERROR` does not process messages. This is tolerated for two minutes in a row, or for the
    /// [`grace_period`](Waiter::grace_period).
    ///
    /// # Errors
    /// [`ErrorKind::Failed`] if the exit code is not zero or the container could not run, with the last
    /// line of the log, or if the actor stays in `ERROR`; and the kinds of `get_execution`, `get_actor`
    /// and `get_execution_logs`.
    pub fn wait_execution(
        &self,
        actor_id: impl Into<String>,
        execution_id: impl Into<String>,
    ) -> Waiter<ActorExecution> {
        let place =
            Place { client: self.clone(), actor: actor_id.into(), execution: execution_id.into() };
        let (id, judge) = (place.execution.clone(), place.clone());
        let ask = move || -> BoxFuture<'static, Result<ActorExecution, Error>> {
            place.client.get_execution(place.actor.as_str(), place.execution.as_str()).into_future()
        };
        let judge = move |execution: &ActorExecution| judge.judge(execution);
        Waiter::new(self.session(), format!("execution {id}"), ask, describe, judge).with_id(id)
    }

    /// Sends a message to an actor, waits for its execution, and returns the result and the logs:
    /// `POST /v3/actors/{actor_id}/messages`, and the requests of [`wait_execution`].
    ///
    /// ```no_run
    /// # async fn example(actors: tapis_actors::Client) -> Result<(), tapis_core::Error> {
    /// let done = actors.run("my-actor", "hello").await?;
    /// println!("{:?} {}", done.result, done.logs);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Failed`] as for [`wait_execution`], and the kinds of the calls.
    ///
    /// [`wait_execution`]: Self::wait_execution
    #[doc(alias = "send message")]
    #[doc(alias = "invoke")]
    #[doc(alias = "execute")]
    pub fn run(
        &self,
        actor_id: impl Into<String>,
        message: impl Into<String>,
    ) -> BoxFuture<'static, Result<ExecutionOutput, Error>> {
        let (client, actor) = (self.clone(), actor_id.into());
        let body = serde_json::Map::from_iter([("message".to_owned(), message.into().into())]);
        Box::pin(async move {
            let sent = client.send_json_message(actor.as_str(), body).await?;
            let id = sent.execution_id.ok_or_else(|| {
                let message = "the reply to the message has no execution id";
                Error::new(ErrorKind::Decoding, message)
            })?;
            let execution = client.wait_execution(actor.as_str(), id.as_str()).await?;
            let result = client.get_execution_result(actor.as_str(), id.as_str()).await?;
            let result = result.bytes().await?;
            let logs = client.get_execution_logs(actor, id).await?;
            Ok(ExecutionOutput { execution, result, logs: logs.logs.unwrap_or_default() })
        })
    }
}

/// An execution that has ended, with its result and logs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExecutionOutput {
    /// The execution.
    pub execution: ActorExecution,
    /// The first result of the execution; empty if there is none.
    pub result: Bytes,
    /// The log of the execution.
    pub logs: String,
}

fn describe(execution: &ActorExecution) -> String {
    execution.status.as_ref().map_or("UNKNOWN", ExecutionStatus::as_str).to_owned()
}

#[derive(Clone)]
struct Place {
    client: Client,
    actor: String,
    execution: String,
}

impl Place {
    fn judge(&self, execution: &ActorExecution) -> State {
        let place = self.clone();
        match describe(execution).as_str() {
            // An unknown exit code counts as success.
            "COMPLETE" => match execution.container_exit_code() {
                None | Some(0) => State::Done,
                Some(code) => {
                    let memory = if execution.is_out_of_memory() { " (out of memory)" } else { "" };
                    let what = format!("ended with exit code {code}{memory}");
                    State::Unclear(Box::pin(place.failed(what)))
                }
            },
            status @ ("ERROR" | "FAILED") => {
                State::Unclear(Box::pin(place.failed(format!("is {status}"))))
            }
            "SUBMITTED" => State::Unclear(Box::pin(place.submitted())),
            _ => State::Pending,
        }
    }

    /// The failure of an execution, with the last line of its log.
    async fn failed(self, what: String) -> Result<State, Error> {
        let logs =
            self.client.get_execution_logs(self.actor.as_str(), self.execution.as_str()).await?;
        let logs = logs.logs.unwrap_or_default();
        let last = logs.lines().map(str::trim).rfind(|line| !line.is_empty());
        let last = last.map(|line| format!(": {line}")).unwrap_or_default();
        let message = format!("execution {} of actor {} {what}{last}", self.execution, self.actor);
        Ok(State::Failed(Error::new(ErrorKind::Failed, message)))
    }

    /// Checks the actor of an execution that has not started.
    async fn submitted(self) -> Result<State, Error> {
        let actor = self.client.get_actor(self.actor.as_str()).await?;
        if actor.status.as_deref() != Some("ERROR") {
            return Ok(State::Pending);
        }
        let why = actor.status_message.filter(|why| !why.trim().is_empty());
        let why = why.map(|why| format!(": {why}")).unwrap_or_default();
        let message = format!(
            "execution {} waits for actor {}, which is in ERROR{why}",
            self.execution, self.actor
        );
        Ok(State::Doubtful(Error::new(ErrorKind::Failed, message), GRACE))
    }
}
