//! Permissions: parts separated by colons, each a list separated by commas, with `*` for anything.
//! The last part of permissions on files is a path, which includes everything below it.

use std::collections::BTreeSet;

/// The schema with a path, and the number of its parts.
const WITH_PATH: (&str, usize) = ("files", 5);

/// A parsed permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Permission {
    parts: Vec<BTreeSet<String>>,
    has_path: bool,
}

impl Permission {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("a permission cannot be empty".to_owned());
        }
        let has_path = text.split_once(':').is_some_and(|(schema, _)| schema == WITH_PATH.0);
        let parts: Vec<&str> = if has_path {
            text.splitn(WITH_PATH.1, ':').collect()
        } else {
            // Colons at the end have no meaning.
            text.trim_end_matches(':').split(':').collect()
        };
        let is_path = |at: usize| has_path && at == WITH_PATH.1 - 1;
        let parts = parts.iter().enumerate().map(|(at, part)| {
            if is_path(at) {
                return Ok(BTreeSet::from([(*part).to_owned()]));
            }
            let words: BTreeSet<String> = part
                .split(',')
                .map(str::trim)
                .filter(|w| !w.is_empty())
                .map(str::to_owned)
                .collect();
            if words.is_empty() {
                return Err(format!("a permission cannot have parts of dividers alone: {text}"));
            }
            Ok(words)
        });
        Ok(Self { parts: parts.collect::<Result<_, _>>()?, has_path })
    }

    /// Whether this permission includes the other.
    pub(super) fn implies(&self, other: &Self) -> bool {
        for (at, wanted) in other.parts.iter().enumerate() {
            // A missing part matches anything.
            let Some(part) = self.parts.get(at) else { return true };
            let holds = if self.has_path && at == WITH_PATH.1 - 1 {
                below(part, wanted)
            } else {
                part.contains("*") || part.is_superset(wanted)
            };
            if !holds {
                return false;
            }
        }
        self.parts.iter().skip(other.parts.len()).all(|part| part.contains("*"))
    }
}

/// Whether a path is another one or below it.
fn below(path: &BTreeSet<String>, other: &BTreeSet<String>) -> bool {
    let (Some(path), Some(other)) = (path.first(), other.first()) else { return false };
    other.strip_prefix(path.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A permission on a path, split before its system and its path.
pub(super) struct OnPath<'a> {
    /// Schema, tenant and operations, each followed by a colon.
    start: &'a str,
    pub(super) tenant: &'a str,
    pub(super) system: &'a str,
    pub(super) path: &'a str,
}

impl<'a> OnPath<'a> {
    /// `None` for permissions without a path.
    pub(super) fn read(text: &'a str, schema: &str) -> Option<Self> {
        let mut parts = text.splitn(WITH_PATH.1, ':');
        parts.next().filter(|first| *first == schema && has_path(schema))?;
        let (tenant, _) = (parts.next()?, parts.next()?);
        let (system, path) = (parts.next()?, parts.next()?);
        let start = &text[..text.len() - system.len() - path.len() - 1];
        Some(Self { start, tenant, system, path })
    }

    /// The same for another system and another prefix of the path, if it has the old prefix.
    pub(super) fn moved(&self, from: &str, to: &str, system: &str) -> Option<String> {
        let rest = self.path.strip_prefix(from)?;
        Some(format!("{}{system}:{to}{rest}", self.start))
    }

    /// Whether this is for the same resource as another, and its path starts with the other's.
    pub(super) fn begins_like(&self, other: &Self) -> bool {
        self.start == other.start
            && self.system == other.system
            && self.path.starts_with(other.path)
    }
}

/// Whether permissions of a schema end with a path.
pub(super) fn has_path(schema: &str) -> bool {
    schema == WITH_PATH.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn implies(permission: &str, other: &str) -> bool {
        Permission::parse(permission).unwrap().implies(&Permission::parse(other).unwrap())
    }

    #[test]
    fn a_permission_implies_itself_and_what_is_more_exact() {
        assert!(implies("system:dev:read:s", "system:dev:read:s"));
        assert!(implies("system:dev", "system:dev:read:s"));
        assert!(implies("*", "system:dev:read:s"));
        assert!(implies("system:*:read", "system:dev:read:s"));
        assert!(!implies("system:dev:read:s", "system:dev:write:s"));
        assert!(!implies("system:dev:read:s", "system:dev:read:t"));
        assert!(!implies("system:dev:read", "System:dev:read"));
    }

    #[test]
    fn missing_parts_are_implied_by_wildcards_only() {
        assert!(implies("system:dev:*:*", "system:dev"));
        assert!(!implies("system:dev:read", "system:dev"));
        assert!(implies("system:dev:read:", "system:dev:read"));
    }

    #[test]
    fn lists_allow_each_of_their_words() {
        assert!(implies("system:dev:read,write:*", "system:dev:write:s"));
        assert!(implies("system:dev:read,write", "system:dev:write,read"));
        assert!(!implies("system:dev:read", "system:dev:read,write"));
    }

    #[test]
    fn a_path_stands_for_everything_below_it() {
        let home = "files:dev:read:s:/home/me";
        assert!(implies(home, home));
        assert!(implies(home, "files:dev:read:s:/home/me/a/b"));
        assert!(!implies(home, "files:dev:read:s:/home/me2"));
        assert!(!implies(home, "files:dev:read:s:/home"));
        assert!(!implies(home, "files:dev:read:t:/home/me"));
        assert!(!implies(home, "files:dev:write:s:/home/me"));
        assert!(implies("files:dev:*:s:/home/me", "files:dev:write:s:/home/me/x"));
        assert!(implies("files:dev:read:s", "files:dev:read:s:/any"));
        assert!(implies("files:dev:read:s:", "files:dev:read:s:/any"));
    }

    #[test]
    fn a_path_may_hold_what_divides_other_parts() {
        assert!(implies("files:dev:read:s:/a:b", "files:dev:read:s:/a:b/c,d"));
        assert!(!implies("files:dev:read:s:/*", "files:dev:read:s:/a"));
        // Without a schema that has paths, colons separate parts.
        assert!(implies("system:dev:read:s", "system:dev:read:s:/a"));
        assert!(!implies("system:dev:read:s:/a", "system:dev:read:s:/a/b"));
    }

    #[test]
    fn what_is_no_permission_is_said() {
        for bad in ["", "  ", "::", "a::b", "a:,:b", "files::read"] {
            assert!(Permission::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_start_of_a_path_is_replaced() {
        let moved = |text: &str, from: &str, to: &str| {
            OnPath::read(text, "files").and_then(|on| on.moved(from, to, "t"))
        };
        let permission = "files:dev:read,write:s:/old/a:b";
        assert_eq!(moved(permission, "/old", "/new").unwrap(), "files:dev:read,write:t:/new/a:b");
        assert_eq!(moved(permission, "", "/x").unwrap(), "files:dev:read,write:t:/x/old/a:b");
        assert_eq!(moved(permission, "/other", "/new"), None);
        assert_eq!(moved("files:dev:read:s", "", "/x"), None);
        assert_eq!(moved("system:dev:read:s:/a", "", "/x"), None);
    }
}
