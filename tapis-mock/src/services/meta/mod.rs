//! Meta: documents in collections in databases, with the interface of RESTHeart in front of
//! MongoDB. Replies have no envelope.

mod aggregations;
mod collections;
mod databases;
mod documents;
mod find;
mod indexes;
mod mongo;
mod records;

use http::StatusCode;
use serde_json::json;

use records::basic;

use crate::call::{Call, Handler};
use crate::reply::{Outcome, Reply};

/// The handlers of the operations.
pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("listDBNames", databases::list),
    ("createDB", databases::create),
    ("deleteDB", databases::delete),
    ("getDBMetadata", databases::metadata),
    ("listCollectionNames", collections::list),
    ("createCollection", collections::create),
    ("deleteCollection", collections::delete),
    ("getCollectionMetadata", collections::metadata),
    ("listIndexes", indexes::list),
    ("createIndex", indexes::create),
    ("deleteIndex", indexes::delete),
    ("listDocuments", find::list),
    ("submitLargeQuery", find::list_by_body),
    ("getCollectionSize", find::count),
    ("createDocument", documents::create),
    ("getDocument", documents::get),
    ("replaceDocument", documents::replace),
    ("modifyDocument", documents::modify),
    ("deleteDocument", documents::delete),
    ("addAggregation", aggregations::add),
    ("deleteAggregation", aggregations::delete),
    ("useAggregation", aggregations::run),
    ("submitLargeAggregation", aggregations::run),
    ("healthcheck", healthcheck),
];

/// The only reply with an envelope, besides that of `createDocument`.
fn healthcheck(_: &Call<'_>) -> Outcome {
    Ok(Reply::json(&basic(StatusCode::OK, json!(""))))
}
