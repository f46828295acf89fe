//! The formats of definition files.

use std::path::Path;

use serde::de::DeserializeSeed as _;
use serde_json::Value;
use tapis_core::rt::decode;
use tapis_core::{Error, ErrorKind};

use crate::place::{Seek, Step};

/// The text format of a definition.
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
    /// Returns the format of a file, by its extension.
    pub(crate) fn of(path: &Path) -> Result<Self, Error> {
        let ending = path.extension().and_then(|ending| ending.to_str());
        match ending.map(str::to_ascii_lowercase).as_deref() {
            Some("json") => Ok(Self::Json),
            Some("yaml" | "yml") => Ok(Self::Yaml),
            Some("toml") => Ok(Self::Toml),
            _ => {
                let path = path.display();
                let message = format!("{path}: the name must end in .json, .yaml, .yml or .toml");
                Err(Error::new(ErrorKind::Input, message))
            }
        }
    }
}

/// Parses a text. The error has the line, but no values of the text, because they may be secrets.
pub(crate) fn read(text: &str, format: Format) -> Result<Value, String> {
    match format {
        Format::Json => serde_json::from_str(text).map_err(|error| {
            let at = not_of("JSON", Some((error.line(), error.column())));
            // `decode` adds the JSON path and omits values.
            let why = decode::<Value>(text.as_bytes()).err().unwrap_or_default();
            let why = why.rsplit_once(" at line ").map_or(why.as_str(), |(why, _)| why);
            format!("{at}: {why}")
        }),
        Format::Yaml => {
            // As in YAML 1.2, `no` and `y` are texts.
            let options = serde_saphyr::options! { strict_booleans: true };
            serde_saphyr::from_str_with_options(text, options)
                .map_err(|error| not_of("YAML", yaml_position(&error)))
        }
        Format::Toml => toml::from_str(text)
            .map_err(|error| not_of("TOML", error.span().map(|span| position(text, span.start)))),
    }
}

/// Returns the line and column of a path in a text; `None` if the text does not have it.
pub(crate) fn locate(text: &str, format: Format, path: &[Step]) -> Option<(usize, usize)> {
    match format {
        Format::Json => {
            let mut reader = serde_json::Deserializer::from_str(text);
            let error = Seek(path).deserialize(&mut reader).err()?;
            Some(json_start(text, error.line(), error.column()))
        }
        Format::Yaml => {
            let found = serde_saphyr::with_deserializer_from_str(text, |reader| {
                Seek(path).deserialize(reader)
            });
            yaml_position(&found.err()?)
        }
        Format::Toml => {
            let error = Seek(path).deserialize(toml::Deserializer::parse(text).ok()?).err()?;
            error.span().map(|span| position(text, span.start))
        }
    }
}

/// Returns the start of the attribute name that ends at a position, because the JSON reader stops at the end of a name;
/// or the position itself, if no name ends there.
fn json_start(text: &str, line: usize, column: usize) -> (usize, usize) {
    let content = text.split('\n').nth(line.saturating_sub(1)).unwrap_or_default();
    let Some(name) = content.get(..column).and_then(|read| read.strip_suffix('"')) else {
        return (line, column);
    };
    let is_escaped =
        |before: &str| before.len().saturating_sub(before.trim_end_matches('\\').len()) % 2 == 1;
    let quotes = name.rmatch_indices('"').map(|(at, _)| name.get(..at).unwrap_or_default());
    let start = quotes.into_iter().find(|before| !is_escaped(before));
    start.map_or((line, column), |before| (line, before.chars().count() + 1))
}

fn yaml_position(error: &serde_saphyr::Error) -> Option<(usize, usize)> {
    error.location().map(|at| (number(at.line()), number(at.column())))
}

/// Writes a value with sorted keys and a line feed at the end.
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
        Some((line, column)) => format!("invalid {format} at line {line}, column {column}"),
        None => format!("invalid {format}"),
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
    fn words_that_older_yaml_takes_for_booleans_are_texts() {
        let read = read("id: y\ncountry: NO\ntags: [on, off]\nenabled: true\n", Format::Yaml);
        let expected = json!({"id": "y", "country": "NO", "tags": ["on", "off"], "enabled": true});
        assert_eq!(read.unwrap(), expected);
    }

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

    /// Strings that a format could read as another type.
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

    #[test]
    fn an_attribute_is_found_by_line_and_column_in_each_format() {
        let json = "{\n  \"a\": {\"b \\\" c\": [1, {\"d\": 1}]},\n  \"e\": \"é\", \"f\": 2\n}";
        let yaml = "a:\n  b \" c:\n  - 1\n  - d: 1\ne: é\nf: 2\n";
        let toml = "e = \"é\"\nf = 2\n[a]\n\"b \\\" c\" = [1, {d = 1}]\n";
        let attribute = |name: &str| Step::Attribute(name.to_owned());
        let list = [attribute("a"), attribute("b \" c")];
        let deep = [&list[..], &[Step::Entry(1), attribute("d")]].concat();
        for (path, positions) in [
            (&[attribute("f")][..], [(3, 13), (6, 1), (2, 1)]),
            (&list[..], [(2, 9), (2, 3), (4, 1)]),
            (&deep[..], [(2, 24), (4, 5), (4, 17)]),
        ] {
            for ((text, format), position) in
                [(json, Format::Json), (yaml, Format::Yaml), (toml, Format::Toml)]
                    .into_iter()
                    .zip(positions)
            {
                assert_eq!(locate(text, format, path), Some(position), "{format:?} {path:?}");
            }
        }
        assert_eq!(locate(yaml, Format::Yaml, &[attribute("g")]), None);
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
