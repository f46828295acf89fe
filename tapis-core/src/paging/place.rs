//! The start of the next page, and the test for the last page.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::order::After;
use crate::call::Call;
use crate::envelope;
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::operation::Paging;
use crate::reply::Response;

/// The default number of entries per page.
const PAGE: usize = 100;

/// The start of the next page.
pub(super) struct Place {
    kind: Paging,
    /// Whether equal pages can be different pages.
    exact: bool,
    size: usize,
    /// The number of entries to skip, or the number of the page.
    next: usize,
    /// The last entry of this page, if the caller starts after an entry.
    after: Option<After>,
    /// The content of the first page, and of the last one so far.
    first: Option<Bytes>,
    last: Option<Bytes>,
}

/// The step after a page.
#[derive(Debug, PartialEq)]
pub(super) enum Turn {
    /// Another page.
    More,
    /// Nothing.
    Last,
    /// The end, and this page has been returned before.
    Repeated,
}

impl Place {
    pub(super) fn new(call: &Call, after: Option<After>) -> Self {
        let kind = call.operation.paging.unwrap_or(Paging::LimitSkip);
        let number = |name| call.query_value(name).and_then(|text| text.parse().ok());
        let (size, next) = match kind {
            Paging::LimitSkip => (number("limit"), number("skip").unwrap_or(0)),
            Paging::LimitOffset => (number("limit"), number("offset").unwrap_or(0)),
            Paging::PageSize => (number("pagesize"), number("page").unwrap_or(1)),
        };
        let size = size.filter(|size| *size > 0).unwrap_or(PAGE);
        let exact = call.operation.exact_pages;
        Self { kind, exact, size, next, after, first: None, last: None }
    }

    pub(super) fn set(&self, call: &mut Call) {
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

    /// Advances to the page after `page`.
    ///
    /// # Errors
    /// [`ErrorKind::Decoding`] if the last entry does not have the attribute for the next page.
    pub(super) fn advance<T>(&mut self, page: &Response<Vec<T>>) -> Result<Turn, Error> {
        // Most lists have one page, whose content need not be read again.
        let known = self.first.is_some().then(|| content(page.bytes()));
        // A service that ignores the start sends the same page every time; a service that wraps
        // around at the end sends the first page again.
        if !self.exact && known.is_some() && (known == self.last || known == self.first) {
            return Ok(Turn::Repeated);
        }
        if !self.is_followed(page) {
            return Ok(Turn::Last);
        }
        let content = known.unwrap_or_else(|| content(page.bytes()));
        if let Some(after) = &mut self.after {
            after.value = last_value(&content, &after.attribute).ok_or_else(|| {
                let why = format!(
                    "the next page cannot be requested: the last entry of this page has no {}",
                    after.attribute
                );
                Error::new(ErrorKind::Decoding, why)
            })?;
        }
        self.first.get_or_insert_with(|| content.clone());
        self.last = Some(content);
        Ok(Turn::More)
    }

    /// Advances by the entries of `page`. False if it was the last page.
    fn is_followed<T>(&mut self, page: &Response<Vec<T>>) -> bool {
        let metadata = page.metadata();
        // A service may return fewer entries than requested, and report its limit.
        let limit = metadata.record_limit.and_then(|limit| usize::try_from(limit).ok());
        let size = limit.filter(|limit| *limit > 0).map_or(self.size, |limit| limit.min(self.size));
        let count = sent(page, size);
        // Some services name the start of the next page.
        let named =
            page.headers().get("x-tapis-offset").and_then(|v| v.to_str().ok()?.parse().ok());
        let before = self.next;
        self.next = match self.kind {
            Paging::PageSize => before.saturating_add(1),
            Paging::LimitSkip | Paging::LimitOffset => {
                named.unwrap_or(before.saturating_add(count))
            }
        };
        if self.after.is_some() {
            // This total counts only the entries after the start.
            return count > 0 && count == size;
        }
        let total = metadata.total_count.and_then(|total| usize::try_from(total).ok());
        // A total of zero with entries was not counted.
        let total = total.filter(|total| *total > 0 && self.kind != Paging::PageSize);
        let complete = total.is_some_and(|total| self.next >= total);
        let more = total.is_some_and(|total| total > self.next);
        // A page that is longer than requested comes from a service that ignores the limit and has
        // sent everything.
        count > 0 && (count == size || more) && !complete && self.next > before
    }
}

/// The number of entries that the service sent; `null` entries are missing in the result.
fn sent<T>(page: &Response<Vec<T>>, size: usize) -> usize {
    let count = page.result().len();
    if count >= size {
        return count;
    }
    envelope::entries(page.bytes()).unwrap_or(count)
}

/// The content of the page without its metadata, which can differ each time.
fn content(body: &Bytes) -> Bytes {
    #[derive(Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        result: &'a RawValue,
    }
    // A list without an envelope would be taken for an envelope with its fields in order.
    let is_object = body.trim_ascii_start().starts_with(b"{");
    match serde_json::from_slice::<Envelope<'_>>(body) {
        Ok(envelope) if is_object => body.slice_ref(envelope.result.get().as_bytes()),
        _ => body.clone(),
    }
}

/// The value of `attribute` in the last entry of a page, as query text.
fn last_value(content: &[u8], attribute: &str) -> Option<String> {
    let entries: Vec<Value> = serde_json::from_slice(content).ok()?;
    match entries.into_iter().rfind(|entry| !entry.is_null())?.get_mut(attribute)?.take() {
        Value::String(text) => Some(text),
        value @ (Value::Number(_) | Value::Bool(_)) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::StatusCode;
    use reqwest::header::{HeaderMap, HeaderValue};

    use crate::exec::Reply;

    fn place(kind: Paging, size: usize) -> Place {
        Place { kind, exact: false, size, next: 0, after: None, first: None, last: None }
    }

    /// A page, with the header that names the start of the next one.
    fn page(body: &str, offset: Option<&'static str>) -> Response<Vec<i32>> {
        #[derive(Deserialize)]
        struct Envelope {
            result: Vec<Option<i32>>,
        }
        let result: Envelope = serde_json::from_str(body).unwrap();
        let mut headers = HeaderMap::new();
        if let Some(offset) = offset {
            headers.insert("x-tapis-offset", HeaderValue::from_static(offset));
        }
        let body = Bytes::copy_from_slice(body.as_bytes());
        let reply = Reply { status: StatusCode::OK, headers, body, attempts: 1, sent: None };
        Response::enveloped(reply, result.result.into_iter().flatten().collect())
    }

    /// The steps after pages with these bodies, with two requested entries each.
    fn turns(bodies: &[&str]) -> Vec<Turn> {
        let mut place = place(Paging::LimitOffset, 2);
        bodies.iter().map(|body| place.advance(&page(body, None)).unwrap()).collect()
    }

    use Turn::{Last, More, Repeated};

    #[test]
    fn the_page_that_is_short_or_empty_or_a_repetition_ends_the_list() {
        let [first, second] = [r#"{"result":[1,2]}"#, r#"{"result":[3,4]}"#];
        for (third, turn) in [
            (r#"{"result":[5,6]}"#, More),
            (r#"{"result":[5]}"#, Last),
            (r#"{"result":[]}"#, Last),
            (r#"{"result":[5,6,7]}"#, Last),
            (second, Repeated),
            (first, Repeated),
            (r#"{"metadata":{"recordsSkipped":4},"result":[1,2]}"#, Repeated),
        ] {
            assert_eq!(turns(&[first, second, third]), [More, More, turn], "{third}");
        }
    }

    #[test]
    fn where_pages_begin_where_they_are_asked_to_equal_ones_are_different() {
        let mut place = Place { exact: true, ..place(Paging::LimitOffset, 2) };
        let same = page(r#"{"result":[1,1]}"#, None);
        let turns = [(); 3].map(|()| place.advance(&same).unwrap());
        assert_eq!((turns, place.next), ([More, More, More], 6));
        assert_eq!(place.advance(&page(r#"{"result":[1]}"#, None)).unwrap(), Last);
    }

    #[test]
    fn members_are_counted_as_the_service_sent_them() {
        assert_eq!(turns(&[r#"{"result":[1,null]}"#]), [More]);
        assert_eq!(turns(&[r#"{"result":[null,null]}"#]), [More]);
        assert_eq!(turns(&[r#"{"result":[null]}"#]), [Last]);
        let mut place = place(Paging::LimitOffset, 2);
        place.advance(&page(r#"{"result":[null,2]}"#, None)).unwrap();
        assert_eq!(place.next, 2);
    }

    #[test]
    fn totals_and_limits_of_the_service_say_where_the_list_ends() {
        let turn = |result: &str, metadata: &str| {
            let body = format!(r#"{{"result":{result},"metadata":{metadata}}}"#);
            let turns = turns(&[&body]);
            turns.into_iter().next().unwrap()
        };
        for (result, metadata, expected) in [
            ("[1,2]", r#"{"totalCount":2}"#, Last),
            ("[1,2]", r#"{"totalCount":3}"#, More),
            ("[1]", r#"{"totalCount":3}"#, More),
            ("[1,2]", r#"{"totalCount":0}"#, More),
            ("[1,2]", r#"{"totalCount":-1}"#, More),
            ("[1]", r#"{"recordLimit":1}"#, More),
            ("[1,2]", r#"{"recordLimit":1000}"#, More),
            ("[1]", r#"{"recordLimit":0}"#, Last),
            ("[1]", r#"{"recordLimit":9223372036854775807}"#, Last),
            ("[1]", r#"{"totalCount":9223372036854775807}"#, More),
        ] {
            assert_eq!(turn(result, metadata), expected, "{result} {metadata}");
        }
    }

    #[test]
    fn a_place_beyond_all_numbers_is_no_panic() {
        let full = r#"{"result":[1,2]}"#;
        for offset in ["18446744073709551615", "99999999999999999999", "-1", "x"] {
            let mut place = place(Paging::LimitOffset, 2);
            assert_eq!(place.advance(&page(full, Some(offset))).unwrap(), More, "{offset}");
            let next = page(r#"{"result":[3,4]}"#, None);
            let turn = place.advance(&next).unwrap();
            assert_eq!(turn, if offset == "18446744073709551615" { Last } else { More });
        }
        let mut last = place(Paging::PageSize, 2);
        last.next = usize::MAX;
        assert_eq!(last.advance(&page(full, None)).unwrap(), Last);
    }

    #[test]
    fn the_last_entry_says_where_the_next_page_begins() {
        let last = |content: &str, attribute| last_value(content.as_bytes(), attribute);
        assert_eq!(last(r#"[{"id":"a"},{"id":"b"}]"#, "id").as_deref(), Some("b"));
        assert_eq!(last(r#"[{"id":"a"},null]"#, "id").as_deref(), Some("a"));
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
