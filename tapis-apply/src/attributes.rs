//! The special rules for the attributes of a kind of resource.
//!
//! An attribute below the first level is named by its path, without the positions or keys in lists, such as
//! `batchLogicalQueues.maxJobs`.

use serde_json::Value;

/// The attributes of a kind of resource that need special treatment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attributes {
    /// Set by the service only. It ignores them in the request that creates the resource.
    pub(crate) server_made: &'static [&'static str],
    /// Not part of the request that creates the resource; a definition with one uses another operation for that.
    pub(crate) beside_post: &'static [&'static str],
    /// Paths below the first level that the service accepts and ignores.
    pub(crate) ignored: &'static [&'static str],
    /// Accepted by the service but never returned: credentials.
    pub(crate) write_only: &'static [&'static str],
    /// Cannot be changed after the resource was created.
    pub(crate) fixed: &'static [&'static str],
    /// Changed by separate operations instead of `PATCH`: the owner, and switches such as `enabled`.
    pub(crate) by_calls: &'static [&'static str],
    /// Unchanged by `PUT`.
    pub(crate) kept_by_put: &'static [&'static str],
    /// Lists that the service refuses if they are empty.
    pub(crate) non_empty: &'static [&'static str],
    /// Objects that `PATCH` merges attribute by attribute. It replaces all others as a whole.
    pub(crate) merged_by_patch: &'static [&'static str],
    /// Objects that must have all their attributes, including empty ones.
    pub(crate) complete: &'static [&'static str],
    /// The values of attributes that a request omits.
    pub(crate) defaults: &'static [(&'static str, Default)],
    /// How the entries of lists are paired.
    pub(crate) lists: &'static [(&'static str, Entries)],
}

/// The value of an attribute that a request omits.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Default {
    /// A boolean.
    Flag(bool),
    /// A number.
    Number(i64),
    /// A string.
    Text(&'static str),
    /// Depends on the release of the service.
    Varies,
}

impl Default {
    /// The value as JSON; `None` if it depends on the release.
    pub(crate) fn value(self) -> Option<Value> {
        match self {
            Self::Flag(flag) => Some(flag.into()),
            Self::Number(number) => Some(number.into()),
            Self::Text(text) => Some(text.into()),
            Self::Varies => None,
        }
    }
}

/// How the entries of a list are paired with those of another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Entries {
    /// By the values of these attributes; the order does not matter.
    ByKey(&'static [&'static str]),
    /// By the value of this attribute; the order matters, as for arguments.
    ByKeyInOrder(&'static str),
    /// Values without an order.
    Unordered,
    /// By position.
    ByPosition,
}

impl Attributes {
    /// How the entries of the list at `path` are paired.
    pub(crate) fn entries(&self, path: &str) -> Entries {
        let found = self.lists.iter().find(|(list, _)| *list == path);
        found.map_or(Entries::ByPosition, |(_, entries)| *entries)
    }

    /// The default of the attribute at `path`; `None` if it has none.
    pub(crate) fn default(&self, path: &str) -> Option<Default> {
        self.defaults.iter().find(|(name, _)| *name == path).map(|(_, default)| *default)
    }

    /// Whether the value at `path` is the user's own JSON, which the service stores unchanged.
    pub(crate) fn is_free(path: &str) -> bool {
        path == "notes" || path.ends_with(".notes")
    }

    /// Whether a negative number at `path` means no limit; the service returns 2147483647 for it.
    pub(crate) fn is_limit(path: &str) -> bool {
        let name = path.rsplit('.').next().unwrap_or(path);
        matches!(name, "maxJobs" | "maxJobsPerUser" | "jobMaxJobs" | "jobMaxJobsPerUser")
    }
}

/// No particular attributes, for tests.
#[cfg(test)]
pub(crate) const PLAIN: Attributes = Attributes {
    server_made: &[],
    beside_post: &[],
    ignored: &[],
    write_only: &[],
    fixed: &[],
    by_calls: &[],
    kept_by_put: &[],
    non_empty: &[],
    merged_by_patch: &[],
    complete: &[],
    defaults: &[],
    lists: &[],
};
