//! Registers an app from a definition file, and finds out what has become of it.
//!
//! On a real Tapis, `TAPIS_APP_FILE` is a file like `definitions/greet.yaml`, with a system of the
//! user's in it.

#![allow(clippy::print_stdout)] // an example's business is to show

use tapis_client::apps::types::ReqPatchApp;
use tapis_client::definitions::Definition;

mod shared;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/definitions/greet.yaml");

#[tokio::main]
async fn main() -> shared::Result<()> {
    let (t, _mock) = shared::tapis()?;

    let app = Definition::from_path(shared::setting("TAPIS_APP_FILE", FILE)?).await?;
    println!("{}", t.apply(&app).await?);
    println!("{}", t.apply(&app).await?);

    // Somebody changes it on the server.
    let (id, version) = (app.text("id")?, app.text("version")?);
    let change = ReqPatchApp::new().description("Says something.");
    t.apps.patch_app(id, version, change).await?;

    print!("{}", t.diff(&app).await?);
    println!("{}", t.apply(&app).await?);
    println!("{}", t.apply(&app).await?);
    Ok(())
}
