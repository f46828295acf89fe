//! The build script of a service crate at work: without a network, in a copy of the workspace,
//! after an edit, with a document that cannot be generated, and as packages without a workspace.
//!
//! One service stands for all. What it depends on is built once, into a folder that stays for the
//! next run of these tests; each test has a copy of it.
#![allow(clippy::unwrap_used, reason = "a test may stop here")]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::{env, io};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The crates that the service needs, and the service.
const FOLDERS: [&str; 4] = ["specs", "tapis-codegen", "tapis-core", "tapis-tokens"];
const SERVICE: &str = "tapis-tokens";
const DOCUMENT: &str = "specs/openapi/tokens.json";

#[test]
fn vendored_sources_are_enough() {
    let first = first();
    let vendored = scratch().join("vendor");
    for manifest in &first.build.manifests {
        let known = manifest.starts_with(&vendored) || manifest.starts_with(&first.workspace.root);
        assert!(known, "{} comes from elsewhere", manifest.display());
    }
    assert!(first.build.generated().contains("fn create_token"));
    assert!(!scratch().join("home/registry").exists(), "a registry was asked");
}

#[test]
fn a_copy_is_up_to_date() {
    let copy = first().workspace.copy();
    assert_eq!(copy.build().succeeded().rebuilt, BTreeSet::new());
}

#[test]
fn an_edit_in_a_copy_reaches_its_code_and_no_other_crate() {
    let copy = first().workspace.copy();
    copy.edit(DOCUMENT, "/paths/~1v3~1tokens~1hello/get/operationId", json!("greet"));
    let build = copy.build().succeeded();
    assert_eq!(build.rebuilt, BTreeSet::from([SERVICE.to_owned()]));
    assert!(build.out.as_ref().unwrap().starts_with(&copy.root), "{:?}", build.out);
    let code = build.generated();
    assert!(code.contains("fn greet") && !code.contains("fn hello"));
    let before = first().build.generated();
    assert!(before.contains("fn hello") && !before.contains("fn greet"));
}

#[test]
fn another_services_document_is_no_reason_to_build() {
    let copy = first().workspace.copy();
    copy.edit("specs/openapi/jobs.json", "/info/title", json!("Jobs, edited"));
    assert_eq!(copy.build().succeeded().rebuilt, BTreeSet::new());
}

#[test]
fn an_operation_that_cannot_be_generated_fails_the_build_with_one_line() {
    let copy = first().workspace.copy();
    let good = fs::read(copy.root.join(DOCUMENT)).unwrap();
    let create = "/paths/~1v3~1tokens/post";
    copy.edit(DOCUMENT, &format!("{create}/requestBody/content/text~1plain"), json!({}));
    let build = copy.build();
    assert!(!build.success, "the document was generated");
    let line = format!(
        "Error: tokens: create_token: {create}/requestBody/content: \
         2 request media types; an operation can send one"
    );
    let lines: Vec<&str> = build.stderr.lines().map(str::trim).collect();
    assert!(lines.contains(&line.as_str()), "{}", build.stderr);
    assert_eq!(build.stderr.matches("create_token").count(), 1, "{}", build.stderr);
    assert!(!build.stderr.contains("panicked"), "{}", build.stderr);
    fs::write(copy.root.join(DOCUMENT), &good).unwrap();
    copy.build().succeeded();
}

/// `tapis_codegen::verify`, which every document has passed before it is checked in, says where.
#[test]
fn what_progenitor_panics_at_fails_the_build() {
    let copy = first().workspace.copy();
    let values = "/components/schemas/AccountType/enum";
    copy.edit(DOCUMENT, values, json!(["user", "User"]));
    let build = copy.build();
    assert!(!build.success, "the document was generated");
    let said = "Failed to make unique variant names for [user,User]";
    assert!(build.stderr.contains(said), "{}", build.stderr);
}

/// `cargo vendor` lays out what comes from git as packages beside one another, each in a folder
/// of its own name: the documents are not at `../specs` then.
#[test]
fn packages_bring_the_documents_along() {
    let packages = first().workspace.copy();
    fs::create_dir(packages.root.join("packages")).unwrap();
    let manifest = packages.root.join("Cargo.toml");
    let mut text = fs::read_to_string(&manifest).unwrap();
    for folder in FOLDERS {
        let package = if folder == "specs" { "tapis-specs" } else { folder };
        let to = format!("packages/{package}");
        fs::rename(packages.root.join(folder), packages.root.join(&to)).unwrap();
        text = text.replace(&format!("\"{folder}\""), &format!("\"{to}\""));
    }
    fs::write(&manifest, text).unwrap();
    assert!(packages.build().succeeded().generated().contains("fn hello"));

    let document = "packages/tapis-specs/openapi/tokens.json";
    packages.edit(document, "/paths/~1v3~1tokens~1hello/get/operationId", json!("greet"));
    assert!(packages.build().succeeded().generated().contains("fn greet"));
}

/// The workspace that the others are copied from, and how it was built.
struct First {
    workspace: Workspace,
    build: Build,
    /// Another run of these tests has to wait.
    _lock: File,
}

fn first() -> &'static First {
    static FIRST: OnceLock<First> = OnceLock::new();
    FIRST.get_or_init(|| {
        fs::create_dir_all(scratch().join("home")).unwrap();
        let lock = File::create(scratch().join("lock")).unwrap();
        lock.lock().unwrap();
        let workspace = Workspace { root: scratch().join("first"), _temporary: None };
        workspace.fill();
        workspace.vendor();
        let build = workspace.build().succeeded();
        First { workspace, build, _lock: lock }
    })
}

/// Where everything happens: a folder that Cargo has for tests, which `cargo clean` removes.
fn scratch() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("build_script")
}

/// A workspace of the four crates.
struct Workspace {
    root: PathBuf,
    _temporary: Option<TempDir>,
}

impl Workspace {
    /// Brings the crates as they are now.
    fn fill(&self) {
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for folder in FOLDERS {
            let to = self.root.join(folder);
            if to.exists() {
                fs::remove_dir_all(&to).unwrap();
            }
            copy(&ours.join(folder), &to).unwrap();
        }
        fs::copy(ours.join("Cargo.lock"), self.root.join("Cargo.lock")).unwrap();
        let manifest = fs::read_to_string(ours.join("Cargo.toml")).unwrap();
        let members = manifest.lines().find(|line| line.starts_with("members = ")).unwrap();
        let manifest = manifest.replace(members, &format!("members = {FOLDERS:?}"));
        fs::write(self.root.join("Cargo.toml"), manifest).unwrap();
    }

    /// Brings the sources of everything else, and tells Cargo to take them from there.
    fn vendor(&self) {
        let config = self.root.join(".cargo");
        if config.exists() {
            fs::remove_dir_all(&config).unwrap();
        }
        let vendor = |options: &[&str]| {
            let mut cargo = Command::new(env!("CARGO"));
            cargo.arg("vendor").args(options).arg(scratch().join("vendor"));
            cargo.current_dir(&self.root).output().unwrap()
        };
        let mut output = vendor(&["--offline"]);
        if !output.status.success() {
            // Cargo has fetched only what this platform needs so far.
            output = vendor(&[]);
        }
        assert!(output.status.success(), "run `cargo fetch` first: {}", stderr(&output));
        fs::create_dir(&config).unwrap();
        fs::write(config.join("config.toml"), output.stdout).unwrap();
    }

    /// All of it in another place, what has been built included.
    fn copy(&self) -> Self {
        let temporary = TempDir::new_in(scratch()).unwrap();
        copy(&self.root, temporary.path()).unwrap();
        Self { root: temporary.path().to_owned(), _temporary: Some(temporary) }
    }

    /// Sets a value of a document.
    fn edit(&self, document: &str, pointer: &str, value: Value) {
        let path = self.root.join(document);
        let mut document: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let key = key.replace("~1", "/").replace("~0", "~");
        document.pointer_mut(parent).unwrap()[key] = value;
        fs::write(&path, serde_json::to_string_pretty(&document).unwrap()).unwrap();
    }

    /// Builds the service with nothing but what is here.
    fn build(&self) -> Build {
        let mut cargo = Command::new(env!("CARGO"));
        // Without the settings of this build and of the user who runs it.
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CARGO") || name.starts_with("RUSTC") || name.ends_with("FLAGS") {
                cargo.env_remove(&*name);
            }
        }
        cargo
            .args(["build", "--frozen", "--package", SERVICE])
            .arg("--message-format=json-render-diagnostics")
            .env("CARGO_HOME", scratch().join("home"))
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_TARGET_DIR", self.root.join("target"))
            .env("CARGO_TERM_COLOR", "never")
            .current_dir(&self.root);
        Build::read(&cargo.output().unwrap())
    }
}

/// What Cargo said of a build.
struct Build {
    success: bool,
    stderr: String,
    /// The manifests of all packages that took part.
    manifests: BTreeSet<PathBuf>,
    /// The folders of those that were not up to date.
    rebuilt: BTreeSet<String>,
    /// Where the service's build script put its code.
    out: Option<PathBuf>,
}

impl Build {
    fn read(output: &Output) -> Self {
        let mut build = Self {
            success: output.status.success(),
            stderr: stderr(output),
            manifests: BTreeSet::new(),
            rebuilt: BTreeSet::new(),
            out: None,
        };
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let message: Value = serde_json::from_str(line).unwrap();
            let text = |key: &str| message[key].as_str().unwrap_or_default();
            match text("reason") {
                "compiler-artifact" => {
                    let manifest = PathBuf::from(text("manifest_path"));
                    if message["fresh"] == false {
                        let folder = manifest.parent().and_then(Path::file_name).unwrap();
                        build.rebuilt.insert(folder.to_string_lossy().into_owned());
                    }
                    build.manifests.insert(manifest);
                }
                "build-script-executed" if text("package_id").contains(SERVICE) => {
                    build.out = Some(PathBuf::from(text("out_dir")));
                }
                _ => {}
            }
        }
        build
    }

    fn succeeded(self) -> Self {
        assert!(self.success, "{}", self.stderr);
        self
    }

    /// The code that the service was built from.
    fn generated(&self) -> String {
        fs::read_to_string(self.out.as_ref().unwrap().join("generated.rs")).unwrap()
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Copies a folder with everything in it, times included, by which Cargo knows what is new.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
            File::options()
                .append(true)
                .open(&target)?
                .set_modified(entry.metadata()?.modified()?)?;
        }
    }
    File::open(to)?.set_modified(fs::metadata(from)?.modified()?)
}
