//! Lists the documents in `openapi/`, so that a new service needs no line of code here.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    if env::var_os("CARGO_FEATURE_EMBED").is_none() {
        // Build scripts read the documents themselves. If this script watched them, a change of one
        // would rebuild the generator and every service.
        println!("cargo::rerun-if-changed=build.rs");
        return Ok(());
    }
    println!("cargo::rerun-if-changed=openapi");
    // Asked when the script runs: a script that was built in a copy of the workspace reads this one.
    let package = env::var_os("CARGO_MANIFEST_DIR")
        .ok_or_else(|| io::Error::other("CARGO_MANIFEST_DIR is not set"))?;
    let folder = Path::new(&package).join("openapi");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let file = entry?.file_name();
        names.extend(file.to_str().and_then(|file| file.strip_suffix(".json")).map(str::to_owned));
    }
    names.sort();
    let mut list = format!("pub(crate) const SERVICES: &[&str] = &{names:?};\n");
    list.push_str("pub(crate) const DOCUMENTS: &[&str] = &[\n");
    for name in &names {
        let path = folder.join(format!("{name}.json"));
        list.push_str(&format!("    include_str!({path:?}),\n"));
    }
    list.push_str("];\n");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set"))?;
    fs::write(Path::new(&out).join("documents.rs"), list)
}
