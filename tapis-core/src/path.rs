//! Path values in URLs: they never leave their segment, and nothing is lost.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::operation::{Operation, Slash};

/// All characters except the unreserved ones of RFC 3986. This is stricter than any parser needs:
/// the URL parser turns an unencoded `\` into a `/`.
pub(crate) const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The reason why a value is not allowed in the path.
pub(crate) fn fault(value: &str, slash: Slash) -> Option<&'static str> {
    match slash {
        Slash::Separates => path_fault(value),
        Slash::Refused if value.contains('/') => {
            Some("the service does not support a slash here; use a name without directories")
        }
        Slash::Refused | Slash::Encoded => segment_fault(value),
    }
}

fn path_fault(value: &str) -> Option<&'static str> {
    // People write directories with a slash at either end. The root alone is the empty path.
    let inner = value.strip_prefix('/').unwrap_or(value);
    if inner.is_empty() {
        return None;
    }
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    let first = inner.split('/').next().unwrap_or_default();
    if inner.trim().is_empty() || first.len() > 2 && first.chars().all(|c| c == '.') {
        return Some(
            "a blank path, or a first segment that consists of dots, would refer to the root of \
             the system",
        );
    }
    inner.split('/').find_map(segment_fault)
}

fn segment_fault(segment: &str) -> Option<&'static str> {
    match segment {
        "" => Some("an empty path segment would refer to another resource"),
        "." | ".." => Some("the path segments `.` and `..` would refer to another resource"),
        _ if segment.chars().any(char::is_control) => Some("control characters cannot be sent"),
        _ => None,
    }
}

/// The reason why a complete percent-encoded path is not allowed.
pub(crate) fn whole_fault(path: &str) -> Option<&'static str> {
    if !path.starts_with('/') {
        return Some("the path must start with a slash");
    }
    if path.contains(['?', '#']) {
        return Some(
            "the path must not contain a query or a fragment; set query parameters with \
             `.query()`",
        );
    }
    if path.contains('\\') || path.chars().any(|c| c.is_control() || c == ' ') {
        return Some("backslashes, spaces and control characters have to be percent-encoded");
    }
    let leaves = |segment: &str| {
        matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
    };
    path.split('/')
        .any(leaves)
        .then_some("the path segments `.` and `..` would refer to another resource")
}

/// Appends the operation's path to `url`, with the values in their order.
///
/// The values have been checked by [`fault`].
pub(crate) fn append(url: &mut String, operation: &Operation, values: &[Option<String>]) {
    let mut rest = operation.template;
    for (parameter, value) in operation.path.iter().zip(values) {
        let Some((literal, after)) = rest.split_once('{') else { break };
        url.push_str(literal);
        rest = after.split_once('}').map_or("", |(_, after)| after);
        let value = value.as_deref().unwrap_or_default();
        if parameter.slash == Slash::Separates {
            // The template has the slash before the value.
            let inner = value.strip_prefix('/').unwrap_or(value);
            for (index, segment) in inner.split('/').enumerate() {
                if index > 0 {
                    url.push('/');
                }
                let _ = write!(url, "{}", utf8_percent_encode(segment, ENCODED));
            }
        } else {
            let _ = write!(url, "{}", utf8_percent_encode(value, ENCODED));
        }
    }
    url.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{EXAMPLE, PathParameter};
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    const SINGLE: Operation =
        operation("/v3/a/{x}/b", &[PathParameter { name: "x", slash: Slash::Encoded }]);
    const MULTI: Operation =
        operation("/v3/a/{x}", &[PathParameter { name: "x", slash: Slash::Separates }]);

    const fn operation(template: &'static str, path: &'static [PathParameter]) -> Operation {
        Operation { template, path, ..EXAMPLE }
    }

    fn segments(operation: &Operation, value: &str) -> Vec<String> {
        let mut url = "http://host".to_owned();
        append(&mut url, operation, &[Some(value.to_owned())]);
        let url = reqwest::Url::parse(&url).unwrap();
        url.path_segments()
            .unwrap()
            .map(|segment| percent_decode_str(segment).decode_utf8().unwrap().into_owned())
            .collect()
    }

    #[test]
    fn a_slash_that_reaches_nothing_is_refused() {
        assert!(fault("a/b.txt", Slash::Refused).unwrap().contains("a name without directories"));
        assert_eq!(fault("b.txt", Slash::Refused), None);
        assert_eq!(fault("a/b.txt", Slash::Encoded), None);
    }

    #[test]
    fn a_value_that_would_leave_its_place_is_refused() {
        for value in ["", ".", "..", "a\nb", "\u{7f}"] {
            assert!(fault(value, Slash::Encoded).is_some(), "{value:?}");
        }
        for value in
            ["a//b", "a/../b", "../a", "a/..", "//a", "a//", "//", "a/\u{0}", "...", "/.../a", " "]
        {
            assert!(fault(value, Slash::Separates).is_some(), "{value:?}");
        }
        for value in ["/", "", "a/b", "/a/b/", "a/...", "...a", "a b\\c"] {
            assert!(fault(value, Slash::Separates).is_none(), "{value:?}");
        }
    }

    #[test]
    fn a_whole_path_is_taken_as_it_stands_or_refused() {
        for path in ["/v3/systems/a%2Fb", "/v3/files//ops/"] {
            assert_eq!(whole_fault(path), None, "{path}");
        }
        for path in ["v3", "", "/a?b", "/a#b", "/a b", "/a\\b", "/a/../b", "/a/%2E%2e/b", "/."] {
            assert!(whole_fault(path).is_some(), "{path}");
        }
    }

    proptest! {
        #[test]
        fn a_single_segment_is_one_segment_and_decodes_to_the_value(value in ".{0,30}|[./\\\\%?#]{0,6}") {
            if fault(&value, Slash::Encoded).is_none() {
                prop_assert_eq!(segments(&SINGLE, &value), ["v3", "a", &value, "b"]);
            }
        }

        #[test]
        fn a_path_keeps_its_segments(value in "/?([^/\\pC]{1,8}/){0,4}[^/\\pC]{0,8}") {
            if fault(&value, Slash::Separates).is_none() {
                let inner = value.strip_prefix('/').unwrap_or(&value);
                let expected: Vec<&str> = ["v3", "a"].into_iter().chain(inner.split('/')).collect();
                prop_assert_eq!(segments(&MULTI, &value), expected);
            }
        }
    }
}
