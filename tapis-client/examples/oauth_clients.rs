//! Creates an OAuth client, logs in by way of it, which brings a refresh token, and removes it again.

#![allow(clippy::print_stdout)] // examples print their results

use tapis_client::Tapis;
use tapis_client::authenticator::types::NewOAuthClient;

mod shared;

#[tokio::main]
async fn main() -> shared::Result<()> {
    let mock = shared::mock()?;
    let (username, password) = shared::user(mock.as_ref())?;
    let base_url = shared::base_url(mock.as_ref())?;
    let builder = || Tapis::builder(&base_url).password(&username, &password);

    let t = builder().build()?;
    println!("with a password: {}", t.get_tokens().await?);

    let client = NewOAuthClient::new().client_id("my-notebook").description("Logs my notebook in.");
    let client = t.authenticator.create_client(client).await?;
    let key = client.client_key.ok_or("the service gave the client no key")?;
    let notebook = builder().client(&client.client_id, key).build()?;
    println!("with {}: {}", client.client_id, notebook.get_tokens().await?);

    for client in t.authenticator.list_clients().await? {
        println!("mine: {}", client.client_id);
    }
    t.authenticator.delete_client(client.client_id).await?;
    notebook.logout().await?;
    Ok(())
}
