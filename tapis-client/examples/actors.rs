//! Registers an actor, sends it a message, and reads its result.

#![allow(clippy::print_stdout)] // examples print their results

use tapis_client::Tapis;
use tapis_client::actors::types::NewActor;

mod shared;

#[tokio::main]
async fn main() -> shared::Result<()> {
    let mock = shared::mock()?;
    let t = match &mock {
        Some(mock) => Tapis::builder(mock.base_url()).password("testuser", "secret").build()?,
        None => Tapis::from_env()?, // TAPIS_BASE_URL, TAPIS_USERNAME, TAPIS_PASSWORD, …
    };

    let actor = NewActor::new("abacosamples/binary_message_result");
    let actor = t.actors.create_actor(actor).await?.id;
    let done = t.actors.run(&actor, "hello").await?;
    println!("result: {}", String::from_utf8_lossy(&done.result));
    print!("log: {}", done.logs);
    t.actors.delete_actor(actor).await?;
    Ok(())
}
