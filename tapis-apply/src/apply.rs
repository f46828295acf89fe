//! Applying, comparing and exporting: one algorithm for all kinds of resources.

use std::fmt;

use serde_json::Value;
use tapis_core::{BoxFuture, Error, ErrorKind, Session};

use crate::apps::{self, AppVersion};
use crate::definition::Definition;
use crate::difference::Differences;
use crate::kind::Kind;
use crate::request::attributes_to_create;
use crate::resource::{Resource, Switches};
use crate::systems::System;
use crate::target::Target;

/// What applying a definition has done. Printed, it is a few words.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub enum ApplyOutcome {
    /// The resource did not exist and was created.
    Created,
    /// It existed and was changed; these were the differences.
    Updated(Differences),
    /// It existed and was as described.
    Unchanged,
}

impl fmt::Display for ApplyOutcome {
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

/// Creates the resource that a definition describes, or changes what differs.
///
/// # Errors
/// As `Tapis::apply` of the `tapis-client` crate, which calls it.
pub fn apply(
    session: &Session,
    definition: &Definition,
) -> BoxFuture<'static, Result<ApplyOutcome, Error>> {
    let (session, definition) = (session.clone(), definition.clone());
    Box::pin(async move {
        match definition.kind()? {
            Kind::System => apply_to::<System>(&session, &definition).await,
            Kind::App => apply_to::<AppVersion>(&session, &definition).await,
        }
    })
}

/// Compares a definition with the resource on the server, and changes nothing.
///
/// # Errors
/// As `Tapis::diff` of the `tapis-client` crate, which calls it.
pub fn diff(
    session: &Session,
    definition: &Definition,
) -> BoxFuture<'static, Result<Differences, Error>> {
    let (session, definition) = (session.clone(), definition.clone());
    Box::pin(async move {
        match definition.kind()? {
            Kind::System => diff_with::<System>(&session, &definition).await,
            Kind::App => diff_with::<AppVersion>(&session, &definition).await,
        }
    })
}

/// Makes a definition of a resource on the server.
///
/// # Errors
/// As `Tapis::export` of the `tapis-client` crate, which calls it.
pub fn export(session: &Session, target: Target) -> BoxFuture<'static, Result<Definition, Error>> {
    let session = session.clone();
    Box::pin(async move {
        let origin = target.to_string();
        match target {
            Target::System { id } => {
                exported::<System>(System::new(&session, &id).read().await?, origin)
            }
            Target::App { id, version: Some(version) } => {
                let app = AppVersion::new(&session, &id, &version);
                exported::<AppVersion>(app.read().await?, origin)
            }
            Target::App { id, version: None } => {
                exported::<AppVersion>(apps::newest(&session, &id).await?, origin)
            }
        }
    })
}

async fn apply_to<R: Resource>(
    session: &Session,
    definition: &Definition,
) -> Result<ApplyOutcome, Error> {
    let resource = R::described_by(definition, session)?;
    let request = definition.checked::<R::Post>()?;
    let there = match resource.read().await {
        Ok(there) => there,
        Err(error) if error.is_not_found() => {
            resource.create(request).await?;
            return Ok(ApplyOutcome::Created);
        }
        Err(error) => return Err(error),
    };
    let differences = definition.compared_with(&there, &R::ATTRIBUTES);
    if differences.is_empty() {
        return Ok(ApplyOutcome::Unchanged);
    }
    let patch = definition.changes::<R::Patch>(&differences, &there, &R::ATTRIBUTES)?;
    resource.update(patch, &switches::<R>(definition, &there)).await?;
    Ok(ApplyOutcome::Updated(differences))
}

async fn diff_with<R: Resource>(
    session: &Session,
    definition: &Definition,
) -> Result<Differences, Error> {
    let resource = R::described_by(definition, session)?;
    definition.checked::<R::Post>()?;
    Ok(definition.compared_with(&resource.read().await?, &R::ATTRIBUTES))
}

fn switches<R: Resource>(definition: &Definition, there: &Value) -> Switches {
    let differs = |name: &&'static str| match definition.get(name) {
        Some(Value::Bool(wanted)) if there[*name] != *wanted => Some((*name, *wanted)),
        _ => None,
    };
    R::ATTRIBUTES.switches.iter().filter_map(differs).collect()
}

fn exported<R: Resource>(there: Value, origin: String) -> Result<Definition, Error> {
    match attributes_to_create::<R::Reply, R::Post>(there, &R::ATTRIBUTES) {
        Ok(fields) => Ok(Definition::new(fields, origin).with_kind(R::KIND)),
        Err(why) => {
            let message = format!("{origin}: its attributes are no complete definition: {why}");
            Err(Error::new(ErrorKind::Decoding, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::attributes::Attributes;
    use crate::documents::schemas;

    #[test]
    fn what_was_done_is_told_in_words() {
        let definition = Definition::from_value(&serde_json::json!({"a": 1, "b": 2})).unwrap();
        let applied = |there| {
            ApplyOutcome::Updated(definition.compared_with(&there, &Attributes::default()))
                .to_string()
        };
        assert_eq!(applied(serde_json::json!({"a": 1, "b": 3})), "changed in 1 place");
        assert_eq!(applied(serde_json::json!({})), "changed in 2 places");
        assert_eq!(
            [ApplyOutcome::Created, ApplyOutcome::Unchanged].map(|one| one.to_string()),
            ["created", "unchanged"]
        );
    }

    #[test]
    fn the_attributes_that_are_particular_are_those_of_the_documents() {
        let systems = (schemas("systems"), "ReqPostSystem", System::ATTRIBUTES);
        let apps = (schemas("apps"), "ReqPostApp", AppVersion::ATTRIBUTES);
        for (schemas, post, attributes) in [systems, apps] {
            let properties = schemas[post]["properties"].as_object().unwrap();
            for name in attributes.resolved.iter().chain(attributes.switches) {
                assert!(properties.contains_key(*name), "{post}: {name}");
            }
            let secret = |value: &&Value| has_secret(value, &schemas);
            let secrets = properties.iter().filter(|(_, value)| secret(value));
            let secrets: Vec<_> = secrets.map(|(name, _)| name.as_str()).collect();
            assert_eq!(secrets, attributes.write_only, "{post}");
            let non_empty = properties.iter().filter(|(_, value)| value.get("minItems").is_some());
            let non_empty: Vec<_> = non_empty.map(|(name, _)| name.as_str()).collect();
            assert_eq!(non_empty, attributes.non_empty, "{post}");
        }
    }

    /// Whether something in a schema, or in those that it refers to, is a secret.
    fn has_secret(schema: &Value, schemas: &Value) -> bool {
        match schema {
            Value::Object(fields) => fields.iter().any(|(name, value)| match value.as_str() {
                Some("password") if name == "format" => true,
                Some(reference) if name == "$ref" => {
                    let name = reference.rsplit('/').next().unwrap();
                    has_secret(&schemas[name], schemas)
                }
                _ => has_secret(value, schemas),
            }),
            Value::Array(items) => items.iter().any(|item| has_secret(item, schemas)),
            _ => false,
        }
    }
}
