//! Definitions of systems and apps that are kept in files.

mod compare;
mod read;

use std::fmt;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::clock::BoxFuture;
use crate::decode::decode;
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::local;
use crate::secret::request_json;

pub use compare::{Difference, Differences};
pub use read::Format;

/// A system or an app as a file describes it, in the words of the service: JSON, YAML or TOML.
///
/// Its `Debug` shows no values, since there may be credentials among them.
#[derive(Clone)]
pub struct Definition {
    fields: Map<String, Value>,
    origin: String,
}

/// What applying a definition has done. Printed, it is a word or two.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub enum Applied {
    /// There was none of that name, and there is now.
    Created,
    /// It was there, and has been changed; these are the differences that there were.
    Updated(Differences),
    /// It was there, and as described.
    Unchanged,
}

impl fmt::Display for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Created => f.write_str("created"),
            Self::Unchanged => f.write_str("unchanged"),
            Self::Updated(differences) if differences.len() == 1 => {
                f.write_str("changed in 1 place")
            }
            Self::Updated(differences) => write!(f, "changed in {} places", differences.len()),
        }
    }
}

impl Definition {
    /// Reads a file whose name ends in `.json`, `.yaml`, `.yml` or `.toml`.
    ///
    /// # Errors
    /// A file that cannot be read, that has another ending, or whose content is not of that form.
    pub fn from_path(path: impl AsRef<Path>) -> BoxFuture<'static, Result<Self, Error>> {
        let path = path.as_ref().to_owned();
        Box::pin(local::blocking(move || {
            let format = Format::of(&path)?;
            let text = std::fs::read_to_string(&path)
                .map_err(|error| local::fault(&path, "read", error))?;
            Self::read(&text, format, path.display().to_string())
        }))
    }

    /// Reads a text.
    ///
    /// # Errors
    /// A text that is not of that form.
    pub fn from_text(text: &str, format: Format) -> Result<Self, Error> {
        Self::read(text, format, "the definition".to_owned())
    }

    /// Takes what serialises to an object, such as `serde_json::json!({…})` or a type of your own.
    ///
    /// # Errors
    /// What is no object.
    pub fn from_value(value: &impl Serialize) -> Result<Self, Error> {
        let origin = "the definition".to_owned();
        match serde_json::to_value(value) {
            Ok(Value::Object(fields)) => Ok(Self { fields, origin }),
            Ok(_) => Err(fault(&origin, "it is not an object")),
            Err(error) => Err(fault(&origin, &error.to_string())),
        }
    }

    fn read(text: &str, format: Format, origin: String) -> Result<Self, Error> {
        match read::value(text, format).map_err(|why| fault(&origin, &why))? {
            Value::Object(fields) => Ok(Self { fields, origin }),
            _ => Err(fault(&origin, "it is not an object with named values")),
        }
    }

    /// The text of an attribute that it cannot go without.
    ///
    /// # Errors
    /// An attribute that is missing or no text.
    pub fn text(&self, attribute: &str) -> Result<&str, Error> {
        let text = self.fields.get(attribute).and_then(Value::as_str);
        text.filter(|text| !text.is_empty())
            .ok_or_else(|| fault(&self.origin, &format!("{attribute} is missing, or is no text")))
    }

    /// An attribute as it stands.
    #[must_use]
    pub fn get(&self, attribute: &str) -> Option<&Value> {
        self.fields.get(attribute)
    }

    /// The definition as the type of a request, which has to know all of it.
    ///
    /// # Errors
    /// A value of the wrong type, one that is missing, or an attribute that the service does not
    /// know; each with its place.
    pub fn checked<T: DeserializeOwned + Serialize>(&self) -> Result<T, Error> {
        let request = self.typed::<T>(&self.fields)?;
        let known = serde_json::to_value(&request).unwrap_or_default();
        match compare::unknown(&self.fields, &known) {
            Some(place) => Err(fault(&self.origin, &format!("{place} is no attribute"))),
            None => Ok(request),
        }
    }

    /// How it differs from what the server has. What it does not mention is no difference, and
    /// neither are credentials, which the server does not show, and variables such as
    /// `${apiUserId}` in the attributes `resolved`, in which the server keeps what they stood for.
    #[must_use]
    pub fn compared_with(&self, there: &Value, resolved: &[&str]) -> Differences {
        compare::differences(&self.fields, there, resolved)
    }

    /// The request that brings about what `differences` from `there` are about, and nothing else;
    /// `None` if all of it is changed by calls of its own, which `apart` names. An attribute that is
    /// changed in part keeps the rest of what it has `there`, because services replace it as a whole.
    ///
    /// # Errors
    /// A difference that such a request cannot bring about.
    pub fn changes<T: DeserializeOwned + Serialize>(
        &self,
        differences: &Differences,
        there: &Value,
        apart: &[&str],
    ) -> Result<Option<T>, Error> {
        let changed: Map<String, Value> = self
            .fields
            .iter()
            .filter(|(name, _)| differences.concerns(name) && !apart.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), compare::merged(value, there.get(name))))
            .collect();
        if changed.is_empty() {
            return Ok(None);
        }
        let request = self.typed::<T>(&changed)?;
        let known = serde_json::to_value(&request).unwrap_or_default();
        match changed.keys().find(|name| known.get(*name).is_none()) {
            Some(name) => {
                let message = format!("{name} cannot be changed once it is there");
                Err(fault(&self.origin, &message))
            }
            None => Ok(Some(request)),
        }
    }

    fn typed<T: DeserializeOwned + Serialize>(
        &self,
        fields: &Map<String, Value>,
    ) -> Result<T, Error> {
        let json = serde_json::to_vec(fields).unwrap_or_default();
        let request: T = decode(&json).map_err(|why| fault(&self.origin, &why))?;
        // A secret that was printed as `[redacted]` is told now, and not only when it is to be sent.
        request_json(&request).map_err(|error| fault(&self.origin, &error.to_string()))?;
        Ok(request)
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

fn fault(origin: &str, why: &str) -> Error {
    Error::new(ErrorKind::Input, format!("{origin}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Request {
        id: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        port: Option<i64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        queue: Option<Queue>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Queue {
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    }

    #[derive(Serialize, Deserialize)]
    struct Patch {
        #[serde(skip_serializing_if = "Option::is_none")]
        port: Option<i64>,
    }

    #[test]
    fn three_forms_say_the_same() {
        for (text, format) in [
            (r#"{"id": "a", "port": 22, "queue": {"name": "q"}}"#, Format::Json),
            ("id: a\nport: 22\nqueue:\n  name: q\n", Format::Yaml),
            ("id = \"a\"\nport = 22\n[queue]\nname = \"q\"\n", Format::Toml),
        ] {
            let request: Request = Definition::from_text(text, format).unwrap().checked().unwrap();
            let queue = Some(Queue { name: Some("q".to_owned()) });
            assert_eq!(
                request,
                Request { id: "a".to_owned(), port: Some(22), queue },
                "{format:?}"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_without_the_content() {
        for (text, format, why) in [
            ("{\"id\": \"planted\",", Format::Json, "line 1"),
            ("id: planted\n  port: [", Format::Yaml, "line 2"),
            ("id = \"planted\nport = 1", Format::Toml, "line 1"),
            ("[1]", Format::Json, "not an object"),
            (r#"{"id": "a", "port": "planted"}"#, Format::Json, "port: invalid type"),
            (r#"{"port": 1}"#, Format::Json, "missing field `id`"),
            (r#"{"id": "a", "prot": 1}"#, Format::Json, "prot is no attribute"),
            (r#"{"id": "a", "queue": {"nome": 1}}"#, Format::Json, "queue.nome is no attribute"),
        ] {
            let read = Definition::from_text(text, format);
            let error = read.and_then(|definition| definition.checked::<Request>()).unwrap_err();
            assert!(error.is_input() && error.message().contains(why), "{text}: {error}");
            assert!(!format!("{error} {error:?}").contains("planted"), "{error:?}");
        }
    }

    #[test]
    fn only_what_differs_is_changed_and_only_if_it_can_be() {
        let definition =
            Definition::from_value(&serde_json::json!({"id": "a", "port": 22, "enabled": true}));
        let definition = definition.unwrap();
        let there = serde_json::json!({"id": "a", "port": 23, "enabled": false});
        let differences = definition.compared_with(&there, &[]);
        let patch: Patch = definition.changes(&differences, &there, &["enabled"]).unwrap().unwrap();
        assert_eq!(patch.port, Some(22));
        let error = definition.changes::<Patch>(&differences, &there, &[]).err().unwrap();
        assert!(error.message().contains("enabled cannot be changed"), "{error}");
        let there = serde_json::json!({"id": "a", "port": 22});
        let differences = definition.compared_with(&there, &[]);
        let patch = definition.changes::<Patch>(&differences, &there, &["enabled"]);
        assert!(patch.unwrap().is_none());
    }

    #[test]
    fn what_was_done_is_told_in_words() {
        let definition = Definition::from_value(&serde_json::json!({"a": 1, "b": 2})).unwrap();
        let applied = |there| Applied::Updated(definition.compared_with(&there, &[])).to_string();
        assert_eq!(applied(serde_json::json!({"a": 1, "b": 3})), "changed in 1 place");
        assert_eq!(applied(serde_json::json!({})), "changed in 2 places");
        assert_eq!(
            [Applied::Created, Applied::Unchanged].map(|one| one.to_string()),
            ["created", "unchanged"]
        );
    }

    #[test]
    fn a_secret_that_was_printed_is_refused_with_its_path() {
        #[derive(Serialize, Deserialize)]
        struct Host {
            credential: Option<Credential>,
        }
        #[derive(Serialize, Deserialize)]
        struct Credential {
            key: crate::Secret,
        }
        let host = Host { credential: Some(Credential { key: "planted".into() }) };
        let error = Definition::from_value(&host).unwrap().checked::<Host>().err().unwrap();
        assert!(error.is_input(), "{error}");
        let told = "the definition: credential.key: `[redacted]` stands for a secret";
        assert!(error.message().starts_with(told), "{error}");
    }

    #[test]
    fn debug_shows_no_values() {
        let definition = Definition::from_value(&serde_json::json!({"password": "planted"}));
        let shown = format!("{:?}", definition.unwrap());
        assert!(shown.contains("password") && !shown.contains("planted"), "{shown}");
    }
}
