//! Registers a system, and stores what Tapis logs in to it with.
//!
//! On a real tenant, `TAPIS_NEW_SYSTEM` is the id that the system gets, `TAPIS_HOST` a host that
//! speaks SSH, and `TAPIS_HOST_PASSWORD` the user's password there.

#![allow(clippy::print_stdout)] // examples print their results

use tapis_client::Tapis;
use tapis_client::systems::types::{ReqPostSystem, ReqPostSystemFields};

mod shared;

#[tokio::main]
async fn main() -> shared::Result<()> {
    let mock = shared::mock()?;
    let t = match &mock {
        Some(mock) => Tapis::builder(mock.base_url()).password("testuser", "secret").build()?,
        None => Tapis::from_env()?, // TAPIS_BASE_URL, TAPIS_USERNAME, TAPIS_PASSWORD, …
    };
    let id = shared::setting("TAPIS_NEW_SYSTEM", "new-system")?;

    let system = ReqPostSystem::new(ReqPostSystemFields {
        id: id.clone(),
        system_type: "LINUX".into(),
        host: shared::setting("TAPIS_HOST", "new.example.org")?,
        default_authn_method: "PASSWORD".into(),
        can_exec: false,
    });
    let system = system.effective_user_id("${apiUserId}").root_dir("/");
    t.systems.create_system(system).await?;

    let password = shared::setting("TAPIS_HOST_PASSWORD", "host-password")?;
    t.systems.set_credential(&id).password(password).await?;

    let system = t.systems.get_system(&id).await?;
    println!("registered: {} at {}", system.id, system.host.unwrap_or_default());
    for system in t.systems.get_systems().await? {
        println!("mine: {}", system.id);
    }
    Ok(())
}
