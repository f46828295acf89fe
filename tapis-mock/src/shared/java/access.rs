//! The access to a resource: of its owner, of users with a permission, and of users that it is
//! shared with.

use serde_json::Value;

use super::sort::Sort;
use crate::call::Call;
use crate::reply::Failure;
use crate::roles;
use crate::store::Store;

/// The kinds of access to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Permission {
    Read,
    Modify,
    Execute,
}

impl Permission {
    pub(crate) const ALL: [Self; 3] = [Self::Read, Self::Modify, Self::Execute];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Read => "READ",
            Self::Modify => "MODIFY",
            Self::Execute => "EXECUTE",
        }
    }

    pub(crate) fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.word() == word)
    }
}

/// The key of a user's permissions on a resource.
pub(crate) fn key(id: &str, user: &str) -> String {
    format!("{id}/{user}")
}

/// The permissions that were granted to a user.
pub(crate) fn granted(
    sort: &Sort,
    store: &Store,
    tenant: &str,
    id: &str,
    user: &str,
) -> Vec<String> {
    let words = store.get(&sort.of(tenant, "perms"), &key(id, user));
    let words = words.and_then(Value::as_array).into_iter().flatten();
    words.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The grantee of a share with all users of the tenant.
pub(super) const EVERYONE: &str = "~public";

/// The users that a resource is shared with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Share {
    pub(crate) users: Vec<String>,
    pub(crate) public: bool,
}

/// The shares of the resource `id`: grantors and grantees.
pub(super) fn shares_of(sort: &Sort, store: &Store, tenant: &str, id: &str) -> Vec<Value> {
    let records = store.get(&sort.of(tenant, "shares"), id);
    records.and_then(Value::as_array).cloned().unwrap_or_default()
}

/// The users that the resource `id` is shared with.
pub(crate) fn share_of(sort: &Sort, store: &Store, tenant: &str, id: &str) -> Share {
    let mut share = Share::default();
    for record in shares_of(sort, store, tenant, id) {
        match record["grantee"].as_str() {
            Some(EVERYONE) => share.public = true,
            Some(user) if !share.users.iter().any(|known| known == user) => {
                share.users.push(user.to_owned());
            }
            _ => {}
        }
    }
    share
}

/// Whether a resource is shared with a user.
pub(crate) fn reaches(sort: &Sort, store: &Store, tenant: &str, id: &str, user: &str) -> bool {
    let share = share_of(sort, store, tenant, id);
    share.public || share.users.iter().any(|known| known == user)
}

impl Sort {
    /// The resource of the path, unless it is deleted, for callers who may read it.
    pub(crate) fn find_readable<'a>(
        &self,
        call: &Call<'_>,
        store: &'a Store,
    ) -> Result<&'a Value, Failure> {
        let record = self.find(call, store)?;
        if self.allows(call, store, record, Permission::Read) {
            return Ok(record);
        }
        Err(self.unauthorized(call, call.path(self.id)))
    }

    /// The resource of the path, unless it is deleted, for callers who may change it or use it.
    pub(crate) fn find_for<'a>(
        &self,
        call: &Call<'_>,
        store: &'a Store,
        permission: Permission,
    ) -> Result<&'a Value, Failure> {
        let id = call.path(self.id);
        let found = self.live(call, store, id);
        let record = found.ok_or_else(|| self.nothing_to_change(call, id))?;
        if self.allows(call, store, record, permission) {
            return Ok(record);
        }
        Err(self.unauthorized(call, id))
    }

    /// As [`find_for`](Self::find_for), for owners and administrators.
    pub(crate) fn find_own<'a>(
        &self,
        call: &Call<'_>,
        store: &'a Store,
    ) -> Result<&'a Value, Failure> {
        let id = call.path(self.id);
        let found = self.live(call, store, id);
        let record = found.ok_or_else(|| self.nothing_to_change(call, id))?;
        self.require_owner(call, store, record)?;
        Ok(record)
    }

    /// Refuses callers who are neither the owner nor an administrator of the tenant.
    pub(crate) fn require_owner(
        &self,
        call: &Call<'_>,
        store: &Store,
        record: &Value,
    ) -> Result<(), Failure> {
        if self.owns(call, store, record) {
            return Ok(());
        }
        Err(self.unauthorized(call, record["id"].as_str().unwrap_or_default()))
    }

    /// The resource of the path, as calls for its credentials and permissions look it up first.
    /// Every failure of this lookup, including a missing permission, is an error of the server
    /// (`ApiUtils.checkSystemExists` 154-175 of tapis-systems).
    pub(crate) fn look_up<'a>(
        &self,
        call: &Call<'_>,
        store: &'a Store,
    ) -> Result<&'a Value, Failure> {
        let id = call.path(self.id);
        let Some(record) = self.live(call, store, id) else {
            let key = format!("NO{}", self.noun.to_ascii_uppercase());
            let sentence = format!("No {} found.", self.noun.to_ascii_lowercase());
            return Err(Failure::not_found(self.message(call, &key, &sentence, id)));
        };
        if self.allows(call, store, record, Permission::Read) {
            return Ok(record);
        }
        let sentence = format!("Unable to check. {}", self.unauthorized(call, id).message);
        Err(Failure::server(self.message(call, "CHECK_ERROR", &sentence, id)))
    }

    /// Whether the caller is the owner of a resource, or above the owner.
    pub(crate) fn owns(&self, call: &Call<'_>, store: &Store, record: &Value) -> bool {
        record["owner"] == call.user() || roles::is_admin(call, store)
    }

    /// Whether the caller has the permission to read a resource; the permission to change it
    /// includes that.
    pub(crate) fn is_granted_to_read(&self, call: &Call<'_>, store: &Store, id: &str) -> bool {
        let granted = granted(self, store, &call.tenant, id, call.user());
        let reads = [Permission::Read, Permission::Modify];
        granted.iter().any(|word| reads.iter().any(|read| read.word() == word))
    }

    /// Whether the caller has access to a resource: as its owner, by a permission or by a share.
    /// The permission to change includes the one to read; the one to execute does not
    /// (`AuthUtils.checkAuthOboUser` 741-812 of tapis-systems).
    pub(crate) fn allows(
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
        let granted = granted(self, store, &call.tenant, id, call.user());
        let has = |wanted: Permission| granted.iter().any(|word| word == wanted.word());
        let by_permission =
            has(permission) || (permission == Permission::Read && has(Permission::Modify));
        let shared = reaches(self, store, &call.tenant, id, call.user());
        by_permission || (shared && permission != Permission::Modify)
    }
}
