//! `cargo xtask package`: proves that the crates can be published under other names.
//!
//! The packages are renamed in a copy of the repository, and `cargo package` packages and builds each crate from its
//! package. Only `--apply` changes the repository, and nothing is published. `PUBLISHING.md` explains why other names are
//! needed.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use toml_edit::{DocumentMut, Item, Table, value};

use crate::cargo;

/// The prefix of this repository's package names.
const OWN: &str = "tapis-";

/// Packages that are not published.
const PRIVATE: [&str; 3] = ["tapis-guide", "tapis-tests", "xtask"];

/// The command's options.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The prefix of the published names, in the place of `tapis-`
    #[arg(long, value_name = "PREFIX", default_value = "tapis3-")]
    prefix: String,

    /// Pack the crates without building them
    #[arg(long)]
    no_verify: bool,

    /// Rename the packages here, on the branch of a release, and pack nothing
    #[arg(long)]
    apply: bool,
}

/// Runs the command.
///
/// # Errors
/// The repository cannot be copied, or a crate cannot be packaged or built from its package.
pub fn run(options: &Options) -> Result<()> {
    let root = crate::workspace_root();
    if options.apply {
        return rename(&root, &options.prefix);
    }
    let copy = tempfile::tempdir().context("no temporary folder")?;
    copy_tracked_files(&root, copy.path())?;
    rename(copy.path(), &options.prefix)?;
    let mut arguments = vec!["package", "--workspace", "--offline", "--allow-dirty"];
    for member in PRIVATE {
        arguments.extend(["--exclude", member]);
    }
    if options.no_verify {
        arguments.push("--no-verify");
    }
    let target = cargo::target_folder(&root)?.join("package");
    if target.exists() {
        std::fs::remove_dir_all(&target).with_context(|| target.display().to_string())?;
    }
    let status = Command::new(cargo::program())
        .args(arguments)
        .current_dir(copy.path())
        .env("CARGO_TARGET_DIR", &target)
        // Nothing is debugged here, and debug information is most of the disk that this takes.
        .env("CARGO_PROFILE_DEV_DEBUG", "none")
        .status()
        .context("cargo cannot be run")?;
    ensure!(status.success(), "cargo package failed");
    let built = target.join("debug");
    if built.exists() {
        std::fs::remove_dir_all(&built).with_context(|| built.display().to_string())?;
    }
    report(&target.join("package"))
}

/// Prints the size of each package below `folder`.
fn report(folder: &Path) -> Result<()> {
    let mut packages = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        if entry.path().extension().is_some_and(|ending| ending == "crate") {
            packages.push((entry.metadata()?.len(), entry.path()));
        }
    }
    packages.sort();
    for (size, path) in &packages {
        println!("{:>5} KiB  {}", size.div_ceil(1024), path.display());
    }
    println!("{} crates can be published under these names", packages.len());
    Ok(())
}

fn copy_tracked_files(root: &Path, copy: &Path) -> Result<()> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .context("git cannot be run")?;
    ensure!(output.status.success(), "git ls-files failed");
    let files = String::from_utf8(output.stdout).context("a file name that is not UTF-8")?;
    for file in files.split_terminator('\0') {
        let target = copy.join(file);
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::copy(root.join(file), &target).with_context(|| format!("cannot copy {file}"))?;
    }
    Ok(())
}

/// Renames the packages below `root`. Libraries and the keys of dependencies keep their names, so
/// no Rust code and no feature changes.
fn rename(root: &Path, prefix: &str) -> Result<()> {
    let mut workspace = read(&root.join("Cargo.toml"))?;
    let version =
        workspace["workspace"]["package"]["version"].as_str().unwrap_or_default().to_owned();
    let dependencies = workspace["workspace"]["dependencies"].as_table_mut();
    let dependencies = dependencies.context("Cargo.toml has no workspace.dependencies")?;
    for (key, dependency) in dependencies.iter_mut() {
        if dependency.get("path").is_some() {
            dependency["package"] = value(renamed(key.get(), prefix)?);
            dependency["version"] = value(format!("={version}"));
        }
    }
    workspace["workspace"]["package"]["publish"] = value(true);
    let has_repository = workspace["workspace"]["package"].get("repository").is_some();
    std::fs::write(root.join("Cargo.toml"), workspace.to_string())?;
    for entry in std::fs::read_dir(root)? {
        let folder = entry?.path();
        let path = folder.join("Cargo.toml");
        if !path.is_file() {
            continue;
        }
        let mut manifest = read(&path)?;
        // The fuzz targets are a workspace of their own, which inherits nothing.
        let package = manifest.get("package");
        let publish = package.and_then(|package| package.get("publish")?.get("workspace"));
        let name = package.and_then(|package| package.get("name")?.as_str()).map(str::to_owned);
        let (Some(_), Some(name)) = (publish, name) else { continue };
        if PRIVATE.contains(&name.as_str()) {
            manifest["package"]["publish"] = value(false);
        } else {
            ensure!(
                folder.join("LICENSE").is_file(),
                "{name} has no LICENSE to put into its package"
            );
            manifest["package"]["name"] = value(renamed(&name, prefix)?);
            if has_repository {
                manifest["package"]["repository"]["workspace"] = value(true);
            }
            if folder.join("src/lib.rs").is_file() {
                let library = manifest.entry("lib").or_insert(Item::Table(Table::new()));
                library["name"] = value(name.replace('-', "_"));
            }
            // A crate that depends on itself in its tests, with other features.
            let needs = manifest.get_mut("dev-dependencies").and_then(Item::as_table_mut);
            if let Some(own) = needs.and_then(|needs| needs.get_mut(&name)) {
                own["package"] = value(renamed(&name, prefix)?);
            }
        }
        std::fs::write(&path, manifest.to_string())?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<DocumentMut> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    text.parse().with_context(|| path.display().to_string())
}

fn renamed(name: &str, prefix: &str) -> Result<String> {
    match name.strip_prefix(OWN) {
        Some(rest) => Ok(format!("{prefix}{rest}")),
        None => bail!("{name} does not begin with {OWN}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_get_other_names_and_libraries_keep_theirs() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(
            "Cargo.toml",
            "[workspace.package]\nversion = \"1.2.3\"\npublish = false\nrepository = \"https://example.org\"\n\n\
             [workspace.dependencies]\ntapis-core = { path = \"tapis-core\" }\nserde = \"1\"\n",
        );
        let inherits = "publish.workspace = true\n";
        write("tapis-core/Cargo.toml", &format!("[package]\nname = \"tapis-core\"\n{inherits}"));
        write("tapis-core/LICENSE", "");
        write("tapis-core/src/lib.rs", "");
        write("xtask/Cargo.toml", &format!("[package]\nname = \"xtask\"\n{inherits}"));
        write("fuzz/Cargo.toml", "[package]\nname = \"tapis-fuzz\"\npublish = false\n");
        rename(root.path(), "other-").unwrap();
        let text = |path: &str| std::fs::read_to_string(root.path().join(path)).unwrap();
        assert_eq!(
            text("Cargo.toml"),
            "[workspace.package]\nversion = \"1.2.3\"\npublish = true\nrepository = \"https://example.org\"\n\n\
             [workspace.dependencies]\n\
             tapis-core = { path = \"tapis-core\" , package = \"other-core\", version = \"=1.2.3\" }\n\
             serde = \"1\"\n"
        );
        assert_eq!(
            text("tapis-core/Cargo.toml"),
            "[package]\nname = \"other-core\"\npublish.workspace = true\nrepository = { workspace = true }\n\n[lib]\nname = \"tapis_core\"\n"
        );
        assert_eq!(text("xtask/Cargo.toml"), "[package]\nname = \"xtask\"\npublish = false\n");
        assert_eq!(text("fuzz/Cargo.toml"), "[package]\nname = \"tapis-fuzz\"\npublish = false\n");
    }
    #[test]
    fn a_crate_without_the_licence_is_not_packed() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(
            root.path().join("Cargo.toml"),
            "[workspace.package]\nversion = \"1.2.3\"\n\n[workspace.dependencies]\n",
        )
        .unwrap();
        std::fs::create_dir(root.path().join("tapis-core")).unwrap();
        let manifest = root.path().join("tapis-core/Cargo.toml");
        std::fs::write(manifest, "[package]\nname = \"tapis-core\"\npublish.workspace = true\n")
            .unwrap();
        assert_eq!(
            rename(root.path(), "other-").unwrap_err().to_string(),
            "tapis-core has no LICENSE to put into its package"
        );
    }
}
