//! The variables in attributes that the service replaces once, when it creates the resource.

use serde_json::{Map, Value};

/// The caller. In `effectiveUserId` it is not replaced, and means each user in turn.
pub(crate) const API_USER: &str = "${apiUserId}";
pub(crate) const OWNER: &str = "${owner}";
const TENANT: &str = "${tenant}";

/// The values of the variables when the resource was created, as far as they are known.
pub(crate) struct Creation<'a> {
    /// The owner in the definition, or else the owner of the resource.
    pub(crate) owner: &'a str,
    tenant: &'a str,
    caller: &'a str,
}

impl<'a> Creation<'a> {
    pub(crate) fn new(
        described: &'a Map<String, Value>,
        there: &'a Value,
        caller: Option<&'a str>,
    ) -> Self {
        let text = |value: &'a Value| value.as_str().unwrap_or_default();
        let named = described
            .get("owner")
            .map(text)
            .map(str::trim)
            .filter(|owner| !owner.is_empty() && !owner.eq_ignore_ascii_case(API_USER));
        // The creator of the resource can be another user than the caller, so a variable matches any owner.
        let owner = named.unwrap_or_else(|| text(&there["owner"]));
        Self { owner, tenant: text(&there["tenant"]), caller: caller.unwrap_or(owner) }
    }

    /// Replaces the variables in an attribute that never changes after creation. Returns the server's value if it
    /// can result from `text`, otherwise the value for the current caller. `posix` paths are normalised.
    pub(crate) fn kept(&self, text: &str, there: Option<&str>, posix: bool) -> String {
        // The owner at creation and the value of a host variable are unknown, so they match any text.
        let form = |text: &str| {
            let text = text.trim().replace(TENANT, self.tenant);
            let text = text.replace(API_USER, ANYTHING).replace(OWNER, ANYTHING);
            match after_host_eval(&text) {
                Some(rest) => format!("{ANYTHING}{}", rooted(rest, posix).trim_end_matches('/')),
                None => rooted(&text, posix),
            }
        };
        match there {
            Some(there) if fits(&form(text), there) => there.to_owned(),
            _ => self.replaced(text, self.caller),
        }
    }

    /// Replaces the variables in an attribute that can change after creation. Returns the server's value if it is the
    /// value for the caller or the owner, otherwise the value for the caller.
    pub(crate) fn resolved(&self, text: &str, there: Option<&str>) -> String {
        let mut made = [self.caller, self.owner].map(|user| self.replaced(text, user));
        let at = made.iter().position(|made| Some(made.trim()) == there).unwrap_or_default();
        made.get_mut(at).map(std::mem::take).unwrap_or_default()
    }

    fn replaced(&self, text: &str, user: &str) -> String {
        text.replace(API_USER, user).replace(OWNER, self.owner).replace(TENANT, self.tenant)
    }
}

/// A wildcard for any text.
const ANYTHING: &str = "\0";

/// The text after `HOST_EVAL(…)`; `None` if `text` does not begin with it.
fn after_host_eval(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('/').unwrap_or(text).strip_prefix("HOST_EVAL(")?;
    inner.rsplit_once(')').map(|(_, rest)| rest)
}

/// Returns an absolute path without `//`, `.` and `..`, by the rule of `PathUtils.java` in tapis-shared-java.
fn rooted(path: &str, posix: bool) -> String {
    if !posix {
        return path.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if parts.is_empty() { "/".to_owned() } else { format!("/{}", parts.join("/")) }
}

/// Whether a text matches a form with wildcards.
fn fits(form: &str, text: &str) -> bool {
    let mut parts = form.split(ANYTHING);
    let Some(rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    let mut rest = rest;
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kept(text: &str, there: &str) -> String {
        let (described, system) = (Map::new(), json!({"owner": "ann", "tenant": "dev"}));
        Creation::new(&described, &system, Some("bob")).kept(text, Some(there), true)
    }

    #[test]
    fn a_path_that_was_resolved_or_normalised_is_the_one_that_is_described() {
        for (text, there) in [
            ("/work/", "/work"),
            ("//work/./a/../b ", "/work/b"),
            ("/", "/"),
            ("/home/${owner}", "/home/cyd"),
            ("/home/${apiUserId}/x/", "/home/cyd/x"),
            ("/${tenant}/${owner}/${apiUserId}", "/dev/a/b"),
            ("HOST_EVAL($SCRATCH)", "/scratch/1/ann"),
            ("/HOST_EVAL(SCRATCH, /tmp)/a//b", "/scratch/a/b"),
        ] {
            assert_eq!(kept(text, there), there, "{text}");
        }
    }

    #[test]
    fn another_path_is_told_as_it_would_be_resolved_now() {
        for (text, there, now) in [
            ("/work", "/home", "/work"),
            ("/home/${owner}", "/work/ann", "/home/ann"),
            ("/home/${apiUserId}/x", "/home/ann/y", "/home/bob/x"),
            ("/${tenant}", "/prod", "/dev"),
            ("HOST_EVAL($SCRATCH)/a", "/scratch/b", "HOST_EVAL($SCRATCH)/a"),
        ] {
            assert_eq!(kept(text, there), now, "{text}");
        }
    }

    #[test]
    fn a_working_directory_is_that_of_the_caller_or_of_the_owner() {
        let (described, system) = (Map::new(), json!({"owner": "ann", "tenant": "dev"}));
        let creation = Creation::new(&described, &system, Some("bob"));
        let resolved = |there| creation.resolved("/s/${tenant}/${apiUserId}", Some(there));
        assert_eq!(resolved("/s/dev/bob"), "/s/dev/bob");
        assert_eq!(resolved("/s/dev/ann"), "/s/dev/ann");
        assert_eq!(resolved("/s/dev/cyd"), "/s/dev/bob");
        assert_eq!(creation.resolved("/s/${owner}", None), "/s/ann");
    }
}
