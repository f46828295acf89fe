//! Timestamps in replies, and the clock of a client.
//!
//! [`jiff`] is re-exported, because its types appear in this crate, for example in
//! [`Timestamp::parsed`] and [`AccessToken::expires_at`](crate::auth::AccessToken::expires_at).

pub use jiff;
#[doc(inline)]
pub use tapis_core::{Clock, SystemClock, Timestamp};
