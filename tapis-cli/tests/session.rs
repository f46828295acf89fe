//! Logins with a browser, `doctor`, `dev` and signals: whole processes against a mock.
#![allow(clippy::unwrap_used, clippy::panic, reason = "what cannot be set up fails the test")]

mod world;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tapis_mock::{Fault, MockTapis, Strictness};

use world::{TAPIS, World, stderr};

impl World {
    /// A mock with an OAuth client that `tapis login` did not create, and nobody logged in.
    fn with_client() -> Self {
        let mock = MockTapis::builder().user("jane", "hunter22").client("portal", "p0rtal-key");
        let mock = mock.strictness(Strictness::AsDeployed).start_blocking().unwrap();
        Self { mock, home: tempfile::tempdir().unwrap() }
    }

    fn tapis(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(Path::new(TAPIS));
        command.args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// A login that waits for somebody with a browser, and the lines that it shows.
    fn waiting(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Running {
        let url = self.mock.base_url();
        let all = [&["login", "--url", url, "--profile", "web"], arguments].concat();
        let mut child = self.tapis(&all).envs(variables.iter().copied()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap());
        Running { child, lines: Box::new(lines) }
    }

    fn client_id(&self) -> String {
        self.json(&["profiles", "show"])["client_id"].as_str().unwrap().to_owned()
    }
}

/// A process, and what it shows people.
struct Running {
    child: Child,
    lines: Box<dyn std::io::BufRead>,
}

impl Running {
    /// The first line that has `mark`.
    fn line_with(&mut self, mark: &str) -> String {
        let mut all = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.lines.read_line(&mut line).unwrap(), 0, "no {mark:?} in {all:?}");
            all.push_str(&line);
            if line.contains(mark) {
                return line;
            }
        }
    }

    /// Waits for the end: the code, and what was shown since.
    fn ended(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.lines.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }

    fn send(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }
}

fn word_after(line: &str, before: &str) -> String {
    line.split(before).nth(1).unwrap().split_whitespace().next().unwrap().to_owned()
}

/// What a browser gets for a path of the listener.
fn browse(port: u16, path: &str) -> String {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(connection, "GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").unwrap();
    let mut reply = String::new();
    connection.read_to_string(&mut reply).unwrap();
    reply.lines().next().unwrap().to_owned()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn a_login_with_a_device_code_shows_where_to_enter_it_and_lasts_without_a_key() {
    let world = World::with_client();
    let mut login = world.waiting(&["--device", "--client", "portal"], &[]);
    let line = login.line_with("enter the code");
    assert!(
        line.starts_with(&format!("Open {}/v3/oauth2/device", world.mock.base_url())),
        "{line}"
    );
    world.mock.approve_device(&word_after(&line, "enter the code"), "jane").unwrap();
    let (code, rest) = login.ended();
    assert_eq!(code, Some(0), "{rest}");
    assert!(rest.contains("user jane@"), "{rest}");
    let profile = world.json(&["profiles", "show"]);
    assert_eq!((&profile["username"], &profile["client_id"]), (&json!("jane"), &json!("portal")));
    // The service gives such tokens thirty days.
    world.mock.advance(Duration::from_secs(29 * 24 * 3600));
    let who = ["authenticator", "get-userinfo"];
    assert_eq!(world.json(&who)["username"], "jane");
    world.mock.advance(Duration::from_secs(2 * 24 * 3600));
    world.refused(3, &who);
}

#[test]
fn a_login_with_a_browser_takes_the_reply_with_its_state_and_closes_the_port() {
    let world = World::logged_in();
    let (client, port) = (world.client_id(), free_port());
    let registered = world.json(&["authenticator", "get-client", &client]);
    assert_eq!(registered["callback_url"], "http://127.0.0.1:47821/callback");
    let mut login = world.waiting(&["--browser", "--port", &port.to_string()], &[]);
    let address = login.line_with("/v3/oauth2/authorize?").trim().to_owned();
    let state = address.split("state=").nth(1).unwrap();
    assert!(address.contains(&format!("response_type=code&client_id={client}&")), "{address}");
    let callback = format!("http://127.0.0.1:{port}/callback");
    assert!(address.contains(&callback.replace(':', "%3A").replace('/', "%2F")), "{address}");
    // The service compares the whole address with the one of the client.
    assert!(world.mock.authorization_code(&client, "jane", &callback).is_err());
    world.done(&["authenticator", "update-client", &client, "--callback-url", &callback]);
    let code = world.mock.authorization_code(&client, "jane", &callback).unwrap();
    assert_eq!(browse(port, "/callback?code=planted&state=guessed"), "HTTP/1.1 404 Not Found");
    assert_eq!(browse(port, &format!("/callback?code={code}&state={state}")), "HTTP/1.1 200 OK");
    let (exit, rest) = login.ended();
    assert_eq!(exit, Some(0), "{rest}");
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    // Its refresh token renews the login.
    world.mock.advance(Duration::from_secs(5 * 3600));
    let who = world.json(&["--profile", "web", "authenticator", "get-userinfo"]);
    assert_eq!(who["username"], "jane");
}

impl World {
    /// Gives the OAuth client of `tapis login` another key here than the service has.
    fn spoil_key(&self) -> String {
        let client = self.client_id();
        let name = format!("{} {client}", self.mock.base_url());
        let path = self.home.path().join(".local/state/tapis/clients.json");
        std::fs::write(path, json!({ name: "other" }).to_string()).unwrap();
        client
    }
}

#[test]
fn a_client_that_the_service_refuses_is_replaced_at_the_next_login_and_not_before() {
    let world = World::logged_in();
    let client = world.spoil_key();
    world.mock.advance(Duration::from_secs(5 * 3600));
    let who = ["authenticator", "get-userinfo"];
    let said = world.refused(3, &who);
    assert!(said.contains("Invalid client credentials"), "{said}");
    assert!(said.contains("hint: log in with `tapis login`"), "{said}");
    // A client that the user names is not replaced.
    assert_eq!(world.log_in(&["--client", &client]).status.code(), Some(3));
    assert_eq!(world.client_id(), client);

    let output = world.log_in(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains(&format!("{client} is refused")), "{}", stderr(&output));
    assert_ne!(world.client_id(), client);
    world.mock.advance(Duration::from_secs(5 * 3600));
    assert_eq!(world.json(&who)["username"], "jane");
}

#[test]
fn a_wrong_password_is_no_reason_for_another_client() {
    let world = World::logged_in();
    let login = ["login", "--username", "jane", "--password-stdin"];
    assert_eq!(world.run_with(&login, "wrong\n").status.code(), Some(3));
    assert_eq!(world.mock.requests_for("create_client").len(), 1);
}

#[test]
fn logins_without_a_client_leave_the_one_that_there_is_for_later() {
    let world = World::logged_in();
    let client = world.client_id();
    assert_eq!(world.log_in(&["--client", "none"]).status.code(), Some(0));
    assert!(world.json(&["profiles", "show"])["client_id"].is_null());
    assert_eq!(world.log_in(&[]).status.code(), Some(0));
    assert_eq!(world.client_id(), client);
    assert_eq!(world.mock.requests_for("create_client").len(), 1);
}

#[test]
fn a_client_is_forgotten_also_when_nobody_is_logged_in_and_that_it_is_left_is_said() {
    let world = World::logged_in();
    let client = world.client_id();
    world.done(&["logout"]);
    let said = world.refused(3, &["logout", "--forget"]);
    assert!(said.contains(&format!("{client} is forgotten, but not deleted")), "{said}");
    let command = format!("tapis authenticator delete-client {client}");
    assert!(said.contains(&command), "{said}");
    let keys = std::fs::read_to_string(world.home.path().join(".local/state/tapis/clients.json"));
    assert_eq!(keys.unwrap(), "{}");
    assert!(world.json(&["profiles", "show"])["client_id"].is_null());

    assert_eq!(world.log_in(&[]).status.code(), Some(0));
    assert_ne!(world.client_id(), client);
    world.done(&["--yes", "authenticator", "delete-client", &client]);
}

#[test]
fn a_login_at_another_server_has_a_profile_of_its_own() {
    let world = World::logged_in();
    let elsewhere = World::with_client();
    let url = elsewhere.mock.base_url();
    let login = ["login", "--url", url, "--username", "jane", "--password-stdin"];
    let output = world.run_with(&login, "hunter22\n");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let host = url.strip_prefix("http://").unwrap();
    assert_eq!(world.json(&["profiles", "show"])["name"], host);
    assert_eq!(world.json(&["profiles", "show", "127"])["base_url"], world.mock.base_url());
}

#[test]
fn a_login_at_another_server_leaves_the_profile_that_a_variable_selects() {
    let world = World::logged_in();
    let (client, here) = (world.client_id(), world.mock.base_url().to_owned());
    let elsewhere = MockTapis::builder().user("bob", "b0b-pass").start_blocking().unwrap();
    let login = |arguments: &[&str], stdin: &str| {
        let mut command = world.tapis(&[&["login", "--password-stdin"], arguments].concat());
        let mut child = command.env("TAPIS_PROFILE", "127").stdin(Stdio::piped()).spawn().unwrap();
        // A command that is refused does not read it.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        child.wait_with_output().unwrap()
    };
    let url = elsewhere.base_url();
    // The user of the other server's profile is not the user here.
    let refused = login(&["--url", url], "b0b-pass\n");
    assert!(stderr(&refused).contains("no username is given"), "{}", stderr(&refused));
    let output = login(&["--url", url, "--username", "bob"], "b0b-pass\n");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let profile = world.json(&["profiles", "show", "127"]);
    assert_eq!((&profile["base_url"], &profile["username"]), (&json!(here), &json!("jane")));
    assert_eq!(profile["client_id"], client);
    let host = url.strip_prefix("http://").unwrap();
    assert_eq!(world.json(&["profiles", "show", host])["username"], "bob");

    // The login itself may name a profile of another server.
    let output = login(&["--url", url, "--username", "bob", "--profile", "127"], "b0b-pass\n");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let profile = world.json(&["profiles", "show", "127"]);
    assert_eq!((&profile["base_url"], &profile["username"]), (&json!(url), &json!("bob")));
}

impl World {
    fn write_config(&self, text: &str) {
        let path = self.home.path().join(".config/tapis/config.toml");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn config(&self) -> String {
        std::fs::read_to_string(self.home.path().join(".config/tapis/config.toml")).unwrap()
    }
}

#[test]
fn a_login_keeps_the_password_and_the_comments_of_a_profile_and_sends_them_nowhere_else() {
    let world = World::with_client();
    let url = world.mock.base_url();
    let written = format!(
        "# mine\ncurrent = \"own\"\n\n[profiles.own]\nbase_url = \"{url}\"\nusername = \"jane\" # me\n\
         password = \"hunter22\"\n"
    );
    world.write_config(&written);
    assert_eq!(world.log_in(&["--client", "none"]).status.code(), Some(0));
    assert_eq!(world.config(), written);
    world.done(&["logout", "--forget"]);
    assert_eq!(world.config(), written);
    let elsewhere = World::with_client();
    let other = elsewhere.mock.base_url();
    let said = world.refused(
        2,
        &["login", "--url", other, "--username", "jane", "--password-stdin", "--profile", "own"],
    );
    assert!(said.contains("another server or user"), "{said}");
    assert!(elsewhere.mock.requests().is_empty());
    assert_eq!(world.config(), written);
}

#[test]
fn a_login_of_one_server_is_neither_used_nor_shown_at_another() {
    let world = World::logged_in();
    let token = world.done(&["token"]);
    let url = world.mock.base_url();
    let variables = [("TAPIS_BASE_URL", url), ("TAPIS_ACCESS_TOKEN", token.trim())];
    let elsewhere = World::with_client();
    let other = elsewhere.mock.base_url();
    let own = format!(
        "[profiles.own]\nbase_url = \"{url}\"\nusername = \"jane\"\npassword = \"hunter22\"\n"
    );
    world.write_config(&(world.config() + &own));
    world.mock.clear_requests();
    let get = ["authenticator", "get-userinfo"];
    for preview in [&[][..], &["--dry-run"], &["--curl"]] {
        for (options, variables, login) in [
            (["--url", other], &variables[..], "variables of the environment log in"),
            (["--profile", "own"], &variables, "variables of the environment log in"),
            (["--url", other], &[("TAPIS_PROFILE", "own")], "own has a password or a token"),
        ] {
            let all = [preview, &options, &get].concat();
            let output = world.tapis(&all).envs(variables.iter().copied()).output().unwrap();
            let said = stderr(&output);
            assert_eq!(output.status.code(), Some(2), "{all:?}: {said}");
            assert!(
                said.contains(login) && said.contains(url) && said.contains("hint: "),
                "{said}"
            );
        }
    }
    assert!(world.mock.requests().is_empty() && elsewhere.mock.requests().is_empty());

    // What does not contradict is shown as it is sent.
    let same = format!("{url}/v3/");
    for (options, variables) in [
        (&["--url", &same][..], &variables[..]),
        (&[], &variables),
        (&["--url", &same, "--profile", "own"], &[]),
        (&["--profile", "own"], &[]),
    ] {
        let run = |preview: &[&str]| {
            let all = [preview, options, &get].concat();
            let output = world.tapis(&all).envs(variables.iter().copied()).output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{all:?}: {}", stderr(&output));
            String::from_utf8(output.stdout).unwrap()
        };
        assert!(run(&["--dry-run"]).starts_with(&format!("GET {url}/v3/")), "{options:?}");
        assert!(run(&[]).contains("jane"), "{options:?}");
    }
    let shown = world.done(&[&["--url", other, "--dry-run"], &get[..]].concat());
    assert!(shown.starts_with(&format!("GET {other}/v3/")), "{shown}");
}

#[test]
fn a_client_is_forgotten_at_its_own_server_alone() {
    let world = World::logged_in();
    let client = world.client_id();
    let elsewhere = World::with_client();
    let url = elsewhere.mock.base_url();
    let said = world.refused(2, &["--url", url, "logout", "--forget"]);
    assert!(said.contains(&format!("of another server than {url}")), "{said}");
    let token = world.done(&["token"]);
    let variables = [("TAPIS_BASE_URL", url), ("TAPIS_ACCESS_TOKEN", token.trim())];
    let output = world.tapis(&["logout", "--forget"]).envs(variables).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(elsewhere.mock.requests().is_empty());
    assert_eq!(world.client_id(), client);
    world.done(&["logout", "--forget"]);
    assert_eq!(world.mock.requests_for("delete_client").len(), 1);
}

#[test]
fn a_tenant_without_passwords_and_an_unknown_tenant_are_named() {
    let world = World::logged_in();
    for (message, hint) in [
        (
            "Invalid grant_type (password); this grant type is not allowed for this tenant.",
            "--browser",
        ),
        ("Unable to resolve tenant_id for request.", "check the tenant in the address"),
    ] {
        let body = json!({ "message": message, "status": "error", "result": null });
        world.mock.inject(Fault::status(400).body(body.to_string()).on("create_token"));
        let output = world.log_in(&[]);
        assert_eq!(output.status.code(), Some(3));
        assert!(stderr(&output).contains(hint), "{}", stderr(&output));
        world.mock.clear_faults();
    }
}

#[test]
fn the_browser_that_the_user_names_gets_the_address_and_no_shell_reads_it() {
    let world = World::with_client();
    let opened = world.home.path().join("opened");
    let script = world.home.path().join("browser");
    std::fs::write(
        &script,
        format!("#!/bin/sh\nprintf %s \"$2\" > {}.new\nmv {0}.new {0}\n", opened.display()),
    )
    .unwrap();
    let browser = format!("sh {} --new %s", script.display());
    let port = free_port();
    let variables = [
        ("TAPIS_CLIENT_ID", "portal"),
        ("TAPIS_CLIENT_KEY", "p0rtal-key"),
        ("BROWSER", &browser),
        ("PATH", "/usr/bin:/bin"),
    ];
    let mut login = world.waiting(&["--browser", "--port", &port.to_string()], &variables);
    let address = login.line_with("/v3/oauth2/authorize?").trim().to_owned();
    let begin = Instant::now();
    let seen = loop {
        match std::fs::read_to_string(&opened) {
            Ok(seen) => break seen,
            Err(_) if begin.elapsed() < Duration::from_secs(30) => std::thread::yield_now(),
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!(seen, address);
    login.send("-INT");
    assert_eq!(login.ended().0, Some(130));
}

#[test]
fn a_login_with_a_browser_says_what_it_lacks() {
    let world = World::with_client();
    let url = world.mock.base_url();
    let said = world.refused(2, &["login", "--url", url, "--device"]);
    assert!(said.contains("--client ID") && said.contains("TAPIS_CLIENT_ID"), "{said}");
    let said = world.refused(2, &["login", "--url", url, "--browser", "--client", "portal"]);
    assert!(said.contains("TAPIS_CLIENT_KEY") && said.contains("--device"), "{said}");
    world.refused(2, &["login", "--url", url, "--browser", "--device"]);
    let said = world.refused(3, &["login", "--url", url, "--device", "--client", "nobody"]);
    assert!(said.contains("nobody"), "{said}");
}

#[test]
fn an_oauth_client_that_login_did_not_create_is_not_deleted() {
    let world = World::with_client();
    let variables = [("TAPIS_CLIENT_ID", "portal"), ("TAPIS_CLIENT_KEY", "p0rtal-key")];
    let mut login = world.waiting(&["--device"], &variables);
    let code = word_after(&login.line_with("enter the code"), "enter the code");
    world.mock.approve_device(&code, "jane").unwrap();
    assert_eq!(login.ended().0, Some(0));
    world.done(&["logout", "--forget"]);
    assert!(world.mock.requests_for("delete_client").is_empty());
    let keys = std::fs::read_to_string(world.home.path().join(".local/state/tapis/clients.json"));
    assert!(!keys.unwrap().contains("p0rtal-key"));
}

/// The lines of `tapis doctor` as a map from a check to its status, message and command.
fn doctor(world: &World, code: i32, before: &[&str]) -> Value {
    let output = world.run(&[&["-o", "json"], before, &["doctor"]].concat());
    assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
    let checks: Value = serde_json::from_slice(&output.stdout).unwrap();
    checks
        .as_array()
        .unwrap()
        .iter()
        .map(|check| (check["check"].as_str().unwrap().to_owned(), check.clone()))
        .collect()
}

#[test]
fn doctor_finds_nothing_to_mend_after_a_login() {
    let world = World::logged_in();
    world.make_system("one");
    let secret = ["--field-from-env", "password=SYSTEM_SECRET"];
    world.done(&[&secret[..], &["systems", "create-user-credential", "one", "jane"]].concat());
    let checks = doctor(&world, 0, &[]);
    for name in ["profile", "address", "tls", "clock", "tenant", "token", "system one"] {
        assert_eq!(checks[name]["status"], "ok", "{name}: {checks}");
    }
    let text = world.done(&["-o", "table", "doctor"]);
    assert!(text.starts_with("ok    profile"), "{text}");
    assert!(!text.contains("hunter22") && !text.contains("eyJ"), "{text}");
}

#[test]
fn doctor_names_what_mends_each_failure_and_ends_with_the_code_of_the_first() {
    let world = World::logged_in();
    world.make_system("one");
    world.mock.refuse_logins("one").unwrap();
    let checks = doctor(&world, 10, &[]);
    let system = &checks["system one"];
    assert_eq!(system["status"], "fail");
    let command = system["command"].as_str().unwrap();
    assert_eq!(command, "tapis systems credentials set one jane --password-stdin");

    let output = world.log_in(&["--client", "none", "--profile", "short"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(doctor(&world, 10, &["--profile", "short"])["token"]["status"], "warn");
    world.mock.advance(Duration::from_secs(5 * 3600));
    let checks = doctor(&world, 3, &["--profile", "short"]);
    assert_eq!(
        (&checks["token"]["status"], &checks["token"]["command"]),
        (&json!("fail"), &json!("tapis login"))
    );

    let checks = doctor(&world, 7, &["--url", "http://127.0.0.1:1"]);
    assert_eq!(checks["address"]["status"], "fail");
    assert!(checks.get("token").is_none());
    let empty = World { home: tempfile::tempdir().unwrap(), ..World::with_client() };
    let checks = doctor(&empty, 2, &[]);
    assert!(
        checks["profile"]["command"].as_str().unwrap().contains("tapis login --tenant"),
        "{checks}"
    );
}

#[cfg(feature = "dev")]
#[test]
fn dev_has_a_demo_whose_profile_lives_as_long_as_it_does() {
    for deployed in [&["--deployed"][..], &[]] {
        let world = World::with_client();
        let mut child = world.tapis(&[&["dev"], deployed].concat()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let mut dev = Running { child, lines: Box::new(lines) };
        dev.line_with("outputs get");
        assert_eq!(world.json(&["profiles", "show", "dev"])["username"], "demo");
        // What `tapis dev` advises, word by word.
        let login = world.run_with(&["--profile", "dev", "login", "--password-stdin"], "demo\n");
        assert_eq!(login.status.code(), Some(0), "{}", stderr(&login));
        let names = world.done(&["ls", "tapis://demo-system/"]);
        assert!(names.contains("welcome.txt"), "{names}");
        std::fs::write(world.home.path().join("notes.txt"), "mine").unwrap();
        world.done(&["cp", "notes.txt", "tapis://demo-system/data/"]);
        assert_eq!(world.done(&["cat", "tapis://demo-system/data/notes.txt"]), "mine");
        let job = world.done(&["-o", "name", "jobs", "submit", "hello", "--arg", "word=world"]);
        let ended = world.json(&["-o", "json", "jobs", "wait", job.trim()]);
        assert_eq!(ended["status"], "FINISHED");
        world.done(&["jobs", "outputs", "get", job.trim()]);
        let folder = world.home.path().join(job.trim());
        assert!(std::fs::read_dir(&folder).unwrap().next().is_some(), "{}", folder.display());
        assert_eq!(doctor(&world, 0, &[])["system demo-system"]["status"], "ok");
        dev.send("-TERM");
        assert_eq!(dev.ended().0, Some(0));
        world.refused(5, &["profiles", "show", "dev"]);
        let state = world.home.path().join(".local/state/tapis");
        for file in ["tokens.json", "clients.json"] {
            let kept = std::fs::read_to_string(state.join(file)).unwrap();
            assert!(!kept.contains("http://"), "{file}: {kept}");
        }
    }
}

#[cfg(feature = "dev")]
#[test]
fn dev_does_not_replace_a_profile_that_leads_elsewhere() {
    let world = World::with_client();
    let folder = world.home.path().join(".config/tapis");
    std::fs::create_dir_all(&folder).unwrap();
    let config = "[profiles.dev]\ntenant = \"dev\"\n";
    std::fs::write(folder.join("config.toml"), config).unwrap();
    let said = world.refused(6, &["dev"]);
    assert!(said.contains("https://dev.tapis.io") && said.contains("--profile NAME"), "{said}");
    assert_eq!(std::fs::read_to_string(folder.join("config.toml")).unwrap(), config);
}

#[cfg(not(feature = "dev"))]
#[test]
fn dev_says_how_to_get_it_where_it_is_not_built_in() {
    let said = World::with_client().refused(2, &["dev"]);
    assert!(said.contains("--features dev"), "{said}");
}

/// Waits until a process handles the signal of that number.
#[cfg(target_os = "linux")]
fn until_handled(process: u32, signal: u32) {
    let begin = Instant::now();
    loop {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim();
        if u64::from_str_radix(caught, 16).unwrap() & (1 << (signal - 1)) != 0 {
            return;
        }
        assert!(begin.elapsed() < Duration::from_secs(30));
        std::thread::yield_now();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_ends_a_command_that_is_blocked_too() {
    let world = World::logged_in();
    for (signal, number, code) in [("-INT", 2, 130), ("-TERM", 15, 143)] {
        // It waits for a body that nobody writes.
        let arguments = ["api", "POST", "/v3/systems", "--input", "-"];
        let mut child = world.tapis(&arguments).stdin(Stdio::piped()).spawn().unwrap();
        let _open = child.stdin.take();
        until_handled(child.id(), number);
        let lines = Box::new(BufReader::new(child.stderr.take().unwrap()));
        let running = Running { child, lines };
        running.send(signal);
        assert_eq!(running.ended().0, Some(code), "{signal}");
    }
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let world = World::logged_in();
    world.make_system("a");
    for command in [
        &["systems", "get-systems"][..],
        &["-o", "csv", "systems", "get-systems"],
        &["-o", "yaml", "systems", "get-systems"],
        &["completions", "bash"],
        &["profiles", "list"],
        &["--template", "jobs", "submit-job"],
        &["--help"],
    ] {
        let mut child = world.tapis(command).spawn().unwrap();
        drop(child.stdout.take());
        let output: Output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{command:?}: {}", stderr(&output));
        assert_eq!(stderr(&output), "", "{command:?}");
    }
}

#[test]
fn no_color_is_obeyed() {
    let world = World::with_client();
    let help = |variables: &[(&str, &str)]| {
        let output = world.tapis(&["--help"]).envs(variables.iter().copied()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(help(&[("CLICOLOR_FORCE", "1")]).contains('\u{1b}'));
    assert!(!help(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).contains('\u{1b}'));
    assert!(!help(&[]).contains('\u{1b}'));
}

#[test]
fn what_is_shown_of_requests_holds_no_secret() {
    let world = World::logged_in();
    world.make_system("a");
    let keys = world.home.path().join(".local/state/tapis/clients.json");
    let keys = std::fs::read_to_string(keys).unwrap();
    let key = keys.rsplit('"').nth(1).unwrap().to_owned();
    let token = world.done(&["token"]).trim().to_owned();
    let signature = token.rsplit('.').next().unwrap();
    let login =
        ["-v", "login", "--url", world.mock.base_url(), "--username", "jane", "--password-stdin"];
    let mut shown = vec![world.run_with(&login, "hunter22\n")];
    let secret = ["-v", "--field-from-env", "password=SYSTEM_SECRET"];
    for command in [
        &["systems", "create-user-credential", "a", "jane"][..],
        &["systems", "get-user-credential", "a", "jane"],
        &["systems", "credentials", "set", "a", "--password-from-env", "SYSTEM_SECRET"],
        // The values of the path are an authorization code and the id of a session.
        &["systems", "generate-globus-tokens", "a", "jane", "pl4nted-code", "pl4nted-session"],
        &["authenticator", "list-clients"],
        &["api", "GET", "/v3/oauth2/clients"],
        &["doctor"],
        &["whoami"],
    ] {
        let with_secret = command.contains(&"create-user-credential");
        let before = if with_secret { &secret[..] } else { &secret[..1] };
        shown.push(world.run(&[before, command].concat()));
    }
    for output in &shown {
        let all = format!("{}{}", String::from_utf8_lossy(&output.stdout), stderr(output));
        for secret in ["hunter22", "pl4nted", &key, signature] {
            assert!(!all.contains(secret), "{secret} in {all}");
        }
    }
    assert!(stderr(&shown[0]).contains("POST /v3/oauth2/tokens"), "{}", stderr(&shown[0]));
}

#[cfg(feature = "jq")]
#[test]
fn a_filter_of_jq_is_applied_to_results() {
    let world = World::logged_in();
    for id in ["a", "b"] {
        world.make_system(id);
    }
    assert_eq!(world.done(&["--jq", ".[].id", "systems", "get-systems"]), "a\nb\n");
    let counted = world.done(&["--jq", "map({id}) | length", "systems", "get-systems"]);
    assert_eq!(counted, "2\n");
    let said = world.refused(2, &["--jq", ".[", "systems", "get-systems"]);
    assert!(said.contains("not a filter of jq"), "{said}");
}
