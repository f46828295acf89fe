//! Access tokens and moments, read from any text.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    tapis_core::fuzzing::access_token(text);
    tapis_core::fuzzing::timestamp(text);
});
