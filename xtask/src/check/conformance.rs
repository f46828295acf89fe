//! Checks that the conformance cases are complete and that each request in them is an operation,
//! and counts the operations that they prove.

use std::collections::{BTreeMap, BTreeSet};

use tapis_specs::reader::{Document, Operation, Part};

use super::Section;
use crate::conformance::{Evidence, FOLDER, Suite};

/// `operations` are those of the mock, one per line. The counts are also returned as a Markdown
/// table.
pub(crate) fn check(
    suite: &Suite,
    documents: &BTreeMap<String, Document>,
    operations: &str,
) -> (Section, String) {
    let mut section = Section::new("Conformance");
    section.findings.extend(suite.findings.iter().map(|finding| format!("{FOLDER}/{finding}")));
    let mut cases: BTreeMap<&str, usize> = BTreeMap::new();
    let mut proved: BTreeSet<(&str, &str)> = BTreeSet::new();
    for file in &suite.files {
        let service = file.name.split('/').next().unwrap_or_default();
        if !documents.contains_key(service) {
            section.finding(format!("{FOLDER}/{}: there is no service {service}", file.name));
        }
        for case in &file.cases {
            *cases.entry(service).or_default() += 1;
            for request in case.requests() {
                let Some((service, operation)) = driven(documents, &request.method, &request.path)
                else {
                    let call = format!("{} {}", request.method, request.path);
                    let at = format!("{FOLDER}/{}: {}", file.name, case.name);
                    section.finding(format!("{at}: {call} is no operation"));
                    continue;
                };
                if case.evidence.iter().any(Evidence::is_source) {
                    let aliases = operation.aliases.iter().map(|alias| alias.id.as_str());
                    let ids = aliases.chain([operation.id.as_str()]);
                    proved.extend(ids.map(|id| (service, id)));
                }
            }
        }
    }
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for line in operations.lines() {
        let mut words = line.split_whitespace();
        let (Some(service), Some(id), Some(kind)) = (words.next(), words.next(), words.next())
        else {
            continue;
        };
        let count = counts.entry(service).or_default();
        match kind {
            _ if proved.contains(&(service, id)) => count[0] += 1,
            "example" => count[2] += 1,
            _ => count[1] += 1,
        }
    }
    let row = |service: &str, cases: usize, [source, document, example]: [usize; 3]| {
        let counts = [cases, source, document, example].map(|count| count.to_string());
        let [cases, source, document, example] = counts;
        [service.to_owned(), cases, source, document, example]
    };
    let mut rows: Vec<_> = counts
        .iter()
        .map(|(service, count)| {
            row(service, cases.get(service).copied().unwrap_or_default(), *count)
        })
        .collect();
    let total = counts.values().fold([0; 3], |sum, count| [0, 1, 2].map(|at| sum[at] + count[at]));
    rows.push(row("all", cases.values().sum(), total));
    section.table(HEAD, &rows);
    (section, markdown(&rows))
}

const HEAD: [&str; 5] = ["service", "cases", "as in the source", "from the document", "example"];

/// The counts as a Markdown table.
fn markdown(rows: &[[String; 5]]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head = line(&HEAD.map(str::to_owned));
    let rows: String = rows.iter().map(|row| line(row)).collect();
    format!("{head}|---|--:|--:|--:|--:|\n{rows}")
}

/// The operation of a request, with its service: of the operations whose template matches, the one
/// with the most literal path.
fn driven<'d>(
    documents: &'d BTreeMap<String, Document>,
    method: &str,
    path: &str,
) -> Option<(&'d str, &'d Operation)> {
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let operations = documents.iter().flat_map(|(service, document)| {
        document.operations().iter().map(move |operation| (service.as_str(), operation))
    });
    operations
        .filter(|(_, operation)| operation.method.name() == method)
        .filter(|(_, operation)| fits(operation.template.segments(), &segments))
        .max_by_key(|(_, operation)| {
            let segments = operation.template.segments();
            let is_literal = |parts: &&Vec<Part>| matches!(parts[..], [Part::Literal(_)]);
            let literals = segments.iter().filter(is_literal).count();
            (literals, std::cmp::Reverse(segments.len()))
        })
}

fn fits(template: &[Vec<Part>], path: &[&str]) -> bool {
    let Some((parts, rest)) = template.split_first() else { return path.is_empty() };
    if let [Part::Parameter { multi_segment: true, .. }] = parts[..] {
        return (0..=path.len()).any(|taken| fits(rest, &path[taken..]));
    }
    let Some((segment, path)) = path.split_first() else { return false };
    let fit = match &parts[..] {
        [Part::Literal(text)] => text == segment,
        [Part::Literal(text), ..] => segment.starts_with(text.as_str()),
        _ => !segment.is_empty(),
    };
    fit && fits(rest, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn documents() -> BTreeMap<String, Document> {
        let path = json!({ "name": "path", "in": "path", "x-tapis-multi-segment": true });
        let operation = |id: &str| json!({ "operationId": id, "parameters": [path] });
        let document = json!({ "paths": {
            "/v3/files/ops/{systemId}": { "post": { "operationId": "mkdir" } },
            "/v3/files/ops/{systemId}/{path}":
                { "get": operation("listFiles"), "post": operation("insert") },
            "/v3/files/share/all": { "get": { "operationId": "all" } },
            "/v3/files/share/{id}": { "get": { "operationId": "one" } },
        } });
        BTreeMap::from([("files".to_owned(), Document::read("files", document))])
    }

    fn suite(evidence: &str, call: &str) -> Suite {
        let text = format!(
            "- {{ name: a, rule: R., evidence: [{{ {evidence} }}],
                  steps: [{{ call: '{call}', expect: {{ status: 200 }} }}] }}"
        );
        let suite = Suite::parse(&BTreeMap::from([("files/a.yaml".to_owned(), text)]));
        assert_eq!(suite.findings, [] as [String; 0]);
        suite
    }

    #[test]
    fn a_call_is_for_the_operation_that_says_most_of_its_path() {
        let documents = documents();
        for (call, id) in [
            ("POST /v3/files/ops/${linux}", Some("mkdir")),
            ("POST /v3/files/ops/${linux}/${prefix}/a/b", Some("insert")),
            ("GET /v3/files/ops/${linux}/", Some("listFiles")),
            ("GET /v3/files/share/all", Some("all")),
            ("GET /v3/files/share/${x}", Some("one")),
            ("GET /v3/files/shares/${x}", None),
            ("PUT /v3/files/ops/${linux}", None),
        ] {
            let (method, path) = call.split_once(' ').unwrap_or_default();
            let found = driven(&documents, method, path).map(|(_, op)| op.id.as_str());
            assert_eq!(found, id, "{call}");
        }
    }

    #[test]
    fn operations_are_counted_by_what_they_rest_on() {
        let operations = "files mkdir behaves\nfiles insert behaves\nfiles all example\n";
        let source = "source: 'a/b@1234567 c:1'";
        let (section, table) =
            check(&suite(source, "POST /v3/files/ops/x"), &documents(), operations);
        assert_eq!(section.findings, [] as [String; 0]);
        let last = section.to_string().lines().last().unwrap_or_default().to_owned();
        let figures: Vec<_> = last.split_whitespace().collect();
        assert_eq!(figures, ["all", "1", "1", "1", "1"]);
        assert!(table.ends_with(
            "|---|--:|--:|--:|--:|\n| files | 1 | 1 | 1 | 1 |\n| all | 1 | 1 | 1 | 1 |\n"
        ));
        let (section, _) =
            check(&suite("report: x", "POST /v3/files/ops/x"), &documents(), operations);
        let last = section.to_string().lines().last().unwrap_or_default().to_owned();
        assert_eq!(last.split_whitespace().collect::<Vec<_>>(), ["all", "1", "0", "2", "1"]);
    }

    #[test]
    fn a_call_that_is_no_operation_is_a_finding() {
        let (section, _) = check(&suite("report: x", "GET /v3/filez/ops/x"), &documents(), "");
        assert_eq!(
            section.findings,
            ["tests/conformance/files/a.yaml: a: GET /v3/filez/ops/x is no operation"]
        );
    }
}
