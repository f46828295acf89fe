//! The special rules for attributes of a kind of resource.
//!
//! Attributes below the first level are named by their path without the entries of lists, as in
//! `batchLogicalQueues.maxJobs`.

use serde_json::Value;

/// How the service treats the attributes of a kind that are not simply sent and returned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attributes {
    /// The service sets them. It accepts and ignores them in a request that creates the resource.
    pub(crate) server_made: &'static [&'static str],
    /// A definition may have them although that request does not: another call creates the resource then.
    pub(crate) beside_post: &'static [&'static str],
    /// The service accepts and ignores these paths below the first level.
    pub(crate) ignored: &'static [&'static str],
    /// The service takes them and does not return them: credentials.
    pub(crate) write_only: &'static [&'static str],
    /// They stay as they are once the resource exists.
    pub(crate) fixed: &'static [&'static str],
    /// Attributes that separate operations change instead of `PATCH`: the owner, and switches.
    pub(crate) by_calls: &'static [&'static str],
    /// `PUT` leaves them as they are.
    pub(crate) kept_by_put: &'static [&'static str],
    /// Lists that the service refuses if they are empty.
    pub(crate) non_empty: &'static [&'static str],
    /// Objects that `PATCH` changes attribute by attribute. It replaces all others as a whole.
    pub(crate) merged_by_patch: &'static [&'static str],
    /// Objects that need all their attributes, empty ones too.
    pub(crate) complete: &'static [&'static str],
    /// What an attribute has that a request leaves out.
    pub(crate) defaults: &'static [(&'static str, Default)],
    /// How the entries of lists are paired.
    pub(crate) lists: &'static [(&'static str, Entries)],
}

/// What an attribute has that a request leaves out.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Default {
    /// On or off.
    Flag(bool),
    /// A number.
    Number(i64),
    /// A text.
    Text(&'static str),
    /// Releases of the service differ.
    Varies,
}

impl Default {
    /// As JSON; `None` where releases differ.
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
    /// By the values of these attributes; the order means nothing.
    ByKey(&'static [&'static str]),
    /// By the value of this attribute; the order counts, as that of arguments.
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

    /// What the attribute at `path` has that a request leaves out; `None` for nothing.
    pub(crate) fn default(&self, path: &str) -> Option<Default> {
        self.defaults.iter().find(|(name, _)| *name == path).map(|(_, default)| *default)
    }

    /// Whether the value at `path` is the user's own JSON, which the service keeps as it is.
    pub(crate) fn is_free(path: &str) -> bool {
        path == "notes" || path.ends_with(".notes")
    }

    /// Whether a negative number at `path` means no limit, which is read back as 2147483647.
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
