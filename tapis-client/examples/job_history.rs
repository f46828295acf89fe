//! Lists jobs, the newest first, finds those that finished, and runs one of them again.
//!
//! On a real tenant, `TAPIS_APP` is an app like the one in `definitions/greet.yaml`, which the example
//! `apps` registers.

#![allow(clippy::print_stdout)] // examples print their results

use tapis_client::jobs::JobRequest;
use tapis_client::prelude::*;
use tapis_client::search::order_by;

mod shared;

#[tokio::main]
async fn main() -> shared::Result<()> {
    let mock = shared::mock()?;
    let t = match &mock {
        Some(mock) => Tapis::builder(mock.base_url()).password("testuser", "secret").build()?,
        None => Tapis::from_env()?, // TAPIS_BASE_URL, TAPIS_USERNAME, TAPIS_PASSWORD, …
    };

    let id = shared::setting("TAPIS_APP", "hello")?;
    let app = t.apps.get_app_latest_version(id).await?;
    for name in ["first", "second"] {
        let request = JobRequest::for_app(&app)?.name(name).arg("word", name);
        t.jobs.run(request).await?.await?;
    }

    let newest = t.jobs.get_job_list().order_by(order_by("created").descending()).limit(2);
    for job in newest.await? {
        println!("listed: {}", job.name.unwrap_or_default());
    }

    // `with_query` sends a condition that the document has no parameter for.
    let finished = t.jobs.get_job_search_list().with_query("status.eq", "FINISHED");
    let mut found = finished.with_query("name.eq", "first").items();
    if let Some(job) = found.next().await? {
        let finished = job.status.is("FINISHED");
        println!("found: {}, finished: {finished}", job.name.unwrap_or_default());
        let again = t.jobs.resubmit_job(job.uuid).await?;
        let done = t.jobs.wait(&again.uuid).await?;
        println!("again: {} is {}", again.name.unwrap_or_default(), text(done.status));
    }
    Ok(())
}

fn text(status: Option<impl ToString>) -> String {
    status.map_or_else(|| "unknown".to_owned(), |status| status.to_string())
}
