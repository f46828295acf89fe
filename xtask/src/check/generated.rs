//! Generated parts of text files, such as tables of counts: between `<!-- name: … -->` and `<!--
//! /name -->`.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::Section;

/// Compares each part, given as file, name and content, with the file; `update` rewrites it.
pub(crate) fn check(root: &Path, parts: &[(&str, &str, &str)], update: bool) -> Result<Section> {
    let mut section = Section::new("Generated parts of texts");
    for (file, name, text) in parts {
        let path = root.join(file);
        // Without the file there is nothing to compare.
        let Ok(before) = std::fs::read_to_string(&path) else { continue };
        match with_part(&before, name, text) {
            None => section.finding(format!("{file}: there are no marks of the part {name}")),
            Some(after) if after == before => section.line(format!("{file}: {name}")),
            Some(after) if update => {
                std::fs::write(&path, after).with_context(|| format!("cannot write {file}"))?;
                section.line(format!("{file}: {name}, written anew"));
            }
            Some(_) => section.finding(format!(
                "{file}: the part {name} is not current; run `cargo xtask check --update`"
            )),
        }
    }
    Ok(section)
}

fn with_part(text: &str, name: &str, part: &str) -> Option<String> {
    let begin = text.find(&format!("<!-- {name}"))?;
    let begin = begin + text.get(begin..)?.find("-->")? + "-->".len();
    let end = begin + text.get(begin..)?.find(&format!("<!-- /{name} -->"))?;
    Some(format!("{}\n{part}{}", text.get(..begin)?, text.get(end..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str, update: bool) -> (Vec<String>, String) {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a.md");
        std::fs::write(&path, text).unwrap();
        let section = check(root.path(), &[("a.md", "counts", "| 1 |\n")], update).unwrap();
        (section.findings, std::fs::read_to_string(path).unwrap())
    }

    const CURRENT: &str = "A\n<!-- counts: made -->\n| 1 |\n<!-- /counts -->\nB\n";

    #[test]
    fn a_part_that_is_not_current_is_a_finding_until_it_is_written_anew() {
        let old = CURRENT.replace('1', "2");
        let stale = "a.md: the part counts is not current; run `cargo xtask check --update`";
        assert_eq!(findings(&old, false), (vec![stale.to_owned()], old.clone()));
        assert_eq!(findings(&old, true), (Vec::new(), CURRENT.to_owned()));
        assert_eq!(findings(CURRENT, false), (Vec::new(), CURRENT.to_owned()));
    }

    #[test]
    fn a_text_without_the_marks_is_a_finding() {
        let (findings, _) = findings("A\n", true);
        assert_eq!(findings, ["a.md: there are no marks of the part counts"]);
    }
}
