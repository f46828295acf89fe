//! The common parts of the Java services: resources with an owner, permissions, shares and a
//! history.

mod access;
pub(crate) mod history;
pub(crate) mod lifecycle;
pub(crate) mod permissions;
pub(crate) mod present;
mod replies;
pub(crate) mod schema;
pub(crate) mod shares;
mod sort;

pub(crate) use access::{Permission, granted, reaches, share_of};
pub(crate) use replies::{change_reply, url_reply};
pub(crate) use sort::Sort;
