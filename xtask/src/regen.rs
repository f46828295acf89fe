//! `cargo xtask regen-specs`: fetches upstream's documents and derives the corrected ones, all or
//! nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::derive::{self, Failed, Input};
use crate::fetch::{self, Download, Downloads, Patience};
use crate::ordered::Ordered;
use crate::sources::{Source, Sources};
use crate::{canonical, files, interface, names, report};

/// The command's options.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Only this service (repeatable); all by default
    #[arg(long = "service", value_name = "NAME")]
    pub services: Vec<String>,
    /// Read the documents from this directory instead of the network
    #[arg(long, value_name = "DIR", conflicts_with = "offline")]
    pub from: Option<PathBuf>,
    /// Fetch nothing: derive from the documents in specs/upstream
    #[arg(long)]
    pub offline: bool,
    /// Update the services that can be derived, and list the others, which stay unchanged
    #[arg(long)]
    pub only_what_derives: bool,
    /// Write nothing; fail and list the differences
    #[arg(long)]
    pub check: bool,
    /// The directory of the documents
    #[arg(long, value_name = "DIR", default_value_os_t = crate::workspace_root().join("specs"))]
    pub specs: PathBuf,
    /// The changelog, which announces names that are removed or changed
    #[arg(long, value_name = "FILE", default_value_os_t = crate::workspace_root().join("CHANGELOG.md"))]
    pub changelog: PathBuf,
    /// Seconds to wait for one document
    #[arg(long, default_value_t = 30.0)]
    pub timeout: f64,
    /// Maximum number of attempts for one document
    #[arg(long, default_value_t = 4)]
    pub attempts: usize,
    /// Seconds to pause before the second attempt; doubled for each further one
    #[arg(long, default_value_t = 1.0)]
    pub pause: f64,
}

/// Runs the command.
///
/// # Errors
/// A document cannot be fetched or derived. Then nothing is written, except for the other
/// services with [`only_what_derives`](Options::only_what_derives).
pub fn run(options: &Options) -> Result<()> {
    let plan = plan(options)?;
    for line in plan.report() {
        println!("{line}");
    }
    let stale = plan.stale(&options.specs);
    if !options.check {
        files::write_all(&options.specs, &stale)?;
        println!("{} documents, {} files written", plan.brought.len(), stale.len());
    } else if stale.is_empty() {
        println!("{} documents are current", plan.brought.len());
    } else {
        let list: Vec<String> = stale.iter().map(|(path, _)| path.display().to_string()).collect();
        bail!("not current; run `cargo xtask regen-specs`: {}", list.join(", "));
    }
    if !plan.left_out.is_empty() {
        let names: Vec<&str> = plan.left_out.keys().map(String::as_str).collect();
        bail!("left out: {}\n{}", names.join(", "), lines(&plan.left_out));
    }
    Ok(())
}

/// The planned content of the repository: paths relative to `specs/` and their text.
#[derive(Debug)]
pub struct Plan {
    files: BTreeMap<PathBuf, String>,
    brought: BTreeMap<String, Brought>,
    /// Services that are not updated, with the reason.
    left_out: BTreeMap<String, String>,
}

/// The result for one service.
#[derive(Debug)]
struct Brought {
    document: String,
    names: String,
    changes: Vec<report::Change>,
    /// Actions of the overlay that change nothing.
    idle: Vec<String>,
}

impl Plan {
    /// The changes for callers, one per line, by service; and the overlay actions that upstream has
    /// made unnecessary.
    #[must_use]
    pub fn report(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (service, Brought { changes, idle, .. }) in &self.brought {
            if changes.is_empty() {
                lines.push(format!("{service}: no change for callers"));
            }
            lines.extend(changes.iter().map(|change| format!("{service}: {change}")));
            lines.extend(idle.iter().map(|action| {
                format!(
                    "{service}: overlays/{service}.yaml: {action} changes nothing: upstream has \
                     caught up, and the action can be removed"
                )
            }));
        }
        lines
    }

    /// The files whose content differs or that are missing.
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

/// A newly fetched document.
struct Fresh {
    interface: Value,
    sha256: String,
}

/// Fetches the documents and derives, without writing anything.
///
/// # Errors
/// Documents cannot be fetched or derived; the error names all of them. With
/// [`only_what_derives`](Options::only_what_derives) these services are left out of the plan.
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
        _ if options.offline => Downloads::new(),
        Some(folder) => fetch::from_folder(&wanted, folder),
        None => fetch::from_network(&wanted, patience(options)?)?,
    };
    let mut left_out = BTreeMap::new();
    let mut fresh = BTreeMap::new();
    for (service, download) in downloads {
        match download.and_then(|download| Fresh::read(&service, &download)) {
            Ok(document) => drop(fresh.insert(service, document)),
            Err(error) => drop(left_out.insert(service, format!("{error:#}"))),
        }
    }

    // Documents may refer to each other, so all available ones are inputs.
    let mut inputs = BTreeMap::new();
    for (name, source) in services {
        let input = input(options, &name, source, fresh.get(&name).map(|f| &f.interface));
        match input {
            Ok(Some(input)) => drop(inputs.insert(name, input)),
            Ok(None) if !chosen(&name) || left_out.contains_key(&name) => {}
            Ok(None) => {
                let missing = upstream_file(&name);
                left_out.insert(
                    name.clone(),
                    format!("{name}: specs/{} is missing", missing.display()),
                );
            }
            Err(error) if chosen(&name) => {
                left_out.entry(name).or_insert_with(|| format!("{error:#}"));
            }
            Err(error) => return Err(error),
        }
    }

    let names: Vec<String> = wanted.into_iter().map(|(name, _)| name).collect();
    let brought = bring_all(options, names, inputs, &mut left_out)?;
    if !options.only_what_derives && !left_out.is_empty() {
        let hint = match brought.len() {
            0 => String::new(),
            n => format!(
                "\nnothing is written; {n} others derive, and `--only-what-derives` brings these in"
            ),
        };
        bail!("{}{hint}", lines(&left_out));
    }

    let mut files = BTreeMap::new();
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    for (service, brought) in &brought {
        if let Some(fresh) = fresh.get(service) {
            let version = fresh.interface["info"]["version"].as_str().unwrap_or_default();
            sources.record(service, version, &fresh.sha256, &today);
            files.insert(upstream_file(service), canonical::to_string(&fresh.interface));
        }
        files.insert(names::file(service), brought.names.clone());
        files.insert(derived_file(service), brought.document.clone());
    }
    files.insert("sources.toml".into(), sources.text());
    Ok(Plan { files, brought, left_out })
}

/// The inputs of a service; `None` if it has no document.
fn input(
    options: &Options,
    name: &str,
    source: Source,
    fresh: Option<&Value>,
) -> Result<Option<Input>> {
    let kept = read_json(&options.specs.join(upstream_file(name)));
    let (interface, kept) = match fresh {
        // The file that will be replaced may be invalid, for example because of merge conflict
        // markers.
        Some(fresh) => (fresh.clone(), kept.ok().flatten().filter(|kept| kept != fresh)),
        None => match kept.with_context(|| name.to_owned())? {
            Some(kept) => (kept, None),
            None => return Ok(None),
        },
    };
    let overlay = derive::read_overlay(&options.specs, name)?;
    Ok(Some(Input { interface, kept, overlay, source }))
}

/// Derives the services and records those that fail. A service that fails takes part with its
/// document in the repository, if others refer to it.
fn bring_all(
    options: &Options,
    mut names: Vec<String>,
    mut inputs: BTreeMap<String, Input>,
    left_out: &mut BTreeMap<String, String>,
) -> Result<BTreeMap<String, Brought>> {
    let changelog = read_text(&options.changelog)?;
    loop {
        names.retain(|name| !left_out.contains_key(name));
        let (mut brought, mut failed) = (BTreeMap::new(), Vec::new());
        for name in &names {
            match bring(options, name, &inputs, &changelog) {
                Ok(service) => drop(brought.insert(name.clone(), service)),
                Err(error) => failed.push((name.clone(), error)),
            }
        }
        if failed.is_empty() {
            return Ok(brought);
        }
        // Other services that fail because of one of these are derived again with its previous
        // document.
        let at_fault = |name: &String, error: &Failed| {
            error.service == *name || !failed.iter().any(|(other, _)| *other == error.service)
        };
        let reasons = failed.iter().filter(|(name, error)| at_fault(name, error));
        for (name, error) in reasons {
            let reason = if error.service == *name {
                error.to_string()
            } else {
                format!("{name}: borrows from {}, which does not derive", error.service)
            };
            left_out.insert(name.clone(), reason);
            match inputs.get_mut(name).map(|input| (input.kept.take(), input)) {
                Some((Some(kept), input)) => input.interface = kept,
                _ => drop(inputs.remove(name)),
            }
        }
    }
}

fn bring(
    options: &Options,
    name: &str,
    inputs: &BTreeMap<String, Input>,
    changelog: &str,
) -> Result<Brought, Failed> {
    let derived = derive::derive(name, inputs)?;
    let bring = || {
        let before = read_json(&options.specs.join(derived_file(name))).ok().flatten();
        let document = canonical::to_string(&derived.document);
        let listed = names::of(name, &document)?;
        let known = read_text(&options.specs.join(names::file(name)))?;
        let unannounced = names::unannounced(name, &known, &listed, changelog);
        if !unannounced.is_empty() {
            let lines = unannounced.iter().map(|line| format!("\n{name}: {line}"));
            bail!(
                "{name}: names that go or change and that {} does not announce in its \
                 unreleased section, as code such as `jobs::types::Job`:{}",
                options.changelog.display(),
                lines.collect::<String>()
            );
        }
        let changes = report::changes(&before.unwrap_or_default(), &derived.document);
        Ok(Brought { document, names: listed, changes, idle: derived.idle.clone() })
    };
    bring().map_err(|error| Failed::of(name, error))
}

/// The reasons, one per line, by service.
fn lines(left_out: &BTreeMap<String, String>) -> String {
    left_out.values().map(String::as_str).collect::<Vec<_>>().join("\n")
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

fn derived_file(service: &str) -> PathBuf {
    PathBuf::from(format!("openapi/{service}.json"))
}

/// The text of a file; `None` if it is missing.
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

impl Fresh {
    /// Reads a document as YAML, which includes JSON, and removes the prose.
    fn read(service: &str, download: &Download) -> Result<Self> {
        let place = || format!("{service}: {}", download.address);
        let options = serde_saphyr::options! { strict_booleans: true };
        let document: Ordered = serde_saphyr::from_str_with_options(&download.text, options)
            .context("not YAML or cut short")
            .with_context(place)?;
        if document.get("openapi").is_none() {
            bail!("{}: not an OpenAPI document", place());
        }
        Ok(Self { interface: interface::of(&document), sha256: sha256(&download.text) })
    }
}

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
