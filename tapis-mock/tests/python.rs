//! The program `tapis-mock` and the Python client `tapipy` get along.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "what cannot be set up fails the test"
)]

use std::io::{BufRead as _, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

const TAPIPY: &str = "tapipy==25.4.0";

/// Python with `tapipy`, installed once for a target folder; why not, where this machine has no
/// Python or reaches no index of packages.
fn python() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(TAPIPY.replace("==", "-"));
    let python = folder.join("bin/python");
    let installed = folder.join("installed");
    if installed.exists() {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    run(Command::new(&python).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        TAPIPY,
    ]))?;
    std::fs::write(installed, TAPIPY).unwrap();
    Ok(python)
}

/// What the command printed.
fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// The program, which ends with the test. What it prints is taken for as long, because it stops when
/// nobody takes it any more.
struct Program {
    child: Child,
    _printed: Lines<BufReader<ChildStdout>>,
}

impl Program {
    /// Starts it on a free port and gives its address, as it prints it.
    fn start(manner: &[&str]) -> (Self, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tapis-mock"))
            .args(["--port", "0", "--user", "testuser:secret", "--client", "cli:key"])
            .args(["--step", "0.05", "--quiet"])
            .args(manner)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut printed = BufReader::new(child.stdout.take().unwrap()).lines();
        let base_url = printed
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.split_once(" at ").map(|(_, url)| url.to_owned()))
            .unwrap();
        (Self { child, _printed: printed }, base_url)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs `python_client.py`, which uses each service through `tapipy` and compares results. On a
/// machine without Python, or without an index to install from, it says so and shows nothing.
#[test]
fn the_python_client_gets_along_with_the_mock() {
    let python = match python() {
        Ok(python) => python,
        Err(why) => return eprintln!("not shown: {TAPIPY} cannot be installed here: {why}"),
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python_client.py");
    for manner in [&[][..], &["--deployed"]] {
        let (_program, base_url) = Program::start(manner);
        let said = run(Command::new(&python).arg(script).arg(base_url)).unwrap();
        assert!(said.contains("tapipy gets along with the mock."), "{manner:?}: {said}");
    }
}
