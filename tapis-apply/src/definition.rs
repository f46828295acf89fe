//! Definitions: read from files, strings and values, and written as text.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};
use tapis_core::local;
use tapis_core::{BoxFuture, Error, ErrorKind};

use crate::format::{self, Format};
use crate::kind::Kind;
use crate::place::{Step, steps};
use crate::target::Target;

/// A definition of a system or an app, read from JSON, YAML or TOML. The attributes are those of the
/// request that creates the resource.
///
/// A reply of the service, with or without its envelope, is also a definition: attributes that only
/// the service sets, such as `uuid`, `created` and `isPublic`, are ignored. `null` and a blank
/// string reset an attribute to the service's default. Attributes that are absent keep their value
/// on the server.
///
/// `Debug` shows no values, because they may include credentials.
#[derive(Clone)]
pub struct Definition {
    fields: Map<String, Value>,
    kind: Option<Kind>,
    origin: String,
    source: Option<Arc<Source>>,
}

/// The text of a definition, to find the line and column of invalid attributes.
struct Source {
    text: String,
    format: Format,
    /// Whether the attributes are in the envelope of a reply.
    in_envelope: bool,
}

/// The attributes of the envelope of a reply.
const ENVELOPE: [&str; 7] =
    ["result", "status", "message", "version", "metadata", "commit", "build"];

impl Definition {
    /// Reads a file with the extension `.json`, `.yaml`, `.yml` or `.toml`.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the file cannot be read, [`ErrorKind::Input`] for another extension or
    /// invalid content.
    pub fn from_path(path: impl AsRef<Path>) -> BoxFuture<'static, Result<Self, Error>> {
        let path = path.as_ref().to_owned();
        Box::pin(local::blocking(move || {
            let format = Format::of(&path)?;
            let text = std::fs::read_to_string(&path)
                .map_err(|error| local::fault(&path, "read", error))?;
            Self::read(&text, format, path.display().to_string())
        }))
    }

    /// Reads a definition from a string.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if the string does not have that format, or is not an object.
    pub fn from_text(text: &str, format: Format) -> Result<Self, Error> {
        Self::read(text, format, "the definition".to_owned())
    }

    /// Converts a value that serialises to an object, such as `serde_json::json!({…})` or a type of
    /// your own.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if the value cannot be serialised or is not an object.
    pub fn from_value(value: &impl Serialize) -> Result<Self, Error> {
        let origin = "the definition".to_owned();
        match serde_json::to_value(value) {
            Ok(Value::Object(fields)) => Ok(Self::new(without_envelope(fields).0, origin)),
            Ok(_) => Err(fault(&origin, "it must be an object with named attributes")),
            Err(error) => Err(fault(&origin, &error.to_string())),
        }
    }

    fn read(text: &str, format: Format, origin: String) -> Result<Self, Error> {
        match format::read(text, format).map_err(|why| fault(&origin, &why))? {
            Value::Object(fields) => {
                let (fields, in_envelope) = without_envelope(fields);
                let source = Source { text: text.to_owned(), format, in_envelope };
                Ok(Self { source: Some(Arc::new(source)), ..Self::new(fields, origin) })
            }
            _ => Err(fault(&origin, "it must be an object with named attributes")),
        }
    }

    /// Returns a required attribute, which must be a string.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if the attribute is missing, empty or not a string.
    pub fn text(&self, attribute: &str) -> Result<&str, Error> {
        let text = self.fields.get(attribute).and_then(Value::as_str);
        text.filter(|text| !text.is_empty())
            .ok_or_else(|| self.fault(&format!("{attribute} is missing, empty or not a string")))
    }

    /// Returns the value of an attribute; `None` if the definition does not have it.
    #[must_use]
    pub fn get(&self, attribute: &str) -> Option<&Value> {
        self.fields.get(attribute)
    }

    /// Returns all attributes as one JSON object, including credentials.
    #[must_use]
    pub fn to_value(&self) -> Value {
        self.fields.clone().into()
    }

    /// Returns all attributes as text. Keys are sorted, so the same attributes give the same bytes.
    /// Credentials in the definition are included; an exported definition has none.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if the format cannot express a value, such as `null` in TOML.
    pub fn to_text(&self, format: Format) -> Result<String, Error> {
        format::write(self.to_value(), format).map_err(|why| self.fault(&why))
    }

    /// Sets the kind of resource. Needed only if [`kind`](Self::kind) cannot infer it.
    #[must_use]
    pub fn with_kind(self, kind: Kind) -> Self {
        Self { kind: Some(kind), ..self }
    }

    /// Returns the kind of resource: the one set by [`with_kind`](Self::with_kind), or else inferred
    /// from the attributes.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if the attributes belong to no kind, or to several.
    pub fn kind(&self) -> Result<Kind, Error> {
        self.kind.map_or_else(|| Kind::of(&self.fields).map_err(|why| self.fault(&why)), Ok)
    }

    /// The resource that the definition describes, whose `Display` is its kind and name, such as `system
    /// frontera`. An app has its version.
    ///
    /// # Errors
    /// The errors of [`kind`](Self::kind); `id`, or `version` of an app, is missing.
    #[doc(alias = "id")]
    pub fn target(&self) -> Result<Target, Error> {
        Ok(match self.kind()? {
            Kind::System => Target::system(self.text("id")?),
            Kind::App => Target::app_version(self.text("id")?, self.text("version")?),
        })
    }

    pub(crate) fn new(fields: Map<String, Value>, origin: String) -> Self {
        Self { fields, kind: None, origin, source: None }
    }

    pub(crate) fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// Creates an error that names the origin of the definition.
    pub(crate) fn fault(&self, why: &str) -> Error {
        fault(&self.origin, why)
    }

    /// The same as [`fault`](Self::fault), with the line and column of the JSON path in `why`.
    pub(crate) fn fault_at(&self, why: &str) -> Error {
        let located = self.source.as_ref().and_then(|source| {
            let path = why.strip_prefix("unknown attribute ");
            let path = path.or_else(|| why.split_once(": ").map(|(path, _)| path))?;
            let mut path = steps(&self.to_value(), path);
            if path.is_empty() {
                return None;
            }
            if source.in_envelope {
                path.insert(0, Step::Attribute("result".to_owned()));
            }
            format::locate(&source.text, source.format, &path)
        });
        match located {
            Some((line, column)) => self.fault(&format!("line {line}, column {column}: {why}")),
            None => self.fault(why),
        }
    }
}

/// Reads an object, as [`from_value`](Definition::from_value) does, so that definitions can be parts of a
/// file of your own.
impl<'de> Deserialize<'de> for Definition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields: Map<String, Value> = Map::deserialize(deserializer)?;
        Self::from_value(&fields).map_err(de::Error::custom)
    }
}

impl fmt::Debug for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.fields.keys().collect();
        f.debug_struct("Definition")
            .field("origin", &self.origin)
            .field("attributes", &names)
            .finish()
    }
}

/// Returns the `result` of an envelope and true, or the attributes themselves and false.
fn without_envelope(mut fields: Map<String, Value>) -> (Map<String, Value>, bool) {
    let is_envelope = fields.contains_key("status")
        && fields.keys().all(|name| ENVELOPE.contains(&name.as_str()));
    match fields.get_mut("result") {
        Some(Value::Object(result)) if is_envelope => (std::mem::take(result), true),
        _ => (fields, false),
    }
}

fn fault(origin: &str, why: &str) -> Error {
    Error::new(ErrorKind::Input, format!("{origin}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_values() {
        let definition = Definition::from_value(&serde_json::json!({"password": "planted"}));
        let shown = format!("{:?}", definition.unwrap());
        assert!(shown.contains("password") && !shown.contains("planted"), "{shown}");
    }

    #[test]
    fn a_reply_with_its_envelope_is_a_definition() {
        let result = serde_json::json!({"id": "a", "version": "1"});
        let reply = serde_json::json!({
            "result": result, "status": "success", "message": "m", "version": "1.8.0",
            "metadata": null,
        });
        assert_eq!(Definition::from_value(&reply).unwrap().to_value(), result);
        let text = reply.to_string();
        assert_eq!(Definition::from_text(&text, Format::Json).unwrap().to_value(), result);
    }

    #[test]
    fn definitions_are_parts_of_other_files_and_name_their_resource() {
        let text = r#"[{"id": "a", "host": "h"}, {"id": "b", "version": "1"}, {"id": "c"}, {"host": "h"}]"#;
        let all: Vec<Definition> = serde_json::from_str(text).unwrap();
        let named = all.iter().map(|definition| match definition.target() {
            Ok(target) => target.to_string(),
            Err(error) => error.message().chars().take(35).collect(),
        });
        let expected = [
            "system a",
            "app b, version 1",
            "the definition: cannot tell whether",
            "the definition: id is missing, empt",
        ];
        assert_eq!(named.collect::<Vec<_>>(), expected);
        let error = serde_json::from_str::<Definition>("[]").unwrap_err();
        assert!(error.to_string().contains("expected a map"), "{error}");
    }

    #[test]
    fn the_kind_that_was_set_counts() {
        let definition = Definition::from_value(&serde_json::json!({"id": "a"})).unwrap();
        let error = definition.kind().unwrap_err();
        assert!(error.is_input(), "{error}");
        assert!(error.message().starts_with("the definition: cannot tell whether"), "{error}");
        assert_eq!(definition.with_kind(Kind::App).kind().unwrap(), Kind::App);
    }
}
