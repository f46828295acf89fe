//! The behaviour of the mock for each operation: implemented, or an example.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::Section;
use crate::cargo::cargo;

/// Services whose operations are all implemented in the mock.
const BEHAVING: [&str; 10] = [
    "apps",
    "authenticator",
    "files",
    "jobs",
    "meta",
    "notifications",
    "sk",
    "systems",
    "tenants",
    "tokens",
];

/// The mock's list of its operations, one per line.
pub(crate) fn operations(root: &Path) -> Result<String> {
    // From the program, so that other commands need not be built with the mock.
    cargo(root, &["run", "--quiet", "--package", "tapis-mock", "--", "--operations"])
        .context("the mock does not run")
}

pub(crate) fn check(operations: &str) -> Section {
    let mut section = Section::new("The mock");
    let mut counts: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for line in operations.lines() {
        let mut words = line.split_whitespace();
        let (Some(service), Some(id), Some(kind)) = (words.next(), words.next(), words.next())
        else {
            section.finding(format!("the mock says {line:?}, which is not an operation"));
            continue;
        };
        let count = counts.entry(service).or_default();
        match kind {
            "behaves" => count[0] += 1,
            _ => {
                count[1] += 1;
                if BEHAVING.contains(&service) {
                    section.finding(format!("the mock answers {service}: {id} with an example"));
                }
            }
        }
    }
    for service in BEHAVING.iter().filter(|service| !counts.contains_key(*service)) {
        section.finding(format!("the mock knows no operation of {service}"));
    }
    let row = |service: &str, [behave, examples]: [usize; 2]| {
        [service.to_owned(), behave.to_string(), examples.to_string()]
    };
    let mut rows: Vec<_> = counts.iter().map(|(service, count)| row(service, *count)).collect();
    let total = counts.values().fold([0, 0], |sum, count| [sum[0] + count[0], sum[1] + count[1]]);
    rows.push(row("all", total));
    section.table(["service", "behave", "answer examples"], &rows);
    section
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "apps a behaves\nauthenticator a behaves\nfiles a behaves\njobs a behaves\n\
        meta a behaves\nmodels m example\nnotifications a behaves\nsk a behaves\n\
        systems a behaves\ntenants a behaves\ntokens a behaves\n";

    #[test]
    fn operations_that_behave_and_examples_are_counted() {
        let section = check(WHOLE);
        assert_eq!(section.findings, [] as [String; 0]);
        assert!(
            section.to_string().ends_with("all                10                1\n"),
            "{section}"
        );
    }

    #[test]
    fn an_example_where_behaviour_is_promised_is_a_finding() {
        let section = check(&WHOLE.replace("jobs a behaves", "jobs a example"));
        assert_eq!(section.findings, ["the mock answers jobs: a with an example"]);
        let section = check(&WHOLE.replace("jobs a behaves\n", ""));
        assert_eq!(section.findings, ["the mock knows no operation of jobs"]);
    }
}
