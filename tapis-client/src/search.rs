//! Search conditions and sort orders for list calls, checked and escaped before anything is sent.
//!
//! ```no_run
//! # #[cfg(feature = "systems")]
//! # async fn example(t: tapis_client::Tapis) -> Result<(), tapis_client::Error> {
//! use tapis_client::search::{eq, like, order_by};
//!
//! let systems = t
//!     .systems
//!     .get_systems()
//!     .search(eq("systemType", "LINUX").and(like("host", "*.example.org")))
//!     .order_by(order_by("host").then(order_by("id").descending()))
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! A string in the syntax of the service, such as `"(id.eq.laptop)"`, is accepted too. An attribute without a value
//! matches no condition, not even [`neq`]. The guide has a chapter *Lists and search*.

#[doc(inline)]
pub use tapis_core::search::*;
