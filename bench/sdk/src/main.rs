//! The program of this contestant.

fn main() -> Result<(), contest::Fault> {
    contest::run::<sdk::Sdk>()
}
