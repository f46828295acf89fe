//! Makes a call that fails, and prints how much memory reading the failure took: what a test looks at
//! from outside. `read_failure BASE_URL` prints the peak of memory in KiB before and after.

#![allow(clippy::print_stdout)] // a program speaks to whoever runs it

use tapis_client::Tapis;
use tapis_tests::peak_kib;

/// Claims and nothing else: `{"tapis/account_type":"user"}`.
const JWT: &str = "e30.eyJ0YXBpcy9hY2NvdW50X3R5cGUiOiJ1c2VyIn0.c2ln";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let base_url = std::env::args().nth(1).ok_or("usage: read_failure BASE_URL")?;
    let t = Tapis::builder(base_url).access_token(JWT).build()?;
    // The first call is one like any other, and shows what an idle client needs.
    t.systems.get_system("x").await?;
    let idle = peak_kib()?;
    let Err(error) = t.systems.get_system("x").await else {
        return Err("the call did not fail".into());
    };
    println!("{idle} {} {}", peak_kib()?, error.body().len());
    Ok(())
}
