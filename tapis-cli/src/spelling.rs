//! How names of the documents are written on the command line.

use heck::ToKebabCase as _;

/// `getSystem` as `get-system`.
pub(crate) fn kebab(name: &str) -> String {
    name.to_kebab_case()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_flags() {
        for (name, flag) in [
            ("getSystem", "get-system"),
            ("createTMSKeys", "create-tms-keys"),
            ("pod_id", "pod-id"),
            ("S3Upload", "s3-upload"),
            ("X-Tapis-Token", "x-tapis-token"),
            ("_abaco_synchronous", "abaco-synchronous"),
        ] {
            assert_eq!(kebab(name), flag);
        }
    }
}
