//! Makes the body of a call from JSON, as programs do that keep their requests as data, and prints a
//! reply as JSON.

#![allow(clippy::print_stdout)] // examples print their results

use serde_json::json;
use tapis_client::Tapis;
use tapis_client::pods::types::{NewPod, NewVolume};

mod shared;

#[tokio::main]
async fn main() -> shared::Result<()> {
    let mock = shared::mock()?;
    let t = match &mock {
        Some(mock) => Tapis::builder(mock.base_url()).password("testuser", "secret").build()?,
        None => Tapis::from_env()?, // TAPIS_BASE_URL, TAPIS_USERNAME, TAPIS_PASSWORD, …
    };
    let id = shared::setting("TAPIS_POD", "mydb")?;

    // From text.
    let volume = NewVolume::from_json(r#"{"volume_id": "mydata", "size_limit": 1024}"#)?;
    t.pods.create_volume(volume).await?;

    // From a value, with an attribute that there is not: nothing is sent.
    let mistyped = json!({"pod_id": id, "imagee": "postgres"});
    if let Err(error) = NewPod::try_from(mistyped) {
        println!("refused: {}", error.message());
    }

    let pod = json!({
        "pod_id": id,
        "image": "postgres:17",
        "volume_mounts": {"/data": {"type": "tapisvolume", "source_id": "mydata"}},
    });
    let pod = t.pods.create_pod(NewPod::try_from(pod)?).await?;
    println!("a reply, as JSON:");
    println!("{:#}", json!({"pod_id": pod.pod_id, "image": pod.image}));

    t.pods.delete_pod(id).await?;
    t.pods.delete_volume("mydata").await?;
    Ok(())
}
