//! The components of a program as a CycloneDX document in JSON:
//! <https://cyclonedx.org/docs/1.5/json/>.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use toml_edit::DocumentMut;

use crate::cargo::cargo;

/// The SBOM of `package` as built for `target`, without tests and build scripts.
///
/// # Errors
/// The package does not exist, or the output of cargo cannot be read.
pub(crate) fn of(root: &Path, package: &str, target: &str) -> Result<Value> {
    let metadata = cargo(
        root,
        &["metadata", "--format-version", "1", "--locked", "--filter-platform", target],
    )?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata")?;
    // Metadata has the features of the whole workspace. The tree has those of the program.
    let tree = ["tree", "--locked", "--package", package, "--target", target, "--edges", "normal"];
    let form = ["--prefix", "none", "--no-dedupe", "--format", "{p}"];
    let tree = cargo(root, &[&tree[..], &form].concat())?;
    let lock = std::fs::read_to_string(root.join("Cargo.lock")).context("Cargo.lock")?;
    document(package, &metadata, &tree, &checksums(&lock)?)
}

fn document(
    package: &str,
    metadata: &Value,
    tree: &str,
    checksums: &BTreeMap<(String, String), String>,
) -> Result<Value> {
    let mut parts: BTreeMap<&str, Part<'_>> = BTreeMap::new();
    for found in metadata["packages"].as_array().into_iter().flatten() {
        let part = Part::read(found);
        if tree.lines().any(|line| part.is(line)) {
            parts.insert(part.id, part);
        }
    }
    let main = parts.values().find(|part| part.name == package);
    let main = main.with_context(|| format!("no package {package}"))?;
    let components: Vec<Value> = parts
        .values()
        .filter(|part| part.id != main.id)
        .map(|part| part.component("library", checksums))
        .collect();
    let nodes = metadata["resolve"]["nodes"].as_array().into_iter().flatten();
    let dependencies: Vec<Value> = nodes
        .filter_map(|node| {
            let part = parts.get(node["id"].as_str()?)?;
            let needed = node["dependencies"].as_array().into_iter().flatten();
            let needed = needed.filter_map(|id| Some(parts.get(id.as_str()?)?.url()));
            Some(json!({ "ref": part.url(), "dependsOn": needed.collect::<Vec<_>>() }))
        })
        .collect();
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": main.component("application", checksums) },
        "components": components,
        "dependencies": dependencies,
    }))
}

/// A package.
struct Part<'a> {
    id: &'a str,
    name: &'a str,
    version: &'a str,
    licence: Option<&'a str>,
}

impl<'a> Part<'a> {
    fn read(package: &'a Value) -> Self {
        let text = |key: &str| package[key].as_str();
        Self {
            id: text("id").unwrap_or_default(),
            name: text("name").unwrap_or_default(),
            version: text("version").unwrap_or_default(),
            licence: text("license"),
        }
    }

    /// Whether a line of cargo's tree, `name v1.2.3 (path)`, is this package.
    fn is(&self, line: &str) -> bool {
        let mut words = line.split(' ');
        let version = words.nth(1).and_then(|word| word.strip_prefix('v'));
        line.split(' ').next() == Some(self.name) && version == Some(self.version)
    }

    /// The package URL: <https://github.com/package-url/purl-spec>.
    fn url(&self) -> String {
        format!("pkg:cargo/{}@{}", self.name, self.version)
    }

    fn component(&self, kind: &str, checksums: &BTreeMap<(String, String), String>) -> Value {
        let mut component = json!({
            "type": kind,
            "bom-ref": self.url(),
            "name": self.name,
            "version": self.version,
            "purl": self.url(),
        });
        if let Some(licence) = self.licence {
            // Older manifests separate alternatives with a slash.
            let expression = licence.replace(" / ", " OR ").replace('/', " OR ");
            component["licenses"] = json!([{ "expression": expression }]);
        }
        if let Some(digest) = checksums.get(&(self.name.to_owned(), self.version.to_owned())) {
            component["hashes"] = json!([{ "alg": "SHA-256", "content": digest }]);
        }
        component
    }
}

/// The SHA-256 of each package from a registry, by name and version.
fn checksums(lock: &str) -> Result<BTreeMap<(String, String), String>> {
    let lock: DocumentMut = lock.parse().context("Cargo.lock")?;
    let packages = lock.get("package").and_then(|packages| packages.as_array_of_tables());
    let text = |item: &toml_edit::Table, key: &str| Some(item.get(key)?.as_str()?.to_owned());
    Ok(packages
        .into_iter()
        .flatten()
        .filter_map(|package| {
            let key = (text(package, "name")?, text(package, "version")?);
            Some((key, text(package, "checksum")?))
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_the_program_are_listed_with_licence_digest_and_needs() {
        let metadata = json!({
            "packages": [
                { "id": "1", "name": "tapis-cli", "version": "0.2.0", "license": "BSD-3-Clause" },
                { "id": "2", "name": "bytes", "version": "1.0.0", "license": "MIT/Apache-2.0" },
                { "id": "3", "name": "bytes", "version": "0.5.0", "license": "MIT" },
            ],
            "resolve": { "nodes": [
                { "id": "1", "dependencies": ["2", "3"] },
                { "id": "2", "dependencies": [] },
                { "id": "3", "dependencies": [] },
            ]},
        });
        let lock = "[[package]]\nname = \"bytes\"\nversion = \"1.0.0\"\nchecksum = \"abc\"\n";
        let tree = "tapis-cli v0.2.0 (/somewhere)\nbytes v1.0.0\n";
        let document = document("tapis-cli", &metadata, tree, &checksums(lock).unwrap()).unwrap();
        assert_eq!(document["metadata"]["component"]["purl"], "pkg:cargo/tapis-cli@0.2.0");
        assert_eq!(
            document["components"],
            json!([{
                "type": "library",
                "bom-ref": "pkg:cargo/bytes@1.0.0",
                "name": "bytes",
                "version": "1.0.0",
                "purl": "pkg:cargo/bytes@1.0.0",
                "licenses": [{ "expression": "MIT OR Apache-2.0" }],
                "hashes": [{ "alg": "SHA-256", "content": "abc" }],
            }])
        );
        assert_eq!(
            document["dependencies"],
            json!([
                { "ref": "pkg:cargo/tapis-cli@0.2.0", "dependsOn": ["pkg:cargo/bytes@1.0.0"] },
                { "ref": "pkg:cargo/bytes@1.0.0", "dependsOn": [] },
            ])
        );
    }
}
