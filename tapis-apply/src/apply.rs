//! Applies, compares and exports definitions, with one algorithm for all kinds of resources.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};
use tapis_core::{BoxFuture, Error, ErrorKind, Session};

use crate::apps::{self, AppVersion};
use crate::change::bodies;
use crate::compare;
use crate::definition::Definition;
use crate::difference::{Difference, Differences};
use crate::kind::Kind;
use crate::request::attributes_to_create;
use crate::resource::{Resource, Steps};
use crate::systems::System;
use crate::target::Target;

/// The result of applying a definition. Its `Display` is a short text.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub enum ApplyOutcome {
    /// The resource did not exist and was created.
    Created,
    /// The resource had been deleted. It was undeleted, and these differences, if any, were changed.
    Undeleted(Differences),
    /// The resource existed, and these differences were changed.
    Updated(Differences),
    /// The resource existed and matched the definition.
    Unchanged,
}

impl fmt::Display for ApplyOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, differences) = match self {
            Self::Created => return f.write_str("created"),
            Self::Unchanged => return f.write_str("unchanged"),
            Self::Undeleted(differences) if differences.is_empty() => {
                return f.write_str("undeleted");
            }
            Self::Undeleted(differences) => ("undeleted and changed", differences),
            Self::Updated(differences) => ("changed", differences),
        };
        match differences.len() {
            1 => write!(f, "{word} in 1 place"),
            count => write!(f, "{word} in {count} places"),
        }
    }
}

/// Creates the resource of a definition, or updates the attributes that differ.
///
/// # Errors
/// The errors of `Tapis::apply` in the `tapis-client` crate, which calls this function.
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

/// Compares a definition with the resource on the server, without changing anything.
///
/// # Errors
/// The errors of `Tapis::diff` in the `tapis-client` crate, which calls this function.
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

/// Exports a resource on the server as a definition.
///
/// # Errors
/// The errors of `Tapis::export` in the `tapis-client` crate, which calls this function.
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
    let request = definition.checked::<R>()?;
    let (there, was) = match resource.read().await {
        Ok(there) => (there, Was::There),
        Err(error) if error.is_not_found() => create(&resource, definition, request).await?,
        Err(error) => return Err(error),
    };
    let wanted = Wanted::new::<R>(session, definition, &there).await?;
    let differences = wanted.differences(&resource, &there).await?;
    if !differences.is_empty() {
        wanted.settle(&resource, &there, &differences).await?;
    }
    Ok(match was {
        Was::Missing => ApplyOutcome::Created,
        Was::Deleted => ApplyOutcome::Undeleted(differences),
        Was::There if differences.is_empty() => ApplyOutcome::Unchanged,
        Was::There => ApplyOutcome::Updated(differences),
    })
}

async fn diff_with<R: Resource>(
    session: &Session,
    definition: &Definition,
) -> Result<Differences, Error> {
    let resource = R::described_by(definition, session)?;
    definition.checked::<R>()?;
    let there = resource.read().await?;
    let wanted = Wanted::new::<R>(session, definition, &there).await?;
    wanted.differences(&resource, &there).await
}

/// The state of a resource before it was applied.
enum Was {
    There,
    Missing,
    Deleted,
}

/// Creates a resource that does not exist, or undeletes it, and reads it.
async fn create<R: Resource>(
    resource: &R,
    definition: &Definition,
    request: R::Post,
) -> Result<(Value, Was), Error> {
    let described = definition.described::<R>();
    let refused = match resource.create(&described, request.clone()).await {
        Ok(()) => return Ok((resource.read().await?, Was::Missing)),
        Err(error) if R::may_be_deleted(&error) => error,
        Err(error) => return Err(error),
    };
    match resource.undelete().await {
        // The service refuses a reserved name in the same way as the name of a deleted resource.
        Err(error) if error.is_not_found() => return Err(refused),
        undeleted => undeleted?,
    }
    match resource.read().await {
        // The app had been deleted, but it never had this version.
        Err(error) if error.is_not_found() => {
            resource.create(&described, request).await?;
            Ok((resource.read().await?, Was::Missing))
        }
        there => Ok((there?, Was::Deleted)),
    }
}

/// A definition to be applied to a resource that exists.
struct Wanted<'a> {
    definition: &'a Definition,
    /// The attributes as the service stores them.
    stored: Map<String, Value>,
}

impl<'a> Wanted<'a> {
    async fn new<R: Resource>(
        session: &Session,
        definition: &'a Definition,
        there: &Value,
    ) -> Result<Self, Error> {
        let token = session.access_token().await?;
        let caller = token.claims().username.as_deref();
        let stored = R::as_stored(&definition.described::<R>(), there, caller);
        Ok(Self { definition, stored })
    }

    /// Returns all differences, including a missing credential.
    async fn differences<R: Resource>(
        &self,
        resource: &R,
        there: &Value,
    ) -> Result<Differences, Error> {
        let mut differences = compare::differences(&self.stored, there, &R::ATTRIBUTES);
        if resource.lacks_credential(&self.stored, there).await? {
            differences.push(Difference {
                path: CREDENTIAL.to_owned(),
                local: "[redacted]".into(),
                remote: None,
            });
        }
        Ok(differences)
    }

    /// Changes the resource to match the definition, and reads it again to verify the result. The owner is
    /// changed last, because only the owner may make the other changes.
    async fn settle<R: Resource>(
        &self,
        resource: &R,
        there: &Value,
        differences: &Differences,
    ) -> Result<(), Error> {
        let stuck = self.stored.keys().filter(|name| differences.concerns(name));
        let stuck: Vec<_> = stuck.filter_map(|name| R::unchangeable(name, there)).collect();
        if !stuck.is_empty() {
            return Err(self.definition.fault(&stuck.join("; ")));
        }
        let steps = self.steps::<R>(there, differences);
        if !steps.is_empty() {
            resource.update(&steps, there).await?;
        }
        if differences.concerns(CREDENTIAL) {
            resource.store_credential(&self.stored, there).await?;
        }
        let changes_owner = differences.concerns("owner");
        if !changes_owner || differences.len() > 1 {
            self.check::<R>(&resource.read().await?, &["owner"])?;
        }
        let owner = self.stored.get("owner").and_then(Value::as_str);
        if let (true, Some(owner)) = (changes_owner, owner) {
            resource.change_owner(owner.trim()).await?;
            match resource.read().await {
                Ok(there) => self.check::<R>(&there, &[])?,
                // The previous owner may no longer see the resource.
                Err(error) if error.is_permission() || error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn steps<R: Resource>(&self, there: &Value, differences: &Differences) -> Steps {
        let switch = |name: &&'static str| {
            let wanted = match self.stored.get(*name)? {
                Value::Bool(wanted) => *wanted,
                _ => R::ATTRIBUTES.default(name)?.value()?.as_bool()?,
            };
            differences.concerns(name).then_some((*name, wanted))
        };
        let switches: BTreeMap<_, _> = R::ATTRIBUTES.by_calls.iter().filter_map(switch).collect();
        Steps { bodies: bodies(&self.stored, there, &R::ATTRIBUTES), switches }
    }

    /// Verifies that the service stored the change.
    ///
    /// # Errors
    /// `Request` with the attributes that it accepted but did not store.
    fn check<R: Resource>(&self, there: &Value, but: &[&str]) -> Result<(), Error> {
        let mut stored = self.stored.clone();
        stored.retain(|name, _| !but.contains(&name.as_str()));
        let left = compare::differences(&stored, there, &R::ATTRIBUTES);
        if left.is_empty() {
            return Ok(());
        }
        let left: Vec<String> = left.iter().map(ToString::to_string).collect();
        let message =
            format!("the service accepted the change but did not store {}", left.join("; "));
        let fault = self.definition.fault(&message);
        Err(Error::new(ErrorKind::Request, fault.message()))
    }
}

/// The attribute for a credential that cannot be compared.
const CREDENTIAL: &str = "authnCredential";

fn exported<R: Resource>(there: Value, origin: String) -> Result<Definition, Error> {
    match attributes_to_create::<R::Reply, R::Post>(there, &R::ATTRIBUTES) {
        Ok(fields) => Ok(Definition::new(fields, origin).with_kind(R::KIND)),
        Err(why) => {
            let message =
                format!("{origin} cannot be exported, because its reply is incomplete: {why}");
            Err(Error::new(ErrorKind::Decoding, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::collections::BTreeSet;

    use crate::documents::schemas;

    #[test]
    fn what_was_done_is_told_in_words() {
        let difference =
            |path: &str| Difference { path: path.to_owned(), local: Value::Null, remote: None };
        let one = Differences::new(vec![difference("a")]);
        let two = Differences::new(vec![difference("a"), difference("b")]);
        for (outcome, words) in [
            (ApplyOutcome::Created, "created"),
            (ApplyOutcome::Unchanged, "unchanged"),
            (ApplyOutcome::Updated(one.clone()), "changed in 1 place"),
            (ApplyOutcome::Updated(two), "changed in 2 places"),
            (ApplyOutcome::Undeleted(Differences::default()), "undeleted"),
            (ApplyOutcome::Undeleted(one), "undeleted and changed in 1 place"),
        ] {
            assert_eq!(outcome.to_string(), words);
        }
    }

    #[test]
    fn the_attributes_that_are_particular_are_those_of_the_documents() {
        let systems = ("systems", "System", System::ATTRIBUTES);
        let apps = ("apps", "App", AppVersion::ATTRIBUTES);
        for (service, name, attributes) in [systems, apps] {
            let schemas = schemas(service);
            let names = |schema: &str| -> BTreeSet<String> {
                schemas[schema]["properties"].as_object().unwrap().keys().cloned().collect()
            };
            let set = |lists: &[&[&str]]| -> BTreeSet<String> {
                lists.iter().flat_map(|list| list.iter().map(|name| (*name).to_owned())).collect()
            };
            let (post, patch) = (format!("ReqPost{name}"), format!("ReqPatch{name}"));
            // The attributes of the first request, and those that can be changed later.
            let once = [attributes.fixed, attributes.by_calls, attributes.write_only];
            let beside = set(&[attributes.beside_post]);
            let once: BTreeSet<_> = set(&once).difference(&beside).cloned().collect();
            let not_patched: BTreeSet<_> =
                names(&post).difference(&names(&patch)).cloned().collect();
            assert_eq!(not_patched, once, "{post}");
            // The attributes that only replies have.
            let reply = names(&format!("Tapis{name}"));
            let not_posted: BTreeSet<_> = reply.difference(&names(&post)).cloned().collect();
            let own = set(&[attributes.server_made, attributes.beside_post]);
            assert!(not_posted.is_subset(&own), "{name}: {not_posted:?}");
            assert!(own.is_disjoint(&names(&post)), "{name}");

            let properties = schemas[post.as_str()]["properties"].as_object().unwrap();
            let secret = |value: &&Value| has_secret(value, &schemas);
            let secrets = properties.iter().filter(|(_, value)| secret(value));
            let secrets: Vec<_> = secrets.map(|(name, _)| name.as_str()).collect();
            assert_eq!(secrets, attributes.write_only, "{post}");
        }
    }

    /// Whether a schema, or a schema that it refers to, has a secret.
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
