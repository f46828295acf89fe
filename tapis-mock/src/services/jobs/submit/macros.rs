//! Macros such as `${JobUUID}` (tapis-jobs `MacroResolver.java`).

use std::collections::BTreeMap;

use super::text::bad;
use crate::reply::Failure;

/// The maximum number of replacements in a directory.
const MOST: usize = 16;

/// The values of macros by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Macros(BTreeMap<&'static str, String>);

impl Macros {
    pub(super) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.insert(name, value.into());
    }

    /// Sets the known values.
    pub(super) fn set_some(&mut self, name: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// Replaces each macro that has a value, once; the others are kept.
    pub(super) fn replace(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, behind)) = after.split_once('}') else { break };
            out.push_str(before);
            match self.0.get(name).filter(|value| !value.trim().is_empty()) {
                Some(value) => out.push_str(value),
                None => {
                    out.push_str("${");
                    out.push_str(name);
                    out.push('}');
                }
            }
            rest = behind;
        }
        out + rest
    }

    /// Replaces macros until none is left. One without a value is an error.
    pub(super) fn resolve(&self, text: &str, user: &str) -> Result<String, Failure> {
        let mut text = evaluate(text, user)?;
        for _ in 0..MOST {
            let Some((before, after)) = text.split_once("${") else { return Ok(text) };
            let Some((name, behind)) = after.split_once('}') else {
                return Err(bad("JOBS_MACRO_ILL_FORMED", &text));
            };
            let Some(value) = self.0.get(name) else {
                return Err(bad(
                    "JOBS_MACRO_NOT_RESOLVED",
                    &format!("The macro {name} is not known."),
                ));
            };
            text = format!("{before}{value}{behind}");
        }
        if text.contains("${") { Err(bad("JOBS_MACRO_TOO_COMPLEX", &text)) } else { Ok(text) }
    }
}

/// Replaces a leading `HOST_EVAL($VARIABLE, default)`. Every requested variable of the mock's hosts
/// has a directory of the user as its value.
fn evaluate(text: &str, user: &str) -> Result<String, Failure> {
    let Some(rest) = text.strip_prefix("HOST_EVAL(") else { return Ok(text.to_owned()) };
    let Some((inside, suffix)) = rest.rsplit_once(')') else {
        return Err(bad("JOBS_INVALID_HOST_EVAL", text));
    };
    let name = inside.split(',').next().unwrap_or_default().trim().trim_start_matches('$');
    if name.is_empty() {
        return Err(bad("JOBS_NO_VARIABLE_IN_HOST_EVAL", text));
    }
    if !super::text::is_variable(name) {
        return Err(bad("JOBS_INVALID_ENV_VAR_CHAR", text));
    }
    Ok(format!("/{}/{user}{suffix}", name.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn macros() -> Macros {
        let mut macros = Macros::default();
        macros.set("A", "1");
        macros.set("B", "${A}/2");
        macros.set("Loop", "${Loop}x");
        macros
    }

    #[test]
    fn texts_keep_what_has_no_value() {
        assert_eq!(macros().replace("x${A}-${none}-${}-${A"), "x1-${none}-${}-${A");
        assert_eq!(macros().replace("${B}"), "${A}/2", "once only");
    }

    #[test]
    fn directories_are_resolved_to_the_end() {
        let resolve = |text: &str| macros().resolve(text, "me").map_err(|failure| failure.message);
        assert_eq!(resolve("/${B}/${A}").unwrap(), "/1/2/1");
        assert_eq!(resolve("HOST_EVAL($SCRATCH)/jobs/${A}").unwrap(), "/scratch/me/jobs/1");
        assert!(resolve("${none}").unwrap_err().starts_with("JOBS_MACRO_NOT_RESOLVED"));
        assert!(resolve("${Loop}").unwrap_err().starts_with("JOBS_MACRO_TOO_COMPLEX"));
        assert!(resolve("${A").unwrap_err().starts_with("JOBS_MACRO_ILL_FORMED"));
    }
}
