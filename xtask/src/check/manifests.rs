//! Checks the manifests: a correct `rust-version`, and the keys that every crate must have.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;
use toml_edit::DocumentMut;

use super::Section;
use crate::cargo::cargo;

/// Cargo's metadata of the workspace and all of its dependencies, from local files. If only the
/// crates for this platform were fetched, only these are used.
pub(crate) fn metadata(root: &Path) -> Result<Value> {
    let everything = ask(root, &["--all-features"]);
    if everything.is_ok() {
        return everything;
    }
    let host = crate::cargo::host()?;
    ask(root, &["--filter-platform", &host])
        .or(everything)
        .context("cargo metadata, without the network")
}

fn ask(root: &Path, options: &[&str]) -> Result<Value> {
    let arguments = [&["metadata", "--format-version", "1", "--frozen"], options].concat();
    serde_json::from_str(&cargo(root, &arguments)?).context("not JSON")
}

pub(crate) fn check(metadata: &Value) -> Section {
    let mut section = Section::new("Manifests");
    rust_version(metadata, &mut section);
    let mut count = 0;
    for member in members(metadata) {
        count += 1;
        let path = member["manifest_path"].as_str().unwrap_or_default();
        let manifest = std::fs::read_to_string(path).unwrap_or_default();
        let linted = manifest.parse::<DocumentMut>().is_ok_and(|m| {
            m.get("lints").and_then(|l| l.get("workspace")?.as_bool()) == Some(true)
        });
        section.findings.extend(faults(member, linted));
    }
    section.line(format!(
        "{count} crates looked at: publish = false, license, description, lints of the workspace"
    ));
    section
}

/// The packages of the workspace itself.
pub(crate) fn members(metadata: &Value) -> impl Iterator<Item = &Value> {
    packages(metadata).filter(|package| package["source"].is_null())
}

pub(crate) fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().into_iter().flatten()
}

pub(crate) fn name(package: &Value) -> &str {
    package["name"].as_str().unwrap_or_default()
}

/// Checks that all dependencies support the workspace's `rust-version`.
fn rust_version(metadata: &Value, section: &mut Section) {
    let version = |package: &Value| package["rust_version"].as_str().map(numbers);
    let needed = packages(metadata)
        .filter(|package| !package["source"].is_null())
        .max_by_key(|package| version(package).unwrap_or_default());
    let Some(needed) = needed else { return };
    let most = needed["rust_version"].as_str().unwrap_or("none");
    for member in members(metadata) {
        match version(member) {
            None => section.finding(format!("{}: no rust-version", name(member))),
            Some(own) if own < version(needed).unwrap_or_default() => section.finding(format!(
                "{}: rust-version {} is below {most}, which {} needs",
                name(member),
                member["rust_version"].as_str().unwrap_or_default(),
                name(needed)
            )),
            Some(_) => {}
        }
    }
    let own = members(metadata).find_map(|member| member["rust_version"].as_str());
    section.line(format!(
        "rust-version {}; the most that one of {} dependencies needs is {most} ({} {})",
        own.unwrap_or("none"),
        packages(metadata).count() - members(metadata).count(),
        name(needed),
        needed["version"].as_str().unwrap_or_default()
    ));
}

/// The numbers of a version such as `1.89` or `1.89.0`.
fn numbers(version: &str) -> [u64; 3] {
    let mut numbers = [0; 3];
    for (number, part) in numbers.iter_mut().zip(version.split('.')) {
        *number = part.parse().unwrap_or_default();
    }
    numbers
}

fn faults(package: &Value, linted: bool) -> Vec<String> {
    let said = |key: &str| package[key].as_str().is_some_and(|text| !text.trim().is_empty());
    let demands = [
        (package["publish"].as_array().is_some_and(Vec::is_empty), "publish = false"),
        (said("license"), "license"),
        (said("description"), "description"),
        (linted, "[lints] workspace = true"),
    ];
    let missing = demands.iter().filter(|(kept, _)| !kept);
    missing.map(|(_, demand)| format!("{}: Cargo.toml lacks {demand}", name(package))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn versions(own: &str, theirs: &str) -> Vec<String> {
        let metadata = json!({"packages": [
            {"name": "ours", "rust_version": own, "source": null},
            {"name": "old", "source": "registry"},
            {"name": "new", "version": "2.0.0", "rust_version": theirs, "source": "registry"},
        ]});
        let mut section = Section::new("Manifests");
        rust_version(&metadata, &mut section);
        section.findings
    }

    #[test]
    fn the_rust_version_must_cover_the_dependencies() {
        assert!(versions("1.89", "1.89.0").is_empty());
        assert!(versions("1.100", "1.89").is_empty());
        assert_eq!(
            versions("1.89", "1.90"),
            ["ours: rust-version 1.89 is below 1.90, which new needs"]
        );
    }

    #[test]
    fn each_demand_on_a_crate_is_a_finding_of_its_own() {
        let whole =
            json!({"name": "a", "publish": [], "license": "BSD-3-Clause", "description": "D."});
        assert!(faults(&whole, true).is_empty());
        assert_eq!(
            faults(&json!({"name": "a", "publish": null, "description": ""}), false),
            [
                "a: Cargo.toml lacks publish = false",
                "a: Cargo.toml lacks license",
                "a: Cargo.toml lacks description",
                "a: Cargo.toml lacks [lints] workspace = true",
            ]
        );
    }
}
