//! Logs in as a service of Tapis, and acts for one of its users.
//!
//! On a real tenant, `TAPIS_SERVICE` and `TAPIS_SERVICE_PASSWORD` are the service and its password,
//! `TAPIS_SERVICE_TENANT` the tenant that it is in, `TAPIS_SITE` the site that it talks to, and
//! `TAPIS_ON_BEHALF_OF` and `TAPIS_USER_TENANT` the user and the user's tenant.

#![allow(clippy::print_stdout)] // examples print their results

use tapis_client::Tapis;
use tapis_client::auth::ServiceAccount;

mod shared;

#[tokio::main]
async fn main() -> shared::Result<()> {
    let mock = shared::mock()?;
    let builder = Tapis::builder(shared::base_url(mock.as_ref())?);

    let account = ServiceAccount::new(
        shared::setting("TAPIS_SERVICE", "portal")?,
        shared::setting("TAPIS_SERVICE_PASSWORD", "service-password")?,
        shared::setting("TAPIS_SERVICE_TENANT", "dev")?,
        shared::setting("TAPIS_SITE", "mock")?,
    );
    let t = builder.token_source(account).build()?;
    let token = t.access_token().await?;
    println!("logged in as {}", token.claims().sub.as_deref().unwrap_or("nobody"));

    let user = shared::setting("TAPIS_ON_BEHALF_OF", "testuser")?;
    let tenant = shared::setting("TAPIS_USER_TENANT", "dev")?;
    let theirs = t.on_behalf_of(&user, &tenant);
    for system in theirs.systems.get_systems().await? {
        println!("system of {user}: {}", system.id);
    }
    Ok(())
}
