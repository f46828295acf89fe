//! Interruptions: what goes on at the services is left alone, and the user is told how to come back to it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

mod world;

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use world::{TAPIS, World};

/// A world with an app, in which nothing moves on.
fn world() -> World {
    let world = World::with(|mock| mock.step(Duration::from_secs(3600)));
    let system = r#"{"id": "cluster", "systemType": "LINUX", "host": "h.example.org", "defaultAuthnMethod": "PASSWORD",
        "rootDir": "/", "canExec": true, "jobWorkingDir": "work", "jobRuntimes": [{"runtimeType": "SINGULARITY"}]}"#;
    let app = r#"{"id": "greet", "version": "1", "containerImage": "docker://busybox", "runtime": "SINGULARITY",
        "runtimeOptions": ["SINGULARITY_RUN"], "jobAttributes": {"execSystemId": "cluster"}}"#;
    for definition in [system, app] {
        let output = world.run_with(&["apply", "-f", "-"], definition);
        assert!(output.status.success(), "{}", world::stderr(&output));
    }
    world.done(&[
        "systems",
        "credentials",
        "set",
        "cluster",
        "--password-from-env",
        "SYSTEM_SECRET",
    ]);
    world
}

/// Follows a new job until its state is shown, sends a signal, and returns the UUID of the job, the exit code and what was said.
fn interrupted(world: &World, signal: &str) -> (String, Option<i32>, String) {
    let mut child = world
        .command(Path::new(TAPIS))
        .args(["jobs", "submit", "greet", "--follow"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    let uuid = line.split(' ').next().unwrap().to_owned();
    let kill = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    (uuid, child.wait().unwrap().code(), said)
}

#[test]
fn ctrl_c_leaves_a_job_running_that_is_followed_and_says_so() {
    let world = world();
    for (signal, code, word) in [("-INT", 130, "interrupted"), ("-TERM", 143, "terminated")] {
        let (uuid, exit, said) = interrupted(&world, signal);
        assert_eq!(exit, Some(code), "{said}");
        let expected =
            format!("error: {word}\nhint: the job goes on; `tapis jobs wait {uuid}` waits for it");
        assert!(said.contains(&expected), "{said}");
        let running = world.done(&["-o", "name", "jobs", "list", "--status", "pending"]);
        assert!(running.contains(&uuid), "{running}");
    }
    assert!(world.mock.requests_for("cancelJob").is_empty());
}
