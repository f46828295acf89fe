//! Moving files between systems, which the service does in the background.

use std::fmt;

use tapis_core::wait::{State, Waiter};
use tapis_core::{BoxFuture, Error, ErrorKind};

use crate::types::{
    ReqTransfer, ReqTransferElement, ReqTransferElementFields, TransferStatus, TransferTask,
};
use crate::{Client, TapisPath};

impl Client {
    /// A transfer of a file or directory from one system to another, done by the service in the
    /// background. Awaiting it starts it and waits for its end.
    ///
    /// ```no_run
    /// # async fn example(files: tapis_files::Client) -> Result<(), tapis_core::Error> {
    /// let task = files.transfer("tapis://here/data", "tapis://there/data").await?;
    /// println!("{:?} bytes", task.total_bytes_transferred);
    /// # Ok(())
    /// # }
    /// ```
    pub fn transfer<F, T>(&self, from: F, to: T) -> Transfer
    where
        F: TryInto<TapisPath>,
        F::Error: fmt::Display,
        T: TryInto<TapisPath>,
        T::Error: fmt::Display,
    {
        let transfer =
            Transfer { client: self.clone(), elements: Vec::new(), tag: None, rejected: None };
        transfer.and(from, to)
    }

    /// Waits for the end of a transfer that has been started: `GET
    /// /v3/files/transfers/{transferTaskId}` again and again. What it gives while it is watched has
    /// the number of bytes and files so far. It fails with [`ErrorKind::Failed`] when the transfer
    /// fails, is cancelled or paused.
    pub fn wait_transfer(&self, uuid: impl Into<String>) -> Waiter<TransferTask> {
        let uuid = uuid.into();
        let (client, id) = (self.clone(), uuid.clone());
        let (canceller, cancelled) = (self.clone(), uuid.clone());
        let ask = move || -> BoxFuture<'static, Result<TransferTask, Error>> {
            let call = client.get_transfer_task(id.as_str());
            call.include_summary(true).into_future()
        };
        Waiter::new(self.session(), format!("transfer {uuid}"), ask, describe, judge).cancelled_by(
            move || {
                let call = canceller.cancel_transfer_task(cancelled.as_str());
                call.into_future()
            },
        )
    }
}

fn describe(task: &TransferTask) -> String {
    let status = task.status.as_ref().map_or("UNKNOWN", TransferStatus::as_str);
    match (task.total_bytes_transferred, task.complete_transfers) {
        (None | Some(0), None | Some(0)) => status.to_owned(),
        (bytes, files) => {
            let (bytes, files) = (bytes.unwrap_or_default(), files.unwrap_or_default());
            format!("{status} with {bytes} bytes and {files} files transferred")
        }
    }
}

fn judge(task: &TransferTask) -> State {
    let status = match &task.status {
        Some(TransferStatus::Completed) => return State::Done,
        Some(
            status @ (TransferStatus::Failed
            | TransferStatus::FailedOpt
            | TransferStatus::Cancelled
            | TransferStatus::Paused),
        ) => status.as_str(),
        _ => return State::Pending,
    };
    let why = task.error_message.as_deref().filter(|why| !why.is_empty());
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    State::Failed(Error::new(ErrorKind::Failed, format!("transfer {} is {status}{why}", task.uuid)))
}

/// A transfer that has not been started; made by [`Client::transfer`].
#[derive(Clone, Debug)]
#[must_use = "nothing is transferred until it is awaited or started"]
pub struct Transfer {
    client: Client,
    elements: Vec<(TapisPath, TapisPath)>,
    tag: Option<String>,
    rejected: Option<String>,
}

impl Transfer {
    /// One more file or directory, as part of the same task.
    pub fn and<F, T>(mut self, from: F, to: T) -> Self
    where
        F: TryInto<TapisPath>,
        F::Error: fmt::Display,
        T: TryInto<TapisPath>,
        T::Error: fmt::Display,
    {
        let from = from.try_into().map_err(|error| error.to_string());
        let to = to.try_into().map_err(|error| error.to_string());
        match from.and_then(|from| Ok((from, to?))) {
            Ok(element) => self.elements.push(element),
            Err(why) => self.rejected = self.rejected.or(Some(why)),
        }
        self
    }

    /// A word by which the task can be told from others.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// Starts the transfer and does not wait for it: `POST /v3/files/transfers`. With the id of what
    /// it gives, [`Client::wait_transfer`] waits.
    ///
    /// # Errors
    /// A text that is no path, before anything is sent; whatever keeps it from being started.
    pub fn start(self) -> BoxFuture<'static, Result<TransferTask, Error>> {
        Box::pin(async move {
            if let Some(why) = self.rejected {
                return Err(Error::new(ErrorKind::Input, why));
            }
            let elements = self.elements.iter().map(|(from, to)| {
                ReqTransferElement::new(ReqTransferElementFields {
                    source_uri: from.to_string(),
                    destination_uri: to.to_string(),
                })
            });
            let mut body = ReqTransfer::new(elements);
            body.tag = self.tag;
            self.client.create_transfer_task(body).await
        })
    }
}

impl IntoFuture for Transfer {
    type Output = Result<TransferTask, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let client = self.client.clone();
        Box::pin(async move {
            let task = self.start().await?;
            client.wait_transfer(task.uuid).await
        })
    }
}
