//! The examples of `tapis-client`, run as programs, with nothing configured.
//!
//! `cargo test --workspace` builds them before it runs this.

#![allow(clippy::unwrap_used, clippy::panic)] // what cannot be set up fails the test

use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use tapis_tests::transcript;

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tapis-client/examples");

/// What each says. A line is a line of its output, in this order; `…` stands for what is different
/// each time, or for lines that are of no interest.
const EXAMPLES: [(&str, &str); 22] = [
    (
        "actors",
        "result: hello
         log: message: hello",
    ),
    (
        "agent_tools",
        "tools: …
         \"systems_getSystem\": \"Fetches the definition of one system.\"
         required: [\"systemId\"]
         systems_getSystems: [{…
         systems_getSystem failed: systems.getSystem: invalid input: system: unknown argument; did you mean systemId? …
         systems_getSystem: {\"host\":\"login.example.org\",\"id\":\"my-system\"}",
    ),
    (
        "any_operation",
        "operation: systems.getSystem, GET /v3/systems/{systemId}
         summary: Fetches the definition of one system.
         result: {
         \"host\": \"login.example.org\",
         \"id\": \"my-system\"
         }",
    ),
    (
        "apps",
        "first apply: created
         second apply: unchanged
         difference: description: \"Says hello.\" here, \"Says something.\" on the server
         third apply: changed in 1 place
         fourth apply: unchanged",
    ),
    (
        "blocking",
        "logged in as testuser
         system: archive
         system: laptop
         system: my-system
         note: some text",
    ),
    (
        "device_login",
        "Enter … at http://127.0.0.1:…/v3/oauth2/device?client_id=my-client
         logged in as testuser",
    ),
    (
        "errors_and_retries",
        "not found: SYSAPI_NOT_FOUND … System: no-such-system
         before sending: Input, sent: false
         by default:
         attempt 1 of systems.getSystem: 503 Service Unavailable
         attempt 2 of systems.getSystem: 503 Service Unavailable
         attempt 3 of systems.getSystem: 200 OK
         with up to ten attempts:
         attempt 1 of systems.getSystem: 503 Service Unavailable
         attempt 2 of systems.getSystem: 503 Service Unavailable
         attempt 3 of systems.getSystem: 200 OK
         without retries: Server, retryable: true",
    ),
    (
        "files",
        "listed: data/numbers.bin, 3000000 bytes
         listed: data/readme.txt, 6 bytes
         downloaded: 3000000 of 3000000 bytes
         still there: false",
    ),
    (
        "hello_tapis",
        "Logged in: user testuser@dev: access token until …
         The access token:
         …
         sub: testuser@dev
         …
         expires_in: …
         …
         The user:
         …
         email: testuser@mock.invalid
         …
         username: testuser",
    ),
    (
        "job_history",
        "listed: second
         listed: first
         found: first, finished: true
         again: first is FINISHED",
    ),
    (
        "jobs",
        "before submitting: argument word is missing (whom to greet)
         status: PENDING
         status: PROCESSING_INPUTS
         status: STAGING_INPUTS
         status: STAGING_JOB
         status: SUBMITTING_JOB
         status: QUEUED
         status: RUNNING
         status: ARCHIVING
         status: FINISHED
         output: tapisjob.env
         output: tapisjob.out
         output: tapisjob.sh
         tapisjob.out:
         job: …-007
         name: greeting
         app: hello 1
         system: my-system
         arguments: world",
    ),
    (
        "json_bodies",
        "refused: unknown attribute imagee
         a reply, as JSON:
         {
         \"image\": \"postgres:17\",
         \"pod_id\": \"mydb\"
         }",
    ),
    (
        "oauth_clients",
        "with a password: user testuser@dev: access token until …
         with my-notebook: user testuser@dev: access token until …, refresh token
         mine: my-client
         mine: my-notebook",
    ),
    (
        "paging_and_search",
        "found: my-system at login.example.org
         found: archive at archive.example.org
         a page of 2 systems of 3
         a page of 1 systems of 3
         all at once: 3 systems",
    ),
    (
        "parameter_sweep",
        "with the expected output: 10 of 10 jobs
         with the tag sweep: 10 jobs",
    ),
    (
        "pods",
        "status: mydb is AVAILABLE
         log: mydb is up
         status: mydb is STOPPED",
    ),
    (
        "portal_files",
        "listed: portal/copy of report.txt
         listed: portal/final report.txt
         preview: All is well.
         a link for others: http://127.0.0.1:…
         still there: false",
    ),
    (
        "service_account",
        "logged in as portal@dev
         system of testuser: my-system
         system of testuser: archive
         system of testuser: laptop",
    ),
    (
        "streams",
        "read back: 2 rows of rain, temp
         as CSV:
         datetime,rain,temp
         2026-11-01 00:00:00+00:00,0,1.5
         2026-11-02 00:00:00+00:00,,2.5",
    ),
    (
        "systems",
        "registered: new-system at new.example.org
         mine: my-system
         mine: archive
         mine: laptop
         mine: new-system",
    ),
    (
        "whole_workflow",
        "finished: sentiment-1
         tapisjob.out:
         job: …-007
         name: sentiment-1
         app: sentiment 1
         system: cluster
         arguments: I like it",
    ),
    (
        "workflows",
        "the run is completed
         the task is completed: greet is done",
    ),
];

#[test]
fn every_example_says_what_it_should() {
    let said: Vec<String> = thread::scope(|scope| {
        let runs = EXAMPLES.map(|(name, _)| scope.spawn(move || run(name, &[])));
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    for ((name, expected), said) in EXAMPLES.iter().zip(said) {
        let (start, said) = said.split_once('\n').unwrap_or_default();
        assert!(
            start.starts_with("TAPIS_BASE_URL is not set: this is a mock Tapis server"),
            "{start}"
        );
        if let Err(difference) = transcript::compare(said, expected) {
            panic!("{name}: {difference}");
        }
    }
}

#[test]
fn no_example_is_left_out() {
    let entries = std::fs::read_dir(SOURCES).unwrap().map(|entry| entry.unwrap().path());
    let programs = entries.filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    let there: BTreeSet<String> =
        programs.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    let known: BTreeSet<String> = EXAMPLES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(known, there);
    let table = include_str!("../../guide/src/examples.md");
    for name in known {
        let row = format!("| [`{name}`](../../tapis-client/examples/{name}.rs) |");
        assert!(table.contains(&row), "{name} is not in the guide's table");
    }
}

#[test]
fn the_token_is_shown_when_asked_for_and_not_otherwise() {
    let token = "export JWT=ey";
    assert!(!run("hello_tapis", &[]).contains(token));
    assert!(run("hello_tapis", &["--show-token"]).contains(token));
}

#[test]
fn a_real_tapis_is_talked_to_where_one_is_configured() {
    let mock = tapis_mock::MockTapis::builder().user("jane", "secret").start_blocking().unwrap();
    let mut command = program("hello_tapis", &[]);
    command.env("TAPIS_BASE_URL", mock.base_url());
    command.env("TAPIS_USERNAME", "jane").env("TAPIS_PASSWORD", "secret");
    let said = outcome(command);
    assert!(
        said.starts_with("Logged in: user jane@") && said.ends_with("username: jane\n"),
        "{said}"
    );
    assert_eq!(mock.requests_for("authenticator.get_userinfo").len(), 1);

    // What an example needs to know of it has to be said.
    let mut command = program("systems", &[]);
    command.env("TAPIS_BASE_URL", mock.base_url()).env("TAPIS_ACCESS_TOKEN", "a.b.c");
    let output = command.output().unwrap();
    let fault = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && fault.contains("set TAPIS_NEW_SYSTEM"), "{fault}");
}

fn run(name: &str, arguments: &[&str]) -> String {
    outcome(program(name, arguments))
}

/// An example as a program, without settings from the environment of the tests.
fn program(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(find(name));
    command.args(arguments);
    for (variable, _) in env::vars_os() {
        if variable.to_string_lossy().starts_with("TAPIS_") || variable == "JWT" {
            command.env_remove(variable);
        }
    }
    command
}

/// Beside the folder of this test's own program, wherever cargo was told to build.
fn find(name: &str) -> PathBuf {
    let own = env::current_exe().unwrap();
    let built = own.parent().and_then(Path::parent).unwrap().join("examples");
    let program = built.join(format!("{name}{}", env::consts::EXE_SUFFIX));
    let age = |path: &Path| path.metadata().and_then(|file| file.modified()).ok();
    let source = Path::new(SOURCES).join(format!("{name}.rs"));
    // Asked for by its name, this test is built without the examples.
    assert!(
        age(&program).is_some_and(|built| Some(built) >= age(&source)),
        "{} is missing or older than its source: cargo test --workspace builds it, and so does \
         cargo build --workspace --examples",
        program.display()
    );
    program
}

fn outcome(mut command: Command) -> String {
    let output = command.output().unwrap();
    let (said, faults) = (String::from_utf8(output.stdout), String::from_utf8(output.stderr));
    let (said, faults) = (said.unwrap(), faults.unwrap());
    assert!(output.status.success(), "{faults}{said}");
    assert_eq!(faults, "", "{said}");
    said
}
