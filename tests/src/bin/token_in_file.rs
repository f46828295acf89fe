//! Logs in to the server at the first argument with the tokens in the file of the second, and
//! prints the token's id: what several processes do at once in a test.

#![allow(clippy::print_stdout)] // a program speaks to whoever runs it

use tapis_client::Tapis;
use tapis_client::auth::FileTokenStore;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(base_url), Some(path)) = (arguments.next(), arguments.next()) else {
        return Err("usage: token_in_file BASE_URL PATH".into());
    };
    let t = Tapis::builder(base_url)
        .password("testuser", "secret")
        .reuse_stored_tokens()
        .token_store(FileTokenStore::new(path))
        .build()?;
    println!("{}", t.access_token().await?.claims().jti.as_deref().unwrap_or_default());
    Ok(())
}
