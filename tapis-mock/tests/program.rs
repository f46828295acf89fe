//! The program, as somebody uses it who sees it for the first time.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

/// The program at work in a folder of its own.
struct Program {
    child: Child,
    folder: tempfile::TempDir,
    /// What it said before it was asked anything.
    greeting: String,
    printed: BufReader<std::process::ChildStdout>,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), arguments)
    }

    fn start_in(folder: tempfile::TempDir, arguments: &[&str]) -> Self {
        let mut child =
            command(folder.path()).args(["--port", "0"]).args(arguments).spawn().unwrap();
        let mut printed = BufReader::new(child.stdout.take().unwrap());
        let mut greeting = String::new();
        while !greeting.contains("Ctrl-C") {
            assert_ne!(printed.read_line(&mut greeting).unwrap(), 0, "{greeting}");
        }
        Self { child, folder, greeting, printed }
    }

    fn base_url(&self) -> &str {
        self.greeting.lines().next().unwrap().rsplit(' ').next().unwrap()
    }

    /// Ends it with a signal, and gives how it ended and what it had logged and printed.
    fn end(mut self, signal: &str) -> (ExitStatus, String, String) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        let status = self.child.wait().unwrap();
        let (mut log, mut printed) = (String::new(), String::new());
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        self.printed.read_to_string(&mut printed).unwrap();
        (status, log, printed)
    }

    /// Sends a request and gives the answer.
    fn ask(&self, request: &str) -> String {
        let address = self.base_url().trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).unwrap();
        let request = request.replacen("\r\n", "\r\nhost: x\r\nconnection: close\r\n", 1);
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program with `folder` for everything that it writes, temporary files included.
fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tapis-mock"));
    let command_in = command.current_dir(folder).env("TMPDIR", folder);
    command_in.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A program that does not get as far as to listen.
fn fail(arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let output = command(folder.path()).args(arguments).output().unwrap();
    assert!(!output.status.success());
    output
}

/// The example for `curl`, as a shell would run it.
fn printed_curl(greeting: &str) -> String {
    let (_, after) = greeting.split_once("curl:\n").unwrap();
    after.split("\n\n").next().unwrap().trim().to_owned()
}

fn login(password: &str) -> String {
    let body =
        format!(r#"{{"grant_type":"password","username":"testuser","password":"{password}"}}"#);
    format!(
        "POST /v3/oauth2/tokens HTTP/1.1\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[test]
fn it_says_where_it_is_who_may_come_in_and_how() {
    let program = Program::start(&["--user", "testuser:pw-1", "--user", "other:pw-2"]);
    let greeting = &program.greeting;
    let url = program.base_url();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    assert!(greeting.contains("Users: testuser, other."), "{greeting}");
    for example in [
        format!(r#"Tapis::builder("{url}")"#),
        format!(r#"Tapis(base_url="{url}", username="testuser""#),
        format!("curl -H 'Content-Type: application/json' {url}/v3/oauth2/tokens"),
    ] {
        assert!(greeting.contains(&example), "{example} is missing from {greeting}");
    }
    assert!(!greeting.contains("pw-1") && !greeting.contains("pw-2"), "{greeting}");
    assert!(program.ask(&login("pw-1")).contains("200 OK"));
}

#[test]
fn without_any_words_there_is_a_user_whose_examples_work() {
    let program = Program::start(&[]);
    let command = printed_curl(&program.greeting);
    // What a shell makes of the example is what is sent here, where there may be no `curl`.
    let body = command.split(" -d '").nth(1).unwrap().trim_end_matches('\'');
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["password"], "secret");
    assert!(program.ask(&login("secret")).contains("200 OK"));
}

#[test]
fn it_ends_cleanly_when_it_is_told_to() {
    for signal in ["-INT", "-TERM"] {
        let mut program = Program::start(&[]);
        let _idle = TcpStream::connect(program.base_url().trim_start_matches("http://")).unwrap();
        let of_files = |folder: &Path| std::fs::read_dir(folder).unwrap().count();
        assert_eq!(of_files(program.folder.path()), 1, "the folder for files");
        let folder = program.file("");
        let id = program.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        let status = program.child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{signal}");
        assert_eq!(of_files(&folder), 0, "{signal}: nothing is left");
    }
}

#[test]
fn a_line_for_each_request_tells_no_secret() {
    let program = Program::start(&["--user", "testuser:hush-password"]);
    assert!(program.ask(&login("hush-password")).contains("200 OK"));
    for target in [
        "/v3/oauth2/clients?token=hush-query",
        "/hush-path?a=hush-query",
        "/v3/actors/aliases/hush-path",
        "/_mock/requests?operation=hush-query",
    ] {
        program.ask(&format!("GET {target} HTTP/1.1\r\nx-tapis-token: hush-token\r\n\r\n"));
    }
    let long = "x".repeat((1 << 20) + 1);
    let head = format!("POST /v3/apps HTTP/1.1\r\ncontent-length: {}\r\n\r\n", long.len());
    assert!(program.ask(&(head + &long)).contains("413"));
    let (status, log, printed) = program.end("-INT");
    assert_eq!((status.code(), printed.trim()), (Some(0), "Stopped."));
    assert_eq!(log.lines().count(), 6, "{log}");
    assert!(!log.contains("hush"), "{log}");
    assert!(log.contains("operation=\"create_token\"") && log.contains("query=\"token\""), "{log}");
}

#[test]
fn a_seed_fills_it_and_its_users_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let seed = "users: [{username: ada, password: pw, admin: true}]\n\
                systems: [{id: s, systemType: LINUX, host: h, rootDir: /, canExec: false, \
                defaultAuthnMethod: PASSWORD}]\n\
                files: {s: {data/readme.txt: Hello.}}\n";
    std::fs::write(folder.path().join("seed.yaml"), seed).unwrap();
    let arguments = ["--state", "seed.yaml", "--files", "kept", "--deployed"];
    let program = Program::start_in(folder, &arguments);
    assert!(program.greeting.contains("Users: testuser, ada."), "{}", program.greeting);
    assert!(program.ask("GET /_mock HTTP/1.1\r\n\r\n").contains(r#""deployed":true"#));
    let kept = std::fs::read_to_string(program.file("kept/dev/s/data/readme.txt"));
    assert_eq!(kept.unwrap(), "Hello.");
}

#[test]
fn encrypted_its_examples_trust_its_certificate() {
    let program = Program::start(&["--tls"]);
    let certificate = std::fs::read_to_string(program.file("tapis-mock.pem")).unwrap();
    assert!(certificate.starts_with("-----BEGIN CERTIFICATE-----"), "{certificate}");
    assert!(program.base_url().starts_with("https://"), "{}", program.greeting);
    for words in ["--cacert tapis-mock.pem", r#"verify="tapis-mock.pem""#, "add_root_certificate"] {
        assert!(program.greeting.contains(words), "{words}: {}", program.greeting);
    }
}

#[test]
fn what_cannot_be_is_said_in_a_sentence() {
    let program = Program::start(&[]);
    let port = program.base_url().rsplit(':').next().unwrap();
    for (arguments, said) in [
        (&["--port", port][..], "cannot listen on"),
        (&["--port", "0", "--state", "none.yaml"], "cannot read none.yaml"),
        (&["--user", "nobody"], "two words with a colon in between"),
        (&["--port", "0", "--step=-1"], "tapis-mock: "),
    ] {
        let error = String::from_utf8(fail(arguments).stderr).unwrap();
        assert!(error.contains(said), "{arguments:?}: {error}");
        assert!(!error.contains("panicked"), "{arguments:?}: {error}");
    }
}
