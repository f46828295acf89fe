//! `cargo xtask regen-specs`: upstream's documents in, corrected documents out, all or nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::derive::{self, Input};
use crate::fetch::{self, Download, Patience};
use crate::ordered::Ordered;
use crate::sources::Sources;
use crate::{canonical, files, interface, names, report};

/// The command's options.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Only this service (repeatable); all by default
    #[arg(long = "service", value_name = "NAME")]
    pub services: Vec<String>,
    /// Take the documents from this folder instead of the network
    #[arg(long, value_name = "DIR", conflicts_with = "offline")]
    pub from: Option<PathBuf>,
    /// Take no documents: derive from what is in specs/upstream
    #[arg(long)]
    pub offline: bool,
    /// Write nothing; fail and list what differs
    #[arg(long)]
    pub check: bool,
    /// The folder of the documents
    #[arg(long, value_name = "DIR", default_value_os_t = crate::workspace_root().join("specs"))]
    pub specs: PathBuf,
    /// What announces names that go or change
    #[arg(long, value_name = "FILE", default_value_os_t = crate::workspace_root().join("CHANGELOG.md"))]
    pub changelog: PathBuf,
    /// Seconds to wait for one document
    #[arg(long, default_value_t = 30.0)]
    pub timeout: f64,
    /// How often to try for one document
    #[arg(long, default_value_t = 4)]
    pub attempts: usize,
    /// Seconds to pause before the second attempt; doubled for each further one
    #[arg(long, default_value_t = 1.0)]
    pub pause: f64,
}

/// Runs the command.
///
/// # Errors
/// Whatever keeps one document from being brought in or derived; nothing is written then.
pub fn run(options: &Options) -> Result<()> {
    let plan = plan(options)?;
    for line in plan.report() {
        println!("{line}");
    }
    let stale = plan.stale(&options.specs);
    if !options.check {
        files::write_all(&options.specs, &stale)?;
        println!("{} documents, {} files written", plan.changes.len(), stale.len());
    } else if stale.is_empty() {
        println!("{} documents are current", plan.changes.len());
    } else {
        let list: Vec<String> = stale.iter().map(|(path, _)| path.display().to_string()).collect();
        bail!("not current; run `cargo xtask regen-specs`: {}", list.join(", "));
    }
    Ok(())
}

/// What the tree should hold: paths relative to `specs/` and their text.
#[derive(Debug)]
pub struct Plan {
    files: BTreeMap<PathBuf, String>,
    changes: BTreeMap<String, Vec<report::Change>>,
}

impl Plan {
    /// What changes for callers, a line each, service by service.
    #[must_use]
    pub fn report(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (service, changes) in &self.changes {
            if changes.is_empty() {
                lines.push(format!("{service}: no change for callers"));
            }
            lines.extend(changes.iter().map(|change| format!("{service}: {change}")));
        }
        lines
    }

    /// The files that the tree holds otherwise or not at all.
    fn stale(&self, specs: &Path) -> Vec<(&Path, &str)> {
        self.files
            .iter()
            .map(|(path, text)| (path.as_path(), text.as_str()))
            .filter(|(path, text)| {
                std::fs::read(specs.join(path)).ok().as_deref() != Some(text.as_bytes())
            })
            .collect()
    }
}

/// Brings the documents in and derives, without writing anything.
///
/// # Errors
/// Whatever keeps one document from being brought in or derived.
pub fn plan(options: &Options) -> Result<Plan> {
    let mut sources = Sources::read(&options.specs)?;
    let services = sources.services()?;
    for name in &options.services {
        if !services.contains_key(name) {
            bail!("{name}: no such service in sources.toml");
        }
    }
    let chosen = |name: &String| options.services.is_empty() || options.services.contains(name);
    let wanted: Vec<(String, String)> = services
        .iter()
        .filter(|(name, _)| chosen(name))
        .map(|(name, source)| (name.clone(), source.address.clone()))
        .collect();
    let downloads = match &options.from {
        _ if options.offline => Vec::new(),
        Some(folder) => fetch::from_folder(&wanted, folder)?,
        None => fetch::from_network(&wanted, patience(options)?)?,
    };

    let mut files = BTreeMap::new();
    let mut fresh = BTreeMap::new();
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    for download in downloads {
        let document = parse(&download)?;
        let version = document["info"]["version"].as_str().unwrap_or_default();
        sources.record(&download.service, version, &sha256(&download.text), &today);
        files.insert(upstream_file(&download.service), canonical::to_string(&document));
        fresh.insert(download.service, document);
    }
    files.insert("sources.toml".into(), sources.text());

    // Documents may refer to their siblings, so that every one on hand takes part.
    let mut inputs = BTreeMap::new();
    for (name, source) in services {
        let kept = options.specs.join(upstream_file(&name));
        let interface = match fresh.remove(&name) {
            Some(document) => document,
            None => match read_json(&kept).with_context(|| name.clone())? {
                Some(document) => document,
                None if chosen(&name) => {
                    bail!("{name}: specs/{} is missing", upstream_file(&name).display())
                }
                None => continue,
            },
        };
        let overlay = derive::read_overlay(&options.specs, &name)?;
        inputs.insert(name, Input { interface, overlay, source });
    }
    let mut changes = BTreeMap::new();
    let changelog = read_text(&options.changelog)?;
    let mut unannounced = Vec::new();
    for (name, _) in wanted {
        let derived = derive::derive(&name, &inputs)?;
        let file = PathBuf::from(format!("openapi/{name}.json"));
        // What is written anew need not be sound: a merge may have left its marks in it.
        let before = read_json(&options.specs.join(&file)).ok().flatten().unwrap_or_default();
        let text = canonical::to_string(&derived);
        let listed = names::of(&name, &text)?;
        let known = read_text(&options.specs.join(names::file(&name)))?;
        unannounced.extend(
            names::unannounced(&name, &known, &listed, &changelog)
                .into_iter()
                .map(|line| format!("{name}: {line}")),
        );
        files.insert(names::file(&name), listed);
        files.insert(file, text);
        changes.insert(name, report::changes(&before, &derived));
    }
    if !unannounced.is_empty() {
        bail!(
            "names that go or change and that {} does not announce below `## [Unreleased]`, as code \
             such as `jobs::types::Job`:\n{}",
            options.changelog.display(),
            unannounced.join("\n")
        );
    }
    Ok(Plan { files, changes })
}

fn patience(options: &Options) -> Result<Patience> {
    let duration = |seconds: f64| {
        Duration::try_from_secs_f64(seconds)
            .with_context(|| format!("{seconds} is no time to wait"))
    };
    Ok(Patience {
        timeout: duration(options.timeout)?,
        attempts: options.attempts,
        first_pause: duration(options.pause)?,
    })
}

fn upstream_file(service: &str) -> PathBuf {
    PathBuf::from(format!("upstream/{service}.json"))
}

/// The text of a file, which may be missing.
fn read_text(path: &Path) -> Result<String> {
    if !path.is_file() {
        return Ok(String::new());
    }
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn read_json(path: &Path) -> Result<Option<Value>> {
    if !path.is_file() {
        return Ok(None);
    }
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display())).map(Some)
}

/// Reads a document as YAML, of which JSON is a part, and takes the prose out.
fn parse(download: &Download) -> Result<Value> {
    let place = || format!("{}: {}", download.service, download.address);
    let options = serde_saphyr::options! { strict_booleans: true };
    let document: Ordered = serde_saphyr::from_str_with_options(&download.text, options)
        .context("not YAML or cut short")
        .with_context(place)?;
    if document.get("openapi").is_none() {
        bail!("{}: not an OpenAPI document", place());
    }
    Ok(interface::of(&document))
}

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
