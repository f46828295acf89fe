//! Finds the operation for a path.

use std::collections::HashMap;

use http::Method;
use percent_encoding::percent_decode_str;
use tapis_specs::reader::{Part, Template};

use super::service::OperationRef;

/// All paths as a tree of segments.
#[derive(Default)]
pub(crate) struct Routes {
    root: Node,
}

#[derive(Default)]
struct Node {
    literal: HashMap<String, Node>,
    parameter: Option<Box<Node>>,
    /// Literals directly followed by a parameter, which matches the rest of the segment.
    glued: Vec<(String, Leaf)>,
    /// A parameter that matches the rest of the path, of any length.
    rest: Leaf,
    leaf: Leaf,
}

#[derive(Default)]
struct Leaf {
    /// The names of the parameters before this node can differ between methods.
    methods: Vec<(Method, OperationRef, Vec<String>)>,
}

/// The result of a method on a path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The operation and the decoded values of its path parameters.
    Operation(OperationRef, Vec<(String, String)>),
    /// The path exists, with these methods instead.
    OtherMethods(Vec<Method>),
    Nothing,
}

impl Routes {
    /// Adds an operation.
    pub(super) fn add(&mut self, template: &Template, method: &Method, operation: OperationRef) {
        let mut names: Vec<String> = Vec::new();
        let mut node = &mut self.root;
        for segment in template.segments() {
            let leaf = match segment.as_slice() {
                [] => continue,
                [Part::Literal(literal)] => {
                    node = node.literal.entry(literal.clone()).or_default();
                    continue;
                }
                [Part::Parameter { name, multi_segment: true }] => {
                    names.push(name.clone());
                    &mut node.rest
                }
                [Part::Literal(start), Part::Parameter { name, multi_segment: true }] => {
                    names.push(name.clone());
                    node.glued(start)
                }
                parts => {
                    names.extend(parts.iter().find_map(|part| match part {
                        Part::Parameter { name, .. } => Some(name.clone()),
                        _ => None,
                    }));
                    node = node.parameter.get_or_insert_default();
                    continue;
                }
            };
            // A parameter of several segments matches all remaining ones.
            leaf.methods.push((method.clone(), operation, names));
            return;
        }
        node.leaf.methods.push((method.clone(), operation, names));
    }

    /// Finds the operation for a method and a path as received.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Found {
        let segments: Vec<&str> = segments(path).collect();
        let mut values = Vec::new();
        let mut others = Vec::new();
        match self.root.find(method, &segments, &mut values, &mut others) {
            Some((operation, names)) => {
                let decode =
                    |raw: String| percent_decode_str(&raw).decode_utf8_lossy().into_owned();
                let values = values.into_iter().map(decode);
                Found::Operation(operation, names.iter().cloned().zip(values).collect())
            }
            None if others.is_empty() => Found::Nothing,
            None => {
                others.sort_by(|a: &Method, b| a.as_str().cmp(b.as_str()));
                others.dedup();
                Found::OtherMethods(others)
            }
        }
    }
}

impl Node {
    /// The leaf of the paths whose last segment starts with this literal.
    fn glued(&mut self, start: &str) -> &mut Leaf {
        let at = match self.glued.iter().position(|(known, _)| known == start) {
            Some(at) => at,
            None => {
                self.glued.push((start.to_owned(), Leaf::default()));
                self.glued.len() - 1
            }
        };
        &mut self.glued[at].1
    }

    fn find(
        &self,
        method: &Method,
        path: &[&str],
        values: &mut Vec<String>,
        others: &mut Vec<Method>,
    ) -> Option<(OperationRef, &[String])> {
        let found = match path.split_first() {
            None => self.leaf.find(method, others),
            Some((first, rest)) => self
                .literal
                .get(*first)
                .and_then(|node| node.find(method, rest, values, others))
                .or_else(|| {
                    let node = self.parameter.as_ref()?;
                    values.push((*first).to_owned());
                    let found = node.find(method, rest, values, others);
                    if found.is_none() {
                        values.pop();
                    }
                    found
                }),
        };
        let glued = || {
            let (first, rest) = path.split_first()?;
            let glued = self.glued.iter();
            let mut fitting =
                glued.filter_map(|(start, leaf)| Some((first.strip_prefix(start.as_str())?, leaf)));
            let (value, leaf) = fitting.next()?;
            let found = leaf.find(method, others)?;
            values.push(
                std::iter::once(value).chain(rest.iter().copied()).collect::<Vec<_>>().join("/"),
            );
            Some(found)
        };
        found.or_else(glued).or_else(|| {
            let found = self.rest.find(method, others)?;
            values.push(path.join("/"));
            Some(found)
        })
    }
}

impl Leaf {
    fn find(&self, method: &Method, others: &mut Vec<Method>) -> Option<(OperationRef, &[String])> {
        let found = self.methods.iter().find(|(known, ..)| known == method);
        if found.is_none() {
            others.extend(self.methods.iter().map(|(known, ..)| known.clone()));
        }
        found.map(|(_, operation, names)| (*operation, names.as_slice()))
    }
}

/// The segments of a path. Consecutive slashes count as one, because the router in front of the
/// services merges them.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use tapis_specs::reader::Document;

    fn at(operation: usize) -> OperationRef {
        OperationRef { service: 0, operation }
    }

    /// A template with parameters of several segments.
    fn template(path: &str, multi: &[&str]) -> Template {
        let parameters: Vec<Value> = multi
            .iter()
            .map(|name| json!({ "name": name, "in": "path", "x-tapis-multi-segment": true }))
            .collect();
        let operation = json!({ "parameters": parameters });
        let document = json!({ "paths": { path: { "get": operation } } });
        Document::read("test", document).operations()[0].template.clone()
    }

    fn routes() -> Routes {
        let mut routes = Routes::default();
        let mut add = |path: &str, method: Method, number: usize, multi: &[&str]| {
            routes.add(&template(path, multi), &method, at(number));
        };
        add("/v3/systems", Method::GET, 0, &[]);
        add("/v3/systems/{systemId}", Method::GET, 1, &[]);
        add("/v3/systems/search", Method::GET, 2, &[]);
        add("/v3/ops/{systemId}", Method::POST, 3, &[]);
        add("/v3/ops/{systemId}/{path}", Method::GET, 4, &["path"]);
        add("/v3/pods/{pod}/list{url}", Method::GET, 5, &["url"]);
        routes
    }

    fn found(path: &str) -> Found {
        routes().find(&Method::GET, path)
    }

    fn operation(number: usize, values: &[(&str, &str)]) -> Found {
        let values = values.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Found::Operation(at(number), values)
    }

    #[test]
    fn a_literal_wins_over_a_parameter() {
        assert_eq!(found("/v3/systems/search"), operation(2, &[]));
        assert_eq!(found("/v3/systems/frontera"), operation(1, &[("systemId", "frontera")]));
    }

    #[test]
    fn values_are_decoded_once() {
        assert_eq!(found("/v3/systems/a%20b%2520"), operation(1, &[("systemId", "a b%20")]));
    }

    #[test]
    fn a_parameter_of_several_segments_takes_the_rest() {
        let expected = operation(4, &[("systemId", "s"), ("path", "a/b c/d")]);
        assert_eq!(found("/v3/ops/s/a/b%20c/d"), expected);
    }

    #[test]
    fn the_rest_may_be_empty() {
        assert_eq!(found("/v3/ops/s/"), operation(4, &[("systemId", "s"), ("path", "")]));
    }

    #[test]
    fn a_glued_parameter_is_found() {
        assert_eq!(found("/v3/pods/p/list/a/b"), operation(5, &[("pod", "p"), ("url", "/a/b")]));
        assert_eq!(found("/v3/pods/p/lista/b"), operation(5, &[("pod", "p"), ("url", "a/b")]));
    }

    #[test]
    fn slashes_in_a_row_count_as_one() {
        assert_eq!(found("//v3///systems"), operation(0, &[]));
    }

    #[test]
    fn an_unknown_path_and_a_wrong_method_are_told_apart() {
        assert_eq!(found("/v3/nothing"), Found::Nothing);
        let found = routes().find(&Method::DELETE, "/v3/systems");
        assert_eq!(found, Found::OtherMethods(vec![Method::GET]));
    }
}
