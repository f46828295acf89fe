//! A mock Tapis server on your own machine, as a program.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program speaks")]

use std::io::{IsTerminal as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tapis_mock::{MockTapis, Strictness};

/// Runs a mock Tapis server on this machine, to develop and test programs against.
#[derive(Debug, Parser)]
#[command(version)]
struct Options {
    /// Port to listen on; 0 selects a free one.
    #[arg(long, default_value_t = 8000)]
    port: u16,
    /// Address to listen on. Everybody who can reach it has full access.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// A user, as `name:password`; may be repeated. The first one is an administrator of the tenant.
    #[arg(long = "user", value_name = "NAME:PASSWORD", value_parser = pair)]
    users: Vec<(String, String)>,
    /// An OAuth client of the first user, as `id:key`; may be repeated.
    #[arg(long = "client", value_name = "ID:KEY", value_parser = pair)]
    clients: Vec<(String, String)>,
    /// Name of the tenant.
    #[arg(long, default_value = "dev")]
    tenant: String,
    /// YAML file with the initial users, systems, apps, files and more.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Directory for the files of systems; by default a temporary one.
    #[arg(long, value_name = "FOLDER")]
    files: Option<PathBuf>,
    /// Replies with the quirks of the deployed services.
    #[arg(long)]
    deployed: bool,
    /// Enables HTTPS with a self-signed certificate, written to `tapis-mock.pem`.
    #[arg(long)]
    tls: bool,
    /// Seed of identifiers and example values.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Seconds that jobs, transfers and the like stay in each state.
    #[arg(long, default_value_t = 1.0)]
    step: f64,
    /// Lifetime of access tokens in seconds.
    #[arg(long, default_value_t = 14_400)]
    access_token_ttl: u64,
    /// Lists the operations, and whether each is implemented or replies with an example, and exits.
    #[arg(long)]
    operations: bool,
    /// Logs nothing.
    #[arg(long)]
    quiet: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((name, secret)) if !name.is_empty() => Ok((name.to_owned(), secret.to_owned())),
        _ => Err("two words with a colon in between are needed".to_owned()),
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    if options.operations {
        for operation in tapis_mock::operations() {
            let kind = if operation.behaves { "behaves" } else { "example" };
            println!("{} {} {kind}", operation.service, operation.id);
        }
        return ExitCode::SUCCESS;
    }
    if !options.quiet {
        let colours = std::io::stderr().is_terminal();
        let log = tracing_subscriber::fmt().with_target(false).with_ansi(colours);
        log.with_writer(std::io::stderr).init();
    }
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprint!("tapis-mock: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprint!(": {error}");
                cause = error.source();
            }
            eprintln!();
            ExitCode::FAILURE
        }
    }
}

/// The file that the certificate is written to.
const CERTIFICATE: &str = "tapis-mock.pem";

fn run(options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    let usual = [("testuser".to_owned(), "secret".to_owned())];
    let users = if options.users.is_empty() { &usual[..] } else { &options.users };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let end = runtime.block_on(async { end() })?;
    let mock = start(options, users)?;
    if let Some(certificate) = mock.certificate() {
        std::fs::write(CERTIFICATE, certificate)
            .map_err(|error| format!("cannot write {CERTIFICATE}: {error}"))?;
    }
    // Only the default password, which is public, is printed.
    let password = if options.users.is_empty() { "secret" } else { "..." };
    let user = users.first().map_or("testuser", |(name, _)| name);
    greet(&mock, user, password)?;
    runtime.block_on(end);
    writeln!(std::io::stdout(), "\nStopped.")?;
    Ok(())
}

/// Waits until a signal asks the program to end. From then on the signal does not end it by itself.
#[cfg(unix)]
fn end() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let (mut by_person, mut by_program) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = by_person.recv() => {}
            _ = by_program.recv() => {}
        }
    })
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as elsewhere")]
fn end() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

fn start(
    options: &Options,
    users: &[(String, String)],
) -> Result<MockTapis, Box<dyn std::error::Error>> {
    let strictness =
        if options.deployed { Strictness::AsDeployed } else { Strictness::AsDocumented };
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let mut builder = MockTapis::builder()
        .listen_on(SocketAddr::new(options.host, options.port))
        .tenant(&options.tenant)
        .strictness(strictness)
        .seed(options.seed)
        .step(Duration::try_from_secs_f64(options.step)?)
        .access_token_ttl(Duration::from_secs(options.access_token_ttl))
        .workers(workers.max(2));
    for (index, (name, password)) in users.iter().enumerate() {
        let add = if index == 0 { tapis_mock::Builder::admin } else { tapis_mock::Builder::user };
        builder = add(builder, name, password);
    }
    for (id, key) in &options.clients {
        builder = builder.client(id, key);
    }
    if let Some(folder) = &options.files {
        builder = builder.files_in(folder);
    }
    if let Some(file) = &options.state {
        let yaml = std::fs::read_to_string(file)
            .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        builder = builder.state(yaml);
    }
    if options.tls {
        builder = builder.tls();
    }
    Ok(builder.start_blocking()?)
}

/// Prints the base URL and the login.
fn greet(mock: &MockTapis, user: &str, password: &str) -> std::io::Result<()> {
    let url = mock.base_url();
    let (tenant, users) = (mock.tenant(), mock.users().join(", "));
    let encrypted = mock.certificate().is_some();
    let (mut rust, mut python, mut curl) = (String::new(), String::new(), String::new());
    let mut certificate = String::new();
    if encrypted {
        certificate = format!("Its certificate is in {CERTIFICATE}.\n");
        rust = format!(
            "    let root = reqwest::Certificate::from_pem(&std::fs::read(\"{CERTIFICATE}\")?)?;\n"
        );
        python = format!(", verify=\"{CERTIFICATE}\"");
        curl = format!("--cacert {CERTIFICATE} ");
    }
    let trusting = if encrypted {
        "\n        .http(move |http| http.add_root_certificate(root.clone()))"
    } else {
        ""
    };
    // Written at once, so that a reader of the first line can send requests.
    let text = format!(
        r#"A mock of Tapis is listening at {url}
Tenant: {tenant}. Users: {users}.
{certificate}
Rust:
{rust}    let t = Tapis::builder("{url}"){trusting}
        .password("{user}", "{password}")
        .build()?;
    println!("{{:?}}", t.authenticator.get_userinfo().await?);

Python:
    t = Tapis(base_url="{url}", username="{user}", password="{password}"{python})
    t.get_tokens(); print(t.authenticator.get_userinfo())

curl:
    curl {curl}-H 'Content-Type: application/json' {url}/v3/oauth2/tokens \
      -d '{{"grant_type": "password", "username": "{user}", "password": "{password}"}}'

What it was asked: {url}/_mock/requests. Ctrl-C stops it.
"#
    );
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
