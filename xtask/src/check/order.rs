//! Where a schema says in which order its properties come, it names each of them once.

use serde_json::{Map, Value};

use super::{Repository, Section};
use crate::ordered::ORDER;
use crate::walk;

pub(crate) fn check(repository: &Repository) -> Section {
    let mut section = Section::new("Order of properties");
    let mut counts = [0; 2];
    let upstream =
        repository.inputs.iter().map(|(name, input)| (0, "upstream", name, &input.interface));
    let derived =
        repository.documents.iter().map(|(name, document)| (1, "openapi", name, document.value()));
    for (kind, folder, service, document) in upstream.chain(derived) {
        walk::keyword_objects(&mut document.clone(), &mut |object| {
            if let Some(order) = object.get(ORDER) {
                counts[kind] += 1;
                if !names_each_once(order, object.get("properties").and_then(Value::as_object)) {
                    section.finding(format!(
                        "{service}: specs/{folder}/{service}.json: {ORDER} {order} does not name each property once"
                    ));
                }
            }
        });
    }
    let [upstream, derived] = counts;
    section.line(format!(
        "{upstream} schemas upstream and {derived} derived ones whose properties are not in the order of the alphabet"
    ));
    section
}

fn names_each_once(order: &Value, properties: Option<&Map<String, Value>>) -> bool {
    let names = order.as_array().into_iter().flatten().map(Value::as_str);
    let Some(mut names) = names.collect::<Option<Vec<&str>>>() else { return false };
    let mut known: Vec<&str> =
        properties.into_iter().flat_map(Map::keys).map(String::as_str).collect();
    names.sort_unstable();
    known.sort_unstable();
    names == known
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_order_names_each_property_once() {
        let properties = json!({"a": {}, "b": {}});
        let right = |order: Value| names_each_once(&order, properties.as_object());
        assert!(right(json!(["b", "a"])));
        for wrong in
            [json!(["b"]), json!(["b", "a", "a"]), json!(["b", "c"]), json!("b"), json!([1, "a"])]
        {
            assert!(!right(wrong.clone()), "{wrong}");
        }
        assert!(!names_each_once(&json!(["b", "a"]), None));
    }
}
