//! The command line as people and scripts use it: whole processes against a mock.
#![allow(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

mod world;

use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::{Value, json};
use tapis_mock::Fault;

use world::{TAPIS, World, stderr};

#[test]
fn a_login_is_kept_for_the_next_command_and_ends_with_logout() {
    let world = World::logged_in();
    let me = world.json(&["whoami"]);
    assert_eq!((&me["username"], &me["profile"]), (&json!("jane"), &json!("127")));
    assert_eq!(world.done(&["token"]).trim().split('.').count(), 3);
    assert!(world.done(&["token", "--export"]).starts_with("export TAPIS_ACCESS_TOKEN="));
    world.done(&["logout", "--forget"]);
    let said = world.refused(3, &["whoami"]);
    assert!(said.contains("hint: log in with `tapis login`"), "{said}");
}

#[test]
fn a_login_lasts_for_days_without_a_question() {
    let world = World::logged_in();
    for hours in [5, 8] {
        world.mock.advance(std::time::Duration::from_secs(hours * 3600));
        world.mock.clear_requests();
        assert_eq!(world.json(&["authenticator", "get-userinfo"])["username"], "jane");
        assert_eq!(world.mock.requests_for("create_token").len(), 1);
    }
}

#[cfg(unix)]
#[test]
fn what_is_kept_is_for_its_owner_alone_and_the_configuration_holds_no_secret() {
    use std::os::unix::fs::PermissionsExt as _;

    let world = World::logged_in();
    let state = world.home.path().join(".local/state/tapis");
    for file in [state.join("tokens.json"), state.join("clients.json")] {
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
    let keys = std::fs::read_to_string(state.join("clients.json")).unwrap();
    let key = keys.rsplit('"').nth(1).unwrap();
    let config = world.home.path().join(".config/tapis/config.toml");
    let config = std::fs::read_to_string(config).unwrap();
    assert!(!config.contains(key) && !config.contains("hunter22"), "{config}");
    assert!(config.contains("client_id = \"tapis-cli-jane-"), "{config}");
}

#[test]
fn an_operation_takes_flags_values_of_the_path_and_a_body() {
    let world = World::logged_in();
    world.make_system("one");
    let patch = ["systems", "patchSystem", "--system-id", "one", "--description", "A host."];
    world.done(&[&patch[..], &["--set", "notes.project=\"x\""]].concat());
    let system = world.json(&["systems", "get-system", "one"]);
    let changed = (&system["description"], &system["notes"]["project"]);
    assert_eq!(changed, (&json!("A host."), &json!("x")));
    let said = world.refused(2, &["api", "DELETE", "/v3/systems/one"]);
    assert!(said.contains("--yes"), "{said}");
    world.done(&["systems", "delete-system", "one", "--yes"]);
    world.refused(5, &["systems", "get-system", "one"]);
}

#[test]
fn a_list_is_one_array_of_all_pages_in_each_format() {
    let world = World::logged_in();
    for id in ["a", "b", "c"] {
        world.make_system(id);
    }
    let all = world.json(&["systems", "get-systems", "--limit", "2"]);
    assert_eq!(all.as_array().unwrap().len(), 3);
    let csv = world.done(&["--columns", "id,host", "systems", "get-systems", "-o", "csv"]);
    assert_eq!(csv, "id,host\na,host.example.org\nb,host.example.org\nc,host.example.org\n");
    assert_eq!(world.done(&["-o", "name", "systems", "get-systems"]), "a\nb\nc\n");
    let table = world.done(&["-o", "table", "systems", "get-systems"]);
    assert!(table.starts_with("ID  OWNER"), "{table}");
    let yaml = world.done(&["-o", "yaml", "systems", "get-system", "a"]);
    assert!(yaml.contains("id: a\n"), "{yaml}");
    let output = world.run(&["--max", "2", "systems", "get-systems"]);
    assert!(stderr(&output).contains("more than 2 entries"), "{}", stderr(&output));
}

#[test]
fn verbs_show_no_secret_unless_they_are_told_to() {
    let world = World::logged_in();
    let body = r#"{"pod_id": "mydb", "image": "postgres", "secret_map": {"KEY": "pl4nted"}}"#;
    let created = world.run_with(&["pods", "create-pod", "--body", "-"], body);
    assert_eq!(created.status.code(), Some(0), "{}", stderr(&created));
    assert!(!String::from_utf8_lossy(&created.stdout).contains("pl4nted"));
    for verb in [&["list"][..], &["show", "mydb"], &["stop", "mydb"], &["restart", "mydb"]] {
        let command = [&["-o", "json", "pods"], verb].concat();
        assert!(!world.done(&command).contains("pl4nted"), "{verb:?}");
        let told = [&["--show-secrets"], &command[..]].concat();
        assert!(world.done(&told).contains("pl4nted"), "{verb:?}");
    }
}

#[test]
fn a_flag_cannot_set_an_attribute_of_a_body_that_is_no_object() {
    let world = World::logged_in();
    let said = world.refused(2, &["systems", "create-system", "--body", "[1]", "--host", "h"]);
    assert!(said.contains("--host sets an attribute, and the body is not an object"), "{said}");
}

#[test]
fn a_request_is_shown_without_being_sent_and_without_secrets() {
    let world = World::logged_in();
    world.make_system("a");
    world.mock.clear_requests();
    let secret = ["--field-from-env", "password=SYSTEM_SECRET"];
    let create = ["systems", "create-user-credential", "a", "jane"];
    let shown = world.done(&[&["--dry-run"], &secret[..], &create].concat());
    assert!(shown.starts_with("POST http://127.0.0.1:"), "{shown}");
    assert!(shown.contains(r#"{"password":"[redacted]"}"#), "{shown}");
    let curl = world.done(&[&["--curl"], &secret[..], &create].concat());
    assert!(curl.starts_with("curl -X POST 'http://"), "{curl}");
    assert!(curl.contains("\"x-tapis-token: $(tapis token)\""), "{curl}");
    assert!(!format!("{shown}{curl}").contains("pl4nted"));
    assert!(world.mock.requests().is_empty());
    world.refused(2, &[&create[..], &["--password", "x"]].concat());
    world.refused(2, &[&create[..], &["--set", "password=x"]].concat());
    let system = ["systems", "create-system", "--authn-credential", r#"{"password": "x"}"#];
    let said = world.refused(2, &system);
    assert!(said.contains("authnCredential.password is a secret"), "{said}");
    let template = world.done(&["--template", "jobs", "submit-job"]);
    assert!(template.contains("\nname: \"\"\n"), "{template}");
}

#[test]
fn a_request_is_shown_without_the_secrets_of_its_path_and_query() {
    let world = World::logged_in();
    let get = ["globus-proxy", "get-transfer-task", "c", "t"];
    let tokens = [
        "--field-from-env",
        "access_token=SYSTEM_SECRET",
        "--field-from-env",
        "refresh_token=SYSTEM_SECRET",
    ];
    let code = ["systems", "generate-globus-tokens", "a", "jane"];
    let codes = [
        "--field-from-env",
        "authCode=SYSTEM_SECRET",
        "--field-from-env",
        "sessionId=SYSTEM_SECRET",
    ];
    let file = world.home.path().join("token");
    std::fs::write(&file, "pl4nted").unwrap();
    let token = format!("access_token=@{}", file.display());
    let raw = ["api", "GET", "/v3/globus-proxy/transfers/c/t", "-F", &token];
    for (command, rest) in [(&get[..], &tokens[..]), (&code, &codes), (&raw, &[])] {
        for preview in ["--dry-run", "--curl"] {
            let shown = world.done(&[&[preview], rest, command].concat());
            assert!(!shown.contains("pl4nted") && shown.contains("[redacted]"), "{shown}");
        }
    }
    let shown = world.done(&[&["--dry-run"], &codes[..], &code].concat());
    assert!(shown.contains("/user/jane/globus/tokens/[redacted]/[redacted]\n"), "{shown}");
}

#[test]
fn a_preview_sends_nothing_and_what_has_none_says_so() {
    let world = World::logged_in();
    world.make_system("a");
    let file = world.home.path().join("a.yaml");
    std::fs::write(&file, world.done(&["export", "system", "a"]).replace("host.", "other."))
        .unwrap();
    let file = file.to_str().unwrap();
    world.mock.clear_requests();
    let post = ["api", "POST", "/v3/systems/a/disable"];
    let shown = world.done(&[&["--dry-run"], &post[..]].concat());
    assert!(shown.starts_with("POST http://127.0.0.1:"), "{shown}");
    let shown = world.done(&[&post[..], &["--curl", "-F", "n=1"]].concat());
    assert!(
        shown.starts_with("curl -X POST 'http://") && shown.ends_with("-d '{\"n\":1}'\n"),
        "{shown}"
    );
    let shown = world.done(&["api", "DELETE", "/v3/systems/a", "--dry-run"]);
    assert!(shown.starts_with("DELETE "), "{shown}");
    assert!(world.mock.requests().is_empty());
    for command in [
        &["--curl", "apply", "-f", file][..],
        &["--template", "apply", "-f", file],
        &["--dry-run", "profiles", "remove", "127"],
        &["logout", "--dry-run"],
        &["--curl", "systems", "disable", "a"],
        &["jobs", "hide", "none", "--dry-run"],
        &["--curl", "cp", file, "tapis://a/a.yaml"],
        &["--dry-run", "ls", "tapis://a"],
    ] {
        let said = world.refused(2, command);
        assert!(said.starts_with("error: "), "{command:?}: {said}");
    }
    assert!(world.mock.requests().is_empty());
    world.refused(9, &["apply", "-f", file, "--dry-run"]);
    assert_eq!(world.json(&["systems", "show", "a"])["host"], "host.example.org");
    world.done(&["whoami"]);
}

#[test]
fn the_token_of_a_curl_command_is_that_of_the_profile() {
    let world = World::logged_in();
    let shown = world.done(&["--profile", "127", "--curl", "systems", "get-systems"]);
    assert!(shown.contains("\"x-tapis-token: $(tapis --profile 127 token)\""), "{shown}");
}

#[test]
fn operations_that_delete_need_yes_whatever_their_method_is() {
    let world = World::logged_in();
    world.make_system("a");
    let said = world.refused(2, &["systems", "delete-system", "a"]);
    assert!(said.contains("tapis systems delete-system a? Nothing was sent."), "{said}");
    assert_eq!(world.json(&["systems", "show", "a"])["id"], "a");
    world.done(&["systems", "delete-system", "a", "-y"]);
}

#[test]
fn options_stand_before_a_command_or_behind_it() {
    let world = World::logged_in();
    world.make_system("a");
    assert_eq!(world.done(&["systems", "list", "--jq", ".[].id", "--profile", "127"]), "a\n");
    assert_eq!(world.done(&["profiles", "list", "--output", "name"]), "127\n");
    assert_eq!(world.done(&["api", "/v3/systems?select=id", "-o", "name"]), "a\n");
    let said = world.refused(2, &["systems", "get-systems", "--jq", "."]);
    assert!(said.contains("hint: tapis --jq … systems get-systems …"), "{said}");
}

#[test]
fn a_secret_is_no_value_of_the_command_line() {
    let world = World::logged_in();
    world.make_system("a");
    let create = ["systems", "create-user-credential", "a", "jane", "--password", "x"];
    let said = world.refused(2, &create);
    assert!(said.contains("hint: set it with --field-from-env password=VARIABLE"), "{said}");
    world.mock.clear_requests();
    let path = "/v3/systems/credential/a/user/jane";
    let said = world.refused(2, &["api", "POST", path, "-f", "password=x"]);
    assert!(said.contains("-F password=@FILE"), "{said}");
    assert!(world.mock.requests().is_empty());
    let file = world.home.path().join("password");
    std::fs::write(&file, "pl4nted").unwrap();
    let field = format!("password=@{}", file.display());
    let shown = world.done(&["--dry-run", "api", "POST", path, "-F", &field]);
    assert!(shown.contains(r#"{"password":"[redacted]"}"#), "{shown}");
}

#[test]
fn pages_of_any_request_are_one_list() {
    let world = World::logged_in();
    for number in 0..101 {
        world.make_system(&format!("s{number}"));
    }
    let all = world.json(&["api", "GET", "/v3/systems?select=id", "--paginate"]);
    assert_eq!(all.as_array().unwrap().len(), 101);
    let output = world.run(&["api", "GET", "/v3/systems", "--paginate", "--max", "7"]);
    let cut: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(cut.as_array().unwrap().len(), 7);
    assert!(stderr(&output).contains("more than 7 entries"), "{}", stderr(&output));
    world.refused(2, &["api", "GET", "/v3/systems", "--paginate", "-f", "skip=3"]);
}

/// A reply of Systems with the systems of these numbers.
fn page(numbers: std::ops::Range<usize>) -> Fault {
    let entries: Vec<Value> = numbers.map(|number| json!({"id": format!("s{number}")})).collect();
    let envelope = json!({"status": "success", "result": entries, "message": "", "version": "1"});
    Fault::status(200).body(envelope.to_string()).on("systems.getSystems")
}

#[test]
fn pages_that_repeat_are_no_complete_list() {
    let world = World::logged_in();
    for count in [100, 5] {
        world.mock.inject(page(0..count).times(2));
        let said = world.refused(1, &["api", "/v3/systems", "--paginate"]);
        assert!(said.contains("the service repeats its pages: it ignores skip"), "{said}");
        world.mock.clear_faults();
    }
}

#[test]
fn a_service_with_smaller_pages_does_not_end_the_list() {
    let world = World::logged_in();
    for numbers in [0..50, 50..100, 100..107] {
        world.mock.inject(page(numbers).times(1));
    }
    let all = world.json(&["api", "/v3/systems", "--paginate"]);
    assert_eq!(all.as_array().unwrap().len(), 107);
}

#[test]
fn rm_f_ignores_missing_paths_and_not_missing_systems() {
    let world = World::logged_in().with_files(&["a"]);
    for options in ["-f", "-rf"] {
        world.done(&["rm", options, "tapis://cluster/none"]);
        world.refused(5, &["rm", options, "tapis://tpyo/x"]);
    }
    world.done(&["systems", "disable", "cluster"]);
    let said = world.refused(5, &["rm", "-rf", "tapis://cluster/data"]);
    assert!(said.contains("FILES_SYS_NOTENABLED"), "{said}");
}

#[test]
fn a_version_is_refused_where_all_versions_are_concerned() {
    let world = World::logged_in();
    world.mock.clear_requests();
    for command in [&["apps", "delete", "hello:0.1", "--yes"][..], &["apps", "versions", "hello:1"]]
    {
        let said = world.refused(2, command);
        assert!(said.contains("takes no version"), "{said}");
    }
    assert!(world.mock.requests().is_empty());
}

impl World {
    /// Runs a command whose output nobody reads.
    fn unread(&self, arguments: &[&str]) -> Output {
        let mut child = self
            .command(Path::new(TAPIS))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        child.wait_with_output().unwrap()
    }
}

/// A reply of Jobs with a job in this state.
fn job(uuid: &str, status: &str) -> Fault {
    let job = json!({"uuid": uuid, "status": status});
    let envelope = json!({"status": "success", "result": job, "message": "", "version": "1"});
    Fault::status(200).body(envelope.to_string())
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_hides_no_failure_and_ends_no_work() {
    let world = World::logged_in().with_files(&["a"]);
    let kept = world.done(&["export", "system", "cluster"]);
    for id in ["one", "two"] {
        let file = world.home.path().join(format!("{id}.yaml"));
        std::fs::write(file, kept.replace("id: cluster", &format!("id: {id}"))).unwrap();
    }
    let apply = ["-o", "table", "apply", "-f", "one.yaml", "none.yaml", "two.yaml"];
    let output = world.unread(&apply);
    assert_ne!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(world.json(&["systems", "show", "two"])["id"], "two");
    for verb in ["ls", "stat"] {
        let output = world.unread(&[verb, "tapis://cluster/data", "tapis://tpyo/x"]);
        assert_eq!(output.status.code(), Some(5), "{verb}: {}", stderr(&output));
    }
    let output = world.unread(&["cat", "tapis://tpyo/x", "tapis://cluster/data/a"]);
    assert_eq!(output.status.code(), Some(5), "{}", stderr(&output));
    world.mock.inject(job("a", "FINISHED").on("jobs.getJob").times(1));
    let output = world.unread(&["jobs", "wait", "a", "none"]);
    assert_eq!(output.status.code(), Some(5), "{}", stderr(&output));
}

#[test]
fn the_exit_code_of_several_jobs_is_8_if_one_failed_and_a_failed_login_hides_no_other_failure() {
    let world = World::logged_in();
    world.mock.inject(job("a", "FAILED").on("jobs.getJob").times(1));
    let said = world.refused(8, &["jobs", "wait", "a", "none"]);
    assert!(said.contains("error: 2 of 2 jobs failed"), "{said}");
    world.mock.inject(Fault::status(401).on("jobs.getJob").after(1).times(9));
    let said = world.refused(3, &["jobs", "wait", "none", "b", "c"]);
    assert!(said.contains("error: none: ") && said.contains("error: stopped at b"), "{said}");
}

#[test]
fn jobs_that_were_cancelled_are_one_document() {
    let world = World::logged_in();
    for uuid in ["a", "b"] {
        world.mock.inject(job(uuid, "CANCELLED").on("jobs.cancelJob").times(1));
        world.mock.inject(job(uuid, "CANCELLED").on("jobs.getJob").times(1));
    }
    let jobs = world.json(&["jobs", "cancel", "--wait", "a", "b"]);
    assert_eq!((&jobs[0]["uuid"], &jobs[1]["uuid"]), (&json!("a"), &json!("b")));
}

#[test]
fn a_secret_is_no_value_of_a_query_or_of_a_body_on_the_command_line() {
    let world = World::logged_in();
    world.make_system("a");
    std::fs::write(world.home.path().join("token"), "pl4nted").unwrap();
    world.mock.clear_requests();
    for command in [
        &["api", "/v3/systems", "-f", "access_token=x"][..],
        &["api", "/v3/systems", "-F", "access_token=x"],
        &["api", "/v3/systems?access_token=x"],
        &["systems", "create-user-credential", "a", "jane", "--body", r#"{"password": "x"}"#],
    ] {
        let said = world.refused(2, command);
        assert!(said.contains(" is a secret, and a command line"), "{command:?}: {said}");
    }
    assert!(world.mock.requests().is_empty());
    let query = ["api", "/v3/systems", "-F", "access_token=@token"];
    let shown = world.done(&[&["--dry-run"], &query[..]].concat());
    assert!(!shown.contains("pl4nted") && shown.contains("access_token="), "{shown}");
    world.done(&query);
    let sent = world.mock.requests_for("systems.getSystems");
    assert_eq!(sent[0].query_value("access_token"), Some("pl4nted"));
    let create = ["systems", "create-user-credential", "a", "jane", "--body", "-"];
    let output = world.run_with(&create, r#"{"password": "x"}"#);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let command = ["--field-from-env", "x=SYSTEM_SECRET", "systems", "get-systems"];
    let said = world.refused(2, &command);
    let why = "--field-from-env x: the operation getSystems takes no request body";
    assert!(said.contains(why), "{said}");
}

#[test]
fn help_is_what_dash_dash_help_prints() {
    let world = World::logged_in();
    for words in [&["cp"][..], &["jobs"], &["jobs", "submit"], &["systems", "get-system"]] {
        let help = world.done(&[&["help"], words].concat());
        assert_eq!(help, world.done(&[words, &["--help"]].concat()));
    }
    for words in [&["-q", "help"][..], &["--profile", "x", "help", "jobs"], &["-q", "help", "cp"]] {
        let help = world.done(words);
        let command = &words[words.iter().position(|word| *word == "help").unwrap() + 1..];
        assert_eq!(help, world.done(&[command, &["--help"]].concat()), "{words:?}");
    }
    let help = world.done(&["jobs", "help", "get-job"]);
    assert!(help.contains("--job-uuid"), "{help}");
    let said = world.refused(2, &["--profile", "127"]);
    assert!(said.contains("Files on systems:") && !said.contains("__names"), "{said}");
}

#[test]
fn an_error_is_a_line_for_people_and_an_object_for_programs() {
    let world = World::logged_in();
    let said = world.refused(5, &["systems", "get-system", "none"]);
    assert!(said.starts_with("error: systems.getSystem: not found"), "{said}");
    let said = world.refused(5, &["-o", "json", "systems", "get-system", "none"]);
    let error = &serde_json::from_str::<Value>(&said).unwrap()["error"];
    let shown = (&error["exit"], &error["kind"], &error["status"]);
    assert_eq!(shown, (&json!(5), &json!("NotFound"), &json!(404)));
    let said = world.refused(2, &["systems", "get-sytem", "none"]);
    assert!(said.contains("get-system"), "{said}");
    world.refused(7, &["--url", "http://127.0.0.1:1", "systems", "health-check"]);
}

#[test]
fn a_wait_that_takes_too_long_exits_with_7_and_says_how_to_go_on() {
    use std::time::Duration;

    let world = World::with(|mock| mock.step(Duration::from_secs(3600)));
    let pod = ["pods", "create-pod", "--pod-id", "slow", "--image", "postgres"];
    world.done(&pod);
    let task = r#"{"id": "t", "type": "request", "http_method": "get", "protocol": "http", "url": "http://x.org"}"#;
    let pipeline = format!(r#"{{"id": "p", "type": "workflow", "tasks": [{task}]}}"#);
    world.done(&["workflows", "create-group", "--id", "lab"]);
    world.done(&["workflows", "create-pipeline", "lab", "--body", &pipeline]);
    let run = world.done(&["-o", "name", "workflows", "run", "lab", "p"]);
    for (command, hint) in [
        (vec!["pods", "wait", "slow"], "`tapis pods show slow`"),
        (vec!["pods", "restart", "slow", "--wait"], "`tapis pods show slow`"),
        (vec!["workflows", "wait", "lab", "p", run.trim()], "`tapis workflows wait lab p "),
        (vec!["workflows", "run", "lab", "p", "--wait"], "`tapis workflows wait lab p "),
    ] {
        let command = [&command[..], &["--timeout", "0"]].concat();
        let said = world.refused(7, &command);
        assert!(said.contains("error: timed out: ") && said.contains(hint), "{said}");
        let said = world.refused(7, &[&command[..], &["-o", "json"]].concat());
        let error: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
        let shown = (&error["error"]["exit"], &error["error"]["kind"]);
        assert_eq!(shown, (&json!(7), &json!("Timeout")));
    }
}

#[test]
fn any_request_is_sent_with_the_login() {
    let world = World::logged_in();
    world.make_system("a");
    let systems = world.json(&["api", "GET", "/v3/systems", "-f", "select=id", "--paginate"]);
    assert_eq!(systems[0]["id"], "a");
    assert!(world.json(&["api", "post", "/v3/systems/a/disable"]).is_object());
}

#[test]
fn profiles_are_listed_used_and_removed() {
    let world = World::logged_in();
    let output = world.log_in(&["--profile", "other", "--client", "none"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(world.done(&["-o", "name", "profiles", "list"]), "127\nother\n");
    assert_eq!(world.json(&["profiles", "show"])["name"], "other");
    world.done(&["profiles", "use", "127"]);
    assert_eq!(world.json(&["profiles", "show"])["name"], "127");
    world.done(&["profiles", "remove", "other"]);
    world.refused(5, &["profiles", "use", "other"]);
}

#[test]
fn completions_and_help_need_no_login() {
    let world = World::logged_in();
    assert!(world.done(&["completions", "bash"]).contains("tapis"));
    let help = world.done(&["systems", "get-system", "--help"]);
    assert!(help.contains("--select") && help.contains("GET /v3/systems/{systemId}"), "{help}");
    assert!(world.done(&["systems", "--help"]).contains("tapis systems operations"));
    assert!(world.done(&["systems", "operations"]).contains("get-system"));
}
