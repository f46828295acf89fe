//! What the figures were measured on, and with what.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

/// Processor, cores, memory, system and compiler.
pub(crate) fn describe() -> String {
    let cpu = line("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = line("/proc/meminfo", "MemTotal").and_then(|text| {
        let kib: u64 = text.trim_end_matches(" kB").parse().ok()?;
        Some(format!("{} GiB", (kib + (1 << 19)) >> 20))
    });
    let memory = memory.unwrap_or_else(|| "unknown memory".to_owned());
    let said = |program: &str, argument: &str| {
        let output = Command::new(program).arg(argument).output().ok();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        text.and_then(|text| text.lines().next().map(str::to_owned)).unwrap_or_default()
    };
    format!(
        "{cores} cores of {cpu}, {memory}, {} {}, {}",
        std::env::consts::OS,
        std::env::consts::ARCH,
        said("rustc", "--version")
    )
}

fn line(file: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The release profile as the workspace states it.
pub(crate) fn profile(workspace: &Path) -> Result<String> {
    let manifest: toml::Table = std::fs::read_to_string(workspace.join("Cargo.toml"))?.parse()?;
    let profile = manifest.get("profile").and_then(|profile| profile.get("release"));
    let profile = profile.and_then(toml::Value::as_table).context("no profile")?;
    let settings: Vec<String> =
        profile.iter().map(|(name, value)| format!("`{name} = {value}`")).collect();
    Ok(settings.join(", "))
}
