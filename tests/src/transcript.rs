//! What a program should print, beside what it prints.

/// Compares an output with what is wanted, line by line, without blank lines and spaces around a line.
/// A line `…` stands for any lines, and `…` in a line for any text.
///
/// # Errors
/// The first line that differs.
pub fn compare(output: &str, wanted: &str) -> Result<(), String> {
    let lines = |text: &str| -> Vec<String> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.map(str::to_owned).collect()
    };
    let (output_lines, wanted) = (lines(output), lines(wanted));
    let mut rest = output_lines.iter();
    let mut anything = false;
    for line in &wanted {
        if line == "…" {
            anything = true;
            continue;
        }
        let found = if anything {
            rest.any(|candidate| is_like(candidate, line))
        } else {
            rest.next().is_some_and(|candidate| is_like(candidate, line))
        };
        if !found {
            return Err(format!("{line:?} is not printed where it should be:\n{output}"));
        }
        anything = false;
    }
    match rest.next() {
        Some(line) if !anything => Err(format!("{line:?} is printed besides:\n{output}")),
        _ => Ok(()),
    }
}

fn is_like(line: &str, wanted: &str) -> bool {
    let Some((start, end)) = wanted.split_once('…') else { return line == wanted };
    line.strip_prefix(start).is_some_and(|line| {
        let mut places = line.char_indices().map(|(at, _)| at).chain([line.len()]);
        places.any(|at| line.get(at..).is_some_and(|rest| is_like(rest, end)))
    })
}

#[cfg(test)]
mod tests {
    use super::compare;

    #[test]
    fn a_difference_is_found_and_what_varies_is_passed_over() {
        assert_eq!(compare("a 1\n\n  b\n", "a …\nb"), Ok(()));
        assert_eq!(compare("a\nx\ny\nb", "a\n…\nb"), Ok(()));
        assert_eq!(compare("a\nb", "a\n…"), Ok(()));
        assert!(compare("a\nb", "a").is_err());
        assert!(compare("a", "a\nb").is_err());
        assert!(compare("a\nb", "b").is_err());
        assert!(compare("", "a").is_err());
    }
}
