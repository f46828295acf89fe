//! The command line `tapis`, each command as a whole process.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use nix::sys::resource::{UsageWho, getrusage};
use serde_json::json;

use crate::contestants::{Contestants, Who, cargo};
use crate::program::{self, run};
use crate::server::Server;
use crate::table::{Row, Target};

/// What the runner is called with to run a command and report on it: peaks of memory are known of all children
/// together, so that each command gets a parent of its own.
pub(crate) const ALONE: &str = "alone";
const MILLI: f64 = 1e3;
const KIB_IN_MIB: f64 = 1024.0;
const MEBI: f64 = 1024.0 * 1024.0;
/// How many rounds there are for each that was asked for; each takes milliseconds.
const SHORT: usize = 20;

/// A command, its limits, and the name of the method that tapipy has for it.
struct Work {
    name: &'static str,
    arguments: &'static [&'static str],
    cpu: f64,
    peak: Option<f64>,
    tapipy: Option<&'static str>,
}

const WORKS: [Work; 4] = [
    Work { name: "--version", arguments: &["--version"], cpu: 5.0, peak: None, tapipy: None },
    Work { name: "--help", arguments: &["--help"], cpu: 5.0, peak: None, tapipy: None },
    Work {
        name: "systems list",
        arguments: &["-o", "table", "systems", "list"],
        cpu: 20.0,
        peak: Some(20.0),
        tapipy: Some("systems"),
    },
    Work {
        name: "authenticator get-userinfo",
        arguments: &["authenticator", "get-userinfo"],
        cpu: 20.0,
        peak: Some(20.0),
        tapipy: Some("userinfo"),
    },
];

/// `tapis` with a stored token beside tapipy with a token.
pub(crate) fn rows(contestants: &Contestants, server: &Server, rounds: usize) -> Result<Vec<Row>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let tapis = build(&root)?;
    let home = tempfile::tempdir()?;
    let command = |arguments: &[&str]| {
        let mut command = Command::new(&tapis);
        command.args(arguments).env_clear().env("HOME", home.path());
        command
    };
    let login = ["login", "--url", &server.base_url, "--username", "testuser", "--client", "none"];
    run(command(&login).env("TAPIS_PASSWORD", "secret"))?;
    let token = command(&["token"]).output()?;
    let token = String::from_utf8(token.stdout)?;
    ensure!(token.split('.').count() == 3, "no token was stored");

    let mut rows = Vec::new();
    for work in &WORKS {
        let name = format!("tapis {}, whole process", work.name);
        let mut cpu =
            Row::new(format!("{name}: CPU"), "ms", Who::Tapipy).target(Target::Absolute(work.cpu));
        let mut peak = Row::new(format!("{name}: memory"), "MiB", Who::Tapipy);
        if let Some(most) = work.peak {
            peak = peak.target(Target::Absolute(most));
        }
        for _ in 0..rounds * SHORT {
            let mut all = vec![(Who::Sdk, command(work.arguments))];
            if let (Some(method), true) =
                (work.tapipy, contestants.programs().contains(&Who::Tapipy))
            {
                let mut python = contestants.command(Who::Tapipy)?;
                python
                    .arg(format!("command-{method}"))
                    .arg(&server.base_url)
                    .env("TAPIS_TOKEN", token.trim());
                all.push((Who::Tapipy, python));
            }
            for (who, command) in all {
                let ran = run(&mut alone(&command)?)?;
                cpu.add(who, ran.number("cpu")? * MILLI);
                peak.add(who, ran.number("peak_kib")? / KIB_IN_MIB);
            }
        }
        eprintln!("{name}: {:?} ms, {:?} MiB", cpu.median(Who::Sdk), peak.median(Who::Sdk));
        rows.extend([cpu, peak]);
    }
    let mut size = Row::new("the program tapis, release and stripped", "MiB", Who::Sdk)
        .target(Target::Absolute(16.0));
    size.add(Who::Sdk, std::fs::metadata(&tapis)?.len() as f64 / MEBI);
    rows.push(size);
    Ok(rows)
}

/// Builds it as `cargo install` does.
fn build(root: &Path) -> Result<PathBuf> {
    let mut command = Command::new(cargo());
    command.args(["build", "--release", "--package", "tapis-cli"]).current_dir(root);
    ensure!(command.status()?.success(), "tapis-cli cannot be built");
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(target.join("release/tapis"))
}

/// The runner as the parent of that command alone.
fn alone(command: &Command) -> Result<Command> {
    let mut parent = Command::new(std::env::current_exe()?);
    parent.arg(ALONE).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            parent.env(name, value);
        }
    }
    Ok(parent)
}

/// Runs a command and writes what it took to stderr.
pub(crate) fn report(arguments: &[String]) -> Result<()> {
    let (program, rest) = arguments.split_first().context("no command")?;
    program::run(Command::new(program).args(rest))?;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let seconds =
        |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    let cpu = seconds(usage.user_time()) + seconds(usage.system_time());
    eprintln!("{}", json!({"cpu": cpu, "peak_kib": usage.max_rss()}));
    Ok(())
}
