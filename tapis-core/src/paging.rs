//! Long lists as streams: pages are fetched as they are needed, one ahead.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::call::Call;
use crate::clock::BoxFuture;
use crate::error::{Error, ErrorKind};
use crate::operation::Paging;
use crate::reply::{Outcome, Response};

/// How many entries a page has when the caller does not say.
const PAGE: usize = 100;

type Sending<T> = BoxFuture<'static, Result<Response<Vec<T>>, Error>>;

/// The pages of a list: a stream of whole responses.
///
/// The first page is fetched when the stream is first polled, and the next one while the caller is
/// busy with the one before. Dropping the stream ends the fetching.
#[must_use = "a stream does nothing until it is polled"]
pub struct Pages<T> {
    call: Call,
    send: fn(Call) -> Sending<T>,
    place: Place,
    pending: Option<Ahead<T>>,
    done: bool,
}

/// Where the next page begins.
struct Place {
    kind: Paging,
    size: usize,
    /// Entries to leave out, or the number of the page.
    next: usize,
    /// Where the caller begins after an entry, and not after a number of them.
    after: Option<After>,
    last_content: Option<Bytes>,
}

/// The place after an entry, told by the attribute that the list is ordered by.
struct After {
    attribute: String,
    value: String,
}

/// A page that is being fetched by a task of its own, which ends when nobody wants it any more.
struct Ahead<T>(tokio::task::JoinHandle<Result<Response<Vec<T>>, Error>>);

impl<T> Drop for Ahead<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The pages of the list that `call` gives, through the outcome `O`.
pub fn pages<O, T>(call: Call) -> Pages<T>
where
    O: Outcome<Response = Response<Vec<T>>>,
    T: Send + 'static,
{
    let kind = call.operation.paging.unwrap_or(Paging::LimitSkip);
    let number = |name| call.query_value(name).and_then(|text| text.parse().ok());
    let (size, next) = match kind {
        Paging::LimitSkip => (number("limit"), number("skip").unwrap_or(0)),
        Paging::LimitOffset => (number("limit"), number("offset").unwrap_or(0)),
        Paging::PageSize => (number("pagesize"), number("page").unwrap_or(1)),
    };
    let size = size.filter(|size| *size > 0).unwrap_or(PAGE);
    let after = call.query_value("startAfter").map(|value| After {
        attribute: call.query_value("orderBy").map(ordering_attribute).unwrap_or_default(),
        value: value.to_owned(),
    });
    let place = Place { kind, size, next, after, last_content: None };
    Pages { call, send: |call| Box::pin(O::send(call)), place, pending: None, done: false }
}

impl<T: Send + 'static> Pages<T> {
    /// The next page; `None` at the end.
    ///
    /// # Errors
    /// Whatever keeps a page from being fetched; the stream ends there.
    pub async fn next(&mut self) -> Result<Option<Response<Vec<T>>>, Error> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await.transpose()
    }

    /// The entries of the pages.
    pub fn items(self) -> Items<T> {
        Items { pages: self, ready: VecDeque::new() }
    }

    fn start(&mut self) -> Result<(), Error> {
        if let Some(after) = &self.place.after {
            let fault =
                |why| Err(Error::new(ErrorKind::Input, why).with_operation(self.call.operation));
            if after.attribute.is_empty() {
                return fault("startAfter needs orderBy, which says what it is a value of");
            }
            if self.call.query_value("skip").is_some() {
                return fault("startAfter and skip cannot be used together");
            }
        }
        let mut call = self.call.clone();
        self.place.set(&mut call);
        self.pending = Some(Ahead(tokio::spawn((self.send)(call))));
        Ok(())
    }
}

/// What the page holds, without what the service says about it, which may differ each time.
fn content(body: &Bytes) -> Bytes {
    #[derive(Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        result: &'a RawValue,
    }
    // A list without an envelope would pass for one with its fields in order.
    let is_object = body.trim_ascii_start().starts_with(b"{");
    match serde_json::from_slice::<Envelope<'_>>(body) {
        Ok(envelope) if is_object => body.slice_ref(envelope.result.get().as_bytes()),
        _ => body.clone(),
    }
}

/// The attribute that comes first in an order such as `created(desc),id`.
fn ordering_attribute(order: &str) -> String {
    let first = order.split(',').next().unwrap_or_default();
    first.split('(').next().unwrap_or_default().trim().to_owned()
}

/// The value of `attribute` in the last entry of a page, as a query takes it.
fn last_value(content: &[u8], attribute: &str) -> Option<String> {
    let mut entries: Vec<Value> = serde_json::from_slice(content).ok()?;
    match entries.pop()?.get_mut(attribute)?.take() {
        Value::String(text) => Some(text),
        value @ (Value::Number(_) | Value::Bool(_)) => Some(value.to_string()),
        _ => None,
    }
}

impl Place {
    fn set(&self, call: &mut Call) {
        let (size, next) = match self.kind {
            Paging::LimitSkip => ("limit", "skip"),
            Paging::LimitOffset => ("limit", "offset"),
            Paging::PageSize => ("pagesize", "page"),
        };
        call.set_query(size, vec![self.size.to_string()]);
        match &self.after {
            Some(after) => call.set_query("startAfter", vec![after.value.clone()]),
            None => call.set_query(next, vec![self.next.to_string()]),
        }
    }

    /// Moves on to the page after `page`. False when that was the last one.
    ///
    /// # Errors
    /// A page whose last entry does not say where the next one begins.
    fn advance<T>(&mut self, page: &Response<Vec<T>>) -> Result<bool, Error> {
        let count = page.result().len();
        // Some services name the place where the next page begins.
        let named =
            page.headers().get("x-tapis-offset").and_then(|v| v.to_str().ok()?.parse().ok());
        let before = self.next;
        self.next = match self.kind {
            Paging::PageSize => before + 1,
            Paging::LimitSkip | Paging::LimitOffset => named.unwrap_or(before + count),
        };
        let metadata = page.metadata();
        // A service may give fewer than asked for, and say so.
        let limit = metadata.record_limit.and_then(|limit| usize::try_from(limit).ok());
        let size = limit.filter(|limit| *limit > 0).map_or(self.size, |limit| limit.min(self.size));
        let total = metadata.total_count.and_then(|total| usize::try_from(total).ok());
        let complete = match self.kind {
            Paging::PageSize => false,
            // A total of zero with entries in hand was not counted.
            _ => total.is_some_and(|total| total > 0 && self.next >= total),
        };
        let more = total.is_some_and(|total| total > self.next) && self.kind != Paging::PageSize;
        if let Some(after) = &mut self.after {
            // The total counts what comes before the place as well.
            if count == 0 || count != size {
                return Ok(false);
            }
            after.value =
                last_value(&content(page.bytes()), &after.attribute).ok_or_else(|| {
                    let why = format!(
                        "the page's last entry has no {}, after which the next page would begin",
                        after.attribute
                    );
                    Error::new(ErrorKind::Decoding, why)
                })?;
            return Ok(true);
        }
        // A page that is longer than asked for comes from a service that ignores the limit and
        // has sent everything.
        Ok(count > 0 && (count == size || more) && !complete && self.next > before)
    }
}

impl<T: Send + 'static> Stream for Pages<T> {
    type Item = Result<Response<Vec<T>>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.pending.is_none() {
            if this.done {
                return Poll::Ready(None);
            }
            if let Err(error) = this.start() {
                this.done = true;
                return Poll::Ready(Some(Err(error)));
            }
        }
        let Some(ahead) = &mut this.pending else { return Poll::Ready(None) };
        let page = ready!(Pin::new(&mut ahead.0).poll(context)).unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Cancelled, "the runtime that fetched the page has ended")
                .with_operation(this.call.operation))
        });
        this.pending = None;
        let page = match page {
            Ok(page) => page,
            Err(error) => {
                this.done = true;
                return Poll::Ready(Some(Err(error)));
            }
        };
        // A service that ignores where to begin sends the same page for ever.
        // Most lists are one page long, and that one is not read a second time.
        let known = this.place.last_content.is_some().then(|| content(page.bytes()));
        if !page.result().is_empty() && known.is_some() && known == this.place.last_content {
            this.done = true;
            return Poll::Ready(None);
        }
        match this.place.advance(&page) {
            Ok(more) => this.done = !more,
            Err(error) => {
                this.done = true;
                return Poll::Ready(Some(Err(error.with_operation(this.call.operation))));
            }
        }
        if !this.done {
            this.place.last_content = Some(known.unwrap_or_else(|| content(page.bytes())));
            if let Err(error) = this.start() {
                this.done = true;
                return Poll::Ready(Some(Err(error)));
            }
        }
        if page.result().is_empty() { Poll::Ready(None) } else { Poll::Ready(Some(Ok(page))) }
    }
}

impl<T> Unpin for Pages<T> {}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("call", &self.call)
            .field("done", &self.done)
            .finish_non_exhaustive()
    }
}

/// The entries of a list, whatever pages they come in: a stream.
#[must_use = "a stream does nothing until it is polled"]
pub struct Items<T> {
    pages: Pages<T>,
    ready: VecDeque<T>,
}

impl<T: Send + 'static> Items<T> {
    /// The next entry; `None` at the end.
    ///
    /// # Errors
    /// Whatever keeps a page from being fetched; the stream ends there.
    pub async fn next(&mut self) -> Result<Option<T>, Error> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await.transpose()
    }

    /// All entries, in memory.
    ///
    /// # Errors
    /// Whatever keeps a page from being fetched, or more than `bound` entries, so that nobody takes
    /// a part for the whole.
    pub async fn collect_all(mut self, bound: usize) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        while let Some(item) = self.next().await? {
            if all.len() == bound {
                return Err(Error::new(
                    ErrorKind::Input,
                    format!("there are more than {bound} entries"),
                )
                .with_operation(self.pages.call.operation));
            }
            all.push(item);
        }
        Ok(all)
    }
}

impl<T: Send + 'static> Stream for Items<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(Pin::new(&mut self.pages).poll_next(context)) {
                Some(Ok(page)) => self.ready = page.into_result().into(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<T> Unpin for Items<T> {}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("pages", &self.pages).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_attribute_of_an_order_is_what_pages_begin_after() {
        for (order, attribute) in
            [("id", "id"), ("created(desc),id", "created"), (" owner (asc)", "owner"), ("", "")]
        {
            assert_eq!(ordering_attribute(order), attribute);
        }
    }

    #[test]
    fn the_last_entry_says_where_the_next_page_begins() {
        let last = |content: &str, attribute| last_value(content.as_bytes(), attribute);
        assert_eq!(last(r#"[{"id":"a"},{"id":"b"}]"#, "id").as_deref(), Some("b"));
        assert_eq!(last(r#"[{"id":7}]"#, "id").as_deref(), Some("7"));
        for content in [r#"[{"id":null}]"#, r#"[{"id":[]}]"#, r#"[{}]"#, "[]", "{}", "x"] {
            assert_eq!(last(content, "id"), None, "{content}");
        }
    }

    #[test]
    fn a_pages_content_is_its_result_or_all_of_it() {
        let of = |body: &'static str| content(&Bytes::from_static(body.as_bytes()));
        assert_eq!(of(r#"{"metadata":{"a":1},"result": [1, 2]}"#), "[1, 2]");
        assert_eq!(of("[1]"), "[1]");
        assert_eq!(of("nonsense"), "nonsense");
    }
}
