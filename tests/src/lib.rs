//! What the integration tests share; the tests are in `tests/`.

mod clock;

pub use clock::TestClock;
