//! What the integration tests share; the tests are in `tests/`.

mod clock;
mod memory;
mod script;
pub mod transcript;
mod world;

pub use clock::TestClock;
pub use memory::peak_kib;
pub use script::{ScriptServer, Step, whole};
pub use world::World;
