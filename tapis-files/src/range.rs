//! Decides whether a range of a file can be requested.

use tapis_core::range::{Request, is_harmless};

use crate::system::SystemKind;

/// The number of bytes that the service can read of a file in an iRODS zone.
const LONGEST_OF_IRODS: u64 = 1_000_000;

/// Whether the service sends a range of the file at `path` correctly from this type of system.
pub(crate) fn suits(request: &Request, kind: SystemKind, path: &str) -> bool {
    match kind {
        SystemKind::Linux => is_harmless(path),
        SystemKind::S3 => request.wanted.start < request.size,
        SystemKind::Irods => request.wanted.end <= LONGEST_OF_IRODS,
        SystemKind::Globus | SystemKind::Unknown => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_requested_only_where_it_is_safe() {
        use SystemKind::{Globus, Irods, Linux, S3, Unknown};
        for (wanted, size, kind, path, fits) in [
            (10..20, 100, Linux, "a/b-1_2.txt", true),
            (10..20, 100, Linux, "a b", false),
            (10..20, 100, Linux, "a;b", false),
            (10..20, 100, S3, "a b", true),
            (100..100, 100, S3, "a", false),
            (10..20, 100, Irods, "a b", true),
            (10..1_000_001, 2_000_000, Irods, "a", false),
            (10..20, 100, Globus, "a", false),
            (10..20, 100, Unknown, "a", false),
        ] {
            let request = Request::new(wanted.clone(), size).unwrap();
            assert_eq!(suits(&request, kind, path), fits, "{wanted:?} of {size}, {kind:?} {path}");
        }
    }
}
