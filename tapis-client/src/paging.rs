//! Long lists as streams.
//!
//! An awaited list call returns one page. `.items()` returns a stream of the entries of all pages, `.pages()` a stream
//! of whole responses. Both fetch pages when they are needed, one page ahead. `limit` sets the size of a page.
//!
//! ```no_run
//! # #[cfg(feature = "systems")]
//! # async fn example(t: tapis_client::Tapis) -> Result<(), tapis_client::Error> {
//! let mut systems = t.systems.get_systems().limit(100).items();
//! while let Some(system) = systems.next().await? {
//!     println!("{}", system.id);
//! }
//!
//! // All entries in memory; an error if there are more than 1000.
//! let all = t.systems.get_systems().items().collect_all(1000).await?;
//! # Ok(())
//! # }
//! ```
//!
//! The streams also implement `futures::Stream`. [`search`](crate::search) has conditions and orders. The guide has a
//! chapter *Lists and search*.

#[doc(inline)]
pub use tapis_core::paging::{Items, Listing, Pages};
