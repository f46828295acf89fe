//! `cargo xtask build-cost`: what a program pays for depending on this project.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::sources::Sources;

/// The command's options.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Only the dev profile
    #[arg(long)]
    pub dev: bool,
}

/// The programs that are built: a name and the features of `tapis-client`.
const PROGRAMS: [(&str, &str); 2] = [
    ("all services", r#""all-services", "rustls""#),
    ("authenticator", r#""authenticator", "rustls""#),
];

/// Runs the command.
///
/// # Errors
/// A build that fails.
pub fn run(options: &Options) -> Result<()> {
    let root = crate::workspace_root();
    println!("lines of generated code");
    let mut total = 0;
    for service in Sources::read(&root.join("specs"))?.services()?.keys() {
        let path = root.join(format!("specs/openapi/{service}.json"));
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let lines = tapis_codegen::generate(service, &text)?.lines().count();
        total += lines;
        println!("  {service:16} {lines:>7}");
    }
    println!("  {:16} {total:>7}\n", "together");

    println!("cold builds of a program that logs in and asks who it is");
    println!("  {:16} {:8} {:>12} {:>12}", "features", "profile", "CPU seconds", "seconds");
    let profiles: &[&str] = if options.dev { &["dev"] } else { &["dev", "release"] };
    for profile in profiles {
        for (name, features) in PROGRAMS {
            let (cpu, wall) = build(&root, features, profile)?;
            let cpu = cpu.map_or_else(|| "unknown".to_owned(), |cpu| format!("{cpu:.1}"));
            println!("  {name:16} {profile:8} {cpu:>12} {wall:>12.1}");
        }
    }
    Ok(())
}

/// Builds a program of its own in an empty folder: CPU seconds, where they can be had, and seconds.
fn build(root: &Path, features: &str, profile: &str) -> Result<(Option<f64>, f64)> {
    let folder = tempfile::tempdir()?;
    let client = root.join("tapis-client");
    let mut manifest = String::new();
    write!(
        manifest,
        "[package]\nname = \"hello\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         tapis-client = {{ path = {client:?}, default-features = false, features = [{features}] }}\n\
         tokio = {{ version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }}\n\n[workspace]\n"
    )?;
    std::fs::create_dir(folder.path().join("src"))?;
    std::fs::write(folder.path().join("Cargo.toml"), manifest)?;
    std::fs::write(folder.path().join("src/main.rs"), PROGRAM)?;
    std::fs::copy(root.join("Cargo.lock"), folder.path().join("Cargo.lock"))?;
    let (before, start) = (children_cpu(), Instant::now());
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--offline", "--profile", profile])
        .current_dir(folder.path())
        .env("CARGO_TARGET_DIR", folder.path().join("target"))
        .output()
        .context("cannot run cargo")?;
    if !output.status.success() {
        bail!("the build failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let cpu = before.zip(children_cpu()).map(|(before, after)| after - before);
    Ok((cpu, start.elapsed().as_secs_f64()))
}

const PROGRAM: &str = r#"#[tokio::main]
async fn main() -> Result<(), tapis_client::Error> {
    let t = tapis_client::Tapis::builder("http://127.0.0.1:8000").password("me", "secret").build()?;
    println!("{}", t.authenticator.get_userinfo().await?.username);
    Ok(())
}
"#;

/// The CPU seconds of all children so far, where the system tells.
fn children_cpu() -> Option<f64> {
    /// The kernel counts these in hundredths of a second, whatever its own clock does.
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The program's name, in parentheses, may hold spaces; the numbers come after it.
    let numbers: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let user: f64 = numbers.get(13)?.parse().ok()?;
    let system: f64 = numbers.get(14)?.parse().ok()?;
    Some((user + system) / TICKS)
}
