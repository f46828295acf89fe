//! Waiting for executions of actors, and for what they give.

use bytes::Bytes;
use tapis_core::wait::{State, Waiter};
use tapis_core::{BoxFuture, Error, ErrorKind};

use crate::Client;
use crate::types::{ActorExecution, ActorExecutionStatus};

impl Client {
    /// Waits for the end of an execution: `GET
    /// /v3/actors/{actor_id}/executions/{execution_id}` again and again. It fails with
    /// [`ErrorKind::Failed`] when the execution fails.
    pub fn wait_execution(
        &self,
        actor_id: impl Into<String>,
        execution_id: impl Into<String>,
    ) -> Waiter<ActorExecution> {
        let (actor, execution) = (actor_id.into(), execution_id.into());
        let what = format!("execution {execution}");
        let client = self.clone();
        let ask = move || -> BoxFuture<'static, Result<ActorExecution, Error>> {
            client.get_execution(actor.as_str(), execution.as_str()).into_future()
        };
        Waiter::new(self.session(), what, ask, describe, judge)
    }

    /// Sends a message to an actor, waits for the execution that it starts, and returns its result and
    /// logs: `POST /v3/actors/{actor_id}/messages`, and the requests of [`wait_execution`].
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
    /// The kinds of the calls that it makes; [`ErrorKind::Failed`] if the execution fails.
    ///
    /// [`wait_execution`]: Self::wait_execution
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
                let message = "the reply to the message names no execution";
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
    /// The first of its results that nobody has fetched; empty if there is none.
    pub result: Bytes,
    /// What it wrote to its log.
    pub logs: String,
}

fn describe(execution: &ActorExecution) -> String {
    execution.status.as_ref().map_or("UNKNOWN", ActorExecutionStatus::as_str).to_owned()
}

fn judge(execution: &ActorExecution) -> State {
    match describe(execution).as_str() {
        "COMPLETE" => State::Done,
        status @ ("ERROR" | "FAILED") => {
            let message = format!("execution {} is {status}", execution.id);
            State::Failed(Error::new(ErrorKind::Failed, message))
        }
        _ => State::Pending,
    }
}
