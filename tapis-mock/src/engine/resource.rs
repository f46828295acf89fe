//! The resources, derived from the paths.

use http::Method;
use serde_json::{Map, Value};
use tapis_specs::reader::resolve;

use crate::call::Call;
use crate::document::{Operation, Service};
use crate::schema::properties;
use crate::store::in_tenant;

/// The effect of an operation on a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Create,
    List,
    Read,
    /// Replaces values; other values do not change.
    Change,
    Delete,
}

/// A collection of records, and the names of its members.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    /// The path of the collection, with parameters in braces.
    path: String,
    /// The path parameter with the name of a member.
    parameter: String,
    /// The field of a record with that name.
    pub(super) id_field: String,
    /// Whether the service generates names, as numbers.
    pub(super) id_is_number: bool,
    /// All fields of a record.
    pub(super) fields: Map<String, Value>,
    /// The parent collections that are resources themselves, with the parameters that name their
    /// members.
    parents: Vec<(String, String)>,
}

/// The resource of an operation, and what the operation does to it. A path, and the same path
/// followed by a parameter, are a resource if members can be read, and can be created or listed.
pub(crate) fn infer(service: &Service, operation: &Operation) -> Option<(Role, Resource)> {
    let (path, role) = match (operation.template.rsplit_once("/{"), &operation.method) {
        (Some((collection, rest)), method) if rest.ends_with('}') && !rest.contains('/') => {
            let role = match *method {
                Method::GET => Role::Read,
                Method::PUT | Method::PATCH => Role::Change,
                Method::DELETE => Role::Delete,
                _ => return None,
            };
            (collection, role)
        }
        (_, method) => {
            let role = match *method {
                Method::GET => Role::List,
                Method::POST => Role::Create,
                _ => return None,
            };
            (operation.template, role)
        }
    };
    Some((role, describe(service, path)?))
}

/// The resource at the path of a collection.
fn describe(service: &Service, path: &str) -> Option<Resource> {
    let at = |template: &str, method: &Method| {
        service.operations.iter().find(|op| op.template == template && op.method == *method)
    };
    let member = service.operations.iter().find(|op| {
        op.method == Method::GET
            && op.template.strip_prefix(path).is_some_and(|rest| {
                rest.starts_with("/{") && rest.ends_with('}') && rest.matches('/').count() == 1
            })
    })?;
    let create = at(path, &Method::POST)?;
    let list = at(path, &Method::GET)?;
    create.json_body()?;
    let parameter = member.template.rsplit_once("/{")?.1.trim_end_matches('}').to_owned();
    let document = service.document;
    let result = member.result()?;
    let schema = resolve(document, result).get("items").unwrap_or(result);
    let fields = properties(document, schema);
    if fields.is_empty() {
        return None;
    }
    // If its records cannot be listed, it is not a collection.
    let listed = resolve(document, list.result()?);
    let is_list = holds_records(document, listed)
        || properties(document, listed).values().any(|field| holds_records(document, field));
    if !is_list {
        return None;
    }
    let id_field = id_field(&parameter, &fields)?;
    let id_is_number = fields
        .get(&id_field)
        .is_some_and(|field| resolve(document, field).get("type").is_some_and(|k| k == "integer"));
    let parents = parents(service, path);
    Some(Resource { path: path.to_owned(), parameter, id_field, id_is_number, fields, parents })
}

/// Whether a schema is a list of objects.
fn holds_records(document: &Value, schema: &Value) -> bool {
    let items = resolve(document, schema).get("items");
    items.is_some_and(|items| !properties(document, items).is_empty())
}

/// The field with a record's name, for the parameter that names it in paths.
fn id_field(parameter: &str, fields: &Map<String, Value>) -> Option<String> {
    let stem = ["_id", "_uuid", "_name"].iter().find_map(|end| parameter.strip_suffix(end));
    let end = ["id", "uuid", "name"].into_iter().find(|end| parameter.ends_with(end));
    let mut candidates = vec![parameter.to_owned()];
    candidates.extend(end.map(str::to_owned));
    candidates.extend(["id".to_owned(), "uuid".to_owned()]);
    candidates.extend(stem.map(str::to_owned));
    candidates.extend(stem.map(|stem| format!("{stem}_name")));
    candidates.push("name".to_owned());
    candidates.into_iter().find(|name| fields.contains_key(name))
}

/// The parent resources of a path.
fn parents(service: &Service, path: &str) -> Vec<(String, String)> {
    let mut parents = Vec::new();
    let mut rest = path;
    while let Some((before, after)) = rest.rsplit_once("/{") {
        let parameter = after.split('}').next().unwrap_or_default();
        if describe(service, before).is_some() {
            parents.push((before.to_owned(), parameter.to_owned()));
        }
        rest = before;
    }
    parents.reverse();
    parents
}

impl Resource {
    /// The path parameter with the name of a member.
    pub(super) fn id<'a>(&self, call: &'a Call<'_>) -> &'a str {
        call.path(&self.parameter)
    }

    /// The fields with which a request can name the new record.
    pub(super) fn id_candidates(&self) -> Vec<String> {
        // The name of a record is not a UUID.
        if self.parameter.ends_with("uuid") {
            return vec![self.parameter.clone(), self.id_field.clone()];
        }
        let stem = self.parameter.strip_suffix("_id").unwrap_or(&self.parameter);
        vec![
            self.parameter.clone(),
            self.id_field.clone(),
            stem.to_owned(),
            format!("{stem}_name"),
            "name".to_owned(),
        ]
    }

    /// The path of the collection of a call.
    pub(super) fn collection_path(&self, call: &Call<'_>) -> String {
        fill(&self.path, call)
    }

    pub(super) fn member_path(&self, call: &Call<'_>) -> String {
        format!("{}/{}", self.collection_path(call), self.id(call))
    }

    /// The name of the collection in the store.
    pub(super) fn collection(&self, call: &Call<'_>) -> String {
        in_tenant(&call.tenant, &self.collection_path(call))
    }

    /// The collections in the store of the parents of this one.
    pub(super) fn parents<'a>(&'a self, call: &Call<'_>) -> Vec<(String, &'a str)> {
        let parents = self.parents.iter();
        parents
            .map(|(path, parameter)| {
                (in_tenant(&call.tenant, &fill(path, call)), parameter.as_str())
            })
            .collect()
    }

    /// The name of one record in messages.
    pub(super) fn title(&self, id: &str) -> String {
        format!("{} {id}", self.name())
    }

    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

/// A template with the values of a call.
fn fill(template: &str, call: &Call<'_>) -> String {
    let mut path = template.to_owned();
    for (name, value) in &call.path {
        path = path.replace(&format!("{{{name}}}"), value);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::INTERFACE;

    fn inferred(service: &str, operation: &str) -> Option<(Role, Resource)> {
        let service = INTERFACE.service(service).unwrap();
        let operation = service.operations.iter().find(|op| op.id == operation).unwrap();
        infer(service, operation)
    }

    #[test]
    fn collections_and_members_are_told_apart() {
        let (role, resource) = inferred("streams", "update_site").unwrap();
        assert_eq!(role, Role::Change);
        assert_eq!(resource.path, "/v3/streams/projects/{project_id}/sites");
        assert_eq!(resource.id_field, "site_id");
        let parents = [("/v3/streams/projects".to_owned(), "project_id".to_owned())];
        assert_eq!(resource.parents, parents);
        assert_eq!(inferred("workflows", "listGroups").unwrap().0, Role::List);
        assert_eq!(inferred("actors", "create_alias").unwrap().1.id_field, "alias");
    }

    #[test]
    fn what_only_does_something_is_no_resource() {
        assert!(inferred("pods", "get_pod_logs").is_none());
        assert!(inferred("streams", "transfer_data").is_none());
    }
}
