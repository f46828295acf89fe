//! Generates the client from the service's document.

fn main() -> Result<(), tapis_codegen::Error> {
    tapis_codegen::build("pods")
}
