//! Who may do what with a resource: its owner, those who were granted a permission and those it is
//! shared with.

use serde_json::Value;

use super::sort::Sort;
use crate::call::Call;
use crate::reply::Failure;
use crate::roles;
use crate::store::Store;

/// What one may be allowed to do with a resource.
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
        Self::ALL.into_iter().find(|known| known.word().eq_ignore_ascii_case(word))
    }
}

/// What permissions of a user on a resource are kept under.
pub(crate) fn key(id: &str, user: &str) -> String {
    format!("{id}/{user}")
}

/// The permissions that a user was granted.
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

/// With whom a resource is shared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Share {
    pub(crate) users: Vec<String>,
    pub(crate) public: bool,
}

/// With whom the resource `id` is shared.
pub(crate) fn share_of(sort: &Sort, store: &Store, tenant: &str, id: &str) -> Share {
    let Some(record) = store.get(&sort.of(tenant, "shares"), id) else { return Share::default() };
    let users = record["users"].as_array().into_iter().flatten();
    Share {
        users: users.filter_map(Value::as_str).map(str::to_owned).collect(),
        public: record["public"] == true,
    }
}

/// Whether a resource is shared with a user.
pub(crate) fn reaches(sort: &Sort, store: &Store, tenant: &str, id: &str, user: &str) -> bool {
    let share = share_of(sort, store, tenant, id);
    share.public || share.users.iter().any(|known| known == user)
}

impl Sort {
    /// As [`find`](Self::find), for callers who are allowed to.
    pub(crate) fn find_for<'a>(
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
    pub(crate) fn find_own<'a>(
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
    pub(crate) fn owns(&self, call: &Call<'_>, store: &Store, record: &Value) -> bool {
        record["owner"] == call.user() || roles::is_admin(call, store)
    }

    /// Whether the caller may do something with a resource: as its owner, by a permission or
    /// because it is shared.
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
        // Whoever may change or use a thing may look at it.
        let by_permission = has(permission)
            || (permission == Permission::Read
                && (has(Permission::Modify) || has(Permission::Execute)));
        let shared = reaches(self, store, &call.tenant, id, call.user());
        by_permission || (shared && permission != Permission::Modify)
    }
}
