//! What comes from files, from stdin and from the user.

use std::io::{IsTerminal as _, Read as _};

use serde_json::Value;

use crate::arguments::Globals;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal;

/// `@FILE`, `-` for stdin, or the text itself.
pub(crate) fn content(text: &str) -> Result<Vec<u8>, Failure> {
    if text == "-" {
        let mut content = Vec::new();
        std::io::stdin().read_to_end(&mut content)?;
        return Ok(content);
    }
    match text.strip_prefix('@') {
        Some(path) => std::fs::read(path)
            .map_err(|error| Failure::new(Exit::Failed, format!("{path}: {error}"))),
        None => Ok(text.as_bytes().to_vec()),
    }
}

/// The two sides of `NAME=VALUE`.
pub(crate) fn name_and_value(pair: &str) -> Result<(&str, &str), Failure> {
    pair.split_once('=').ok_or_else(|| Failure::usage("expected NAME=VALUE"))
}

/// JSON or YAML. No error quotes it, because it may hold secrets.
pub(crate) fn read_body(content: &[u8]) -> Result<Value, Failure> {
    if let Ok(value) = serde_json::from_slice(content) {
        return Ok(value);
    }
    let text = std::str::from_utf8(content).unwrap_or_default();
    // As in YAML 1.2, `no` and `y` are texts.
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| match error.location() {
        Some(at) => {
            Failure::usage(format!("the body is neither JSON nor YAML: see line {}", at.line()))
        }
        None => Failure::usage("the body is neither JSON nor YAML"),
    })
}

/// Asks before something is deleted. Without a terminal it takes `--yes`.
pub(crate) fn confirm(globals: &Globals, question: &str) -> Result<(), Failure> {
    if globals.yes {
        return Ok(());
    }
    if globals.no_input || !std::io::stdin().is_terminal() {
        return Err(Failure::usage(format!("{question} Nothing was sent."))
            .with_hint("add --yes to do it without being asked"));
    }
    let answer = terminal::ask(&format!("{} [y/N] ", terminal::printable(question)))?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(Failure::new(Exit::Interrupted, "nothing was sent")),
    }
}
