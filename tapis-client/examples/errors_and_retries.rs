//! Tells failures apart, and shows how those that may pass are tried again.

#![allow(clippy::print_stdout)] // examples print their results

use std::time::Duration;

use tapis_client::Tapis;
use tapis_client::http::{Options, Retry};
use tapis_mock::Fault;

mod shared;

#[tokio::main]
async fn main() -> shared::Result<()> {
    let mock = shared::mock()?;
    let t = match &mock {
        Some(mock) => Tapis::builder(mock.base_url()).password("testuser", "secret").build()?,
        None => Tapis::from_env()?, // TAPIS_BASE_URL, TAPIS_USERNAME, TAPIS_PASSWORD, …
    };
    let id = shared::setting("TAPIS_SYSTEM", "my-system")?;

    // The mock fails when it is told to; a real server fails at any time.
    let fail_twice = || {
        if let Some(mock) = &mock {
            mock.inject(Fault::status(503).on("get_system").times(2));
        }
    };

    // What went wrong decides what to do about it.
    match t.systems.get_system("no-such-system").await {
        Ok(system) => println!("{} is there", system.id),
        Err(error) if error.is_not_found() => println!("not found: {}", error.message()),
        Err(error) => return Err(error.into()),
    }

    // What can be seen to be wrong is not sent.
    if let Err(error) = t.systems.get_system("..").await {
        println!("before sending: {:?}, sent: {}", error.kind(), error.maybe_sent());
    }

    // Each call is tried up to four times within a minute; the hook sees every attempt.
    println!("by default:");
    fail_twice();
    let seen = Options::new().with_reply_hook(|reply| {
        println!("attempt {} of {}: {}", reply.attempt(), reply.operation(), reply.status());
    });
    t.with_options(seen.clone()).systems.get_system(&id).await?;

    // More patience for one call.
    println!("with up to ten attempts:");
    fail_twice();
    let patient = Retry::default().attempts(10).total_time(Duration::from_secs(600));
    t.with_options(seen).systems.get_system(&id).with_retry(patient).await?;

    // None at all.
    fail_twice();
    match t.systems.get_system(id).with_retry(Retry::never()).await {
        Ok(system) => println!("{} is there", system.id),
        Err(error) => {
            println!("without retries: {:?}, retryable: {}", error.kind(), error.is_retryable())
        }
    }
    Ok(())
}
