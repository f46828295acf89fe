//! What a portal does with files: makes a folder, uploads into it, copies, renames, lists by pattern,
//! makes a link for others, and removes the folder.
//!
//! On a real tenant, `TAPIS_SYSTEM` is a system of the user's and `TAPIS_NEW_FOLDER` a folder to be made
//! there.

#![allow(clippy::print_stdout)] // examples print their results

use tapis_client::Tapis;

mod shared;

#[tokio::main]
async fn main() -> shared::Result<()> {
    let mock = shared::mock()?;
    let t = match &mock {
        Some(mock) => Tapis::builder(mock.base_url()).password("testuser", "secret").build()?,
        None => Tapis::from_env()?, // TAPIS_BASE_URL, TAPIS_USERNAME, TAPIS_PASSWORD, …
    };
    let system = shared::setting("TAPIS_SYSTEM", "my-system")?;
    let folder = shared::setting("TAPIS_NEW_FOLDER", "portal")?;

    let folder = t.files.at((&*system, &*folder));
    folder.mkdir().await?;
    let report = folder.join("report.txt");
    report.upload().from_bytes("All is well.\n").await?;
    report.cp(folder.join("copy of report.txt").path()?).await?;
    report.mv(folder.join("final report.txt").path()?).await?;

    let mut entries = folder.list().pattern("*report.txt");
    while let Some(entry) = entries.next().await? {
        println!("listed: {}", entry.path);
    }

    let report = folder.join("final report.txt");
    print!("preview: {}", String::from_utf8_lossy(&report.download().bytes().await?));
    let link = report.post_it().uses(2).await?;
    println!("a link for others: {}", link.redeem_url.unwrap_or_default());

    folder.rm().recursive().await?;
    println!("still there: {}", folder.exists().await?);
    Ok(())
}
