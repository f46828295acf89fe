//! How many instructions a call takes, counted by valgrind: the same on a busy machine, but for a few
//! in a hundred of those that a long reply takes.

use std::process::Command;

use anyhow::{Context, Result};

use crate::contestants::{Contestants, Who};
use crate::program;
use crate::server::Server;
use crate::table::{Row, Target};

/// The difference between two runs leaves what a call takes.
pub(crate) fn rows(contestants: &Contestants, server: &Server, rounds: usize) -> Result<Vec<Row>> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        eprintln!("instructions are not counted: valgrind is not installed");
        return Ok(Vec::new());
    }
    let mut rows = Vec::new();
    for (work, what, few, many) in
        [("calls", "one call", 100, 1100), ("list", "a list of 100 systems", 10, 60)]
    {
        let most = if work == "calls" { 1.03 } else { 1.05 };
        let mut row = Row::new(format!("{what}: instructions"), "", Who::ByHand)
            .target(Target::AtMost(Who::ByHand, most));
        for _ in 0..rounds {
            for who in [Who::ByHand, Who::Sdk, Who::Official] {
                let counted = |count: u32| counted(contestants, server, who, work, count);
                row.add(who, (counted(many)? - counted(few)?) / f64::from(many - few));
            }
        }
        rows.push(row);
    }
    Ok(rows)
}

fn counted(
    contestants: &Contestants,
    server: &Server,
    who: Who,
    work: &str,
    count: u32,
) -> Result<f64> {
    let program = contestants.command(who)?;
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    command.arg(program.get_program()).arg(work).arg(&server.base_url).arg(count.to_string());
    let said = program::run(&mut command)?.said;
    let line = said.lines().find_map(|line| line.split_once("Collected : "));
    let number = line.context("valgrind has counted nothing")?.1.trim();
    eprintln!("{:18} {work:9} {count} times: {number} instructions", who.name());
    Ok(number.parse()?)
}
