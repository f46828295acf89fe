//! Checks that every published operation has a method.

use std::collections::BTreeMap;
use std::thread;

use tapis_codegen::naming;
use tapis_specs::reader::{self, Document};

use super::{Repository, Section};
use crate::canonical;

pub(crate) fn check(repository: &Repository) -> Section {
    let mut section = Section::new("Operations");
    let code = generate(&repository.documents);
    let mut rows = Vec::new();
    let (mut total, mut generated) = (0, 0);
    for (service, input) in &repository.inputs {
        let ids: Vec<&str> =
            reader::operations(&input.interface).map(|operation| operation.id()).collect();
        let code = match code.get(service.as_str()) {
            Some(Ok(code)) => code.as_str(),
            Some(Err(error)) => {
                section.finding(format!("{service}: cannot be generated: {error}"));
                ""
            }
            None => "",
        };
        let missing = missing(&ids, code);
        for id in &missing {
            section.finding(format!("{service}: operation {id} has no method"));
        }
        let found = ids.len() - missing.len();
        total += ids.len();
        generated += found;
        rows.push([service.clone(), ids.len().to_string(), found.to_string()]);
    }
    section.table(["service", "operations", "methods"], &rows);
    section.line(format!("{total} operations, {generated} methods, {} services", rows.len()));
    section
}

/// The generated code of each service; the services are generated in parallel.
fn generate(documents: &BTreeMap<String, Document>) -> BTreeMap<&str, Result<String, String>> {
    thread::scope(|scope| {
        let running: Vec<_> = documents
            .iter()
            .map(|(service, document)| {
                let generate = || {
                    tapis_codegen::generate(service, &canonical::to_string(document.value()))
                        .map_err(|error| error.to_string())
                };
                (service.as_str(), scope.spawn(generate))
            })
            .collect();
        running
            .into_iter()
            .map(|(service, thread)| {
                let code = thread.join().unwrap_or_else(|_| Err("the generator panicked".into()));
                (service, code)
            })
            .collect()
    })
}

/// The operations without a method in the generated `code`. Line breaks of the formatter are
/// ignored.
fn missing<'a>(ids: &[&'a str], code: &str) -> Vec<&'a str> {
    let code: String = code.split_whitespace().collect();
    let found = |id: &str| {
        let name = naming::snake(id);
        [format!("pubfn{name}(&self)->calls::"), format!("pubfn{name}(&self,")]
            .iter()
            .any(|method| code.contains(method))
    };
    ids.iter().copied().filter(|id| !found(id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_without_a_method_is_missing() {
        let code = "    pub fn get_system(&self) -> calls::GetSystem {\n\
                    pub fn delete_everything(\n        &self,\n        id: impl Into<String>,\n    ) -> calls::DeleteEverything {";
        let ids = ["getSystem", "get", "putSystem", "deleteEverything"];
        assert_eq!(missing(&ids, code), ["get", "putSystem"]);
    }
}
