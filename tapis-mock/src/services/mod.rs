//! The behaviour of the services: a module for each, which exports a handler for each operation.
//! Code that several of them need is in [`shared`](crate::shared).

pub(crate) mod actors;
pub(crate) mod apps;
pub(crate) mod authenticator;
pub(crate) mod files;
pub(crate) mod jobs;
pub(crate) mod meta;
pub(crate) mod notifications;
pub(crate) mod pgrest;
pub(crate) mod pods;
pub(crate) mod sk;
pub(crate) mod streams;
pub(crate) mod systems;
pub(crate) mod tenants;
pub(crate) mod tokens;
pub(crate) mod workflows;
