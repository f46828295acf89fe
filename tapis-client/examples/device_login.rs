//! Logs in without a browser: the user enters a code on another device.
//!
//! On a real Tapis, `TAPIS_CLIENT_ID` is an OAuth client.

#![allow(clippy::print_stdout)] // an example's business is to show

use tapis_client::auth::DeviceCode;

mod shared;

#[tokio::main]
async fn main() -> shared::Result<()> {
    let (builder, mock) = shared::builder()?;

    let client = shared::setting("TAPIS_CLIENT_ID", "my-client")?;
    let login = DeviceCode::new(client, move |prompt| {
        println!("Enter {} at {}", prompt.user_code, prompt.verification_uri);
        mock.enter(&prompt.user_code);
    });
    let t = builder.token_source(login).build()?;
    println!("I am {}", t.authenticator.get_userinfo().await?.username);
    Ok(())
}
