//! The conformance cases of `tests/conformance`: their format, and reading them. The runner
//! (`tests/tests/conformance`) executes them, and `cargo xtask check` counts them.

mod case;
mod evidence;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

pub use case::{Body, Case, Expect, Generated, Part, Request, Step, Tree, User};
pub use evidence::Evidence;

/// The directory of the cases, below the root of the workspace.
pub const FOLDER: &str = "tests/conformance";

/// The directory below it with the recorded exchanges that are evidence.
const EXCHANGES: &str = "exchanges";

/// The cases of one file.
#[derive(Debug)]
pub struct File {
    /// The path below [`FOLDER`], such as `files/listing.yaml`.
    pub name: String,
    /// Its cases, in their order.
    pub cases: Vec<Case>,
}

/// All cases, and the faults of the files.
#[derive(Debug, Default)]
pub struct Suite {
    /// The files, sorted by name. A file that cannot be read is missing.
    pub files: Vec<File>,
    /// One sentence for each fault.
    pub findings: Vec<String>,
}

impl Suite {
    /// Reads all files below [`FOLDER`].
    ///
    /// # Errors
    /// A folder or file that cannot be opened. What is wrong inside a file is a finding.
    pub fn read(root: &Path) -> Result<Self> {
        let folder = root.join(FOLDER);
        let mut texts = BTreeMap::new();
        let is_service = |path: &PathBuf| path.is_dir() && !path.ends_with(EXCHANGES);
        for service in list(&folder)?.into_iter().filter(is_service) {
            for path in list(&service)? {
                let name = path.strip_prefix(&folder).unwrap_or(&path).display().to_string();
                let text = std::fs::read_to_string(&path);
                texts.insert(name, text.with_context(|| path.display().to_string())?);
            }
        }
        let mut suite = Self::parse(&texts);
        for (file, case) in suite.files.iter().flat_map(|f| f.cases.iter().map(move |c| (f, c))) {
            for evidence in &case.evidence {
                if let Evidence::Exchange(name) = evidence
                    && !folder.join(EXCHANGES).join(name).is_file()
                {
                    let at = format!("{}: {}", file.name, case.name);
                    suite.findings.push(format!("{at}: {FOLDER}/{EXCHANGES}/{name} is missing"));
                }
            }
        }
        Ok(suite)
    }

    /// Parses the texts of files, by name.
    #[must_use]
    pub fn parse(texts: &BTreeMap<String, String>) -> Self {
        let mut suite = Self::default();
        for (name, text) in texts {
            if !name.ends_with(".yaml") {
                suite.findings.push(format!("{name}: only .yaml files hold cases"));
                continue;
            }
            match case::read(text) {
                Ok(cases) => suite.files.push(File { name: name.clone(), cases }),
                Err(error) => suite.findings.push(format!("{name}: {error}")),
            }
        }
        let mut names: BTreeMap<&str, &str> = BTreeMap::new();
        for file in &suite.files {
            for case in &file.cases {
                let at = format!("{}: {}", file.name, case.name);
                let faults = case.faults();
                suite.findings.extend(faults.iter().map(|fault| format!("{at}: {fault}")));
                if let Some(other) = names.insert(&case.name, &file.name) {
                    suite.findings.push(format!("{at}: {other} has a case with this name"));
                }
            }
        }
        suite
    }
}

fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    entries.map(|entry| Ok(entry?.path())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "
- name: a_name
  rule: A rule.
  evidence:
    - source: tapis-project/tapis-files@21a4c4e a/B.java:1-2
  steps:
    - call: GET /v3/files/ops/${linux}/x
      expect: { status: 200, body: { result: { $length: 1 } } }
";

    fn findings(text: &str) -> Vec<String> {
        Suite::parse(&BTreeMap::from([("files/a.yaml".to_owned(), text.to_owned())])).findings
    }

    #[test]
    fn a_case_with_a_rule_evidence_and_an_expectation_is_taken() {
        assert_eq!(findings(GOOD), [] as [String; 0]);
    }

    #[test]
    fn faults_of_cases_are_named() {
        for (from, to, fault) in [
            ("    - source: tapis-project/tapis-files@21a4c4e a/B.java:1-2\n", " []\n", "evidence"),
            ("tapis-files@21a4c4e", "tapis-files", "commit"),
            ("tapis-files@21a4c4e", "tapis-files@main", "commit"),
            ("B.java:1-2", "B.java", "line"),
            ("B.java:1-2", "B.java:2-1", "line"),
            ("A rule.", "''", "rule"),
            ("a_name", "A name", "snake_case"),
            ("call: GET /v3", "call: GET v3", "call"),
            ("/x\n", "/x?limit=1\n", "query"),
            ("status: 200,", "", "status"),
            ("status: 200", "status: []", "status"),
            ("expect:", "expekt:", "expekt"),
            ("$length", "$lenght", "$lenght"),
            ("{ $length: 1 }", "$anything", "$anything"),
            ("      expect", "      as: root\n      expect", "root"),
        ] {
            let found = findings(&GOOD.replace(from, to));
            assert_eq!(found.len(), 1, "{to}: {found:?}");
            assert!(found[0].contains(fault), "{to}: {found:?}");
        }
    }

    #[test]
    fn a_step_without_an_expectation_is_refused_in_steps_and_taken_in_given() {
        let (head, expect) = GOOD.split_once("      expect").unwrap_or_default();
        assert_eq!(findings(head).len(), 1);
        let given = head.replace("steps:", "given:")
            + "  steps:\n    - call: GET /v3/x\n      expect"
            + expect;
        assert_eq!(findings(&given), [] as [String; 0]);
    }

    #[test]
    fn two_cases_do_not_share_a_name() {
        let found = findings(&format!("{GOOD}{GOOD}"));
        assert_eq!(found, ["files/a.yaml: a_name: files/a.yaml has a case with this name"]);
    }
}
