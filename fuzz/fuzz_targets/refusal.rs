//! The table that decides what a refusal means, for any service, status and message.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, u16, &str)| {
    const SERVICES: [&str; 4] = ["systems", "sk", "authenticator", "tapis"];
    let (service, status, message) = input;
    let service = SERVICES[usize::from(service) % SERVICES.len()];
    tapis_core::fuzzing::refusal(service, 100 + status % 500, message);
    for status in [400, 401, 403, 500] {
        tapis_core::fuzzing::refusal(service, status, message);
    }
});
