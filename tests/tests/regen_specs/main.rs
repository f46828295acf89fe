//! `cargo xtask regen-specs` against a local server that publishes three small documents.
//!
//! Each test owns a server and a `specs` folder; see [`world::World`].

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod changes;
mod derivation;
mod documents;
mod moved;
mod network;
mod options;
mod order;
mod overlays;
mod server;
mod tree;
mod world;
