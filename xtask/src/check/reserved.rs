//! The names of call options are not taken by a parameter or a request field.

use std::collections::BTreeMap;

use tapis_codegen::naming;
use tapis_specs::reader::Document;

use super::{Section, fields};

/// The methods that every call has for its options.
const OPTIONS: [&str; 7] = [
    "with_basic_auth",
    "with_header",
    "with_options",
    "with_query",
    "with_retry",
    "with_timeout",
    "with_tracking_id",
];

pub(crate) fn check(documents: &BTreeMap<String, Document>) -> Section {
    let mut section = Section::new("Reserved names");
    for (service, document) in documents {
        for operation in document.named_operations() {
            let id = &operation.id;
            let names = operation.parameters.iter().map(|parameter| &parameter.name);
            for name in names.filter(|name| reserved(name)) {
                section.finding(format!(
                    "{service}: parameter {name} of {id} has the name of a call option"
                ));
            }
        }
        for field in fields::sent(document).into_iter().filter(|field| reserved(field.name)) {
            section.finding(format!(
                "{service}: request field {} has the name of a call option",
                field.place
            ));
        }
    }
    section.line(format!("{}: taken by {}", OPTIONS.join(", "), section.findings.len()));
    section
}

fn reserved(name: &str) -> bool {
    OPTIONS.contains(&naming::snake(name).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_name_of_an_option_is_a_finding_and_a_name_like_one_is_not() {
        let document = json!({"paths": {"/a": {"post": {
            "operationId": "a",
            "parameters": [{"name": "withHeader"}, {"name": "with_metadata"}],
            "requestBody": {"content": {"application/json": {"schema": {"properties": {
                "with-timeout": {}, "with_timeout_seconds": {},
            }}}}},
        }}}});
        assert_eq!(
            check(&BTreeMap::from([("t".to_owned(), Document::read("t", document))])).findings,
            [
                "t: parameter withHeader of a has the name of a call option",
                "t: request field a.with-timeout has the name of a call option",
            ]
        );
    }
}
