//! What came out, as a table in Markdown.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::contestants::{Contestants, Who};
use crate::machine;

/// What a figure of this SDK should be: its ratio to another's, or the figure itself.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Target {
    AtMost(Who, f64),
    AtLeast(Who, f64),
    /// Of the medians: two counts of one round have no more to do with each other than those of two
    /// rounds.
    CountAtMost(Who, f64),
    Absolute(f64),
}

/// One figure of all who have it, a value for each round.
#[derive(Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) work: String,
    pub(crate) unit: String,
    /// Whom the ratios in the table are against.
    pub(crate) against: Who,
    pub(crate) values: BTreeMap<Who, Vec<f64>>,
    pub(crate) targets: Vec<Target>,
}

impl Row {
    pub(crate) fn new(work: impl Into<String>, unit: &str, against: Who) -> Self {
        let (values, targets) = (BTreeMap::new(), Vec::new());
        Self { work: work.into(), unit: unit.to_owned(), against, values, targets }
    }

    pub(crate) fn target(mut self, target: Target) -> Self {
        self.targets.push(target);
        self
    }

    pub(crate) fn add(&mut self, who: Who, value: f64) {
        self.values.entry(who).or_default().push(value);
    }

    pub(crate) fn median(&self, who: Who) -> Option<f64> {
        median(self.values.get(&who)?.clone())
    }

    /// The median of the ratios, round by round: what slows the machine down slows both.
    pub(crate) fn ratio(&self, who: Who, against: Who) -> Option<f64> {
        let (values, others) = (self.values.get(&who)?, self.values.get(&against)?);
        median(values.iter().zip(others).map(|(value, other)| value / other).collect())
    }

    fn cell(&self, who: Who) -> String {
        let Some(value) = self.median(who) else { return "–".to_owned() };
        let value = figure(value);
        match self.ratio(who, self.against) {
            Some(ratio) if who != self.against => format!("{value} ({ratio:.2})"),
            _ => value,
        }
    }

    fn met(&self, target: Target) -> String {
        let (text, met) = match target {
            Target::AtMost(who, most) => {
                let ratio = self.ratio(Who::Sdk, who);
                (format!("≤ {most} × {}", who.name()), ratio.map(|ratio| ratio <= most))
            }
            Target::AtLeast(who, least) => {
                let ratio = self.ratio(Who::Sdk, who);
                (format!("≥ {least} × {}", who.name()), ratio.map(|ratio| ratio >= least))
            }
            Target::CountAtMost(who, most) => {
                let medians = self.median(Who::Sdk).zip(self.median(who));
                let text = format!("median ≤ {most} × that of {}", who.name());
                (text, medians.map(|(value, other)| value <= most * other))
            }
            Target::Absolute(most) => {
                (format!("≤ {most}"), self.median(Who::Sdk).map(|value| value <= most))
            }
        };
        match met {
            Some(true) => format!("{text}: met"),
            Some(false) => format!("{text}: **missed**"),
            None => format!("{text}: not measured"),
        }
    }
}

pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    }
}

/// Three digits, or all that are before the point.
pub(crate) fn figure(value: f64) -> String {
    let whole = format!("{value:.0}");
    match whole.len() {
        0 | 1 if value.fract() != 0.0 => format!("{value:.2}"),
        2 if value.fract() != 0.0 => format!("{value:.1}"),
        length if length > 4 => {
            let mut text = String::new();
            for (at, digit) in whole.chars().enumerate() {
                if at > 0 && (length - at) % 3 == 0 {
                    text.push(',');
                }
                text.push(digit);
            }
            text
        }
        _ => whole,
    }
}

pub(crate) fn report(workspace: &Path, contestants: &Contestants, rows: &[&Row]) -> Result<String> {
    let mut text = String::from("# Results\n\n");
    writeln!(text, "Machine: {}", machine::describe())?;
    writeln!(
        text,
        "Profile of every contestant written in Rust: {}",
        machine::profile(workspace)?
    )?;
    writeln!(
        text,
        "Medians of the rounds; in each the contestants took turns, and in each another one was first. In \
         parentheses the median of the ratios, round by round, to the one named after the work, or to \
         {}.",
        Who::ByHand.name()
    )?;
    if let Some(why) = contestants.missing() {
        writeln!(text, "tapipy is left out: {why}")?;
    }
    let names: Vec<String> = Who::ALL.iter().map(|who| who.name()).collect();
    writeln!(text, "\n| work | unit | rounds | {} | target |", names.join(" | "))?;
    writeln!(text, "|---|---|--:|{}---|", "--:|".repeat(Who::ALL.len()))?;
    for row in rows {
        let cells: Vec<String> = Who::ALL.iter().map(|who| row.cell(*who)).collect();
        let targets: Vec<String> = row.targets.iter().map(|target| row.met(*target)).collect();
        let against = match row.against {
            Who::ByHand => String::new(),
            other => format!(" (to {})", other.name()),
        };
        writeln!(
            text,
            "| {}{against} | {} | {} | {} | {} |",
            row.work,
            row.unit,
            row.values.get(&Who::Sdk).map_or(0, Vec::len),
            cells.join(" | "),
            targets.join("; ")
        )?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_that_of_the_rounds() {
        let mut row = Row::new("w", "s", Who::ByHand);
        for (one, other) in [(1.0, 2.0), (10.0, 10.0), (3.0, 2.0)] {
            row.add(Who::Sdk, one);
            row.add(Who::ByHand, other);
        }
        assert_eq!(row.ratio(Who::Sdk, Who::ByHand), Some(1.0));
        assert_eq!(row.cell(Who::Sdk), "3 (1.00)");
        assert_eq!(row.cell(Who::Tapipy), "–");
        assert_eq!(
            row.met(Target::AtMost(Who::ByHand, 0.9)),
            "≤ 0.9 × reqwest by hand: **missed**"
        );
    }

    #[test]
    fn counts_are_compared_by_their_medians() {
        let mut row = Row::new("w", "", Who::ByHand);
        for (one, other) in [(266.0, 258.0), (258.0, 311.0), (267.0, 266.0)] {
            row.add(Who::Sdk, one);
            row.add(Who::ByHand, other);
        }
        let most = |most| row.met(Target::CountAtMost(Who::ByHand, most));
        assert_eq!(most(1.0), "median ≤ 1 × that of reqwest by hand: met");
        assert_eq!(most(0.99), "median ≤ 0.99 × that of reqwest by hand: **missed**");
    }

    #[test]
    fn figures_are_as_long_as_they_have_to_be() {
        for (value, text) in [
            (0.1234, "0.12"),
            (1.5, "1.50"),
            (2.0, "2"),
            (12.345, "12.3"),
            (1234.5, "1234"),
            (12345.6, "12,346"),
            (1_234_567.0, "1,234,567"),
        ] {
            assert_eq!(figure(value), text);
        }
    }

    #[test]
    fn the_median_of_an_even_number_is_between_two() {
        assert_eq!(median(vec![3.0, 1.0]), Some(2.0));
        assert_eq!(median(Vec::new()), None);
    }
}
