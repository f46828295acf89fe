//! The reader on the documents of this package.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop here")]

use std::collections::BTreeSet;
use std::fs;

use tapis_specs::reader::{BodyKind, Document, Location, Method, Part, Reply, Slash, TokenUse};

fn documents() -> Vec<Document> {
    let mut documents = Vec::new();
    for entry in fs::read_dir(tapis_specs::folder().join("openapi")).unwrap() {
        let path = entry.unwrap().path();
        let service = path.file_stem().unwrap().to_str().unwrap();
        let value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        documents.push(Document::read(service, value));
    }
    assert!(!documents.is_empty());
    documents
}

fn document(service: &str) -> Document {
    documents().into_iter().find(|document| document.service() == service).unwrap()
}

#[test]
fn every_operation_of_every_document_is_found_by_its_id() {
    for document in documents() {
        let mut ids = BTreeSet::new();
        for operation in document.named_operations() {
            assert!(ids.insert(&operation.id), "{} is there twice", operation.id);
            assert_eq!(document.operation(&operation.id), Some(operation));
            let value = document.value().pointer(&operation.pointer).unwrap();
            assert_eq!(value["operationId"], *operation.id);
        }
        assert!(!ids.is_empty(), "{}", document.service());
    }
}

#[test]
fn templates_have_exactly_the_declared_path_parameters() {
    for document in documents() {
        for operation in document.operations().iter().chain(document.named_operations()) {
            let declared: BTreeSet<(&str, bool)> = operation
                .parameters
                .iter()
                .filter(|parameter| parameter.location == Location::Path)
                .map(|parameter| (parameter.name.as_str(), parameter.slash == Slash::Separates))
                .collect();
            let parts = operation.template.segments().iter().flatten();
            let templated = parts.filter_map(|part| match part {
                Part::Parameter { name, multi_segment } => Some((name.as_str(), *multi_segment)),
                _ => None,
            });
            assert_eq!(templated.collect::<BTreeSet<_>>(), declared, "{}", operation.template);
        }
    }
}

/// A server that answers the method and path has to take what each of the names takes.
#[test]
fn an_operation_takes_what_its_aliases_take() {
    let mut aliases = 0;
    for document in documents() {
        for operation in document.operations() {
            for alias in &operation.aliases {
                aliases += 1;
                for body in &alias.bodies {
                    let known = operation.bodies.iter().map(|body| &body.media_type);
                    assert!(known.clone().any(|known| *known == body.media_type), "{}", alias.id);
                }
                for parameter in &alias.parameters {
                    let known = operation.parameters.iter().map(|parameter| &parameter.name);
                    assert!(known.clone().any(|known| *known == parameter.name), "{}", alias.id);
                }
            }
        }
    }
    assert!(aliases > 0);
}

#[test]
fn a_call_of_a_system_is_read_in_full() {
    let document = document("systems");
    let operation = document.operation("getSystem").unwrap();
    assert_eq!(operation.method, Method::Get);
    assert_eq!(operation.template.text(), "/v3/systems/{systemId}");
    assert_eq!(operation.token, TokenUse::Always);
    assert!(operation.repeatable && operation.paging.is_none() && operation.bodies.is_empty());
    assert_eq!(operation.identity, ["id"]);
    assert!(operation.select().is_some());
    assert!(operation.failures().any(|response| response.code() == Some(404)));
    let Reply::Enveloped(Some(system)) = &operation.reply else { panic!("{:?}", operation.reply) };
    assert!(document.flatten(system)["properties"].get("host").is_some());
}

#[test]
fn the_secrets_of_a_body_are_found() {
    let document = document("systems");
    let operation = document.operation("createSystem").unwrap();
    let body = operation.body().unwrap();
    assert!(body.required && body.kind == BodyKind::Json);
    let secrets = document.secrets(&body.schema);
    assert!(secrets.iter().any(|place| place == "/authnCredential/password"), "{secrets:?}");
}

#[test]
fn a_login_carries_no_token() {
    let authenticator = document("authenticator");
    let token = |id: &str| authenticator.operation(id).unwrap().token;
    assert_eq!(token("create_token"), TokenUse::Never);
    assert_eq!(token("get_userinfo"), TokenUse::Always);
}
