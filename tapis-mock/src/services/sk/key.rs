//! The types and the names of roles.

use crate::reply::Failure;
use crate::roles::ADMIN_ROLE;

/// The type of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    User,
    UserDefault,
    RestrictedService,
    TenantAdmin,
    SiteAdmin,
}

impl Kind {
    /// All types, with their names and the prefixes of role names.
    const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::UserDefault, "USER_DEFAULT", "$$"),
        (Self::RestrictedService, "RESTRICTED_SVC", "$#"),
        (Self::TenantAdmin, "TENANT_ADMIN", "$!"),
        (Self::SiteAdmin, "SITE_ADMIN", "$~"),
        // The last one, because every name has this prefix.
        (Self::User, "USER", ""),
    ];

    /// The type with a name; by default a general role.
    pub(super) fn read(word: Option<&str>) -> Result<Self, Failure> {
        let Some(word) = word.filter(|word| !word.is_empty()) else { return Ok(Self::User) };
        let found = Self::ALL.into_iter().find(|(_, known, _)| known.eq_ignore_ascii_case(word));
        let unknown = || Failure::bad_request(format!("SK_ROLE_TYPE_ERROR Not a type: {word}"));
        found.map(|(kind, ..)| kind).ok_or_else(unknown)
    }

    fn of_name(name: &str) -> Self {
        let found = Self::ALL.into_iter().find(|(_, _, prefix)| name.starts_with(prefix));
        found.map_or(Self::User, |(kind, ..)| kind)
    }

    pub(super) fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|(kind, ..)| *kind == self).map_or("USER", |(_, word, _)| word)
    }

    fn prefix(self) -> &'static str {
        Self::ALL.into_iter().find(|(kind, ..)| *kind == self).map_or("", |(.., prefix)| prefix)
    }
}

/// The key of a role within a tenant: its type and its name, which is stored without the prefix of
/// the type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(String);

impl Key {
    /// A role by its name, with or without the prefix of its type.
    pub(super) fn new(kind: Kind, name: &str) -> Self {
        let short = name.strip_prefix(kind.prefix()).unwrap_or(name);
        Self(format!("{}/{short}", kind.word()))
    }

    /// The role in a request. Without a type, the prefix determines it.
    pub(super) fn read(word: Option<&str>, name: &str) -> Result<Self, Failure> {
        let kind = match word.filter(|word| !word.is_empty()) {
            Some(word) => Kind::read(Some(word))?,
            None => Kind::of_name(name),
        };
        Ok(Self::new(kind, name))
    }

    pub(super) fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The form in which it is stored.
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    pub(super) fn kind(&self) -> Kind {
        let word = self.0.split_once('/').map(|(word, _)| word);
        Kind::read(word).unwrap_or(Kind::User)
    }

    /// The name without a prefix.
    pub(super) fn short(&self) -> &str {
        self.0.split_once('/').map_or(self.0.as_str(), |(_, name)| name)
    }

    /// The name in lists.
    pub(super) fn name(&self) -> String {
        format!("{}{}", self.kind().prefix(), self.short())
    }

    /// The role with the permissions of one user.
    pub(super) fn of_user(user: &str) -> Self {
        Self::new(Kind::UserDefault, user)
    }

    pub(super) fn admin() -> Self {
        Self::stored(ADMIN_ROLE)
    }
}
