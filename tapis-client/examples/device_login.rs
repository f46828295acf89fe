//! Logs in without a browser: the user enters a code on another device.
//!
//! On a real tenant, `TAPIS_CLIENT_ID` is an OAuth client.

#![allow(clippy::print_stdout)] // examples print their results

use tapis_client::Tapis;
use tapis_client::auth::DeviceCode;

mod shared;

#[tokio::main]
async fn main() -> shared::Result<()> {
    let mock = shared::mock()?;
    let builder = Tapis::builder(shared::base_url(mock.as_ref())?);

    let client = shared::setting("TAPIS_CLIENT_ID", "my-client")?;
    let login = DeviceCode::new(client, move |prompt| {
        println!("Enter {} at {}", prompt.user_code, prompt.verification_uri);
        // On the mock nobody sits at a browser, so the example is the user.
        if let Some(Err(error)) =
            mock.as_ref().map(|mock| mock.approve_device(&prompt.user_code, "testuser"))
        {
            println!("{error}");
        }
    });
    let t = builder.token_source(login).build()?;
    println!("logged in as {}", t.authenticator.get_userinfo().await?.username);
    Ok(())
}
