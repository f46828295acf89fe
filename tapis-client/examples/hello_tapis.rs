//! Logs in, shows the token's claims, and asks the Authenticator who the user is.
//!
//! `cargo run -p tapis-client --example hello_tapis` starts a mock Tapis server on this machine and
//! connects to it. With `TAPIS_BASE_URL` set, it connects to the Tapis server at that address. It reads the user from
//! `TAPIS_USERNAME` and `TAPIS_PASSWORD`, and asks for them if they are not set. `--show-token` prints the token as a shell variable.

#![allow(clippy::print_stdout)] // examples print their results

use tapis_client::Tapis;

mod shared;

#[tokio::main]
async fn main() -> shared::Result<()> {
    let mock = shared::mock()?;
    let (username, password) = shared::user(mock.as_ref())?;
    let t =
        Tapis::builder(shared::base_url(mock.as_ref())?).password(username, password).build()?;
    println!("Logged in: {}", t.get_tokens().await?);

    let token = t.access_token().await?;
    println!("\nThe access token:\n{token}");
    if std::env::args().any(|argument| argument == "--show-token") {
        println!("export JWT={}", token.expose_secret());
    }

    let profile = t.authenticator.get_userinfo().await?;
    println!("\nThe user:");
    let text = |value: Option<String>| {
        value.filter(|text| !text.is_empty()).unwrap_or_else(|| "none".to_owned())
    };
    println!("create_time: {}", text(profile.create_time.map(|time| time.to_string())));
    println!("dn: {}", text(profile.dn));
    println!("email: {}", text(profile.email));
    println!("given_name: {}", text(profile.given_name));
    println!("last_name: {}", text(profile.last_name));
    println!("mobile_phone: {}", text(profile.mobile_phone));
    println!("phone: {}", text(profile.phone));
    println!("uid: {}", text(profile.uid));
    println!("username: {}", profile.username);
    Ok(())
}
