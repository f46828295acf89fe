//! Calls without `async`, for programs that have no async runtime.
//!
//! [`Wait`] adds `.wait()` to every call, and [`IntoBlockingIter`] adds `.blocking_iter()` to every stream. The calls
//! run on a thread of the library, while the thread of the caller blocks.
//!
//! ```no_run
//! # #[cfg(feature = "systems")]
//! # fn example() -> Result<(), tapis_client::Error> {
//! use tapis_client::Tapis;
//! use tapis_client::blocking::{IntoBlockingIter, Wait};
//!
//! let t = Tapis::from_env()?;
//! let system = t.systems.get_system("frontera").wait()?;
//! for system in t.systems.get_systems().items().blocking_iter() {
//!     println!("{}", system?.id);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! On a thread of an async runtime, `.wait()` is an error of kind `Configuration`. The guide describes this in its
//! chapter *Calls and options*.

#[doc(inline)]
pub use tapis_core::blocking::*;
