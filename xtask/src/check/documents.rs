//! Checks that the derived documents match upstream's documents and the overlays, and that they are
//! valid.

use super::{Repository, Section};
use crate::{canonical, derive};

pub(crate) fn check(repository: &Repository) -> Section {
    let mut section = Section::new("Documents");
    section.findings.extend(repository.unreadable.iter().cloned());
    let mut current = 0;
    for service in repository.inputs.keys() {
        let file = format!("openapi/{service}.json");
        match derive::derive(service, &repository.inputs) {
            Err(error) => section.finding(format!("{service}: cannot be derived: {error}")),
            Ok(derived) => match std::fs::read_to_string(repository.specs.join(&file)) {
                Ok(kept) if kept == canonical::to_string(&derived.document) => current += 1,
                Ok(_) => section.finding(format!(
                    "{service}: specs/{file} is not current; run `cargo xtask regen-specs --offline`"
                )),
                // The check of the layout reports a missing document, and unreadable files are
                // reported above.
                Err(_) => {}
            },
        }
    }
    let mut valid = 0;
    for (service, document) in &repository.documents {
        match tapis_codegen::verify(document.value()) {
            Ok(()) => valid += 1,
            Err(error) => section.finding(format!("{service}: not valid: {error}")),
        }
    }
    section.line(format!(
        "{current} of {} documents current, {valid} valid OpenAPI 3.0.3",
        repository.services.len()
    ));
    section
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    const UPSTREAM: &str = r#"{
        "openapi": "3.0.3", "info": {"title": "T", "version": "1"},
        "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {}}}}}
    }"#;

    /// The findings for a workspace with a single service `t`.
    fn findings(files: &[(&str, &str)]) -> Vec<String> {
        let root = tempfile::tempdir().unwrap();
        let sources = ("sources.toml", "[t]\naddress = \"https://example.org/t.yml\"\n");
        for (path, text) in files.iter().chain([&sources]) {
            let path = root.path().join("specs").join(path);
            std::fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).unwrap();
            std::fs::write(path, text).unwrap();
        }
        check(&Repository::read(root.path()).unwrap()).findings
    }

    #[test]
    fn an_edited_document_is_not_current_and_may_not_be_valid() {
        let findings = findings(&[("upstream/t.json", UPSTREAM), ("openapi/t.json", "{}")]);
        assert_eq!(
            findings[0],
            "t: specs/openapi/t.json is not current; run `cargo xtask regen-specs --offline`"
        );
        assert!(findings[1].starts_with("t: not valid: "), "{findings:?}");
        assert_eq!(findings.len(), 2);
    }

    #[test]
    fn what_cannot_be_derived_says_why() {
        let overlay = "overlay: 1.0.0\ninfo: {title: T, version: 1.0.0}\nactions:\n\
                       - {target: $.paths.gone, update: {summary: S}}\n";
        let findings = findings(&[("upstream/t.json", UPSTREAM), ("overlays/t.yaml", overlay)]);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].starts_with("t: cannot be derived: "), "{findings:?}");
        assert!(findings[0].contains(": matches nothing; "), "{findings:?}");
    }

    #[test]
    fn what_cannot_be_read_is_a_finding() {
        let findings = findings(&[("upstream/t.json", "<<<<<<< ours"), ("overlays/t.yaml", "[")]);
        assert_eq!(findings.len(), 2);
        assert!(findings[0].starts_with("t: "), "{findings:?}");
        assert!(findings[1].starts_with("specs/upstream/t.json: "), "{findings:?}");
    }
}
