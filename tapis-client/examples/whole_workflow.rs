//! An analysis from the beginning to the end: registers a system and an app, uploads the input, runs the
//! app on it, and fetches the output.
//!
//! On a real tenant, `TAPIS_NEW_SYSTEM` is the id that the system gets, `TAPIS_HOST` a host that speaks SSH
//! and runs Docker, and `TAPIS_HOST_PASSWORD` the user's password there.

#![allow(clippy::print_stdout)] // examples print their results

use tapis_client::Tapis;
use tapis_client::apps::types::ReqPostApp;
use tapis_client::jobs::JobRequest;
use tapis_client::systems::types::ReqPostSystem;

mod shared;

#[tokio::main]
async fn main() -> shared::Result<()> {
    let mock = shared::mock()?;
    let t = match &mock {
        Some(mock) => Tapis::builder(mock.base_url()).password("testuser", "secret").build()?,
        None => Tapis::from_env()?, // TAPIS_BASE_URL, TAPIS_USERNAME, TAPIS_PASSWORD, …
    };
    let id = shared::setting("TAPIS_NEW_SYSTEM", "cluster")?;
    let host = shared::setting("TAPIS_HOST", "cluster.example.org")?;

    let system = serde_json::json!({
        "id": id, "systemType": "LINUX", "host": host, "defaultAuthnMethod": "PASSWORD",
        "effectiveUserId": "${apiUserId}", "rootDir": "/", "canExec": true,
        "jobWorkingDir": "work", "jobRuntimes": [{"runtimeType": "SINGULARITY"}],
    });
    t.systems.create_system(ReqPostSystem::try_from(system)?).await?;
    let password = shared::setting("TAPIS_HOST_PASSWORD", "host-password")?;
    t.systems.set_credential(&id).password(password).await?;

    let app = serde_json::json!({
        "id": "sentiment", "version": "1", "containerImage": "docker://tapis/sentiment-analysis",
        // Singularity sends what the application prints to tapisjob.out; Docker to no file.
        "runtime": "SINGULARITY", "runtimeOptions": ["SINGULARITY_RUN"],
        "jobAttributes": {
            "execSystemId": id,
            "parameterSet": {"appArgs": [{"name": "sentence", "inputMode": "REQUIRED"}]},
            "fileInputs": [{"name": "reviews", "inputMode": "REQUIRED", "targetPath": "reviews.txt"}],
        },
    });
    t.apps.create_app_version(ReqPostApp::try_from(app)?).await?;

    let input = t.files.at((&*id, "input/reviews.txt"));
    input.upload().from_bytes("It works.\n").await?;

    let app = t.apps.get_app("sentiment", "1").await?;
    let request = JobRequest::for_app(&app)?
        .arg("sentence", "I like it")
        .input("reviews", format!("tapis://{id}/input/reviews.txt"));
    let job = t.jobs.run(request).await?.await?;
    println!("finished: {}", job.name.unwrap_or_default());

    let output = t.jobs.download_output(&job.uuid, "tapisjob.out").bytes().await?;
    print!("tapisjob.out:\n{}", String::from_utf8_lossy(&output));

    t.apps.delete_app("sentiment").await?;
    t.systems.delete_system(id).await?;
    Ok(())
}
