//! The components of a program as a CycloneDX document in JSON:
//! <https://cyclonedx.org/docs/1.5/json/>.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use toml_edit::DocumentMut;

use crate::cargo::cargo;

/// Name and version of a package.
type Key = (String, String);

/// A package, and what is in the program that is built from it.
pub(crate) struct Program {
    package: String,
    metadata: Value,
    needs: BTreeMap<Key, BTreeSet<Key>>,
    checksums: BTreeMap<Key, String>,
}

impl Program {
    /// The program of `package` as it is built for `target`. Tests, build scripts and procedural macros are left out:
    /// nothing of them is in the program.
    ///
    /// # Errors
    /// No such package, or an answer of cargo that cannot be read.
    pub(crate) fn read(root: &Path, package: &str, target: &str) -> Result<Self> {
        let metadata = cargo(
            root,
            &["metadata", "--format-version", "1", "--locked", "--filter-platform", target],
        )?;
        // Metadata unites the features of the whole workspace. The tree has those of the program.
        let tree = ["tree", "--locked", "--package", package, "--target", target];
        let form = ["--edges", "normal,no-proc-macro", "--prefix", "depth", "--format", "{p}"];
        let tree = cargo(root, &[&tree[..], &form].concat())?;
        let lock = std::fs::read_to_string(root.join("Cargo.lock")).context("Cargo.lock")?;
        Ok(Self {
            package: package.to_owned(),
            metadata: serde_json::from_str(&metadata).context("cargo metadata")?,
            needs: needs(&tree)?,
            checksums: checksums(&lock)?,
        })
    }

    /// The packages that the program consists of, by name and version, as cargo describes them.
    pub(crate) fn parts(&self) -> BTreeMap<Key, &Value> {
        let packages = self.metadata["packages"].as_array().into_iter().flatten();
        let text =
            |package: &Value, key: &str| package[key].as_str().unwrap_or_default().to_owned();
        packages
            .map(|package| ((text(package, "name"), text(package, "version")), package))
            .filter(|(key, _)| self.needs.contains_key(key))
            .collect()
    }

    /// The version of the program.
    ///
    /// # Errors
    /// No such package.
    pub(crate) fn version(&self) -> Result<String> {
        let main = self.parts().into_keys().find(|(name, _)| *name == self.package);
        Ok(main.with_context(|| format!("no package {}", self.package))?.1)
    }

    /// The SBOM.
    pub(crate) fn sbom(&self) -> Value {
        let (main, components): (Vec<_>, Vec<_>) = self
            .parts()
            .into_iter()
            .map(|(key, package)| {
                let is_main = key.0 == self.package;
                (is_main, component(package, &key, is_main, self.checksums.get(&key)))
            })
            .partition(|(is_main, _)| *is_main);
        let list = |found: Vec<(bool, Value)>| found.into_iter().map(|(_, component)| component);
        let dependencies: Vec<Value> = self
            .needs
            .iter()
            .map(|(key, needed)| {
                let needed: Vec<String> = needed.iter().map(reference).collect();
                json!({ "ref": reference(key), "dependsOn": needed })
            })
            .collect();
        json!({
            "bomFormat": "CycloneDX",
            "specVersion": "1.5",
            "version": 1,
            "metadata": { "component": list(main).next() },
            "components": list(components).collect::<Vec<_>>(),
            "dependencies": dependencies,
        })
    }
}

/// What each package of cargo's tree depends on. A line of the tree is `2name v1.2.3 (path)`, where 2 is the depth.
fn needs(tree: &str) -> Result<BTreeMap<Key, BTreeSet<Key>>> {
    let mut needs: BTreeMap<Key, BTreeSet<Key>> = BTreeMap::new();
    let mut path: Vec<Key> = Vec::new();
    for line in tree.lines() {
        let read = || {
            let start = line.find(|c: char| !c.is_ascii_digit())?;
            let mut words = line[start..].split(' ');
            let key = (words.next()?.to_owned(), words.next()?.strip_prefix('v')?.to_owned());
            Some((line[..start].parse::<usize>().ok()?, key))
        };
        let (depth, key) = read().with_context(|| format!("cargo tree: {line}"))?;
        path.truncate(depth);
        if let Some(parent) = path.last() {
            needs.entry(parent.clone()).or_default().insert(key.clone());
        }
        needs.entry(key.clone()).or_default();
        path.push(key);
    }
    Ok(needs)
}

/// How the document refers to a package within itself.
fn reference((name, version): &Key) -> String {
    format!("{name}@{version}")
}

fn component(package: &Value, key: &Key, is_main: bool, checksum: Option<&String>) -> Value {
    let mut component = json!({
        "type": if is_main { "application" } else { "library" },
        "bom-ref": reference(key),
        "name": key.0,
        "version": key.1,
    });
    // A package URL is an address on crates.io: a crate of the workspace has none, and another may have its name there.
    if package["source"].is_string() {
        component["purl"] = json!(format!("pkg:cargo/{}@{}", key.0, key.1));
    }
    if let Some(licence) = package["license"].as_str() {
        // Older manifests write a choice with a slash.
        let expression = licence.replace(" / ", " OR ").replace('/', " OR ");
        component["licenses"] = json!([{ "expression": expression }]);
    }
    if let Some(digest) = checksum {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": digest }]);
    }
    component
}

/// The SHA-256 of each package from a registry.
fn checksums(lock: &str) -> Result<BTreeMap<Key, String>> {
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

    fn example() -> Value {
        let metadata = json!({ "packages": [
            { "name": "tapis-cli", "version": "0.2.0", "license": "BSD-3-Clause", "source": null },
            { "name": "tapis-core", "version": "0.2.0", "license": "BSD-3-Clause", "source": null },
            { "name": "bytes", "version": "1.0.0", "license": "MIT/Apache-2.0", "source": "registry" },
            { "name": "bytes", "version": "0.5.0", "license": "MIT", "source": "registry" },
        ]});
        let lock = "[[package]]\nname = \"bytes\"\nversion = \"1.0.0\"\nchecksum = \"abc\"\n";
        let tree = "0tapis-cli v0.2.0 (/somewhere)\n1tapis-core v0.2.0 (/somewhere)\n\
                    2bytes v1.0.0\n1bytes v1.0.0 (*)\n";
        let package = "tapis-cli".to_owned();
        let (needs, checksums) = (needs(tree).unwrap(), checksums(lock).unwrap());
        Program { package, metadata, needs, checksums }.sbom()
    }

    #[test]
    fn the_parts_of_the_program_are_listed_with_licence_and_digest() {
        let document = example();
        assert_eq!(document["metadata"]["component"]["type"], "application");
        assert_eq!(document["components"].as_array().unwrap().len(), 2);
        assert_eq!(
            document["components"][0],
            json!({
                "type": "library",
                "bom-ref": "bytes@1.0.0",
                "name": "bytes",
                "version": "1.0.0",
                "purl": "pkg:cargo/bytes@1.0.0",
                "licenses": [{ "expression": "MIT OR Apache-2.0" }],
                "hashes": [{ "alg": "SHA-256", "content": "abc" }],
            })
        );
    }

    #[test]
    fn a_crate_of_the_workspace_is_not_passed_off_as_one_of_crates_io() {
        let document = example();
        for component in [&document["metadata"]["component"], &document["components"][1]] {
            assert_eq!(component["version"], "0.2.0");
            assert_eq!(component["purl"], Value::Null);
        }
    }

    #[test]
    fn dependencies_are_those_of_the_tree() {
        assert_eq!(
            example()["dependencies"],
            json!([
                { "ref": "bytes@1.0.0", "dependsOn": [] },
                { "ref": "tapis-cli@0.2.0", "dependsOn": ["bytes@1.0.0", "tapis-core@0.2.0"] },
                { "ref": "tapis-core@0.2.0", "dependsOn": ["bytes@1.0.0"] },
            ])
        );
    }
}
