//! Every operation of every service, on the wire: by the typed clients, by its name, and by
//! the command line.
//!
//! What is expected comes from the documents in `specs/openapi` alone: the calls that the build
//! script wrote from them are made against a server that records what arrives and answers with
//! replies made from the schemas. With the generator of the clients this shares the two functions
//! that name methods and types, and nothing else.
//!
//! `cargo test -p tapis-tests --test wire -- --nocapture` prints what was done.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod calls;
mod command;
mod compare;
mod document;
mod dynamic;
mod maker;
mod mock;
mod replies;
mod requests;
mod server;
mod values;
mod world;

#[test]
fn every_operation_of_the_documents_has_a_call() {
    assert_eq!(world::CASES.len(), world::OPERATIONS);
    assert_eq!(calls::TYPED.len(), world::OPERATIONS);
}
