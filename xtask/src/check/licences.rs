//! Checks the licences and sources of all dependencies against the lists in `deny.toml`. The rules
//! are those of `cargo deny`, which need not be installed.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;
use spdx::{Expression, Licensee, ParseMode};
use toml_edit::DocumentMut;

use super::Section;
use super::manifests::{name, packages};

/// Cargo's name for crates.io, the one registry that `deny.toml` allows.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

pub(crate) fn check(root: &Path, metadata: &Value) -> Result<Section> {
    let mut section = Section::new("Licences and sources");
    let allowed = allowed(&std::fs::read_to_string(root.join("deny.toml")).context("deny.toml")?)?;
    let mut count = 0;
    for package in packages(metadata).filter(|package| !package["source"].is_null()) {
        count += 1;
        section.findings.extend(fault(package, &allowed));
    }
    section.line(format!(
        "{count} dependencies looked at: from crates.io, under one of {} licences",
        allowed.len()
    ));
    Ok(section)
}

/// The licences that `deny.toml` allows.
fn allowed(manifest: &str) -> Result<Vec<Licensee>> {
    let manifest: DocumentMut = manifest.parse().context("deny.toml")?;
    let list = manifest.get("licenses").and_then(|licenses| licenses.get("allow")?.as_array());
    let list = list.context("deny.toml has no licenses.allow")?;
    list.iter()
        .map(|licence| Licensee::parse(licence.as_str().unwrap_or_default()).context("deny.toml"))
        .collect()
}

fn fault(package: &Value, allowed: &[Licensee]) -> Option<String> {
    let named = || format!("{} {}", name(package), package["version"].as_str().unwrap_or_default());
    let source = package["source"].as_str().unwrap_or_default();
    if source != CRATES_IO {
        return Some(format!("{}: comes from {source}, which deny.toml does not allow", named()));
    }
    let Some(licence) = package["license"].as_str() else {
        return Some(format!("{}: states no licence", named()));
    };
    let permitted = Expression::parse_mode(licence, ParseMode::LAX).is_ok_and(|expression| {
        expression.evaluate(|needed| allowed.iter().any(|licensee| licensee.satisfies(needed)))
    });
    (!permitted).then(|| format!("{}: deny.toml does not allow its licence {licence}", named()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fault_of(source: &str, licence: &str) -> Option<String> {
        let allowed = allowed("[licenses]\nallow = ['MIT', 'Unicode-3.0']").unwrap();
        let package =
            json!({"name": "a", "version": "1.0.0", "source": source, "license": licence});
        fault(&package, &allowed)
    }

    #[test]
    fn one_licence_of_a_choice_must_be_allowed_and_each_of_a_sum() {
        for permitted in
            ["MIT", "MIT OR GPL-3.0-only", "GPL-2.0/MIT", "(MIT OR ISC) AND Unicode-3.0"]
        {
            assert_eq!(fault_of(CRATES_IO, permitted), None, "{permitted}");
        }
        for refused in ["ISC", "MIT AND ISC", "MIT WITH LLVM-exception", "no licence at all", ""] {
            assert_eq!(
                fault_of(CRATES_IO, refused),
                Some(format!("a 1.0.0: deny.toml does not allow its licence {refused}")),
            );
        }
    }

    #[test]
    fn a_dependency_from_elsewhere_is_a_finding() {
        assert_eq!(
            fault_of("git+https://example.org/a", "MIT").unwrap(),
            "a 1.0.0: comes from git+https://example.org/a, which deny.toml does not allow"
        );
    }
}
