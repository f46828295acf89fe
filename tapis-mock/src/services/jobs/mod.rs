//! Jobs, which progress with the clock.

mod actions;
mod columns;
mod events;
mod filter;
mod find;
mod history;
pub(crate) mod job;
mod native;
mod output;
pub(crate) mod progress;
mod record;
mod runtime;
mod shares;
mod submit;
mod subscriptions;

use serde_json::json;

use crate::call::{Call, Handler};
use crate::reply::{Outcome, Reply};

/// The handlers of the operations.
pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("submitJob", submit::submit),
    ("resubmitJob", submit::resubmit),
    ("getResubmitRequestJson", submit::request),
    ("getJob", find::get),
    ("getJobStatus", find::status),
    ("getJobHistory", history::list),
    ("getJobList", find::list),
    ("getJobSearchList", find::search_by_parameters),
    ("getJobSearchListByPostSqlStr", find::search_by_body),
    ("cancelJob", actions::cancel),
    ("hideJob", |call| actions::set_visible(call, false)),
    ("unhideJob", |call| actions::set_visible(call, true)),
    ("patchJobAnnotations", |call| actions::annotate(call, false)),
    ("putJobAnnotations", |call| actions::annotate(call, true)),
    ("sendEvent", actions::send_event),
    ("getJobOutputList", output::list),
    ("getJobOutputDownload", output::download),
    ("getJobShare", shares::get),
    ("shareJob", shares::share),
    ("deleteJobShare", shares::delete),
    ("subscribe", subscriptions::create),
    ("getSubscriptions", subscriptions::list),
    ("deleteSubscriptions", subscriptions::delete),
    ("checkHealth", probe),
    ("readycheck", probe),
];

fn probe(call: &Call<'_>) -> Outcome {
    let number = call.world.journal.count();
    let result = json!({
        "checkNum": number,
        "databaseAccess": true,
        "queueAccess": true,
        "tenantsAccess": true,
    });
    Ok(Reply::result(result, "The service is well."))
}
