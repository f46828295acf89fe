//! Checks that `specs/names` lists the public names of the generated clients, and that types have
//! good names.

use std::collections::BTreeSet;

use tapis_codegen::naming;
use tapis_specs::reader::Document;

use super::{Repository, Section};
use crate::{canonical, names};

/// Words that cannot be the whole name of a type.
const GENERIC: [&str; 15] = [
    "Body", "Client", "Config", "Data", "Info", "Item", "Model", "Object", "Options", "Request",
    "Response", "Secret", "Spec", "Type", "Value",
];

/// Words that describe the implementation of a service, not the type.
const OF_PROGRAMS: [&str; 4] = ["Authn", "Display", "Dto", "Enum"];

/// A name with at least this many words is taken for a path, if the document has no name.
const PATH: usize = 5;

pub(crate) fn check(repository: &Repository) -> Section {
    let mut section = Section::new("Public names");
    let mut rows = Vec::new();
    for (service, document) in &repository.documents {
        let file = names::file(service);
        let text = canonical::to_string(document.value());
        // The check of the documents reports a document that cannot be generated.
        let Ok(listed) = names::of(service, &text) else { continue };
        let kept = std::fs::read_to_string(repository.specs.join(&file)).unwrap_or_default();
        if kept != listed {
            section.finding(format!(
                "{service}: specs/{} is not current; run `cargo xtask regen-specs --offline`",
                file.display()
            ));
        }
        let types = types(&listed);
        for (name, why) in types.iter().filter_map(|name| Some((name, poor(name, document)?))) {
            section.finding(format!(
                "{service}: the type {name} {why}; give its schema another name (`x-tapis-name`)"
            ));
        }
        rows.push([service.clone(), types.len().to_string(), listed.lines().count().to_string()]);
    }
    section.table(["service", "types", "names"], &rows);
    section
}

/// The names of the types in a list of names.
fn types(listed: &str) -> BTreeSet<&str> {
    listed
        .lines()
        .filter_map(|line| line.strip_prefix("types::")?.split_once(": "))
        .filter(|(_, kind)| kind.starts_with("struct") || kind.starts_with("enum"))
        .map(|(name, _)| name)
        .collect()
}

/// The reason why the name of a type is not good enough.
fn poor(name: &str, document: &Document) -> Option<String> {
    let snake = naming::snake(name);
    let words: Vec<String> = snake.split('_').map(naming::pascal).collect();
    let own = document.schemas().any(|(schema, _)| naming::pascal(schema) == name);
    if let Some(word) = words.iter().find(|word| OF_PROGRAMS.contains(&word.as_str())) {
        return Some(format!("has the word {word}"));
    }
    if GENERIC.contains(&name) {
        return Some("says too little".to_owned());
    }
    if words.windows(2).any(|pair| pair.first() == pair.last()) {
        return Some("has a word twice".to_owned());
    }
    if name.ends_with(|c: char| c.is_ascii_digit()) {
        return Some("has a number".to_owned());
    }
    if words.first().is_some_and(|word| word == "Req") && name.ends_with("Reply") {
        return Some("is a request and a reply".to_owned());
    }
    let fields = name
        .strip_suffix("Fields")
        .is_some_and(|of| document.schemas().any(|(schema, _)| naming::pascal(schema) == of));
    if !own && !fields && (words.len() >= PATH || name.ends_with("Item")) {
        return Some("is a path of properties".to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_that_say_how_a_service_is_written_or_too_little_are_poor() {
        let schemas = json!({"ReqRemovePermissionFromAllRoles": {}});
        let document = Document::read("t", json!({"components": {"schemas": schemas}}));
        for name in [
            "JobListDto",
            "EnumRunStatus",
            "AuthnEnum",
            "JobCancelDisplay",
            "Options",
            "JobJobType",
            "Value2",
            "ReqSubmitJobReply",
            "NativeLinuxSetFaclRequestOperation",
            "ChannelTriggersWithActionsItem",
        ] {
            assert!(poor(name, &document).is_some(), "{name}");
        }
        for name in ["JobStatus", "ReqSubmitJob", "ModelCard", "ReqRemovePermissionFromAllRoles"] {
            assert_eq!(poor(name, &document), None);
        }
    }

    #[test]
    fn types_are_what_is_listed_as_one() {
        let listed = "types::A.b: String\ntypes::A: struct Clone\ntypes::A::from_json: reply\n\
                      types::B: From<A>\ntypes::B: enum\n";
        assert_eq!(types(listed), BTreeSet::from(["A", "B"]));
    }
}
