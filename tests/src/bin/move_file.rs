//! Uploads or downloads one file, and prints how much memory that took: what a test looks at from
//! outside. `move_file BASE_URL up|down|resume PATH` prints the bytes moved, and the peak of memory in KiB
//! before and after.

#![allow(clippy::print_stdout)] // a program speaks to whoever runs it

use tapis_client::Tapis;
use tapis_tests::peak_kib;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(base_url), Some(direction), Some(path)) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("usage: move_file BASE_URL up|down|resume PATH".into());
    };
    let t = Tapis::builder(base_url).password("testuser", "secret").build()?;
    t.files.at(("s", "")).exists().await?;
    let idle = peak_kib()?;
    let bytes = match direction.as_str() {
        "up" => t.files.upload("s", "large").from_path(path).await?.bytes,
        "resume" => t.files.download("s", "large").to_path(path).resume().await?.bytes,
        _ => t.files.download("s", "large").to_path(path).await?.bytes,
    };
    println!("{bytes} {idle} {}", peak_kib()?);
    Ok(())
}
