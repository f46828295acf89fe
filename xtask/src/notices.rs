//! The licences of a program's parts, which those who hand out the program have to hand out too.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};

use crate::sbom::Program;

/// How the names of files begin that a package has for this.
const NAMES: [&str; 6] = ["COPYING", "COPYRIGHT", "LICENCE", "LICENSE", "NOTICE", "UNLICENSE"];

/// The text of each licence, with the packages that it is for. A package without a text has its expression alone.
///
/// # Errors
/// A package that cannot be read.
pub(crate) fn of(program: &Program) -> Result<String> {
    let mut packages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for ((name, version), package) in program.parts() {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap_or_default());
        let folder = manifest.parent().with_context(|| format!("{name} has no manifest"))?;
        let mut texts = texts(folder).with_context(|| folder.display().to_string())?;
        if texts.is_empty() {
            texts.push(package["license"].as_str().unwrap_or("no licence").to_owned());
        }
        for text in texts {
            packages.entry(text).or_default().insert(format!("{name} {version}"));
        }
    }
    let sections = packages.iter().map(|(text, packages)| {
        let packages: Vec<&str> = packages.iter().map(String::as_str).collect();
        format!("{}:\n\n{text}\n", packages.join(", "))
    });
    Ok(sections.collect::<Vec<_>>().join(&format!("\n{}\n\n", "-".repeat(80))))
}

/// The texts in the folder of a package.
fn texts(folder: &Path) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
        if path.is_file() && NAMES.iter().any(|start| name.starts_with(start)) {
            texts.push(std::fs::read_to_string(&path)?.trim().replace("\r\n", "\n"));
        }
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_are_those_of_the_files_that_are_named_for_it() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("LICENSE-MIT", "Permission is\r\nhereby granted\n"),
            ("license.md", "Redistribution and use"),
            ("README.md", "A crate."),
        ] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        std::fs::create_dir(folder.path().join("LICENSES")).unwrap();
        let mut found = texts(folder.path()).unwrap();
        found.sort();
        assert_eq!(found, ["Permission is\nhereby granted", "Redistribution and use"]);
    }
}
