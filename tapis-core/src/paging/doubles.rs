//! Entries that are returned twice, because new entries pushed them onto the next page.

use std::collections::HashSet;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::order::name;
use crate::operation::Operation;
use crate::reply::Response;

/// The entries of the pages so far, by the attributes that together identify an entry.
pub(super) struct Doubles {
    order: &'static [&'static str],
    /// The first page, whose keys are read only if another page follows.
    first: Option<Bytes>,
    known: HashSet<Vec<String>>,
}

impl Doubles {
    pub(super) fn new(operation: &Operation) -> Self {
        Self { order: operation.page_order, first: None, known: HashSet::new() }
    }

    /// Removes entries from a page that earlier pages had. Entries without the attributes are kept.
    pub(super) fn remove<T>(&mut self, page: &mut Response<Vec<T>>) {
        if self.order.is_empty() {
            return;
        }
        let Some(first) = self.first.take() else {
            if self.known.is_empty() {
                self.first = Some(page.bytes().clone());
            } else {
                self.retain_new(page);
            }
            return;
        };
        self.known.extend(self.keys(&first).into_iter().flatten());
        // The page may have no entries with keys, and then the next page is not the first.
        self.known.insert(Vec::new());
        self.retain_new(page);
    }

    fn retain_new<T>(&mut self, page: &mut Response<Vec<T>>) {
        let keys = self.keys(page.bytes());
        // If some entries are missing from the result, it is unknown which.
        if keys.len() != page.result().len() {
            return;
        }
        let mut keys = keys.into_iter();
        let known = &mut self.known;
        page.result_mut().retain(|_| match keys.next().flatten() {
            Some(key) => known.insert(key),
            None => true,
        });
    }

    /// The key of each entry of a page; `None` for an entry that lacks an attribute.
    fn keys(&self, body: &[u8]) -> Vec<Option<Vec<String>>> {
        #[derive(Deserialize)]
        struct Listed {
            result: Vec<Option<Map<String, Value>>>,
        }
        let listed = serde_json::from_slice::<Listed>(body).map(|listed| listed.result);
        let of = |entry: Map<String, Value>| {
            let values = self.order.iter().map(|term| match entry.get(name(term))? {
                Value::Null => None,
                value => Some(value.to_string()),
            });
            values.collect()
        };
        listed.unwrap_or_default().into_iter().flatten().map(of).collect()
    }
}
