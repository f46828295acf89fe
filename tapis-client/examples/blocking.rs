//! Uses Tapis in a program that is not asynchronous: every call has `.wait()`.
//!
//! On a real tenant, `TAPIS_SYSTEM` is a system of the user's.

#![allow(clippy::print_stdout)] // examples print their results

use tapis_client::Tapis;
use tapis_client::blocking::{IntoBlockingIter as _, Wait as _};

mod shared;

fn main() -> shared::Result<()> {
    let mock = shared::mock()?;
    let t = match &mock {
        Some(mock) => Tapis::builder(mock.base_url()).password("testuser", "secret").build()?,
        None => Tapis::from_env()?, // TAPIS_BASE_URL, TAPIS_USERNAME, TAPIS_PASSWORD, …
    };
    let system = shared::setting("TAPIS_SYSTEM", "my-system")?;

    println!("logged in as {}", t.authenticator.get_userinfo().wait()?.username);
    for system in t.systems.get_systems().items().blocking_iter() {
        println!("system: {}", system?.id);
    }

    let note = t.files.at((&*system, "note.txt"));
    note.upload().from_bytes("some text").wait()?;
    println!("note: {}", String::from_utf8_lossy(&note.download().bytes().wait()?));
    note.rm().wait()?;
    Ok(())
}
