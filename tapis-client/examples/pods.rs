//! Starts a database in a pod, waits until it is available, and stops it again.
//!
//! On a real tenant, `TAPIS_POD` is the id that the pod gets: small letters and digits.

#![allow(clippy::print_stdout)] // examples print their results

use tapis_client::Tapis;
use tapis_client::pods::types::{NewPod, Pod};

mod shared;

#[tokio::main]
async fn main() -> shared::Result<()> {
    let mock = shared::mock()?;
    let t = match &mock {
        Some(mock) => Tapis::builder(mock.base_url()).password("testuser", "secret").build()?,
        None => Tapis::from_env()?, // TAPIS_BASE_URL, TAPIS_USERNAME, TAPIS_PASSWORD, …
    };
    let id = shared::setting("TAPIS_POD", "mydb")?;
    let show =
        |pod: &Pod| println!("status: {} is {}", pod.pod_id, pod.status.as_deref().unwrap_or("?"));

    t.pods.create_pod(NewPod::new(&id).template("postgres")).await?;
    t.pods.wait_available(&id).on_change(show).await?;
    print!("log: {}", t.pods.get_pod_logs(&id).await?.logs.unwrap_or_default());

    t.pods.stop_pod(&id).await?;
    t.pods.wait_stopped(&id).on_change(show).await?;
    t.pods.delete_pod(&id).await?;
    Ok(())
}
