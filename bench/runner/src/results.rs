//! What has been measured, kept from one run to the next, so that a part can be measured anew.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::contestants::Contestants;
use crate::table::Row;
use crate::{Part, chart, machine, table};

const VALUES: &str = "results.json";

/// Every value of every round, on one machine.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Results {
    machine: String,
    parts: BTreeMap<Part, Vec<Row>>,
}

impl Results {
    /// What is there from this machine; figures of two machines do not belong in one table.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let machine = machine::describe();
        let path = folder.join(VALUES);
        let unreadable = || format!("{} cannot be read", path.display());
        let kept = match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).with_context(unreadable)?,
            Err(error) if error.kind() == ErrorKind::NotFound => Self::default(),
            Err(error) => return Err(error).with_context(unreadable),
        };
        Ok(if kept.machine == machine { kept } else { Self { machine, ..Self::default() } })
    }

    pub(crate) fn replace(&mut self, part: Part, rows: Vec<Row>) {
        self.parts.insert(part, rows);
    }

    pub(crate) fn report(&self, workspace: &Path, contestants: &Contestants) -> Result<String> {
        table::report(workspace, contestants, &self.rows())
    }

    /// Writes the values, the table and the chart.
    pub(crate) fn write(
        &self,
        folder: &Path,
        workspace: &Path,
        contestants: &Contestants,
    ) -> Result<()> {
        std::fs::create_dir_all(folder)?;
        for (name, text) in [
            (VALUES, serde_json::to_string_pretty(self)? + "\n"),
            ("results.md", self.report(workspace, contestants)?),
            ("results.svg", chart::draw(&self.rows())?),
        ] {
            // Beside and renamed, because what was there took an hour to measure.
            let (path, new) = (folder.join(name), folder.join(format!("{name}.new")));
            std::fs::write(&new, text)
                .and_then(|()| std::fs::rename(&new, &path))
                .with_context(|| path.display().to_string())?;
        }
        Ok(())
    }

    fn rows(&self) -> Vec<&Row> {
        self.parts.values().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contestants::Who;

    fn row(work: &str) -> Row {
        let mut row = Row::new(work, "s", Who::ByHand);
        row.add(Who::Sdk, 1.5);
        row
    }

    fn kept(results: &Results, folder: &Path) -> Results {
        std::fs::write(folder.join(VALUES), serde_json::to_vec(results).unwrap()).unwrap();
        Results::read(folder).unwrap()
    }

    #[test]
    fn a_part_is_measured_anew_and_the_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let mut results = Results::read(folder.path()).unwrap();
        results.replace(Part::Hello, vec![row("hello")]);
        results.replace(Part::Calls, vec![row("old")]);
        let mut results = kept(&results, folder.path());
        results.replace(Part::Calls, vec![row("new")]);
        let works: Vec<&str> = results.rows().iter().map(|row| row.work.as_str()).collect();
        assert_eq!(works, ["new", "hello"]);
        assert_eq!(results.rows()[1].median(Who::Sdk), Some(1.5));
    }

    #[test]
    fn figures_of_another_machine_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let other = Results {
            machine: "another".to_owned(),
            parts: [(Part::Calls, vec![row("there")])].into(),
        };
        assert!(kept(&other, folder.path()).rows().is_empty());
    }

    #[test]
    fn values_that_cannot_be_read_are_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(VALUES), "{").unwrap();
        assert!(Results::read(folder.path()).is_err());
    }
}
