//! Registers an app from a definition file, and finds out what has become of it.
//!
//! On a real tenant, `TAPIS_APP_FILE` is a file like `definitions/greet.yaml`, with a system of the
//! user's in it.

#![allow(clippy::print_stdout)] // examples print their results

use tapis_client::Tapis;
use tapis_client::apps::types::ReqPatchApp;
use tapis_client::definitions::Definition;

mod shared;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/definitions/greet.yaml");

#[tokio::main]
async fn main() -> shared::Result<()> {
    let mock = shared::mock()?;
    let t = match &mock {
        Some(mock) => Tapis::builder(mock.base_url()).password("testuser", "secret").build()?,
        None => Tapis::from_env()?, // TAPIS_BASE_URL, TAPIS_USERNAME, TAPIS_PASSWORD, …
    };

    let app = Definition::from_path(shared::setting("TAPIS_APP_FILE", FILE)?).await?;
    println!("first apply: {}", t.apply(&app).await?);
    println!("second apply: {}", t.apply(&app).await?);

    // Somebody changes it on the server.
    let (id, version) = (app.text("id")?, app.text("version")?);
    let change = ReqPatchApp::new().description("Says something.");
    t.apps.patch_app(id, version, change).await?;

    print!("difference: {}", t.diff(&app).await?);
    println!("third apply: {}", t.apply(&app).await?);
    println!("fourth apply: {}", t.apply(&app).await?);
    Ok(())
}
