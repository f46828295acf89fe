//! Running a program and measuring it from outside.

use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};
use serde_json::Value;

/// What a program did.
pub(crate) struct Ran {
    /// What it says of itself: the last line of its standard error, if that is JSON.
    pub(crate) report: Value,
    /// Everything that it wrote to its standard error.
    pub(crate) said: String,
    /// The CPU time of the whole process, in seconds.
    pub(crate) cpu: f64,
    /// From its start to its end, in seconds.
    pub(crate) wall: f64,
    /// When it was started, in seconds since 1970.
    pub(crate) started: f64,
}

/// Runs it to its end. No other child may end meanwhile.
pub(crate) fn run(command: &mut Command) -> Result<Ran> {
    let before = children_cpu()?;
    let (start, started) = (std::time::Instant::now(), SystemTime::now());
    let output = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).output();
    let output = output.with_context(|| format!("cannot run {command:?}"))?;
    let (wall, cpu) = (start.elapsed(), children_cpu()?.saturating_sub(before));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        bail!("{command:?} failed: {said}");
    }
    let report = said.lines().rev().find(|line| line.starts_with('{'));
    let report = report.map_or(Ok(Value::Null), serde_json::from_str)?;
    let started = started.duration_since(UNIX_EPOCH)?.as_secs_f64();
    Ok(Ran { report, said, cpu: cpu.as_secs_f64(), wall: wall.as_secs_f64(), started })
}

/// The CPU time of all children that have ended.
fn children_cpu() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = |time: nix::sys::time::TimeVal| {
        let micros = time.tv_sec() * 1_000_000 + time.tv_usec();
        Duration::from_micros(u64::try_from(micros).unwrap_or_default())
    };
    Ok(micros(usage.user_time()) + micros(usage.system_time()))
}

impl Ran {
    /// A number of the report.
    pub(crate) fn number(&self, name: &str) -> Result<f64> {
        self.report[name].as_f64().with_context(|| format!("no {name} in {}", self.report))
    }
}
