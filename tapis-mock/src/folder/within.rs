//! Paths on systems.

/// The maximum number of segments in a path.
pub(super) const LONGEST: usize = 100;

/// A path within a system: normalised segments, none of which leads to a parent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Within(pub(super) Vec<String>);

impl Within {
    /// Normalises a path as the services do (`PathUtils.getRelativePath` of tapis-shared-java):
    /// slashes and dots are collapsed, `..` stops at the root, and leading segments of dots only
    /// are dropped, so `...` is the root. Segments that no file system should get are refused.
    pub(crate) fn clean(path: &str) -> Option<Self> {
        // A path of blanks only is the root.
        if path.trim().is_empty() {
            return Some(Self::root());
        }
        let mut segments = Self::fold(path, LONGEST)?;
        let dots = segments.iter().take_while(|segment| is_dots(segment)).count();
        segments.drain(..dots);
        (segments.len() <= LONGEST).then_some(Self(segments))
    }

    /// The key of an object, which can be a text that is not a path.
    pub(super) fn key(key: &str) -> Self {
        Self(key.split('/').map(str::to_owned).collect())
    }

    /// A path that this mock wrote.
    pub(super) fn no_longer_than(longest: usize, path: &str) -> Option<Self> {
        let segments = Self::fold(path, longest)?;
        (!segments.iter().any(|segment| segment == "..")).then_some(Self(segments))
    }

    fn fold(path: &str, longest: usize) -> Option<Vec<String>> {
        let mut segments: Vec<String> = Vec::new();
        for segment in path.split('/') {
            match segment {
                "" | "." => {}
                ".." if segments.last().is_some_and(|last| last != "..") => {
                    segments.pop();
                }
                _ if is_risky(segment) => return None,
                _ => segments.push(segment.to_owned()),
            }
        }
        (segments.len() <= longest).then_some(segments)
    }

    /// The root.
    pub(crate) fn root() -> Self {
        Self(Vec::new())
    }

    /// `path`, relative to this one.
    pub(crate) fn below(&self, path: &Self) -> Self {
        Self(self.0.iter().chain(&path.0).cloned().collect())
    }

    pub(crate) fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The last segment; empty for the root.
    pub(crate) fn name(&self) -> &str {
        self.0.last().map(String::as_str).unwrap_or_default()
    }

    pub(crate) fn join(&self, name: &str) -> Self {
        let mut segments = self.0.clone();
        segments.push(name.to_owned());
        Self(segments)
    }

    /// The parent directory; that of the root is itself.
    pub(crate) fn parent(&self) -> Self {
        let mut segments = self.0.clone();
        segments.pop();
        Self(segments)
    }

    /// Whether this path is `other` or below it.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// The relative path from `base` to this one, with `..` where necessary.
    pub(crate) fn relative_to(&self, base: &Self) -> String {
        let shared = self.0.iter().zip(&base.0).take_while(|(one, other)| one == other).count();
        let up = base.0.iter().skip(shared).map(|_| "..");
        let down = self.0.iter().skip(shared).map(String::as_str);
        up.chain(down).collect::<Vec<_>>().join("/")
    }

    /// This path relative to `other`, if it is `other` or below it.
    pub(crate) fn below_of(&self, other: &Self) -> Self {
        Self(self.after(other).to_vec())
    }

    /// The part after `other`, if this path is below it.
    pub(super) fn after(&self, other: &Self) -> &[String] {
        self.0.get(other.0.len()..).unwrap_or_default()
    }
}

impl std::fmt::Display for Within {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("/"))
    }
}

fn is_dots(segment: &str) -> bool {
    segment.bytes().all(|byte| byte == b'.')
}

/// Whether a segment could have a special meaning for a file system.
fn is_risky(segment: &str) -> bool {
    let odd = |c: char| c.is_control() || (cfg!(windows) && matches!(c, '\\' | ':'));
    segment.len() > 255 || segment.chars().any(odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(path: &str) -> Option<String> {
        Within::clean(path).map(|path| path.to_string())
    }

    #[test]
    fn paths_fold_up_and_stay_below_the_top() {
        assert_eq!(clean("//a/./b//c/").unwrap(), "a/b/c");
        assert_eq!(clean("../../etc/passwd").unwrap(), "etc/passwd");
        assert_eq!(clean("a/../../b").unwrap(), "b");
        assert_eq!(clean("/").unwrap(), "");
        assert_eq!(clean("a\0b"), None);
        assert_eq!(clean(&"x".repeat(256)), None);
        assert_eq!(clean(&"x/".repeat(101)), None);
    }

    #[test]
    fn segments_of_dots_are_dropped_at_the_front_alone() {
        for top in ["...", "....", "/.../", ".../....", ".../..", "   "] {
            assert_eq!(clean(top).unwrap(), "", "{top}");
        }
        assert_eq!(clean(".../x").unwrap(), "x");
        assert_eq!(clean("../.../x").unwrap(), "x");
        assert_eq!(clean("x/.../y").unwrap(), "x/.../y");
        assert_eq!(clean(".Trash").unwrap(), ".Trash");
    }

    #[test]
    fn a_way_between_paths_goes_up_and_down() {
        let path = |text| Within::clean(text).unwrap();
        assert_eq!(path("a/b/c").relative_to(&path("a")), "b/c");
        assert_eq!(path("dir2/x").relative_to(&path("dir")), "../dir2/x");
        assert_eq!(path("a").relative_to(&path("a")), "");
    }
}
