//! Crates that a program shares with the build scripts of its services: cargo compiles such a crate
//! once, but twice if the two need different features of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;

use super::Section;
use crate::cargo::cargo;

/// The default features, and the smallest set with which an operation can be called.
const FEATURES: [&str; 2] = ["default", "authenticator,rustls"];

pub(crate) fn check(root: &Path) -> Result<Section> {
    let mut section = Section::new("Compiled once");
    for features in FEATURES {
        for (package, sets) in twice(&duplicates(root, features)?) {
            section.finding(format!(
                "tapis-client with {features}: {package} is compiled twice, with {}",
                sets.join(" and with ")
            ));
        }
    }
    section.line(format!(
        "what a program and the build scripts of its services both need, with the features {}",
        FEATURES.join(" and with ")
    ));
    Ok(section)
}

/// Cargo's list of duplicate packages: one package per line, with its version and features.
fn duplicates(root: &Path, features: &str) -> Result<String> {
    let package = ["tree", "--frozen", "--package", "tapis-client", "--no-default-features"];
    let edges = ["--features", features, "--edges", "normal,build", "--duplicates"];
    let form = ["--depth", "0", "--prefix", "none", "--format", "{p}|{f}"];
    cargo(root, &[&package[..], &edges, &form].concat())
}

/// Packages that are built with more than one set of features. Two versions are two packages.
fn twice(list: &str) -> Vec<(&str, Vec<&str>)> {
    let mut known: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (package, features) in list.lines().filter_map(|line| line.split_once('|')) {
        known.entry(package).or_default().insert(features);
    }
    let several = known.into_iter().filter(|(_, features)| features.len() > 1);
    several.map(|(package, features)| (package, features.into_iter().collect())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_version_with_two_sets_of_features_is_compiled_twice() {
        let list = "serde_json v1.0.154|default,std\n\nserde_json v1.0.154|alloc,std\n";
        assert_eq!(twice(list), [("serde_json v1.0.154", vec!["alloc,std", "default,std"])]);
    }

    #[test]
    fn another_version_is_another_package() {
        assert!(twice("syn v2.0.119|full\n\nsyn v3.0.10|full\nsyn v3.0.10|full\n").is_empty());
    }
}
