//! The cases of `tests/conformance`, against the mock or, with `TAPIS_CONFORMANCE=1`, against any
//! Tapis; `tests/conformance/README.md` says how they are written and run.
//!
//! Plain HTTP, and nothing of the clients: what these believe has no part in it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "what cannot be set up fails the test")]

mod arrange;
mod matcher;
mod reply;
mod run;
mod runner;
mod target;
mod variables;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use futures_util::StreamExt as _;
use xtask::conformance::{Case, Suite};

use run::Outcome;
use target::Target;

/// Cases that run at once against mocks, of which each has one of its own.
const AT_ONCE: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_case_holds() {
    let suite = Suite::read(&xtask::workspace_root()).unwrap();
    assert_eq!(suite.findings, [] as [String; 0]);
    let only = std::env::var("TAPIS_CONFORMANCE_ONLY").unwrap_or_default();
    let cases = suite
        .files
        .iter()
        .flat_map(|file| file.cases.iter().map(move |case| (file.name.as_str(), case)));
    let cases: Vec<_> = cases
        .filter(|(file, case)| format!("{file}: {}", case.name).contains(&only))
        .enumerate()
        .collect();
    let real = target::Real::from_env().await;
    let at_once = if real.is_some() { 1 } else { AT_ONCE };
    let outcomes = futures_util::stream::iter(cases).map(|(number, (file, case))| {
        let real = real.as_ref();
        async move {
            let target = match real {
                Some(real) => real.target(number),
                None => Target::mock().await,
            };
            (file, case, run::run(case, &target).await)
        }
    });
    let outcomes: Vec<_> = outcomes.buffered(at_once).collect().await;
    let (report, failed) = report(&outcomes);
    // Directly, so that the figures of a good run are seen as well.
    std::io::stderr().write_all(report.as_bytes()).unwrap();
    assert_eq!(failed, 0, "cases do not hold; see above");
}

/// Everything that went wrong, the cases that were skipped, and the figures of each file.
fn report(outcomes: &[(&str, &Case, Outcome)]) -> (String, usize) {
    let mut text = String::from("\n");
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for (file, case, outcome) in outcomes {
        let count = counts.entry(file).or_default();
        count[0] += 1;
        match outcome {
            Outcome::Held => {}
            Outcome::Failed(what) => {
                count[1] += 1;
                writeln!(text, "FAILED {file}: {}\n  rule: {}", case.name, case.rule.trim())
                    .unwrap();
                for evidence in &case.evidence {
                    writeln!(text, "  evidence: {evidence}").unwrap();
                }
                writeln!(text, "  {}\n", what.replace('\n', "\n  ")).unwrap();
            }
            Outcome::Skipped(why) => {
                count[2] += 1;
                writeln!(text, "skipped {file}: {}: {why}", case.name).unwrap();
            }
        }
    }
    let mut total = [0; 3];
    for (file, count) in &counts {
        (0..3).for_each(|at| total[at] += count[at]);
        writeln!(text, "{file}: {}", figures(*count)).unwrap();
    }
    writeln!(text, "all: {}", figures(total)).unwrap();
    (text, total[1])
}

fn figures([cases, failed, skipped]: [usize; 3]) -> String {
    format!("{cases} cases, {failed} failed, {skipped} skipped")
}
