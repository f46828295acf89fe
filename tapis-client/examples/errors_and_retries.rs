//! Tells failures apart, and shows how those that may pass are tried again.

#![allow(clippy::print_stdout)] // an example's business is to show

use std::time::Duration;

use tapis_client::http::{Options, Retry};

mod shared;

#[tokio::main]
async fn main() -> shared::Result<()> {
    let (t, mock) = shared::tapis()?;
    let id = shared::setting("TAPIS_SYSTEM", "my-system")?;

    // What went wrong decides what to do about it.
    match t.systems.get_system("no-such-system").await {
        Ok(system) => println!("{} is there", system.id),
        Err(error) if error.is_not_found() => println!("not found: {}", error.message()),
        Err(error) => return Err(error.into()),
    }

    // What can be seen to be wrong is not sent.
    if let Err(error) = t.systems.get_system("..").await {
        println!("{:?}, sent: {}", error.kind(), error.maybe_sent());
    }

    // Each call is tried up to four times within a minute; the hook sees every attempt.
    mock.fail_twice("systems.getSystem");
    let seen = Options::new().with_reply_hook(|reply| {
        println!("{} {}", reply.operation().id, reply.status());
    });
    t.with_options(seen.clone()).systems.get_system(&id).await?;

    // Another patience for another call.
    mock.fail_twice("systems.getSystem");
    let patient = Retry::default().attempts(10).total_time(Duration::from_secs(600));
    t.with_options(seen).systems.get_system(&id).with_retry(patient).await?;

    // None at all.
    mock.fail_twice("systems.getSystem");
    match t.systems.get_system(id).with_retry(Retry::never()).await {
        Ok(system) => println!("{} is there", system.id),
        Err(error) => println!("{:?}, may pass: {}", error.kind(), error.is_retryable()),
    }
    Ok(())
}
