//! What a shell is answered when Tab is pressed, and what bash, zsh and fish make of it.
//!
//! The protocol is tested everywhere, the shells where they are installed (`apt-get install zsh fish`). Those that are
//! missing are named on stderr.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod world;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::json;
use tapis_mock::Fault;

use world::terminal::Terminal;
use world::{TAPIS, World, stderr};

/// Names that are hard to write in a shell, or harmful.
const NAMES: [&str; 7] =
    ["in.txt", "a b.txt", "$(touch pwned)", "it's", "!bang;x", "sub/", ".hidden"];

fn asked(world: &World, shell: &str, words: &[&str]) -> Output {
    let mut command = world.command(Path::new(TAPIS));
    command.env("_TAPIS_COMPLETE", shell).arg("--").args(words).output().unwrap()
}

/// The lines that a shell is answered, which has to be without a word on stderr.
fn answer(world: &World, shell: &str, words: &[&str]) -> Vec<String> {
    let output = asked(world, shell, words);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()), "{words:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// The words that zsh is offered for the last word of a line.
fn words(world: &World, line: &str) -> Vec<String> {
    let typed: Vec<&str> = line.split(' ').collect();
    let lines = answer(world, "zsh", &[&["tapis"], &typed[..]].concat()).into_iter().skip(1);
    lines.map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

/// Asks until the words have come that are expected: names that are fetched may come too late for a busy machine.
fn eventually<T: PartialEq<E> + std::fmt::Debug, E: std::fmt::Debug>(
    about: &str,
    expected: &E,
    ask: impl Fn() -> T,
) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let offered = ask();
        if offered == *expected {
            return;
        }
        assert!(Instant::now() < deadline, "{about}: {offered:?} and not {expected:?}");
        std::thread::yield_now();
    }
}

/// Presses Tab once, and waits until the entries that it has fetched are kept, without another Tab, which would fetch
/// them again.
fn fetch_entries(world: &World, line: &str) -> Vec<String> {
    let offered = words(world, line);
    let kept = world.home.path().join(".cache/tapis/entries/127.json");
    eventually("entries that are kept", &true, || kept.exists());
    world.mock.clear_requests();
    offered
}

#[test]
fn commands_options_values_and_names_are_completed() {
    let world = World::logged_in().with_files(&[]);
    world.make_system("corral");
    world.done(&["pods", "create-pod", "--pod-id", "mydb", "--image", "postgres"]);
    world.done(&["workflows", "create-group", "--id", "lab"]);
    for (line, found) in [
        ("comp", &["completions"][..]),
        ("compl", &["completions"]),
        ("completions z", &["zsh"]),
        ("sys", &["systems"]),
        ("systems li", &["list"]),
        ("systems sh", &["show", "share"]),
        ("systems credentials ch", &["check"]),
        ("systems get-sh", &["get-share-info"]),
        ("systems get-system", &["get-systems", "get-system"]),
        ("systems get-system --sel", &["--select"]),
        ("systems create-system --system-type L", &["LINUX"]),
        ("-o j", &["json"]),
        ("systems list -o cs", &["csv"]),
        ("--profile 1", &["127"]),
        ("profiles use ", &["127"]),
        ("profiles use 1", &["127"]),
        ("systems show ", &["cluster", "corral"]),
        ("systems show cl", &["cluster"]),
        ("systems permissions cl", &["cluster"]),
        ("systems share cl", &["cluster"]),
        ("systems get-system co", &["corral"]),
        ("systems get-system --system-id co", &["corral"]),
        ("systems patch-system --system-id co", &["corral"]),
        ("pods logs ", &["mydb"]),
        ("pods get-pod my", &["mydb"]),
        ("workflows list ", &["lab"]),
        ("ls ", &["tapis://"]),
        ("ls ta", &["tapis://"]),
        ("ls x", &[]),
        ("ls tapis://", &["tapis://cluster/", "tapis://corral/"]),
        ("ls -l tapis://cl", &["tapis://cluster/"]),
        ("ls tapis://cluster/d", &["tapis://cluster/data/"]),
        ("systems show --no", &["--no-input"]),
        ("systems show --nothing", &[]),
    ] {
        eventually(line, &found, || words(&world, line));
    }
}

#[test]
fn addresses_are_completed_by_every_command_for_files() {
    let world = World::logged_in().with_files(&NAMES);
    let entries = ["!bang;x", "$(touch pwned)", "a b.txt", "in.txt", "it's", "sub/"];
    let entries: Vec<String> =
        entries.iter().map(|name| format!("tapis://cluster/data/{name}")).collect();
    for command in
        ["ls", "cat", "rm -r", "mkdir", "stat", "mv", "mv tapis://cluster/a", "cp", "cp in.txt"]
    {
        eventually(command, &entries, || {
            let mut offered = words(&world, &format!("{command} tapis://cluster/data/"));
            offered.sort();
            offered
        });
    }
    assert_eq!(words(&world, "ls tapis://cluster/data/.h"), ["tapis://cluster/data/.hidden"]);
    let line = "ls tapis://cluster//data//s";
    eventually(line, &["tapis://cluster//data//sub/"], || words(&world, line));
    for nothing in
        ["tapis://cluster/data/in.txt/", "tapis://none/", "tapis://cluster/../", "tapis://$(x)/"]
    {
        assert!(words(&world, &format!("ls {nothing}")).is_empty(), "{nothing}");
    }
}

#[test]
fn a_shell_is_told_where_its_own_files_can_stand() {
    let world = World::logged_in();
    for (line, first) in [
        ("apply -f in", "files:"),
        ("systems create-system --body @in", "files:@"),
        ("systems create-system --body=@in", "files:--body=@"),
        ("systems create-system --body in", "words"),
        ("api post /v3/x --input in", "files:"),
        ("api post /v3/x --input=in", "files:--input="),
        ("api post /v3/x -F key=@in", "files:key=@"),
        ("jobs submit in", "files:"),
        ("cp in", "files:"),
        ("cp in.txt tapis://x", "words"),
        ("ls in", "words"),
    ] {
        let typed: Vec<&str> = line.split(' ').collect();
        let lines = answer(&world, "zsh", &[&["tapis"], &typed[..]].concat());
        assert_eq!(lines[0], first, "{line}");
    }
}

#[test]
fn names_that_a_terminal_would_obey_are_not_offered() {
    let world = World::logged_in().with_files(&[]);
    let entry = |name: &str| json!({"name": name, "path": format!("data/{name}"), "type": "file"});
    let names = ["good", "a\u{1b}[31m", "b\nc", "d\u{9b}", "e\u{202e}f", "g\th", ".."];
    let entries: Vec<_> = names.iter().map(|name| entry(name)).collect();
    let body = json!({"message": "", "metadata": {}, "result": entries, "status": "success", "version": "1"});
    world.mock.inject(Fault::status(200).body(body.to_string()).on("listFiles").always());
    for shell in ["zsh", "fish"] {
        eventually(shell, &["words", "tapis://cluster/data/good"], || {
            answer(&world, shell, &["tapis", "ls", "tapis://cluster/data/"])
        });
    }
}

#[test]
fn bash_is_given_quoted_words_behind_its_last_word_break() {
    let world = World::logged_in().with_files(&NAMES);
    for (line, text, found) in [
        ("tapis ls tapis://cluster/da", "//cluster/da", &["//cluster/data/"][..]),
        ("tapis ls tapis://cluster/data/a", "//cluster/data/a", &["//cluster/data/a\\ b.txt "]),
        (
            "tapis ls tapis://cluster/data/a\\ b",
            "//cluster/data/a\\ b",
            &["//cluster/data/a\\ b.txt "],
        ),
        (
            "tapis ls \"tapis://cluster/data/a b",
            "tapis://cluster/data/a b",
            &["tapis://cluster/data/a b.txt"],
        ),
        (
            "tapis ls tapis://cluster/data/\\$",
            "//cluster/data/\\$",
            &["//cluster/data/\\$\\(touch\\ pwned\\) "],
        ),
        (
            "tapis ls \"tapis://cluster/data/\\$",
            "tapis://cluster/data/\\$",
            &["tapis://cluster/data/\\$(touch pwned)"],
        ),
        ("tapis ls 'tapis://cluster/data/it", "tapis://cluster/data/it", &[]),
        ("tapis ls \"tapis://cluster/data/!", "tapis://cluster/data/!", &[]),
        ("tapis --profile=1", "1", &["127 "]),
        ("tapis systems sho", "sho", &["show "]),
    ] {
        eventually(line, &found, || answer(&world, "bash", &[line, text, "9"])[1..].to_vec());
    }
    let list = ["tapis ls tapis://cluster/data/", "//cluster/data/", "63"];
    let lines = answer(&world, "bash", &list);
    assert!(
        lines.contains(&"a b.txt".to_owned()) && lines.contains(&"sub/".to_owned()),
        "{lines:?}"
    );
}

#[test]
fn shells_that_do_not_quote_are_given_names_that_need_no_quotes() {
    let world = World::logged_in().with_files(&NAMES);
    for (shell, index) in [("elvish", "2"), ("powershell", "2")] {
        let found = ["tapis://cluster/data/in.txt", "tapis://cluster/data/sub/"];
        eventually(shell, &found, || {
            let mut command = world.command(Path::new(TAPIS));
            command.env("_TAPIS_COMPLETE", shell).env("_CLAP_COMPLETE_INDEX", index);
            command.env("_CLAP_IFS", "\n").args(["--", "tapis", "ls", "tapis://cluster/data/"]);
            let offered = String::from_utf8(command.output().unwrap().stdout).unwrap();
            offered.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        });
    }
}

#[test]
fn names_that_a_shell_would_evaluate_are_not_offered() {
    let world = World::logged_in();
    let hostile = [
        "$(touch x)",
        "`touch x`",
        "\u{1b}[31mred",
        "a;touch x",
        "*",
        "-rf",
        "~root",
        "a\u{b}touch",
        "it's",
    ];
    let names: Vec<_> = hostile.iter().chain(&["plain"]).map(|id| json!({"id": id})).collect();
    let body = json!({"message": "", "metadata": {}, "result": names, "status": "success", "version": "1"});
    world.mock.inject(Fault::status(200).body(body.to_string()).on("getSystems").always());
    let config = world.home.path().join(".config/tapis/config.toml");
    let mut text = std::fs::read_to_string(&config).unwrap();
    text.push_str("\n[profiles.\"$(touch x)\"]\nbase_url = \"http://127.0.0.1:1\"\n");
    std::fs::write(&config, text).unwrap();
    for (line, found) in [
        ("systems delete-system ", "plain"),
        ("ls tapis://", "tapis://plain/"),
        ("profiles use ", "127"),
    ] {
        eventually(line, &[found], || words(&world, line));
    }
}

#[test]
fn tab_does_not_wait_for_a_slow_service() {
    let world = World::logged_in();
    world.mock.inject(Fault::hang().on("getSystems").always());
    let begin = Instant::now();
    assert!(words(&world, "systems show c").is_empty());
    // The limit is 0.3 s, and a fetch has 10 s; what is between is for a busy machine.
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[test]
fn names_that_come_late_are_there_for_the_next_tab() {
    let world = World::logged_in().with_files(&["in.txt"]);
    world.mock.inject(Fault::delay(Duration::from_secs(1)).on("listFiles").always());
    let line = "ls tapis://cluster/data/";
    assert!(fetch_entries(&world, line).is_empty());
    assert_eq!(words(&world, line), ["tapis://cluster/data/in.txt"]);
    assert!(world.mock.requests().is_empty(), "what is kept is not fetched again");
}

#[test]
fn a_thousand_entries_are_offered_at_once() {
    let world = World::logged_in().with_files(&[]);
    let entry =
        |n: usize| json!({"name": format!("f{n}"), "path": format!("data/f{n}"), "type": "file"});
    let entries: Vec<_> = (0..999).map(entry).collect();
    let body = json!({"message": "", "metadata": {}, "result": entries, "status": "success", "version": "1"});
    world.mock.inject(Fault::status(200).body(body.to_string()).on("listFiles").always());
    let line = "ls tapis://cluster/data/";
    fetch_entries(&world, line);
    let begin = Instant::now();
    assert_eq!(words(&world, line).len(), 999);
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert_eq!(words(&world, "ls tapis://cluster/data/f99").len(), 10);
    assert!(world.mock.requests().is_empty(), "what is kept is not fetched again");
}

#[test]
fn tab_never_logs_in_and_says_nothing_of_what_fails() {
    let world = World::logged_in().with_files(&["in.txt"]);
    world.mock.advance(Duration::from_secs(5 * 3600));
    world.mock.clear_requests();
    assert!(words(&world, "ls tapis://cluster/data/").is_empty());
    assert!(words(&world, "systems show ").iter().all(|word| word.starts_with('-')));
    assert!(world.mock.requests_for("create_token").is_empty());
    world.done(&["logout", "--forget"]);
    world.mock.clear_requests();
    assert!(words(&world, "ls tapis://cluster/data/").is_empty());
    assert!(world.mock.requests().is_empty());
    let elsewhere = "--url http://127.0.0.1:1 ls tapis://cluster/data/";
    assert!(words(&world, elsewhere).is_empty());
}

#[test]
fn names_are_kept_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let world = World::logged_in().with_files(&["in.txt"]);
    for (line, found) in
        [("ls tapis://cluster/data/", "tapis://cluster/data/in.txt"), ("systems show c", "cluster")]
    {
        eventually(line, &[found], || words(&world, line));
    }
    let cache = world.home.path().join(".cache/tapis");
    for file in ["names/127.json", "entries/127.json"] {
        let mode = std::fs::metadata(cache.join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

/// A shell, how it is started without the files of its user, and what it has to be told.
struct Shell {
    name: &'static str,
    arguments: &'static [&'static str],
    /// Makes `tapis` print its arguments.
    printer: &'static str,
    load: &'static str,
}

const SHELLS: [Shell; 3] = [
    Shell {
        name: "bash",
        arguments: &["--norc", "--noprofile", "-i"],
        printer: "tapis() { printf '<%s>' \"$@\"; printf 'E%s\\n' ND; }",
        load: "eval \"$('@' completions bash)\"",
    },
    Shell {
        name: "zsh",
        arguments: &["-f", "-i"],
        printer: "tapis() { printf '<%s>' \"$@\"; printf 'E%s\\n' ND; }",
        load: "eval \"$('@' completions zsh)\"",
    },
    Shell {
        name: "fish",
        arguments: &["--no-config", "-i"],
        printer: "function tapis; printf '<%s>' $argv; printf 'E%s\\n' ND; end",
        load: "'@' completions fish | source",
    },
];

impl Shell {
    /// Where it is installed.
    fn path(&self) -> Option<PathBuf> {
        let folders = ["/usr/local/bin", "/usr/bin", "/bin"].into_iter();
        folders.map(|folder| Path::new(folder).join(self.name)).find(|path| path.exists())
    }

    /// Says what was not tested, also where the output of tests that pass is not shown.
    fn is_missing(&self, consequence: &str) {
        let line = format!("{} is not installed: {consequence}\n", self.name);
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }

    fn load(&self) -> String {
        self.load.replace('@', TAPIS)
    }
}

#[test]
fn the_scripts_evaluate_nothing_that_they_are_answered() {
    let world = World::logged_in();
    for shell in &SHELLS {
        let script = world.done(&["completions", shell.name]);
        let commands = script.lines().filter(|line| !line.trim_start().starts_with('#'));
        let commands: Vec<&str> = commands.collect();
        assert!(!commands.iter().any(|line| line.contains("eval")), "{script}");
        assert!(
            script.contains(&format!("_TAPIS_COMPLETE={} '{TAPIS}' --", shell.name)),
            "{script}"
        );
        assert!(!script.contains("@PROGRAM@"), "{script}");
    }
}

#[test]
fn shells_accept_their_scripts_without_a_word() {
    let world = World::logged_in();
    for shell in &SHELLS {
        let Some(path) = shell.path() else {
            shell.is_missing("its script was not loaded");
            continue;
        };
        let mut command = world.command(&path);
        command.env("PATH", "/usr/bin:/bin").args(&shell.arguments[..shell.arguments.len() - 1]);
        let output = command.args(["-c", &shell.load()]).output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), stderr(&output));
        assert_eq!((output.status.code(), said.as_str()), (Some(0), ""), "{}", shell.name);
    }
}

#[test]
fn shells_complete_what_was_typed_and_run_it_with_the_names_as_they_are() {
    let world = World::logged_in().with_files(&NAMES);
    for line in ["ls tapis://cl", "ls tapis://cluster/d", "ls tapis://cluster/data/"] {
        eventually(line, &false, || words(&world, line).is_empty());
    }
    std::fs::write(world.home.path().join("local file.txt"), "").unwrap();
    std::fs::create_dir(world.home.path().join("folder")).unwrap();
    for shell in &SHELLS {
        let Some(path) = shell.path() else {
            shell.is_missing("completions were not tried in it");
            continue;
        };
        let terminal = Terminal::run_with(
            &world,
            200,
            path.to_str().unwrap(),
            shell.arguments,
            &[("LANG", "C.UTF-8"), ("HISTFILE", "")],
        );
        terminal.send(&format!("{}\n{}\nprintf 'RE%s\\n' ADY\n", shell.printer, shell.load()));
        terminal.wait_for("READY", 1);
        let lines = [
            ("tapis comp\tx", "<completions><x>"),
            ("tapis systems sho\tcl\tx", "<systems><show><cluster><x>"),
            ("tapis -o js\tx", "<-o><json><x>"),
            ("tapis --profile=1\tx", "<--profile=127><x>"),
            ("tapis ls t\tcl\tda\tsu\tx", "<ls><tapis://cluster/data/sub/x>"),
            ("tapis ls tapis://cluster/data/in\tx", "<ls><tapis://cluster/data/in.txt><x>"),
            ("tapis ls tapis://cluster/data/a\tx", "<ls><tapis://cluster/data/a b.txt><x>"),
            ("tapis ls \"tapis://cluster/data/a\t", "<ls><tapis://cluster/data/a b.txt>"),
            (
                "tapis rm tapis://cluster/data/\\$\tx",
                "<rm><tapis://cluster/data/$(touch pwned)><x>",
            ),
            ("tapis cat tapis://cluster/data/it\tx", "<cat><tapis://cluster/data/it's><x>"),
            ("tapis cp local\ttapis://cl\tx", "<cp><local file.txt><tapis://cluster/x>"),
            ("tapis apply -f loc\tx", "<apply><-f><local file.txt><x>"),
            (
                "tapis systems create-system --body @loc\t",
                "<systems><create-system><--body><@local file.txt>",
            ),
            (
                "tapis systems create-system --body @fol\tx",
                "<systems><create-system><--body><@folder/x>",
            ),
        ];
        for (number, (line, arguments)) in lines.iter().enumerate() {
            terminal.send(&format!("{line}\n"));
            terminal.wait_for("END\r\n", number + 1);
            let written = terminal.written();
            let expected = format!("{arguments}END");
            assert!(
                written.contains(&expected),
                "{} {line:?}: no {expected}: {written}",
                shell.name
            );
        }
        terminal.send("exit\n");
        terminal.end();
    }
    assert!(!world.home.path().join("pwned").exists());
}
