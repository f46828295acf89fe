//! What the integration tests share; the tests are in `tests/`.

mod clock;
mod script;

pub use clock::TestClock;
pub use script::{ScriptServer, Step, whole};
