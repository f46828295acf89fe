//! Replies of any status, `Retry-After` and body, read as everything that a reply can be.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tapis_core::Session;

static SESSION: LazyLock<Session> =
    LazyLock::new(|| Session::builder("http://127.0.0.1:1").build().expect("a session"));

fuzz_target!(|input: (u16, &[u8], &[u8])| {
    let (status, retry, body) = input;
    tapis_core::fuzzing::reply(&SESSION, 100 + status % 500, retry, body);
    // Most statuses say little; the body of a success is what is read.
    tapis_core::fuzzing::reply(&SESSION, 200, retry, body);
    tapis_core::fuzzing::reply(&SESSION, 400, retry, body);
});
