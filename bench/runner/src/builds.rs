//! What a program that depends on a contestant costs at build time, and how large it is.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::contestants::{OFFICIAL, Who, cargo};
use crate::program;
use crate::table::{Row, Target};

const MEBI: f64 = 1024.0 * 1024.0;

/// A program that logs in and asks who it is, in the words of a contestant.
struct Hello {
    who: Who,
    services: Services,
    dependency: String,
    source: &'static str,
}

#[derive(Clone, Copy, PartialEq)]
enum Services {
    All,
    Authenticator,
    OneMore,
}

const SDK: &str = r#"#[tokio::main]
async fn main() -> Result<(), tapis_client::Error> {
    let t = tapis_client::Tapis::builder("http://127.0.0.1:8000").password("me", "secret").build()?;
    println!("{}", t.authenticator.get_userinfo().await?.username);
    Ok(())
}
"#;

const OFFICIAL_ALL: &str = r#"use tapis_sdk::authenticator as tapis_authenticator;
"#;

/// Without its first line, of the authenticator's crate alone.
const OFFICIAL_PROGRAM: &str = r#"
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = "http://127.0.0.1:8000";
    let client = tapis_authenticator::TapisAuthenticator::new(url, None)?;
    let mut request = tapis_authenticator::models::NewToken::new();
    request.username = Some("me".to_owned());
    request.password = Some("secret".to_owned());
    request.grant_type = Some("password".to_owned());
    let reply = client.tokens.create_token(request).await?;
    let token = reply.result.and_then(|r| r.access_token.access_token).unwrap_or_default();
    let client = tapis_authenticator::TapisAuthenticator::new(url, Some(&token))?;
    let reply = client.profiles.get_userinfo().await?;
    println!("{:?}", reply.result.and_then(|profile| profile.username));
    Ok(())
}
"#;

fn programs(root: &Path) -> Vec<Hello> {
    let client = root.join("tapis-client");
    let sdk = |services, features: &str| Hello {
        who: Who::Sdk,
        services,
        dependency: format!(
            "tapis-client = {{ path = {client:?}, default-features = false, features = [{features}] }}"
        ),
        source: SDK,
    };
    let official = |services, name: &str| Hello {
        who: Who::Official,
        services,
        dependency: format!("{name} = \"={OFFICIAL}\""),
        source: OFFICIAL_PROGRAM,
    };
    vec![
        sdk(Services::All, r#""all-services", "rustls""#),
        official(Services::All, "tapis-sdk"),
        sdk(Services::Authenticator, r#""authenticator", "rustls""#),
        official(Services::Authenticator, "tapis-authenticator"),
        sdk(Services::OneMore, r#""authenticator", "systems", "rustls""#),
    ]
}

/// With one of cargo's profiles, `dev` or `release`.
pub(crate) fn rows(profile: &str, rounds: usize) -> Result<Vec<Row>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let all = [Services::All, Services::Authenticator, Services::OneMore];
    let mut cpu = all.map(|services| {
        let work = format!("cold {profile} build, {}: CPU", name(services));
        let row = Row::new(work, "s", Who::Official);
        match (profile, services) {
            ("dev", Services::All) => row.target(Target::AtMost(Who::Official, 0.88)),
            ("dev", Services::Authenticator) => row.target(Target::AtMost(Who::Official, 1.35)),
            _ => row,
        }
    });
    let mut size = all.map(|services| {
        let work = format!("{profile} program, {}, stripped", name(services));
        Row::new(work, "MiB", Who::Official)
    });
    let mut first = (profile == "dev").then(|| {
        let row = Row::new("cold dev build, the README's first command: CPU", "s", Who::ByHand);
        row.target(Target::Absolute(FIRST_COMMAND))
    });
    for _ in 0..rounds {
        if let Some(first) = &mut first {
            let seconds = first_command(&root)?;
            eprintln!("hello_tapis {profile}: {seconds:.1} s");
            first.add(Who::Sdk, seconds);
        }
        for program in programs(&root) {
            let (seconds, bytes) = build(&root, &program, profile)?;
            let who = program.who;
            eprintln!("{:18} {} {profile}: {seconds:.1} s", who.name(), name(program.services));
            cpu[program.services as usize].add(who, seconds);
            size[program.services as usize].add(who, bytes / MEBI);
        }
    }
    Ok(cpu.into_iter().chain(size).chain(first).collect())
}

fn name(services: Services) -> &'static str {
    match services {
        Services::All => "all services",
        Services::Authenticator => "authenticator only",
        Services::OneMore => "authenticator and systems",
    }
}

/// What the README's first command may cost, in seconds: 0.6 of the 379 that the one before it cost on the
/// machine of the results.
const FIRST_COMMAND: f64 = 0.6 * 379.0;

/// Builds the example `hello_tapis` from nothing, as the README has it: CPU seconds.
fn first_command(root: &Path) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    let mut command = Command::new(cargo());
    command.args(["build", "--offline", "-p", "tapis-client", "--example", "hello_tapis"]);
    command.current_dir(root);
    command.env("CARGO_TARGET_DIR", folder.path()).env("CARGO_INCREMENTAL", "0");
    Ok(program::run(&mut command)?.cpu)
}

/// Builds it from nothing, with the crates at hand: CPU seconds, and the size of the program.
fn build(root: &Path, hello: &Hello, profile: &str) -> Result<(f64, f64)> {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    let manifest = format!(
        "[package]\nname = \"hello\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{}\n\
         tokio = {{ version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }}\n\n[workspace]\n",
        hello.dependency
    );
    let source = match (hello.who, hello.services) {
        (Who::Official, Services::All) => format!("{OFFICIAL_ALL}{}", hello.source),
        _ => hello.source.to_owned(),
    };
    std::fs::create_dir(at("src"))?;
    std::fs::write(at("Cargo.toml"), manifest)?;
    std::fs::write(at("src/main.rs"), source)?;
    // The versions of this workspace, or of the whole project, which both have at hand.
    let lock = match hello.who {
        Who::Official => root.join("bench/Cargo.lock"),
        _ => root.join("Cargo.lock"),
    };
    std::fs::copy(lock, at("Cargo.lock"))?;
    let fetched = Command::new(cargo()).arg("fetch").current_dir(folder.path()).output()?;
    if !fetched.status.success() {
        bail!("{}", String::from_utf8_lossy(&fetched.stderr));
    }
    let mut command = Command::new(cargo());
    command.args(["build", "--offline", "--profile", profile]).current_dir(folder.path());
    command.env("CARGO_TARGET_DIR", at("target"));
    // Cargo would do it to this SDK alone, which lies in a folder and does not come from a registry.
    command.env("CARGO_INCREMENTAL", "0");
    let ran = program::run(&mut command)?;
    let built = at("target").join(if profile == "dev" { "debug" } else { profile }).join("hello");
    let stripped = at("stripped");
    program::run(Command::new("strip").arg("-o").arg(&stripped).arg(built))?;
    Ok((ran.cpu, std::fs::metadata(stripped)?.len() as f64))
}
