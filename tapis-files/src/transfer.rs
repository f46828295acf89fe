//! Transfers between systems, which the service performs in the background.

use tapis_core::wait::{State, Waiter};
use tapis_core::{BoxFuture, Error, ErrorKind};

use crate::Client;
use crate::transfer_uri::{InvalidUri, TransferUri};
use crate::types::{
    ReqTransfer, ReqTransferElement, ReqTransferElementFields, TransferStatus, TransferTask,
    TransferTaskParent,
};

impl Client {
    /// Transfers a file or directory to another system, or within one, without passing the data
    /// through this machine. Awaiting it starts the transfer, `POST /v3/files/transfers`, waits until
    /// it has completed, and returns the task with its parts. [`Transfer::start`] does not wait.
    ///
    /// If the source is a directory, its *content* is copied into the destination, which is created
    /// if needed. If the source is a file, the destination is the path of the new file; with a slash
    /// at its end, it is the directory for the file. The source can also be an `http` or `https` URL;
    /// then the destination is always the path of the new file.
    ///
    /// ```no_run
    /// # async fn example(files: tapis_files::Client) -> Result<(), tapis_core::Error> {
    /// let task = files
    ///     .transfer("tapis://here/data", "tapis://there/data")
    ///     .and("tapis://here/notes.txt", "tapis://there/texts/")
    ///     .and("https://example.org/table.csv", "tapis://there/table.csv")
    ///     .optional()
    ///     .await?;
    /// for element in task.failed_elements() {
    ///     println!("not transferred: {:?}", element.source_uri);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "copy between systems")]
    pub fn transfer<F, T>(&self, from: F, to: T) -> Transfer
    where
        F: TryInto<TransferUri, Error: Into<InvalidUri>>,
        T: TryInto<TransferUri, Error: Into<InvalidUri>>,
    {
        let transfer =
            Transfer { client: self.clone(), elements: Vec::new(), tag: None, rejected: None };
        transfer.and(from, to)
    }

    /// Waits until a started transfer has completed: polls `GET
    /// /v3/files/transfers/{transferTaskId}`. Fails with [`ErrorKind::Failed`] if the transfer
    /// fails, is cancelled or is paused. A transfer completes even if optional elements have failed;
    /// [`TransferTask::failed_elements`] lists them.
    ///
    /// The service counts bytes only for Globus, and counts directories as files. With
    /// [`cancel_on_drop`](Waiter::cancel_on_drop), the transfer is cancelled if the wait ends early.
    #[doc(alias = "poll transfer")]
    pub fn wait_transfer(&self, uuid: impl Into<String>) -> Waiter<TransferTask> {
        let uuid = uuid.into();
        let (client, id) = (self.clone(), uuid.clone());
        let (canceller, cancelled) = (self.clone(), uuid.clone());
        let ask = move || -> BoxFuture<'static, Result<TransferTask, Error>> {
            Box::pin(look(client.clone(), id.clone()))
        };
        Waiter::new(self.session(), format!("transfer {uuid}"), ask, describe, judge)
            .with_id(uuid)
            .cancelled_by(move || -> BoxFuture<'static, Result<(), Error>> {
                Box::pin(cancel(canceller.clone(), cancelled.clone()))
            })
    }
}

/// Fetches the task with its counts, and with its parts too if it has ended.
async fn look(client: Client, id: String) -> Result<TransferTask, Error> {
    let mut task = client.get_transfer_task(id.as_str()).include_summary(true).await?;
    if matches!(judge(&task), State::Pending) {
        return Ok(task);
    }
    match client.get_transfer_task_details(id).await {
        Ok(details) => task.parent_tasks = details.parent_tasks,
        Err(error) if error.is_retryable() => return Err(error),
        // The parts are optional: the result of the task is already known.
        Err(error) => tracing::debug!(%error, "cannot fetch the parts of the transfer"),
    }
    Ok(task)
}

/// Cancels a task unless it has ended, because the service would change the status of a completed task.
async fn cancel(client: Client, id: String) -> Result<(), Error> {
    let task = client.get_transfer_task(id.as_str()).await?;
    if matches!(judge(&task), State::Pending) {
        client.cancel_transfer_task(id).await?;
    }
    Ok(())
}

impl TransferTask {
    /// Returns the failed elements, including optional ones. Empty if the task was fetched without its
    /// parts; [`Client::wait_transfer`] and `get_transfer_task_details` fetch them.
    pub fn failed_elements(&self) -> impl Iterator<Item = &TransferTaskParent> {
        let elements = self.parent_tasks.iter().flatten();
        elements.filter(|element| {
            let failed = [TransferStatus::Failed, TransferStatus::FailedOpt];
            element.status.as_ref().is_some_and(|status| failed.contains(status))
        })
    }
}

fn describe(task: &TransferTask) -> String {
    let status = task.status.as_ref().map_or("UNKNOWN", TransferStatus::as_str);
    let mut text = status.to_owned();
    if let (Some(done), Some(all)) =
        (task.complete_transfers, task.total_transfers.filter(|all| *all > 0))
    {
        text += &format!(", {done} of {all} files and directories");
    }
    if let Some(bytes) = task.total_bytes_transferred.filter(|bytes| *bytes > 0) {
        text += &format!(", {bytes} bytes");
    }
    match task.failed_elements().count() {
        0 => text,
        failed => text + &format!(", {failed} failed"),
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
    let mut message = format!("transfer {} is {status}", task.uuid);
    let messages = task.failed_elements().map(|element| &element.error_message);
    let mut messages = std::iter::once(&task.error_message).chain(messages).flatten();
    if let Some(why) = messages.find(|why| !why.is_empty() && *why != "<NULL>") {
        message += &format!(": {why}");
    }
    State::Failed(Error::new(ErrorKind::Failed, message))
}

/// A transfer that has not been started; created by [`Client::transfer`].
#[derive(Clone, Debug)]
#[must_use = "nothing is transferred until it is awaited or started"]
pub struct Transfer {
    client: Client,
    elements: Vec<Element>,
    tag: Option<String>,
    rejected: Option<String>,
}

#[derive(Clone, Debug)]
struct Element {
    from: TransferUri,
    to: TransferUri,
    optional: bool,
}

impl Transfer {
    /// Adds a file or directory to the same task.
    pub fn and<F, T>(mut self, from: F, to: T) -> Self
    where
        F: TryInto<TransferUri, Error: Into<InvalidUri>>,
        T: TryInto<TransferUri, Error: Into<InvalidUri>>,
    {
        let from = from.try_into().map_err(Into::into);
        let to = to.try_into().map_err(Into::into);
        match from.and_then(|from| Ok((from, to?))) {
            Ok((from, to)) => self.elements.push(Element { from, to, optional: false }),
            Err(why) => self.rejected = self.rejected.or_else(|| Some(why.to_string())),
        }
        self
    }

    /// Makes the last added element optional: the transfer can complete even if this element fails.
    pub fn optional(mut self) -> Self {
        if let Some(last) = self.elements.last_mut() {
            last.optional = true;
        }
        self
    }

    /// Treats the destination of the last added element as a directory into which the file is copied
    /// under its own name. A slash at the end of the destination has the same effect.
    pub fn into_directory(mut self) -> Self {
        if let Some(last) = self.elements.last_mut() {
            last.to.make_directory();
        }
        self
    }

    /// Sets a label by which the task can be found later.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// Starts the transfer and returns at once: `POST /v3/files/transfers`. Pass the `uuid` of the
    /// result to [`Client::wait_transfer`] to wait for the end.
    ///
    /// # Errors
    /// `Input` for an invalid path or URL, before anything is sent; `NotFound` or `Permission` for
    /// a system or a path that the caller cannot use.
    pub fn start(self) -> BoxFuture<'static, Result<TransferTask, Error>> {
        Box::pin(async move {
            let invalid = self.elements.iter().find_map(Element::fault);
            if let Some(why) = self.rejected.or(invalid) {
                return Err(Error::new(ErrorKind::Input, why));
            }
            let elements = self.elements.into_iter().map(|element| {
                let mut body = ReqTransferElement::new(ReqTransferElementFields {
                    source_uri: element.from.to_string(),
                    destination_uri: element.to.to_string(),
                });
                body.optional = element.optional.then_some(true);
                body
            });
            let mut body = ReqTransfer::new(elements);
            body.tag = self.tag;
            self.client.create_transfer_task(body).await
        })
    }
}

impl Element {
    fn fault(&self) -> Option<String> {
        if self.to.is_web_address() {
            return Some(format!(
                "{} cannot be the destination of a transfer: use a path on a system, tapis://system/path",
                self.to
            ));
        }
        (self.from.is_web_address() && self.to.is_directory()).then(|| {
            format!(
                "the destination {} is a directory: for the URL {}, give the path of the new file",
                self.to, self.from
            )
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
