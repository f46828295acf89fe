//! The result of one check.

use std::fmt;

/// A title, lines of information, and findings.
pub(crate) struct Section {
    title: &'static str,
    lines: Vec<String>,
    pub(crate) findings: Vec<String>,
}

impl Section {
    pub(crate) fn new(title: &'static str) -> Self {
        Self { title, lines: Vec::new(), findings: Vec::new() }
    }

    pub(crate) fn line(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    pub(crate) fn finding(&mut self, finding: impl Into<String>) {
        self.findings.push(finding.into());
    }

    /// Adds a table: text is aligned to the left, numbers to the right, and columns are as wide as
    /// necessary.
    pub(crate) fn table<const N: usize>(&mut self, head: [&str; N], rows: &[[String; N]]) {
        let head = head.map(str::to_owned);
        let widths: [usize; N] = std::array::from_fn(|column| {
            let cells = rows.iter().chain([&head]).map(|row| row[column].chars().count());
            cells.max().unwrap_or_default()
        });
        for row in [&head].into_iter().chain(rows) {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                let width = widths[column];
                let number = rows.first().is_some_and(|first| is_number(&first[column]));
                line.push_str(&if number {
                    format!("{cell:>width$}  ")
                } else {
                    format!("{cell:<width$}  ")
                });
            }
            self.lines.push(line.trim_end().to_owned());
        }
    }
}

/// A count, or a count of a total as in `3/4`.
fn is_number(cell: &str) -> bool {
    !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit() || byte == b'/')
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# {}\n", self.title)?;
        for line in &self.lines {
            writeln!(f, "{line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_to_the_left_and_numbers_to_the_right() {
        let mut section = Section::new("Counts");
        let row = |name: &str, count: &str| [name.to_owned(), count.to_owned()];
        section.table(["service", "n"], &[row("a", "7"), row("longer-name", "12")]);
        assert_eq!(
            section.to_string(),
            "# Counts\n\nservice       n\na             7\nlonger-name  12\n"
        );
    }
}
