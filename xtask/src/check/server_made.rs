//! Checks that attributes which only the service sets are only in replies.

use std::collections::BTreeMap;

use serde_json::Value;
use tapis_specs::reader::Document;

use super::{Section, fields};

const SERVER_MADE: &str = "x-tapis-server-made";

pub(crate) fn check(documents: &BTreeMap<String, Document>) -> Section {
    let mut section = Section::new("What only the service makes");
    let mut count = 0;
    for (service, document) in documents {
        let received = fields::received(document);
        count += received.iter().filter(|field| is_server_made(field.schema)).count();
        for field in fields::sent(document).iter().filter(|field| is_server_made(field.schema)) {
            section.finding(format!(
                "{service}: {} is made by the service ({SERVER_MADE}), and a request carries it",
                field.place
            ));
        }
    }
    section.line(format!("{count} properties of replies"));
    section
}

fn is_server_made(property: &Value) -> bool {
    property[SERVER_MADE] == true
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_service_makes_is_not_sent() {
        let content = json!({"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}});
        let findings = |operation: Value| {
            let document = json!({
                "paths": {"/a": {"post": operation}},
                "components": {"schemas": {"A": {"properties": {
                    "id": {}, "uuid": {SERVER_MADE: true},
                }}}},
            });
            check(&BTreeMap::from([("t".to_owned(), Document::read("t", document))])).findings
        };
        let reply = json!({"operationId": "a", "responses": {"200": content}});
        assert!(findings(reply).is_empty());
        let request = json!({"operationId": "a", "requestBody": content, "responses": {}});
        assert_eq!(
            findings(request),
            ["t: A.uuid is made by the service (x-tapis-server-made), and a request carries it"]
        );
    }
}
