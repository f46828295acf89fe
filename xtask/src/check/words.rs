//! Phrases that must not be used because there is a plain word: `style-words.txt` lists them.

use std::path::Path;

use anyhow::{Context, Result};

use super::Section;

/// The list, one phrase per line.
const LIST: &str = "style-words.txt";

pub(crate) fn check(root: &Path) -> Result<Section> {
    let list = std::fs::read_to_string(root.join(LIST)).context(LIST)?;
    let phrases: Vec<&str> = list.lines().filter(|line| !line.trim().is_empty()).collect();
    let mut section = Section::new("Words");
    let mut texts = 0;
    for path in super::source::files(root, &["rs", "md", "yaml"]) {
        let shown = path.strip_prefix(root).unwrap_or(&path);
        // Other YAML files are data. Comments in Rust count if rustdoc shows them.
        if path.extension().is_some_and(|end| end == "yaml") && !shown.starts_with("specs/overlays")
        {
            continue;
        }
        let text = std::fs::read_to_string(&path).with_context(|| shown.display().to_string())?;
        let is_rust = path.extension().is_some_and(|end| end == "rs");
        texts += 1;
        for phrase in found(&prose(&text, is_rust), &phrases) {
            section.finding(format!("{}: {phrase:?} ({LIST})", shown.display()));
        }
    }
    section.line(format!("{} phrases, looked for in {texts} files", phrases.len()));
    Ok(section)
}

/// The text on one line, so that a phrase is found across a line break; only rustdoc for Rust.
fn prose(text: &str, is_rust: bool) -> String {
    let lines = text.lines().map(str::trim).filter_map(|line| match is_rust {
        true => line.strip_prefix("///").or_else(|| line.strip_prefix("//!")),
        false => Some(line),
    });
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    words.join(" ").to_lowercase()
}

fn found<'a>(prose: &str, phrases: &[&'a str]) -> Vec<&'a str> {
    phrases.iter().copied().filter(|phrase| prose.contains(&phrase.to_lowercase())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_is_found_across_lines_in_rustdoc_and_markdown_and_not_in_code() {
        let phrases = ["when left out"];
        let rust = "/// One minute When\n    /// left out.\nfn f() {}\n";
        assert_eq!(found(&prose(rust, true), &phrases), phrases);
        assert_eq!(found(&prose("The default when\nleft out.", false), &phrases), phrases);
        let code = "// when left out\nlet text = \"when left out\";\n/// When it is left out.\n";
        assert!(found(&prose(code, true), &phrases).is_empty());
    }
}
