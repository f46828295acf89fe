//! Lists the documents in `openapi/`, so that a new service needs no line of code here.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=openapi");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .expect("specs/openapi is part of the package")
        .filter_map(|entry| {
            Some(entry.ok()?.file_name().to_str()?.strip_suffix(".json")?.to_owned())
        })
        .collect();
    names.sort();
    let mut list = format!("pub(crate) const SERVICES: &[&str] = &{names:?};\n");
    if env::var_os("CARGO_FEATURE_EMBED").is_some() {
        list.push_str("const DOCUMENTS: &[&str] = &[\n");
        for name in &names {
            let path = folder.join(format!("{name}.json"));
            writeln!(list, "    include_str!({path:?}),").expect("a string takes any text");
        }
        list.push_str("];\n");
    }
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("documents.rs"), list).expect("OUT_DIR is writable");
}
