//! Time: timestamps in replies, and the clock of a client.
//!
//! [`jiff`] is re-exported in the version whose types are in signatures of this crate, such as
//! [`Timestamp::parsed`] and [`AccessToken::expires_at`](crate::auth::AccessToken::expires_at).

pub use jiff;
#[doc(inline)]
pub use tapis_core::{Clock, SystemClock, Timestamp};
