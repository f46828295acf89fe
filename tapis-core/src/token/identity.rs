//! The identity of a login, and its access to the token store.

/// The identity of a login: user, grant and OAuth client, without any secret.
///
/// Tokens are read from a store only if the user is known before the login, because a user who gets
/// stored tokens has not proved who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    grant: String,
    client: Option<String>,
    user: Option<String>,
    is_read: bool,
    is_written: bool,
}

impl Identity {
    /// An identity whose user is not known before the login, with the grant `grant`.
    #[must_use]
    pub fn new(grant: impl Into<String>) -> Self {
        Self { grant: grant.into(), client: None, user: None, is_read: true, is_written: true }
    }

    /// Sets the OAuth client `id`.
    #[must_use]
    pub fn with_client(mut self, id: impl Into<String>) -> Self {
        self.client = Some(id.into());
        self
    }

    /// Sets the user or service `name`, with or without the tenant: `jane` or `jane@tacc`. Stored
    /// tokens of this user then replace a login.
    #[must_use]
    pub fn with_user(mut self, name: impl Into<String>) -> Self {
        self.user = Some(name.into());
        self
    }

    /// Writes tokens to the store and does not read them from it.
    #[must_use]
    pub fn write_only(mut self) -> Self {
        self.is_read = false;
        self
    }

    /// Neither writes tokens to the store nor reads them from it.
    #[must_use]
    pub fn not_stored(mut self) -> Self {
        self.is_written = false;
        self
    }

    pub(super) fn grant(&self) -> &str {
        &self.grant
    }

    pub(super) fn client(&self) -> Option<&str> {
        self.client.as_deref()
    }

    /// The user whose tokens may be read from the store.
    pub(super) fn reads(&self) -> Option<&str> {
        self.user.as_deref().filter(|_| self.is_read && self.is_written)
    }

    pub(super) fn is_written(&self) -> bool {
        self.is_written
    }

    /// The identity of several logins, of which the first that works is used: the user is known
    /// only if all have the same.
    pub(super) fn of_all(each: impl Iterator<Item = Self>) -> Self {
        let each: Vec<Self> = each.collect();
        let joined = |names: Vec<&str>| names.join(", ");
        let user = each.first().and_then(|first| first.user.clone());
        let clients: Vec<&str> = each.iter().filter_map(Self::client).collect();
        Self {
            grant: joined(each.iter().map(Self::grant).collect()),
            client: (!clients.is_empty()).then(|| joined(clients)),
            is_read: each.iter().all(|one| one.is_read && one.user == user),
            is_written: each.iter().any(|one| one.is_written),
            user,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_where_the_user_is_known_and_nowhere_else() {
        let unknown = Identity::new("device_code").with_client("cli");
        assert_eq!(unknown.reads(), None);
        let known = unknown.clone().with_user("jane");
        assert_eq!(known.reads(), Some("jane"));
        assert_eq!(known.clone().write_only().reads(), None);
        let all = |each: &[&Identity]| Identity::of_all(each.iter().map(|one| (*one).clone()));
        assert_eq!(all(&[&known, &known]).reads(), Some("jane"));
        for other in [unknown, known.clone().write_only(), known.clone().with_user("bob")] {
            assert_eq!(all(&[&known, &other]).reads(), None, "{other:?}");
            assert_eq!(all(&[&other, &known]).reads(), None, "{other:?}");
        }
        assert_eq!(all(&[]).reads(), None);
    }
}
