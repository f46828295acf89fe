//! Identifiers and random choices, which repeat with the seed.

use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

/// Letters and digits that are not easily confused.
const ALPHABET: &[u8] = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789";
/// Upper-case consonants, so that a code never spells a word.
const CONSONANTS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";

/// A source of values that look random and repeat with the seed.
///
/// For identifiers that tests can rely on. Nothing it creates is a secret.
///
/// It is meant for identifiers that tests can rely on. Nothing it makes is a secret.
pub(crate) struct Random(Mutex<fastrand::Rng>);

impl Random {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(Mutex::new(fastrand::Rng::with_seed(seed)))
    }

    /// A version 4 UUID.
    pub(crate) fn uuid(&self) -> Uuid {
        let mut bytes = [0; 16];
        self.with(|rng| rng.fill(&mut bytes));
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// A string of letters and digits.
    pub(crate) fn text(&self, length: usize) -> String {
        self.from(ALPHABET, length)
    }

    /// A string of upper-case consonants, for people to type.
    pub(crate) fn code(&self, length: usize) -> String {
        self.from(CONSONANTS, length)
    }

    /// Returns `true` in about `fraction` of all calls.
    pub(crate) fn chance(&self, fraction: f64) -> bool {
        self.with(|rng| rng.f64()) < fraction
    }

    fn from(&self, alphabet: &[u8], length: usize) -> String {
        self.with(|rng| {
            (0..length).filter_map(|_| rng.choice(alphabet)).copied().map(char::from).collect()
        })
    }

    fn with<T>(&self, make: impl FnOnce(&mut fastrand::Rng) -> T) -> T {
        make(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
