//! The probable new position of an overlay target that matches nothing: an item that is new in the
//! document and resembles the old one by name and structure.

use std::collections::BTreeMap;

use serde_json::Value;
use tapis_specs::reader::escape;

use super::path::{by_name, pieces, places, quoted, step};
use crate::interface::without_sentences;

/// The minimum similarity of a name or a structure that is worth a suggestion.
const ENOUGH: f64 = 0.55;

/// The number of facts of a structure that count as much as its name.
const FACTS: f64 = 3.0;

/// The JSONPath that most probably replaces `target`, which matches nothing in `is`. `was` is the
/// previous document, in which it matched; without it only names can be compared.
pub(super) fn target(target: &str, was: Option<&Value>, is: &Value) -> Option<String> {
    let pieces = pieces(target)?;
    let known = (0..pieces.len()).rev().find(|&n| !places(is, &path(&pieces[..n])).is_empty())?;
    let (missing, rest) = pieces.get(known..)?.split_first()?;
    let (prefix, rest) = (path(&pieces[..known]), rest.concat());
    let wanted = Wanted::read(missing)?;
    let old = was.and_then(|was| {
        let pointer = places(was, &format!("{prefix}{missing}")).into_iter().next()?;
        let value = was.pointer(&pointer)?;
        Some(Old { shape: shape(value), pointer })
    });
    if was.is_some() && old.is_none() {
        // An earlier action of the overlay created it, and that action is reported itself.
        return None;
    }
    let before = was.map(|was| wanted.near(was, &prefix)).unwrap_or_default();
    let taken: Vec<&str> = before.iter().map(|candidate| candidate.name.as_str()).collect();
    let mut candidates = wanted.near(is, &prefix);
    candidates.retain(|candidate| !taken.contains(&&*candidate.name));
    let near = candidates.into_iter().map(|candidate| {
        let path = format!("{prefix}{}{rest}", candidate.piece);
        let score = wanted.score(&candidate, old.as_ref(), is);
        (score, !places(is, &path).is_empty(), path)
    });
    let best = near.filter(|(score, ..)| *score >= ENOUGH).max_by(|(a, fits, _), (b, also, _)| {
        (fits, a).partial_cmp(&(also, b)).unwrap_or(std::cmp::Ordering::Equal)
    });
    match best {
        Some((_, _, path)) => Some(path),
        None => wanted.elsewhere(was?, is, &prefix, &old?).map(|path| format!("{path}{rest}")),
    }
}

/// The condition in one segment of a JSONPath.
enum Wanted {
    /// A key of an object.
    Key(String),
    /// An entry with a certain value of an attribute, as in `[?@.operationId=='getBird']`.
    Entry { attribute: String, value: String },
}

/// An item that may be the new position.
struct Candidate {
    name: String,
    pointer: String,
    /// The segment of a JSONPath that selects it.
    piece: String,
}

/// The item that the target matched before.
struct Old {
    pointer: String,
    shape: Shape,
}

impl Wanted {
    fn read(piece: &str) -> Option<Self> {
        if let Some(key) = piece.strip_prefix('.') {
            return Some(Self::Key(key.to_owned()));
        }
        let inner = piece.strip_prefix('[')?.strip_suffix(']')?;
        let Some(condition) = inner.strip_prefix('?') else {
            return Some(Self::Key(quoted(inner)?.to_owned()));
        };
        let (attribute, value) = condition.split_once("==")?;
        let attribute = attribute.trim().strip_prefix("@.")?.to_owned();
        Some(Self::Entry { attribute, value: quoted(value)?.to_owned() })
    }

    fn name(&self) -> &str {
        match self {
            Self::Key(name) | Self::Entry { value: name, .. } => name,
        }
    }

    /// The items at `prefix`, where the old one was.
    fn near(&self, document: &Value, prefix: &str) -> Vec<Candidate> {
        let mut found = Vec::new();
        for place in places(document, prefix) {
            let Some(value) = document.pointer(&place) else { continue };
            let entries = value.as_object().into_iter().flatten().map(|(key, v)| (key.clone(), v));
            let members = value.as_array().into_iter().flatten().enumerate();
            let entries = entries.chain(members.map(|(at, v)| (at.to_string(), v)));
            found.extend(entries.filter_map(|(key, value)| {
                let pointer = format!("{place}/{}", escape(&key));
                let (name, piece) = match self {
                    Self::Key(_) => (key.clone(), step(&key)),
                    Self::Entry { attribute, .. } => {
                        let name = value[attribute].as_str()?;
                        (name.to_owned(), format!("[?@.{attribute}=='{name}']"))
                    }
                };
                Some(Candidate { name, pointer, piece })
            }));
        }
        found
    }

    fn score(&self, candidate: &Candidate, old: Option<&Old>, document: &Value) -> f64 {
        let name = resemblance(self.name(), &candidate.name);
        let Some(old) = old else { return name };
        let is_operation =
            matches!(self, Self::Entry { attribute, .. } if attribute == "operationId");
        if is_operation && candidate.pointer == old.pointer {
            // The same method of the same path.
            return 1.0;
        }
        let weight = old.shape.weight();
        let shape = document.pointer(&candidate.pointer).map(shape).unwrap_or_default();
        weight * old.shape.resemblance(&shape) + (1.0 - weight) * name
    }

    /// A schema that has moved, or a property of this name that another schema has now.
    fn elsewhere(&self, was: &Value, is: &Value, prefix: &str, old: &Old) -> Option<String> {
        let Self::Key(name) = self else { return None };
        let is_field = prefix.ends_with(".properties");
        if !is_field && prefix != "$.components.schemas" {
            return None;
        }
        let mut found: Vec<(f64, String)> = Vec::new();
        objects(is, "", &mut |pointer, value| {
            let is_named = pointer.ends_with(&format!("/properties/{}", escape(name)));
            if was.pointer(pointer).is_some() || (is_field && !is_named) {
                return;
            }
            let score = old.shape.resemblance(&shape(value));
            let enough = if is_named { ENOUGH } else { 0.8 };
            if score >= enough && (is_named || old.shape.total > FACTS) {
                found.push((score, pointer.to_owned()));
            }
        });
        // Of equally good candidates, the outermost.
        let best = found
            .into_iter()
            .max_by(|(a, at), (b, there)| a.total_cmp(b).then_with(|| there.len().cmp(&at.len())));
        best.map(|(_, pointer)| by_name(is, &pointer))
    }
}

/// The similarity of two names, from 0 to 1.
fn resemblance(one: &str, other: &str) -> f64 {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    strsim::normalized_damerau_levenshtein(&one, &other).max(strsim::sorensen_dice(&one, &other))
}

/// The facts of a value, each with its number of occurrences.
#[derive(Default)]
struct Shape {
    facts: BTreeMap<String, u32>,
    total: f64,
}

impl Shape {
    /// The weight of the structure relative to the name: a single fact counts little.
    fn weight(&self) -> f64 {
        let known = self.total.min(3.0 * FACTS);
        known / (known + FACTS)
    }

    fn resemblance(&self, other: &Self) -> f64 {
        let both =
            |(fact, n): (&String, &u32)| f64::from(*other.facts.get(fact).unwrap_or(&0).min(n));
        let total = self.total + other.total;
        if total == 0.0 { 0.0 } else { 2.0 * self.facts.iter().map(both).sum::<f64>() / total }
    }
}

fn shape(value: &Value) -> Shape {
    let mut shape = Shape::default();
    note(&without_sentences(value), "", &mut shape);
    shape
}

fn note(value: &Value, at: &str, shape: &mut Shape) {
    match value {
        Value::Object(map) => {
            // The name of the item is compared separately.
            let facts =
                map.iter().filter(|(key, _)| *key != "operationId" && !key.starts_with("x-"));
            facts.for_each(|(key, value)| note(value, &format!("{at}/{key}"), shape));
        }
        Value::Array(list) => list.iter().for_each(|value| note(value, &format!("{at}/-"), shape)),
        scalar => {
            *shape.facts.entry(format!("{at}={scalar}")).or_default() += 1;
            shape.total += 1.0;
        }
    }
}

fn objects(value: &Value, at: &str, visit: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(map) => {
            visit(at, value);
            for (key, value) in map {
                objects(value, &format!("{at}/{}", escape(key)), visit);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                objects(value, &format!("{at}/{index}"), visit);
            }
        }
        _ => {}
    }
}

fn path(pieces: &[&str]) -> String {
    format!("${}", pieces.concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document(paths: Value, schemas: Value) -> Value {
        json!({ "paths": paths, "components": { "schemas": schemas } })
    }

    fn get(id: &str) -> Value {
        json!({ "get": { "operationId": id, "parameters": [{ "name": "limit", "in": "query" }] } })
    }

    const OPERATION: &str = "$.paths[*][?@.operationId=='listBirds'].parameters[?@.name=='limit']";

    #[test]
    fn an_operation_is_known_by_its_method_and_path_whatever_it_is_called() {
        let was = document(json!({ "/birds": get("listBirds"), "/a": get("a") }), json!({}));
        let is = document(json!({ "/birds": get("flock"), "/a": get("listBird") }), json!({}));
        let found = target(OPERATION, Some(&was), &is);
        let expected = "$.paths[*][?@.operationId=='flock'].parameters[?@.name=='limit']";
        assert_eq!(found.as_deref(), Some(expected));
    }

    #[test]
    fn without_an_older_document_the_name_alone_counts() {
        let is = document(json!({ "/birds": get("listBird"), "/a": get("a") }), json!({}));
        let found = target(OPERATION, None, &is);
        let expected = "$.paths[*][?@.operationId=='listBird'].parameters[?@.name=='limit']";
        assert_eq!(found.as_deref(), Some(expected));
    }

    #[test]
    fn a_field_that_was_there_before_is_no_new_name_of_another() {
        let bird = |fields: Value| document(json!({}), json!({ "Bird": { "properties": fields } }));
        let text = json!({ "type": "string" });
        let was = bird(json!({ "ring": text, "rings": text, "name": text }));
        let ring = "$.components.schemas.Bird.properties.ring";
        assert_eq!(target(ring, Some(&was), &bird(json!({ "rings": text }))), None);
        let is = bird(json!({ "rings": text, "ringNumber": text, "weight": text }));
        let found = target(ring, Some(&was), &is);
        assert_eq!(found.as_deref(), Some("$.components.schemas.Bird.properties.ringNumber"));
    }

    #[test]
    fn a_schema_is_found_where_it_has_moved_to() {
        let egg = json!({ "type": "object", "properties": {
            "colour": { "type": "string" }, "grams": { "type": "number" },
            "laid": { "type": "string", "format": "date" } } });
        let nest = json!({ "properties": { "tree": { "type": "string" } } });
        let was = document(json!({}), json!({ "Egg": egg, "Nest": nest }));
        let moved = json!({ "properties": { "egg": egg } });
        let is = document(json!({}), json!({ "Nest": moved }));
        let found = target("$.components.schemas.Egg.properties.grams", Some(&was), &is);
        let expected = "$.components.schemas.Nest.properties.egg.properties.grams";
        assert_eq!(found.as_deref(), Some(expected));
        let is = document(json!({}), json!({ "Nest": nest, "BirdsEgg": egg, "Wing": nest }));
        let found = target("$.components.schemas.Egg", Some(&was), &is);
        assert_eq!(found.as_deref(), Some("$.components.schemas.BirdsEgg"));
    }

    #[test]
    fn what_an_earlier_action_should_have_made_has_no_likely_place() {
        let was = document(json!({}), json!({ "Bird": { "properties": {} } }));
        let path = "$.components.schemas.Bird.properties.made";
        assert_eq!(target(path, Some(&was), &was), None);
    }
}
