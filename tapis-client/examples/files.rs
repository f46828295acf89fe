//! Uploads a file, lists the folder that it is in, and downloads it with a progress bar.
//!
//! On a real tenant, `TAPIS_SYSTEM` is a system of the user's and `TAPIS_FOLDER` a folder there.

#![allow(clippy::print_stdout)] // examples print their results

use indicatif::ProgressBar;
use tapis_client::Tapis;
use tapis_client::files::TapisPath;

mod shared;

#[tokio::main]
async fn main() -> shared::Result<()> {
    let mock = shared::mock()?;
    let t = match &mock {
        Some(mock) => Tapis::builder(mock.base_url()).password("testuser", "secret").build()?,
        None => Tapis::from_env()?, // TAPIS_BASE_URL, TAPIS_USERNAME, TAPIS_PASSWORD, …
    };
    let system = shared::setting("TAPIS_SYSTEM", "my-system")?;
    let folder = TapisPath::new(&system, shared::setting("TAPIS_FOLDER", "data")?)?;
    let here = tempfile::tempdir()?;

    let folder = t.files.at(&folder);
    let remote = folder.join("numbers.bin");
    remote.upload().from_bytes(vec![42; 3_000_000]).await?;

    let mut entries = folder.list();
    while let Some(entry) = entries.next().await? {
        println!("listed: {}, {} bytes", entry.path, entry.size.unwrap_or_default());
    }

    let bar = ProgressBar::no_length();
    let show = bar.clone();
    let download = remote.download().on_progress(move |progress| {
        show.set_length(progress.total.unwrap_or(progress.bytes));
        show.set_position(progress.bytes);
    });
    let saved = download.to_path(here.path().join("numbers.bin")).await?;
    bar.finish();
    println!("downloaded: {} of {} bytes", bar.position(), saved.bytes);

    remote.rm().await?;
    println!("still there: {}", remote.exists().await?);
    Ok(())
}
