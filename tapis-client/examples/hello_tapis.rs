//! Logs in, shows the token's claims, and asks the Authenticator who the user is.
//!
//! `cargo run --example hello_tapis` starts a Tapis on this machine and talks to that. With
//! `TAPIS_BASE_URL` set it talks to the Tapis there, taking the user from `TAPIS_USERNAME` and
//! `TAPIS_PASSWORD` or asking for them. `--show-token` prints the token as a shell variable.

#![allow(clippy::print_stdout)] // an example's business is to show

use std::error::Error;
use std::io::{self, Write};

use tapis_client::Tapis;
use tapis_mock::MockTapis;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // The mock stops when it is dropped, so that it has to live as long as the program.
    let (_mock, t) = match std::env::var("TAPIS_BASE_URL") {
        Ok(base_url) => {
            let username = variable_or_ask("TAPIS_USERNAME", "Username: ", |prompt| {
                print!("{prompt}");
                io::stdout().flush()?;
                let mut line = String::new();
                io::stdin().read_line(&mut line)?;
                Ok(line.trim().to_owned())
            })?;
            let password = variable_or_ask("TAPIS_PASSWORD", "Password: ", |prompt| {
                rpassword::prompt_password(prompt)
            })?;
            (None, Tapis::builder(base_url).password(username, password).build()?)
        }
        Err(_) => {
            let mock = MockTapis::builder().user("testuser", "secret").start().await?;
            println!(
                "TAPIS_BASE_URL is not set: this is a Tapis of our own, at {}",
                mock.base_url()
            );
            let t = Tapis::builder(mock.base_url()).password("testuser", "secret").build()?;
            (Some(mock), t)
        }
    };

    t.get_tokens().await?;
    let token = t.access_token().await?;
    println!("\nThe access token:\n{token}");
    if std::env::args().any(|argument| argument == "--show-token") {
        println!("export JWT={}", token.expose_secret());
    }

    #[cfg(feature = "authenticator")]
    {
        let profile = t.authenticator.get_userinfo().await?;
        println!("\nThe user:");
        let text = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
        println!(
            "create_time: {}",
            profile.create_time.map_or_else(|| "none".to_owned(), |time| time.to_string())
        );
        println!("dn: {}", text(profile.dn));
        println!("email: {}", text(profile.email));
        println!("given_name: {}", text(profile.given_name));
        println!("last_name: {}", text(profile.last_name));
        println!("mobile_phone: {}", text(profile.mobile_phone));
        println!("phone: {}", text(profile.phone));
        println!("uid: {}", text(profile.uid));
        println!("username: {}", profile.username);
    }
    Ok(())
}

fn variable_or_ask(
    variable: &str,
    prompt: &str,
    ask: impl FnOnce(&str) -> io::Result<String>,
) -> io::Result<String> {
    std::env::var(variable).or_else(|_| ask(prompt))
}
