//! The formats of definition files.

use std::path::Path;

use serde_json::Value;
use tapis_core::{Error, ErrorKind};

/// The format of a definition's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// JSON.
    Json,
    /// YAML.
    Yaml,
    /// TOML.
    Toml,
}

impl Format {
    /// The format that the extension of a file's name stands for.
    pub(crate) fn of(path: &Path) -> Result<Self, Error> {
        let ending = path.extension().and_then(|ending| ending.to_str());
        match ending.map(str::to_ascii_lowercase).as_deref() {
            Some("json") => Ok(Self::Json),
            Some("yaml" | "yml") => Ok(Self::Yaml),
            Some("toml") => Ok(Self::Toml),
            _ => {
                let path = path.display();
                let message = format!("{path}: the name has to end in .json, .yaml, .yml or .toml");
                Err(Error::new(ErrorKind::Input, message))
            }
        }
    }
}

/// The content of a text. The reason of a failure has the line and quotes nothing, as there may be secrets.
pub(crate) fn read(text: &str, format: Format) -> Result<Value, String> {
    match format {
        Format::Json => serde_json::from_str(text)
            .map_err(|error| not_of("JSON", Some((error.line(), error.column())))),
        Format::Yaml => serde_saphyr::from_str(text).map_err(|error| {
            let at = error.location().map(|at| (at.line(), at.column()));
            not_of("YAML", at.map(|(line, column)| (number(line), number(column))))
        }),
        Format::Toml => toml::from_str(text)
            .map_err(|error| not_of("TOML", error.span().map(|span| position(text, span.start)))),
    }
}

/// The text for a content, with sorted keys and a line feed at the end.
pub(crate) fn write(mut value: Value, format: Format) -> Result<String, String> {
    // The order of `serde_json`'s maps depends on a feature that any dependency may switch on.
    value.sort_all_objects();
    match format {
        Format::Json => serde_json::to_string_pretty(&value)
            .map(|text| text + "\n")
            .map_err(|error| error.to_string()),
        Format::Yaml => serde_saphyr::to_string(&value).map_err(|error| error.to_string()),
        Format::Toml => toml::to_string(&value).map_err(|_| {
            "TOML has no null and no whole number above 2^63-1: use JSON or YAML".to_owned()
        }),
    }
}

fn number(n: impl TryInto<usize>) -> usize {
    n.try_into().unwrap_or_default()
}

fn not_of(format: &str, at: Option<(usize, usize)>) -> String {
    match at {
        Some((line, column)) => format!("it is not {format}: see line {line}, column {column}"),
        None => format!("it is not {format}"),
    }
}

fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
    (before.matches('\n').count() + 1, column + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const ALL: [Format; 3] = [Format::Json, Format::Yaml, Format::Toml];

    #[test]
    fn a_text_has_sorted_keys_and_ends_with_a_line_feed() {
        let value = json!({"version": "1", "id": "a", "notes": {"b": [{"x": 1.5}], "a": "l\nm\n"}});
        let json = r#"{
  "id": "a",
  "notes": {
    "a": "l\nm\n",
    "b": [
      {
        "x": 1.5
      }
    ]
  },
  "version": "1"
}
"#;
        let yaml = "\
id: a
notes:
  a: |
    l
    m
  b:
  - x: 1.5
version: \"1\"
";
        let toml = r#"id = "a"
version = "1"

[notes]
a = """
l
m
"""

[[notes.b]]
x = 1.5
"#;
        for (format, text) in [(Format::Json, json), (Format::Yaml, yaml), (Format::Toml, toml)] {
            assert_eq!(write(value.clone(), format).as_deref(), Ok(text));
        }
    }

    #[test]
    fn toml_has_no_null_and_says_so() {
        let why = write(json!({"a": null}), Format::Toml).unwrap_err();
        assert!(why.contains("TOML has no null"), "{why}");
        assert!(write(json!({"a": null}), Format::Yaml).is_ok());
    }

    /// Texts that a format could take for something else.
    const LIKE_OTHER_VALUES: [&str; 15] = [
        "",
        "1",
        "1.0",
        "1e3",
        "1_000",
        "0x1",
        "yes",
        "No",
        "~",
        "null",
        "- a",
        "a: b",
        "# a",
        "|",
        "2020-01-01",
    ];

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<i32>().prop_map(|n| Value::from(f64::from(n) / 8.0)),
            any::<String>().prop_map(Value::from),
            "[ -~\n\t]{0,12}".prop_map(Value::from),
            prop::sample::select(&LIKE_OTHER_VALUES[..]).prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[ -~\n]{0,6}", inner, 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_it_was(value in any_json()) {
            let value = json!({ "v": value });
            for format in ALL {
                let text = write(value.clone(), format).unwrap();
                prop_assert_eq!(read(&text, format), Ok(value.clone()), "{}", text);
                prop_assert_eq!(write(value.clone(), format), Ok(text));
            }
        }
    }
}
