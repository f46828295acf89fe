//! Entries that come twice, because what came meanwhile has pushed them onto the next page.

use std::collections::HashSet;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::order::name;
use crate::operation::Operation;
use crate::reply::Response;

/// What the pages so far held, by the attributes that together tell every two entries apart.
pub(super) struct Doubles {
    order: &'static [&'static str],
    /// The first page, which is not read a second time unless another one follows.
    first: Option<Bytes>,
    known: HashSet<Vec<String>>,
}

impl Doubles {
    pub(super) fn new(operation: &Operation) -> Self {
        Self { order: operation.page_order, first: None, known: HashSet::new() }
    }

    /// Removes from a page what came before. Entries without the attributes are kept.
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
        // There may be none that could be read, and the next page is then no first one.
        self.known.insert(Vec::new());
        self.retain_new(page);
    }

    fn retain_new<T>(&mut self, page: &mut Response<Vec<T>>) {
        let keys = self.keys(page.bytes());
        // Where some entries were left out of the result, nobody knows which.
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

    /// What tells each entry of a page apart; `None` for one that lacks an attribute.
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
