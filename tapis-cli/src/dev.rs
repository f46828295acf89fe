//! A mock Tapis server on this machine, with a user, a system and an app to try the commands with.

use std::net::{Ipv4Addr, SocketAddr};

use clap::ArgMatches;
use serde_json::{Value, json};
use tapis_mock::{MockTapis, Strictness};

use crate::config::{Config, Profile};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt;
use crate::session::{self, ClientKeys};

/// The user and the password.
const USER: &str = "demo";
/// The tenant.
const TENANT: &str = "dev";

pub(crate) async fn run(matches: &ArgMatches) -> Result<(), Failure> {
    let name = matches.get_one::<String>("to-profile").map(String::as_str).unwrap_or(TENANT);
    refuse_to_replace(name)?;
    let port = matches.get_one("port").copied().unwrap_or_default();
    let deployed = matches.get_flag("deployed");
    let mock = MockTapis::builder()
        .listen_on(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .tenant(TENANT)
        .strictness(if deployed { Strictness::AsDeployed } else { Strictness::AsDocumented })
        .user(USER, USER)
        .state(demo().to_string())
        .start()
        .await
        .map_err(|error| {
            Failure::new(
                Exit::Failed,
                format!("cannot start the mock server on port {port}: {error}"),
            )
        })?;
    let written = Written::new(name, mock.base_url())?;
    greet(&mock, name)?;
    interrupt::taken_over().await;
    written.log_out().await;
    drop(written);
    drop(mock);
    Ok(())
}

/// A profile that leads elsewhere is the user's own.
fn refuse_to_replace(name: &str) -> Result<(), Failure> {
    match Config::read()?.profile(name).and_then(|profile| profile.base_url) {
        Some(url) if !url.starts_with("http://127.0.0.1:") => Err(Failure::new(
            Exit::Conflict,
            format!("the profile {name} already exists, and its server is {url}"),
        )
        .with_hint("name another one: tapis dev --profile NAME")),
        _ => Ok(()),
    }
}

/// The profile, which is removed with this: its address leads nowhere when the mock has ended.
struct Written {
    name: String,
    url: String,
}

impl Written {
    fn new(name: &str, url: &str) -> Result<Self, Failure> {
        let mut config = Config::read()?;
        let profile = Profile {
            base_url: Some(url.to_owned()),
            username: Some(USER.to_owned()),
            ..Profile::default()
        };
        config.set(name, &profile);
        // What is in use stays in use.
        if config.current().is_none() {
            config.use_by_default(name);
        }
        config.save()?;
        Ok(Self { name: name.to_owned(), url: url.to_owned() })
    }

    fn remove(&self) -> Result<(), Failure> {
        let mut config = Config::read()?;
        if config
            .profile(&self.name)
            .is_some_and(|profile| profile.base_url.as_ref() == Some(&self.url))
        {
            config.remove(&self.name);
            config.save()?;
        }
        let mut keys = ClientKeys::read()?;
        if let Some(id) = keys.any(&self.url).map(str::to_owned) {
            keys.remove(&self.url, &id);
            keys.save()?;
        }
        Ok(())
    }

    /// Forgets the tokens, which lead nowhere either.
    async fn log_out(&self) {
        let profile = Config::read().ok().and_then(|config| config.profile(&self.name));
        if let Some(Ok(Some(t))) = profile.as_ref().map(session::with_stored_token) {
            // Tokens that could not be forgotten expire.
            let _ = t.logout().await;
        }
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        // The next `tapis dev` replaces what could not be removed.
        let _ = self.remove();
    }
}

/// The initial state of the mock.
fn demo() -> Value {
    json!({
        "systems": [{
            "id": "demo-system", "description": "A host with a few files.", "owner": USER,
            "systemType": "LINUX", "host": "localhost", "defaultAuthnMethod": "PASSWORD",
            "effectiveUserId": "${apiUserId}", "rootDir": "/", "canExec": true,
            "jobWorkingDir": "/jobs", "jobRuntimes": [{ "runtimeType": "SINGULARITY" }],
        }],
        "apps": [{
            "id": "hello", "version": "1.0", "description": "Greets.", "owner": USER, "enabled": true,
            "runtime": "SINGULARITY", "runtimeOptions": ["SINGULARITY_RUN"],
            "containerImage": "docker://docker.io/library/busybox", "jobType": "FORK",
            "jobAttributes": {
                "execSystemId": "demo-system", "archiveSystemId": "demo-system",
                "archiveSystemDir": "/archive/${JobUUID}",
                "parameterSet": { "appArgs": [
                    { "name": "word", "description": "whom to greet", "inputMode": "REQUIRED" },
                ] },
            },
        }],
        "files": {
            "demo-system": {
                "welcome.txt": "Hello from a mock Tapis server.\n",
                "data/a.csv": "x,y\n1,2\n3,4\n",
                "data/b.csv": "x,y\n5,6\n",
            },
        },
        "requests": [{
            "path": format!("/v3/systems/credential/demo-system/user/{USER}"), "body": { "password": USER },
        }],
    })
}

fn greet(mock: &MockTapis, profile: &str) -> std::io::Result<()> {
    let text = format!(
        "A mock Tapis server with demo data is at {}: tenant {TENANT}, user {USER}, password {USER}.\n\
         Ctrl-C stops it and deletes everything in it.\n\n\
         In another terminal:\n\
         \x20 export TAPIS_PROFILE={profile}\n\
         \x20 echo {USER} | tapis login --password-stdin\n\
         \x20 tapis ls tapis://demo-system/\n\
         \x20 tapis cp FILE tapis://demo-system/data/\n\
         \x20 tapis jobs submit hello --arg word=world\n\
         \x20 tapis jobs wait JOB\n\
         \x20 tapis jobs outputs get JOB\n",
        mock.base_url(),
    );
    let mut out = std::io::stdout().lock();
    std::io::Write::write_all(&mut out, text.as_bytes())?;
    std::io::Write::flush(&mut out)
}
