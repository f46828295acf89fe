//! What a person sees on a terminal, where it differs from what a program gets through a pipe.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

mod world;

use std::process::Command;

use serde_json::json;
use tapis_mock::Fault;

use world::terminal::Terminal;
use world::{TAPIS, World, stderr};

const ESCAPE: char = '\u{1b}';

fn on_terminal(world: &World, columns: u16, arguments: &[&str]) -> (Option<i32>, String) {
    Terminal::run(world, columns, TAPIS, arguments).end()
}

#[test]
fn a_list_is_a_table_as_wide_as_the_terminal_and_json_in_a_pipe() {
    let world = World::logged_in();
    world.make_system("one");
    let host = format!("{}.example.org", "a-long-name.".repeat(10).trim_end_matches('.'));
    world.done(&["systems", "patch-system", "one", "--host", &host]);
    let list = ["systems", "list"];
    for (columns, is_whole) in [(60, false), (80, false), (240, true)] {
        let (code, table) = on_terminal(&world, columns, &list);
        assert_eq!(code, Some(0), "{table}");
        assert!(table.starts_with("ID"), "{table}");
        let width = table.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(width <= usize::from(columns), "{columns}: {table}");
        assert!(is_whole || width > usize::from(columns) - 10, "{columns}: {table}");
        assert_eq!((table.contains(&host), table.contains('…')), (is_whole, !is_whole), "{table}");
    }
    // More columns, and nothing is cut.
    let (code, table) = on_terminal(&world, 60, &["systems", "list", "-o", "wide"]);
    assert_eq!(code, Some(0), "{table}");
    assert!(table.contains(&host) && table.contains("OWNER"), "{table}");
    assert_eq!(world.json(&list)[0]["id"], "one");
}

#[test]
fn control_characters_of_logs_are_escaped_on_a_terminal_and_kept_in_a_pipe() {
    let world = World::logged_in();
    let hostile = "one\u{1b}[2J\u{9b}31m\r\ntwo\u{202e}\u{7}\n";
    let body = |result| {
        json!({"message": "", "metadata": {}, "result": result, "status": "success",
        "version": "1"})
    };
    let logs = body(json!({"logs": hostile, "action_logs": []}));
    world.mock.inject(Fault::status(200).body(logs.to_string()).on("get_pod_logs").always());
    let task = json!([{"uuid": "u", "task_id": "t", "status": "completed", "stdout": hostile,
        "stderr": ""}]);
    let tasks = Fault::status(200).body(body(task).to_string());
    world.mock.inject(tasks.on("listTaskExecutions").always());
    for command in [&["pods", "logs", "mypod"][..], &["workflows", "logs", "g", "p", "r"]] {
        assert_eq!(world.done(command), hostile);
        let (code, shown) = on_terminal(&world, 80, command);
        assert_eq!(code, Some(0), "{shown}");
        assert_eq!(shown, "one\\u{1b}[2J\\u{9b}31m\ntwo\\u{202e}\\u{7}\n");
    }
}

#[test]
fn control_characters_of_lists_and_errors_are_escaped_on_a_terminal() {
    let world = World::logged_in();
    world.make_system("one");
    let patch = ["systems", "patch-system", "one", "--description"];
    world.done(&[&patch[..], &["a\u{1b}[31mb"]].concat());
    let (_, table) = on_terminal(&world, 160, &["systems", "list", "-o", "wide"]);
    assert!(table.contains("a\\u{1b}[31mb") && !table.contains(ESCAPE), "{table}");
    let message = json!({"message": "no\u{1b}[2J", "metadata": {}, "result": null,
        "status": "error", "version": "1"});
    world.mock.inject(Fault::status(400).body(message.to_string()).on("getSystem").always());
    let (code, said) = on_terminal(&world, 160, &["systems", "show", "one"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("no") && !said.contains(ESCAPE), "{said}");
}

#[test]
fn no_color_is_obeyed() {
    let world = World::logged_in();
    for (variables, coloured) in [(&[][..], true), (&[("NO_COLOR", "1")][..], false)] {
        let terminal = Terminal::run_with(&world, 80, TAPIS, &["nonsense"], variables);
        let (code, said) = terminal.end();
        assert_eq!((code, said.contains(ESCAPE)), (Some(2), coloured), "{said}");
    }
    assert!(!world.refused(2, &["nonsense"]).contains(ESCAPE));
}

#[test]
fn a_deletion_is_asked_about_and_done_after_yes_alone() {
    let world = World::logged_in().with_files(&["a.txt"]);
    let rm = ["rm", "tapis://cluster/data/a.txt"];
    let delete = ["systems", "delete-system", "cluster"];
    for (command, operation) in [(&rm[..], "delete"), (&delete[..], "deleteSystem")] {
        for (answer, code, requests) in [("n\n", 130, 0), ("\n", 130, 0), ("y\n", 0, 1)] {
            world.mock.clear_requests();
            let terminal = Terminal::run(&world, 80, TAPIS, command);
            terminal.wait_for("[y/N]", 1);
            terminal.send(answer);
            let (exit, said) = terminal.end();
            assert_eq!(exit, Some(code), "{command:?} {answer:?}: {said}");
            assert_eq!(
                world.mock.requests_for(operation).len(),
                requests,
                "{command:?} {answer:?}"
            );
        }
    }
}

#[test]
fn a_password_is_not_shown_while_it_is_typed() {
    let world = World::logged_in();
    let login = ["login", "--url", world.mock.base_url(), "--username", "jane"];
    let terminal = Terminal::run(&world, 80, TAPIS, &login);
    terminal.wait_for("Password of jane", 1);
    terminal.send("hunter22\n");
    let (code, said) = terminal.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("hunter22"), "{said}");
}

#[test]
fn a_signal_at_a_question_ends_it_and_leaves_the_terminal_as_it_was() {
    let world = World::logged_in().with_files(&["a.txt"]);
    let login = format!("login --url {} --username jane", world.mock.base_url());
    let questions = [(login.as_str(), "Password of"), ("rm tapis://cluster/data/a.txt", "[y/N]")];
    for (command, question) in questions {
        for (signal, code, word) in [("INT", 130, "interrupted"), ("TERM", 143, "terminated")] {
            world.mock.clear_requests();
            let script = format!(
                "trap : INT; (echo \"process=$(exec sh -c 'echo $PPID')=\"; exec '{TAPIS}' {command});
                echo code=$?; stty -a"
            );
            let terminal = Terminal::run(&world, 80, "/bin/sh", &["-c", &script]);
            terminal.wait_for(question, 1);
            if signal == "INT" {
                terminal.send("\u{3}");
            } else {
                let written = terminal.written();
                let process = written.split('=').nth(1).unwrap();
                let kill = Command::new("kill").args(["-TERM", process]).status().unwrap();
                assert!(kill.success(), "{written}");
            }
            let (_, said) = terminal.end();
            assert!(said.contains(&format!("\nerror: {word}\n")), "{said}");
            assert!(said.contains(&format!("code={code}\n")), "{said}");
            let words: Vec<&str> = said.split([' ', ';', '\n']).collect();
            for setting in ["echo", "icanon", "isig"] {
                assert!(words.contains(&setting), "{setting}: {said}");
            }
            assert!(world.mock.requests_for("delete").is_empty());
        }
    }
}

#[test]
fn what_is_typed_ahead_of_a_pipe_asks_nothing() {
    let world = World::logged_in().with_files(&["a.txt"]);
    let output = world.run_with(&["rm", "tapis://cluster/data/a.txt"], "y\n");
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("--yes"), "{}", stderr(&output));
}
