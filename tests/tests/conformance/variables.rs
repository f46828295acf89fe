//! Values for `${name}` in the texts of a case.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What a tenant may lack.
const OPTIONAL: [&str; 8] =
    ["admin", "batch", "globus", "irods", "linux2", "other", "password", "s3"];

/// Why a case stops.
#[derive(Debug)]
pub(crate) enum Stop {
    Failed(String),
    Skipped(String),
}

impl Stop {
    /// Where something is missing that not every Tapis has.
    pub(crate) fn without(name: &str) -> Self {
        Self::Skipped(format!("there is no ${{{name}}}"))
    }
}

/// Values by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables(pub(crate) BTreeMap<String, Value>);

impl Variables {
    /// A text with its values; `$${` stands for `${` itself.
    pub(crate) fn text(&self, text: &str) -> Result<String, Stop> {
        let mut done = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, behind) = after
                .split_once('}')
                .ok_or_else(|| Stop::Failed(format!("{text:?}: ${{ is not closed")))?;
            if let Some(before) = before.strip_suffix('$') {
                done.push_str(before);
                done.push_str(&format!("${{{name}}}"));
            } else {
                done.push_str(before);
                match self.value(name)? {
                    Value::String(value) => done.push_str(value),
                    value => done.push_str(&value.to_string()),
                }
            }
            rest = behind;
        }
        Ok(done + rest)
    }

    /// JSON with its values; a text that is nothing but a variable becomes its value, of
    /// any type.
    pub(crate) fn json(&self, value: &Value) -> Result<Value, Stop> {
        Ok(match value {
            Value::String(text) => {
                match text.strip_prefix("${").and_then(|t| t.strip_suffix('}')) {
                    Some(name) if !name.contains('}') => self.value(name)?.clone(),
                    _ => self.text(text)?.into(),
                }
            }
            Value::Array(values) => {
                values.iter().map(|value| self.json(value)).collect::<Result<_, _>>()?
            }
            Value::Object(fields) => Value::Object(
                fields
                    .iter()
                    .map(|(name, value)| Ok((self.text(name)?, self.json(value)?)))
                    .collect::<Result<Map<_, _>, Stop>>()?,
            ),
            other => other.clone(),
        })
    }

    fn value(&self, name: &str) -> Result<&Value, Stop> {
        self.0.get(name).ok_or_else(|| match OPTIONAL.contains(&name) {
            true => Stop::without(name),
            false => Stop::Failed(format!("unknown variable ${{{name}}}")),
        })
    }
}

#[test]
fn variables_are_replaced_and_escaped_ones_are_kept() {
    let known = [("prefix", Value::from("p/q")), ("n", 5.into())];
    let variables = Variables(known.map(|(name, value)| (name.to_owned(), value)).into());
    let text = |text: &str| variables.text(text).unwrap();
    assert_eq!(text("/ops/${prefix}/a${n}"), "/ops/p/q/a5");
    assert_eq!(text("$${JobUUID}/${n}"), "${JobUUID}/5");
    assert_eq!(text("costs $5"), "costs $5");
    let json = serde_json::json!({ "${n}": ["${n}", "x${n}"] });
    assert_eq!(variables.json(&json).unwrap(), serde_json::json!({ "5": [5, "x5"] }));
    assert!(matches!(variables.text("${m}"), Err(Stop::Failed(_))));
    assert!(matches!(variables.text("${s3}"), Err(Stop::Skipped(_))));
    assert!(matches!(variables.text("${n"), Err(Stop::Failed(_))));
}
