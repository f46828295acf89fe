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
    let mut outcomes = std::pin::pin!(outcomes.buffered(at_once));
    let mut ended = Ended::default();
    let mut cut_off = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        tokio::select! {
            next = outcomes.next() => match next {
                Some((file, case, outcome)) => say(&ended.add(file, case, &outcome, real.is_some())),
                None => break,
            },
            // A run against a real tenant takes long, and what it has found is not lost.
            _ = &mut cut_off => {
                say("cut off\n");
                break;
            }
        }
    }
    say(&ended.summary());
    assert_eq!(ended.total[1], 0, "cases do not hold; see above");
}

/// Directly, so that the figures of a good run are seen as well.
fn say(text: &str) {
    std::io::stderr().write_all(text.as_bytes()).unwrap();
}

/// The figures of the cases that have ended: how many, how many failed, how many were skipped.
#[derive(Default)]
struct Ended<'a> {
    files: BTreeMap<&'a str, [usize; 3]>,
    total: [usize; 3],
}

impl<'a> Ended<'a> {
    /// Counts a case, and returns what is to be said about it: everything if it failed, the reason if
    /// it was skipped, and its name if it held and all are named.
    fn add(&mut self, file: &'a str, case: &Case, outcome: &Outcome, name_all: bool) -> String {
        let (column, text) = match outcome {
            Outcome::Held if name_all => (0, format!("held {file}: {}\n", case.name)),
            Outcome::Held => (0, String::new()),
            Outcome::Failed(what) => {
                let mut text =
                    format!("\nFAILED {file}: {}\n  rule: {}\n", case.name, case.rule.trim());
                for evidence in &case.evidence {
                    writeln!(text, "  evidence: {evidence}").unwrap();
                }
                writeln!(text, "  {}\n", what.replace('\n', "\n  ")).unwrap();
                (1, text)
            }
            Outcome::Skipped(why) => (2, format!("skipped {file}: {}: {why}\n", case.name)),
        };
        for counts in [self.files.entry(file).or_default(), &mut self.total] {
            counts[0] += 1;
            if column > 0 {
                counts[column] += 1;
            }
        }
        text
    }

    fn summary(&self) -> String {
        let mut text = String::from("\n");
        for (file, count) in &self.files {
            writeln!(text, "{file}: {}", figures(*count)).unwrap();
        }
        writeln!(text, "all: {}", figures(self.total)).unwrap();
        text
    }
}

fn figures([cases, failed, skipped]: [usize; 3]) -> String {
    format!("{cases} cases, {failed} failed, {skipped} skipped")
}
