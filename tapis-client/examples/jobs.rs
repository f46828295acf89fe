//! Submits a job, watches it, and fetches what it has written.
//!
//! On a real tenant, `TAPIS_APP` is an app like the one in `definitions/greet.yaml`, which the example
//! `apps` registers.

#![allow(clippy::print_stdout)] // examples print their results

use tapis_client::Tapis;
use tapis_client::jobs::JobRequest;

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
    let request = JobRequest::for_app(&app)?;
    for missing in request.missing() {
        println!("before submitting: {missing}");
    }

    let waiter = t.jobs.run(request.name("greeting").arg("word", "world")).await?;
    let uuid = waiter.id().to_owned();
    let mut changes = t.jobs.watch_with(waiter);
    while let Some(change) = changes.next().await? {
        for event in change.events {
            if let Some(status) = event.details()["newJobStatus"].as_str() {
                println!("status: {status}");
            }
        }
    }

    for output in t.jobs.outputs(&uuid).await? {
        println!("output: {}", output.path);
    }
    let text = t.jobs.download_output(&uuid, "tapisjob.out").bytes().await?;
    print!("tapisjob.out:\n{}", String::from_utf8_lossy(&text));
    Ok(())
}
