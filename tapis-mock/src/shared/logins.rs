//! The outcome of logins to the hosts of systems.

use serde_json::json;

use crate::store::{Store, in_tenant};

/// The outcome of a login to the host of a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Login {
    Accepted,
    /// The host refuses the credential.
    Refused,
    /// No credential is stored.
    Missing,
}

impl Login {
    pub(crate) const ALL: [(Self, &str); 3] =
        [(Self::Accepted, "accepted"), (Self::Refused, "refused"), (Self::Missing, "missing")];

    pub(crate) fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == word).map(|(login, _)| login)
    }

    /// The configured outcome for a system; by default a login succeeds.
    pub(crate) fn of(store: &Store, tenant: &str, system: &str) -> Self {
        let kept = store.get(&collection(tenant), system);
        kept.and_then(|word| Self::read(word.as_str()?)).unwrap_or(Self::Accepted)
    }

    /// Sets the outcome for a system.
    pub(crate) fn arrange(self, store: &mut Store, tenant: &str, system: &str) {
        let word = Self::ALL.into_iter().find(|(known, _)| *known == self);
        store.put(&collection(tenant), system, json!(word.map(|(_, word)| word)));
    }
}

fn collection(tenant: &str) -> String {
    in_tenant(tenant, "files.logins")
}
