//! Converts a definition to the request that creates the resource, and a reply to a definition.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tapis_core::Error;
use tapis_core::rt::{decode, strict};

use crate::attributes::Attributes;
use crate::change::{remove, tidy};
use crate::definition::Definition;
use crate::resource::Resource;

impl Definition {
    /// Returns the attributes of the definition, without those that only the service sets.
    pub(crate) fn described<R: Resource>(&self) -> Map<String, Value> {
        let mut fields = R::described(self.fields().clone());
        fields.retain(|name, _| !R::ATTRIBUTES.server_made.contains(&name.as_str()));
        for path in R::ATTRIBUTES.ignored {
            remove(&mut fields, path);
        }
        fields
    }

    /// Converts the definition to the body of the request that creates the resource.
    ///
    /// # Errors
    /// `Input` for a value of the wrong type, a missing value, or an unknown attribute; each with its JSON
    /// path, line and column.
    pub(crate) fn checked<R: Resource>(&self) -> Result<R::Post, Error> {
        let mut fields = self.described::<R>();
        fields.retain(|name, _| !R::ATTRIBUTES.beside_post.contains(&name.as_str()));
        let read = |fields: &Map<String, Value>| {
            strict::<R::Post>(&fields.clone().into()).map_err(|why| self.fault_at(&why))
        };
        read(&fields)?;
        tidy(&mut fields, &R::ATTRIBUTES);
        R::complete(&mut fields);
        read(&fields)
    }
}

/// Returns the attributes of a reply that the request for creating the resource also has, without credentials and empty
/// values.
///
/// # Errors
/// The reason why the reply is not sufficient for such a request.
pub(crate) fn attributes_to_create<Reply, Post>(
    mut reply: Value,
    attributes: &Attributes,
) -> Result<Map<String, Value>, String>
where
    Reply: DeserializeOwned + Serialize,
    Post: DeserializeOwned + Serialize,
{
    let mut beside = Map::new();
    if let Some(fields) = reply.as_object_mut() {
        fields.retain(|name, _| !attributes.write_only.contains(&name.as_str()));
        tidy(fields, attributes);
        for name in attributes.beside_post {
            beside.extend(fields.get(*name).map(|value| ((*name).to_owned(), value.clone())));
        }
    }
    // Replies are decoded more tolerantly than requests: `"true"` is accepted for `true`.
    let reply: Reply = read_as(&reply)?;
    let request: Post = read_as(&reply)?;
    match serde_json::to_value(&request) {
        Ok(Value::Object(mut fields)) => {
            no_limits("", &mut fields);
            fields.extend(beside);
            Ok(fields)
        }
        _ => Err("it is not an object".to_owned()),
    }
}

/// Writes -1 for no limit, instead of 2147483647, which the service returns.
fn no_limits(path: &str, fields: &mut Map<String, Value>) {
    for (name, value) in fields {
        let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match value {
            _ if Attributes::is_free(&below) => {}
            Value::Number(number)
                if Attributes::is_limit(&below) && number.as_i64() == Some(i64::from(i32::MAX)) =>
            {
                *value = (-1).into();
            }
            Value::Object(fields) => no_limits(&below, fields),
            Value::Array(items) => {
                let objects = items.iter_mut().filter_map(Value::as_object_mut);
                objects.for_each(|fields| no_limits(&below, fields));
            }
            _ => {}
        }
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

    use crate::apps::AppVersion;
    use crate::attributes::PLAIN;
    use crate::format::Format;
    use crate::systems::System;

    const LEAST: &str = r#"{
  "id": "s", "systemType": "LINUX", "host": "h", "defaultAuthnMethod": "PASSWORD", "canExec": false
}"#;

    /// A minimal system with further attributes.
    fn with(more: &str) -> String {
        LEAST.replace("\n}", &format!(",\n  {more}\n}}"))
    }

    fn system(text: &str) -> Result<Value, Error> {
        let definition = Definition::from_text(text, Format::Json)?;
        definition.checked::<System>().map(|request| serde_json::to_value(request).unwrap())
    }

    #[test]
    fn three_forms_say_the_same() {
        for (text, format) in [
            (r#"{"id": "a", "version": "1", "containerImage": "i", "tags": ["t"]}"#, Format::Json),
            ("id: a\nversion: '1'\ncontainerImage: i\ntags: [t]\n", Format::Yaml),
            ("id = 'a'\nversion = '1'\ncontainerImage = 'i'\ntags = ['t']\n", Format::Toml),
        ] {
            let request =
                Definition::from_text(text, format).unwrap().checked::<AppVersion>().unwrap();
            assert_eq!(
                serde_json::to_value(request).unwrap(),
                json!({"id": "a", "version": "1", "containerImage": "i", "tags": ["t"]}),
                "{format:?}"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_without_the_content() {
        for (text, format, why) in [
            ("{\"id\": \"planted\",", Format::Json, "line 1, column 17: EOF while parsing a value"),
            ("{\"id\": {\"a\": \"planted\",}}", Format::Json, "column 24: id: trailing comma"),
            ("id: planted\n  port: [", Format::Yaml, "line 2"),
            ("id = \"planted\nport = 1", Format::Toml, "line 1"),
            ("[1]", Format::Json, "must be an object"),
            (&with("\"port\": \"planted\""), Format::Json, "line 3, column 3: port: invalid type"),
            ("{\"port\": 1}", Format::Json, "missing field `"),
            (
                &with("\"prot\": \"planted\""),
                Format::Json,
                "line 3, column 3: unknown attribute prot",
            ),
            (
                &with(
                    "\"authnCredential\": {\"password\": \"planted\", \"_comment\": \"planted\"}",
                ),
                Format::Json,
                "line 3, column 46: unknown attribute authnCredential._comment",
            ),
            (
                &with("\"jobRuntimes\": [{\"runtimeType\": \"ZIP\"}, {\"typ\": 1}]"),
                Format::Json,
                "jobRuntimes[1]: missing field `runtimeType`",
            ),
            (
                &format!("{{\"status\": \"success\", \"result\": {}}}", with("\"prot\": 1")),
                Format::Json,
                "line 3, column 3: unknown attribute prot",
            ),
        ] {
            let read = Definition::from_text(text, format);
            let error = read.and_then(|definition| definition.checked::<System>()).unwrap_err();
            assert!(error.is_input() && error.message().contains(why), "{text}: {error}");
            assert!(!format!("{error} {error:?}").contains("planted"), "{error:?}");
        }
    }

    #[test]
    fn what_the_service_sets_or_refuses_as_empty_is_not_sent() {
        let reply = with(
            "\"uuid\": \"u\", \"tenant\": \"dev\", \"created\": \"2026-01-01T00:00:00Z\", \"isPublic\": true, \
             \"deleted\": false, \"sharedWithUsers\": [], \"hasCredentials\": null, \"importRefId\": null, \
             \"parentId\": null, \"mpiCmd\": null, \"jobRuntimes\": [], \"description\": \"\", \"tags\": [], \
             \"effectiveUserId\": \"me\", \"isDynamicEffectiveUser\": true, \
             \"jobCapabilities\": [{\"category\": \"OS\", \"name\": \"n\", \"datatype\": \"STRING\", \
             \"subcategory\": \"s\", \"value\": null}]",
        );
        assert_eq!(
            system(&reply).unwrap(),
            json!({
                "id": "s", "systemType": "LINUX", "host": "h", "defaultAuthnMethod": "PASSWORD",
                "canExec": false, "tags": [], "effectiveUserId": "${apiUserId}",
                "jobCapabilities": [{"category": "OS", "name": "n", "datatype": "STRING"}],
            })
        );
    }

    #[test]
    fn a_size_is_sent_whole_and_an_app_is_locked_later() {
        let definition = json!({
            "id": "a", "version": "1", "containerImage": "i", "locked": true,
            "jobAttributes": {"maxMinutes": 60},
        });
        let request = Definition::from_value(&definition).unwrap().checked::<AppVersion>().unwrap();
        assert_eq!(
            serde_json::to_value(request).unwrap(),
            json!({
                "id": "a", "version": "1", "containerImage": "i",
                "jobAttributes": {"maxMinutes": 60, "memoryMB": 100, "nodeCount": 1, "coresPerNode": 1},
            })
        );
    }

    #[test]
    fn a_secret_that_was_printed_is_refused_with_its_path() {
        let text = with("\"authnCredential\": {\"password\": \"[redacted]\"}");
        let error = system(&text).err().unwrap();
        assert!(error.is_input(), "{error}");
        let told = "authnCredential.password: `[redacted]` stands for a secret";
        assert!(error.message().contains(told), "{error}");
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Request {
        id: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        queue: Option<Queue>,
        #[serde(rename = "maxJobs", skip_serializing_if = "Option::is_none")]
        max_jobs: Option<i64>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Queue {
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    }

    #[test]
    fn of_a_reply_remains_what_creates_the_resource_without_credentials() {
        #[derive(Serialize, Deserialize)]
        struct Reply {
            id: String,
            queue: Option<Queue>,
            uuid: Option<String>,
            password: Option<String>,
            #[serde(rename = "maxJobs")]
            max_jobs: Option<i64>,
        }
        let attributes = Attributes { write_only: &["password"], ..PLAIN };
        let kept = |reply| attributes_to_create::<Reply, Request>(reply, &attributes);
        let reply = json!({
            "id": "a", "uuid": "u", "queue": {"more": 1}, "password": "planted", "maxJobs": i32::MAX,
        });
        let definition = json!({"id": "a", "queue": {}, "maxJobs": -1});
        assert_eq!(Value::from(kept(reply).unwrap()), definition);
        assert!(kept(json!({"uuid": "u"})).unwrap_err().starts_with("missing field `id`"));
    }
}
