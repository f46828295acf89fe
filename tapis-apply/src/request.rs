//! The requests that are made from a definition, and the definition that is made from a reply.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tapis_core::Error;
use tapis_core::rt::{decode, exposed_json, strict};

use crate::attributes::Attributes;
use crate::compare;
use crate::definition::Definition;
use crate::difference::Differences;

impl Definition {
    /// The definition as the body of a request, which has to know all of it.
    ///
    /// # Errors
    /// A value of the wrong type, one that is missing, or an unknown attribute; each with its JSON path.
    pub(crate) fn checked<T: DeserializeOwned + Serialize>(&self) -> Result<T, Error> {
        strict(&self.to_value()).map_err(|why| self.fault(&why))
    }

    /// How it differs from what the server has. What it does not mention is no difference.
    pub(crate) fn compared_with(&self, there: &Value, attributes: &Attributes) -> Differences {
        compare::differences(self.fields(), there, attributes)
    }

    /// The request that changes the attributes that differ, and nothing else; `None` if all of them are
    /// switches. An attribute that is changed in part keeps the rest of what it has `there`, because
    /// services replace it as a whole.
    ///
    /// # Errors
    /// A difference that such a request cannot change.
    pub(crate) fn changes<T: DeserializeOwned + Serialize>(
        &self,
        differences: &Differences,
        there: &Value,
        attributes: &Attributes,
    ) -> Result<Option<T>, Error> {
        let changed: Map<String, Value> = self
            .fields()
            .iter()
            .filter(|(name, _)| {
                differences.concerns(name) && !attributes.switches.contains(&name.as_str())
            })
            .map(|(name, value)| (name.clone(), compare::merged(value, there.get(name))))
            .collect();
        if changed.is_empty() {
            return Ok(None);
        }
        let request = self.typed::<T>(&changed)?;
        let known = serde_json::to_value(&request).unwrap_or_default();
        match changed.keys().find(|name| known.get(*name).is_none()) {
            Some(name) => Err(self.fault(&format!("{name} cannot be changed once it is there"))),
            None => Ok(Some(request)),
        }
    }

    fn typed<T: DeserializeOwned + Serialize>(
        &self,
        fields: &Map<String, Value>,
    ) -> Result<T, Error> {
        let json = serde_json::to_vec(fields).unwrap_or_default();
        let request: T = decode(&json).map_err(|why| self.fault(&why))?;
        // A secret that was printed as `[redacted]` is reported now, and not only when it is sent.
        exposed_json(&request).map_err(|error| self.fault(&error.to_string()))?;
        Ok(request)
    }
}

/// The attributes of a reply that the request for creating the resource has as well: without those
/// that only the service sets, and without credentials.
///
/// # Errors
/// A reply that lacks what such a request requires.
pub(crate) fn attributes_to_create<Reply, Post>(
    mut reply: Value,
    attributes: &Attributes,
) -> Result<Map<String, Value>, String>
where
    Reply: DeserializeOwned + Serialize,
    Post: DeserializeOwned + Serialize,
{
    if let Some(fields) = reply.as_object_mut() {
        fields.retain(|name, value| {
            let is_of = |names: &[&str]| names.contains(&name.as_str());
            let is_empty = value.as_array().is_some_and(Vec::is_empty);
            !(is_of(attributes.write_only) || is_empty && is_of(attributes.non_empty))
        });
    }
    // Replies are read with more tolerance than requests, such as `"true"` for `true`.
    let reply: Reply = read_as(&reply)?;
    let request: Post = read_as(&reply)?;
    match serde_json::to_value(&request) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err("it is not an object".to_owned()),
    }
}

fn read_as<T: DeserializeOwned>(value: &impl Serialize) -> Result<T, String> {
    decode(&serde_json::to_vec(value).map_err(|error| error.to_string())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    use crate::format::Format;

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
            (r#"{"id": "a", "prot": 1}"#, Format::Json, "unknown attribute prot"),
            (r#"{"id": "a", "queue": {"nome": 1}}"#, Format::Json, "unknown attribute queue.nome"),
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
        let none = Attributes::default();
        let enabled = Attributes { switches: &["enabled"], ..none };
        let there = serde_json::json!({"id": "a", "port": 23, "enabled": false});
        let differences = definition.compared_with(&there, &none);
        let patch: Patch = definition.changes(&differences, &there, &enabled).unwrap().unwrap();
        assert_eq!(patch.port, Some(22));
        let error = definition.changes::<Patch>(&differences, &there, &none).err().unwrap();
        assert!(error.message().contains("enabled cannot be changed"), "{error}");
        let there = serde_json::json!({"id": "a", "port": 22});
        let differences = definition.compared_with(&there, &none);
        let patch = definition.changes::<Patch>(&differences, &there, &enabled);
        assert!(patch.unwrap().is_none());
    }

    #[test]
    fn a_secret_that_was_printed_is_refused_with_its_path() {
        #[derive(Serialize, Deserialize)]
        struct Host {
            credential: Option<Credential>,
        }
        #[derive(Serialize, Deserialize)]
        struct Credential {
            key: tapis_core::Secret,
        }
        let host = Host { credential: Some(Credential { key: "planted".into() }) };
        let error = Definition::from_value(&host).unwrap().checked::<Host>().err().unwrap();
        assert!(error.is_input(), "{error}");
        let told = "the definition: credential.key: `[redacted]` stands for a secret";
        assert!(error.message().starts_with(told), "{error}");
    }

    #[test]
    fn of_a_reply_remains_what_creates_the_resource_without_credentials() {
        #[derive(Serialize, Deserialize)]
        struct Reply {
            id: String,
            queue: Option<Queue>,
            uuid: Option<String>,
            password: Option<String>,
        }
        let attributes = Attributes { write_only: &["password"], ..Attributes::default() };
        let kept = |reply| attributes_to_create::<Reply, Request>(reply, &attributes);
        let reply = json!({"id": "a", "uuid": "u", "queue": {"more": 1}, "password": "planted"});
        assert_eq!(Value::from(kept(reply).unwrap()), json!({"id": "a", "queue": {}}));
        assert!(kept(json!({"uuid": "u"})).unwrap_err().starts_with("missing field `id`"));
    }
}
