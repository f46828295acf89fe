//! Finds systems by what they are, in the order of choice, page by page.

#![allow(clippy::print_stdout)] // examples print their results

use tapis_client::Tapis;
use tapis_client::search::{eq, like, order_by};

mod shared;

#[tokio::main]
async fn main() -> shared::Result<()> {
    let mock = shared::mock()?;
    let t = match &mock {
        Some(mock) => Tapis::builder(mock.base_url()).password("testuser", "secret").build()?,
        None => Tapis::from_env()?, // TAPIS_BASE_URL, TAPIS_USERNAME, TAPIS_PASSWORD, …
    };

    // Entry by entry; pages are fetched as they are needed.
    let found = eq("systemType", "LINUX").and(like("host", "*.example.org"));
    let call = t.systems.get_systems().search(found).order_by(order_by("id").descending());
    let mut systems = call.limit(1).items();
    while let Some(system) = systems.next().await? {
        println!("found: {} at {}", system.id, system.host.unwrap_or_default());
    }

    // Page by page, with what the service says of the list.
    let mut pages = t.systems.get_systems().limit(2).compute_total(true).pages();
    while let Some(page) = pages.next().await? {
        let total = page.metadata().total_count.unwrap_or_default();
        println!("a page of {} systems of {total}", page.result().len());
    }

    // All at once, if they are not too many.
    let all = t.systems.get_systems().items().collect_all(1000).await?;
    println!("all at once: {} systems", all.len());
    Ok(())
}
