//! What the Java services have in common: resources with an owner, permissions, shares and a
//! history.

pub(super) mod history;
pub(super) mod lifecycle;
pub(super) mod permissions;
pub(super) mod present;
pub(super) mod shares;

use serde_json::{Value, json};

use super::access;
use crate::call::Call;
use crate::reply::{Failure, Reply};
use crate::store::{Store, in_tenant};

/// A sort of resource.
pub(super) struct Sort {
    /// The name of its collection.
    pub(super) collection: &'static str,
    /// With what the service's messages begin.
    pub(super) key: &'static str,
    /// What messages call it.
    pub(super) noun: &'static str,
    /// The path parameter that names it.
    pub(super) id: &'static str,
}

/// What one may be allowed to do with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Permission {
    Read,
    Modify,
    Execute,
}

impl Permission {
    pub(super) const ALL: [Self; 3] = [Self::Read, Self::Modify, Self::Execute];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Read => "READ",
            Self::Modify => "MODIFY",
            Self::Execute => "EXECUTE",
        }
    }

    pub(super) fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.word().eq_ignore_ascii_case(word))
    }
}

impl Sort {
    pub(super) fn in_tenant(&self, tenant: &str) -> String {
        in_tenant(tenant, self.collection)
    }

    /// A collection of things that belong to resources of this sort.
    pub(super) fn of(&self, tenant: &str, what: &str) -> String {
        format!("{tenant}:{}.{what}", self.collection)
    }

    /// A message in the form of these services: a key, a sentence, who asked and about what.
    pub(super) fn message(&self, call: &Call<'_>, key: &str, sentence: &str, id: &str) -> String {
        let Self { key: prefix, noun, .. } = self;
        let caller = call.caller.as_ref();
        let api_user = caller.and_then(|caller| caller.service.as_deref()).unwrap_or(call.user());
        format!(
            "{prefix}_{key} {sentence} Tenant: {} ApiUserId: {api_user} OboTenant: {} OboUser: {} \
             {noun}: {id}",
            call.tenant,
            call.tenant,
            call.user(),
        )
    }

    pub(super) fn missing(&self, call: &Call<'_>, id: &str) -> Failure {
        Failure::not_found(self.message(call, "NOT_FOUND", "Record not found.", id))
    }

    pub(super) fn unauthorized(&self, call: &Call<'_>, id: &str) -> Failure {
        let operation = &call.operation.id;
        let message = self.message(call, "UNAUTH", "User not authorized.", id);
        Failure::forbidden(format!("{message} Operation: {operation}"))
    }

    pub(super) fn exists(&self, call: &Call<'_>, id: &str) -> Failure {
        let sentence = format!("{} already exists.", self.noun);
        Failure::conflict(self.message(call, "EXISTS", &sentence, id))
    }

    pub(super) fn invalid(&self, call: &Call<'_>, what: &str, id: &str) -> Failure {
        let sentence = format!("Unable to create/update resource due to invalid input. {what}");
        Failure::bad_request(self.message(call, "CREATE_INVALID_ERRORLIST", &sentence, id))
    }

    /// The resource of the path, unless it is deleted.
    pub(super) fn find<'a>(&self, call: &Call<'_>, store: &'a Store) -> Result<&'a Value, Failure> {
        let id = call.path(self.id);
        let record = store.get(&self.in_tenant(&call.tenant), id);
        record.filter(|record| record["deleted"] != true).ok_or_else(|| self.missing(call, id))
    }

    /// As [`find`](Self::find), for callers who are allowed to.
    pub(super) fn find_for<'a>(
        &self,
        call: &Call<'_>,
        store: &'a Store,
        permission: Permission,
    ) -> Result<&'a Value, Failure> {
        let record = self.find(call, store)?;
        if self.allows(call, store, record, permission) {
            return Ok(record);
        }
        Err(self.unauthorized(call, call.path(self.id)))
    }

    /// As [`find`](Self::find), for owners.
    pub(super) fn find_own<'a>(
        &self,
        call: &Call<'_>,
        store: &'a Store,
    ) -> Result<&'a Value, Failure> {
        let record = self.find(call, store)?;
        if self.owns(call, store, record) {
            return Ok(record);
        }
        Err(self.unauthorized(call, call.path(self.id)))
    }

    /// Whether the caller owns a resource, or stands above owners.
    pub(super) fn owns(&self, call: &Call<'_>, store: &Store, record: &Value) -> bool {
        record["owner"] == call.user() || access::is_admin(call, store)
    }

    /// Whether the caller may do something with a resource: as its owner, by a permission or
    /// because it is shared.
    pub(super) fn allows(
        &self,
        call: &Call<'_>,
        store: &Store,
        record: &Value,
        permission: Permission,
    ) -> bool {
        if self.owns(call, store, record) {
            return true;
        }
        let id = record["id"].as_str().unwrap_or_default();
        let granted = permissions::granted(self, store, &call.tenant, id, call.user());
        let has = |wanted: Permission| granted.iter().any(|word| word == wanted.word());
        // Whoever may change or use a thing may look at it.
        let by_permission = has(permission)
            || (permission == Permission::Read
                && (has(Permission::Modify) || has(Permission::Execute)));
        let shared = shares::reaches(self, store, &call.tenant, id, call.user());
        by_permission || (shared && permission != Permission::Modify)
    }
}

/// Says where the resource is.
pub(super) fn url_reply(call: &Call<'_>, path: &str, message: String) -> Reply {
    let url = format!("{}/v3/{path}", call.base_url);
    Reply::result(json!({ "url": url }), message).with_status(call.operation.success)
}

/// Says how much changed.
pub(super) fn change_reply(changes: usize, message: String) -> Reply {
    Reply::result(json!({ "changes": changes }), message)
}
