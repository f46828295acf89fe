//! Code that several services need: records that one writes and another reads, and common rules. A
//! service never imports another one.

pub(crate) mod apps;
pub(crate) mod archive;
pub(crate) mod files;
pub(crate) mod java;
pub(crate) mod listing;
pub(crate) mod logins;
pub(crate) mod revocation;
pub(crate) mod stages;
pub(crate) mod subscriptions;
pub(crate) mod systems;
pub(crate) mod transfers;
