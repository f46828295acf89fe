//! Checks that operations, parameters and request fields are documented.

use std::collections::BTreeMap;

use tapis_specs::reader::Document;

use super::{Section, fields};

/// The services whose request fields must all be documented.
const REQUESTS_DOCUMENTED: [&str; 11] = [
    "actors",
    "apps",
    "authenticator",
    "files",
    "jobs",
    "meta",
    "notifications",
    "pods",
    "streams",
    "systems",
    "workflows",
];

pub(crate) fn check(documents: &BTreeMap<String, Document>) -> Section {
    let mut section = Section::new("Documentation (documented/all)");
    let mut rows = Vec::new();
    let mut total = [Share::default(); 4];
    for (service, document) in documents {
        let mut shares = [Share::default(); 4];
        for operation in document.named_operations() {
            let (id, summary) = (&operation.id, &operation.summary);
            if !shares[0].count(!summary.is_empty()) {
                section.finding(format!("{service}: operation {id} is not documented"));
            }
            for parameter in &operation.parameters {
                if !shares[1].count(!parameter.description.is_empty()) {
                    let name = &parameter.name;
                    section
                        .finding(format!("{service}: parameter {name} of {id} is not documented"));
                }
            }
        }
        for field in fields::sent(document) {
            if !shares[2].count(described(field.schema))
                && REQUESTS_DOCUMENTED.contains(&service.as_str())
            {
                section
                    .finding(format!("{service}: request field {} is not documented", field.place));
            }
        }
        for field in fields::received(document) {
            shares[3].count(described(field.schema));
        }
        for (sum, share) in total.iter_mut().zip(shares) {
            sum.documented += share.documented;
            sum.all += share.all;
        }
        rows.push(row(service, shares));
    }
    rows.push(row("total", total));
    section.table(["service", "operations", "parameters", "request fields", "reply fields"], &rows);
    section
}

/// The number of documented items, and the total.
#[derive(Clone, Copy, Default)]
struct Share {
    documented: usize,
    all: usize,
}

impl Share {
    fn count(&mut self, documented: bool) -> bool {
        self.all += 1;
        self.documented += usize::from(documented);
        documented
    }
}

fn row(name: &str, shares: [Share; 4]) -> [String; 5] {
    let [operations, parameters, sent, received] =
        shares.map(|share| format!("{}/{}", share.documented, share.all));
    [name.to_owned(), operations, parameters, sent, received]
}

fn described(value: &serde_json::Value) -> bool {
    value["description"].as_str().is_some_and(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn findings(service: &str, operation: Value) -> Vec<String> {
        let document = json!({"paths": {"/a": {"post": operation}}});
        let document = Document::read(service, document);
        check(&BTreeMap::from([(service.to_owned(), document)])).findings
    }

    #[test]
    fn an_undocumented_operation_and_parameter_are_findings() {
        let found = findings(
            "tokens",
            json!({"operationId": "makeIt", "summary": " ", "parameters": [{"name": "p"}]}),
        );
        assert_eq!(
            found,
            [
                "tokens: operation makeIt is not documented",
                "tokens: parameter p of makeIt is not documented"
            ]
        );
    }

    #[test]
    fn request_fields_need_a_line_in_the_services_that_promise_it() {
        let operation = json!({
            "operationId": "makeIt", "summary": "Makes something new.",
            "requestBody": {"content": {"application/json": {"schema": {"properties": {"f": {}}}}}},
        });
        assert_eq!(
            findings("jobs", operation.clone()),
            ["jobs: request field makeIt.f is not documented"]
        );
        assert!(findings("tokens", operation).is_empty());
    }
}
