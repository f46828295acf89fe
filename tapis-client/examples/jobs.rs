//! Submits a job, watches it, and fetches what it has written.
//!
//! On a real Tapis, `TAPIS_APP` is an app like the one in `definitions/greet.yaml`, which the example
//! `apps` registers.

#![allow(clippy::print_stdout)] // an example's business is to show

use tapis_client::jobs::JobRequest;

mod shared;

#[tokio::main]
async fn main() -> shared::Result<()> {
    let (t, _mock) = shared::tapis()?;

    let id = shared::setting("TAPIS_APP", "hello")?;
    let app = t.apps.get_app_latest_version(id).await?;
    let request = JobRequest::for_app(&app)?;
    for missing in request.missing() {
        println!("needed: {missing}");
    }

    let waiter = t.jobs.run(request.name("greeting").arg("word", "world")).await?;
    let mut uuid = String::new();
    let mut changes = t.jobs.watch_with(waiter);
    while let Some(change) = changes.next().await? {
        for event in change.events {
            println!("{}", event.description.unwrap_or_default());
        }
        uuid = change.job.uuid;
    }

    for output in t.jobs.outputs(&uuid).await? {
        println!("\n{}:", output.path);
        if !output.is_dir() {
            let bytes = t.jobs.download_output(&uuid, output.path).bytes().await?;
            print!("{}", String::from_utf8_lossy(&bytes));
        }
    }
    Ok(())
}
