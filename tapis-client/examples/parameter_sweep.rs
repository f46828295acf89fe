//! A parameter sweep: a job for each value, a few at a time. A job that fails is submitted once more.
//!
//! On a real tenant, `TAPIS_APP` is an app like the one in `definitions/greet.yaml`, which the example
//! `apps` registers.

#![allow(clippy::print_stdout)] // examples print their results

use std::sync::Arc;
use std::time::Duration;

use tapis_client::jobs::types::Job;
use tapis_client::jobs::{JobFailed, JobRequest};
use tapis_client::{Error, Tapis};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

mod shared;

const AT_A_TIME: usize = 4;

#[tokio::main]
async fn main() -> shared::Result<()> {
    let mock = shared::mock()?;
    let t = match &mock {
        Some(mock) => Tapis::builder(mock.base_url()).password("testuser", "secret").build()?,
        None => Tapis::from_env()?, // TAPIS_BASE_URL, TAPIS_USERNAME, TAPIS_PASSWORD, …
    };

    let id = shared::setting("TAPIS_APP", "hello")?;
    let app = t.apps.get_app_latest_version(id).await?;
    let permits = Arc::new(Semaphore::new(AT_A_TIME));
    let mut jobs = JoinSet::new();
    for n in 0..10 {
        // All of them have the tag `sweep`, by which they can be found again.
        let request = JobRequest::for_app(&app)?.name(format!("sweep-{n}")).tag("sweep");
        let request = request.arg("word", n.to_string());
        let (t, permits) = (t.clone(), permits.clone());
        jobs.spawn(async move {
            let _permit = permits.acquire().await;
            (n, run(&t, request).await)
        });
    }

    let mut finished = 0;
    while let Some(ended) = jobs.join_next().await {
        let (n, job) = ended?;
        let job = match job {
            Ok(job) => job,
            // One that fails does not end the others.
            Err(error) => {
                println!("sweep-{n}: {error}");
                continue;
            }
        };
        let text = t.jobs.download_output(job.uuid, "tapisjob.out").bytes().await?;
        let text = String::from_utf8_lossy(&text);
        if text.contains(&format!("arguments: {n}")) {
            finished += 1;
        }
    }
    println!("with the expected output: {finished} of 10 jobs");

    let found = t.jobs.get_job_search_list().with_query("tags.contains", "sweep").limit(100);
    println!("with the tag sweep: {} jobs", found.await?.len());
    Ok(())
}

/// Runs a job, and once more if it fails.
async fn run(t: &Tapis, request: JobRequest) -> Result<Job, Error> {
    let limit = Duration::from_secs(24 * 3600);
    let waiter = t.jobs.run(request).await?.timeout(limit);
    let error = match waiter.await {
        Ok(job) => return Ok(job),
        Err(error) => error,
    };
    // Other errors, such as a timeout, do not say that the job has failed.
    let Some(failed) = JobFailed::of(&error) else { return Err(error) };
    println!("once more: {error}");
    let again = t.jobs.resubmit_job(&failed.job().uuid).await?;
    t.jobs.wait(again.uuid).timeout(limit).await
}
