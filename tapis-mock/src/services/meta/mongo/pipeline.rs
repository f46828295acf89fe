//! Pipelines: stages that documents go through one after the other.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::expression::evaluate;
use super::filter::Filter;
use super::group::Group;
use super::projection::Projection;
use super::sort::Sort;
use super::value::{as_number, is_true};
use super::{bounds, path};

/// A stage that an order is read of before its fields lose theirs.
#[derive(Deserialize)]
struct Given {
    #[serde(rename = "$sort", alias = "_$sort")]
    sort: Option<IndexMap<String, Value>>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// The stages of a definition, in a form that can be kept: the fields of an order are a list.
pub(in super::super) fn stages(definition: &str, name: &str) -> Result<Vec<Value>, String> {
    #[derive(Deserialize)]
    struct Definition {
        uri: Option<String>,
        stages: Vec<Given>,
    }
    #[derive(Deserialize)]
    struct Wrapped {
        aggrs: Vec<Definition>,
    }
    let wrapped = serde_json::from_str::<Map<String, Value>>(definition)
        .is_ok_and(|fields| fields.contains_key("aggrs"));
    let bad = |error: serde_json::Error| format!("not an aggregation: {error}");
    let found = if wrapped {
        let all: Wrapped = serde_json::from_str(definition).map_err(bad)?;
        let named = all.aggrs.into_iter().find(|one| one.uri.as_deref() == Some(name));
        named.ok_or_else(|| format!("there is no aggregation with the uri {name}"))?
    } else {
        serde_json::from_str(definition).map_err(bad)?
    };
    Ok(found.stages.into_iter().map(keepable).collect())
}

fn keepable(given: Given) -> Value {
    let mut stage = unescaped(Value::Object(given.rest));
    if let (Some(sort), Some(stage)) = (given.sort, stage.as_object_mut()) {
        let pairs = sort.into_iter().map(|(path, way)| json!([path, unescaped(way)]));
        stage.insert("$sort".to_owned(), pairs.collect());
    }
    stage
}

/// Names with a dollar sign may be kept with an underscore before it.
fn unescaped(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(name, value)| {
                let plain = name.strip_prefix('_').filter(|rest| rest.starts_with('$'));
                (plain.map_or_else(|| name.clone(), str::to_owned), unescaped(value))
            });
            fields.collect::<Map<_, _>>().into()
        }
        Value::Array(values) => values.into_iter().map(unescaped).collect(),
        value => value,
    }
}

/// Stages that are ready to be gone through, and how much work each is.
#[derive(Debug)]
pub(in super::super) struct Pipeline(Vec<(Stage, usize)>);

#[derive(Debug)]
enum Stage {
    Match(Filter),
    Sort(Sort),
    Limit(usize),
    Skip(usize),
    Project(Projection),
    Count(String),
    Group(Group),
    Unwind { path: String, keep_empty: bool },
    Set(Map<String, Value>),
}

impl Pipeline {
    /// Reads stages, with values in place of their variables.
    pub(in super::super) fn parse(
        stages: &[Value],
        variables: &Map<String, Value>,
    ) -> Result<Self, String> {
        if stages.len() > bounds::STAGES {
            return Err(format!("the mock takes up to {} stages", bounds::STAGES));
        }
        let stages = stages.iter().map(|stage| {
            let stage = bound(stage, variables)?;
            let weight = bounds::weight(&stage);
            let fields = stage.as_object().filter(|fields| fields.len() == 1);
            let fields = fields.and_then(|fields| fields.iter().next());
            let (name, value) = fields.ok_or("a stage has one field, which names it")?;
            Ok::<_, String>((Stage::parse(name, value)?, weight))
        });
        stages.collect::<Result<_, _>>().map(Self)
    }

    pub(in super::super) fn run(&self, documents: Vec<Value>) -> Result<Vec<Value>, String> {
        let documents = self.0.iter().try_fold(documents, |documents, (stage, weight)| {
            bounds::budget(&documents, *weight)?;
            stage.run(documents)
        })?;
        bounds::budget(&documents, 1)?;
        Ok(documents)
    }
}

/// A value with `{"$var": "name"}` replaced. A list names a variable and what holds without it.
fn bound(value: &Value, variables: &Map<String, Value>) -> Result<Value, String> {
    match value {
        Value::Object(fields) => match fields.get("$var").filter(|_| fields.len() == 1) {
            Some(variable) => resolve(variable, variables),
            None => {
                let fields = fields
                    .iter()
                    .map(|(name, value)| Ok::<_, String>((name.clone(), bound(value, variables)?)));
                fields.collect::<Result<Map<_, _>, _>>().map(Value::Object)
            }
        },
        Value::Array(values) => values.iter().map(|value| bound(value, variables)).collect(),
        value => Ok(value.clone()),
    }
}

fn resolve(variable: &Value, variables: &Map<String, Value>) -> Result<Value, String> {
    let (name, otherwise) = match variable {
        Value::String(name) => (name.as_str(), None),
        Value::Array(parts) => {
            (parts.first().and_then(Value::as_str).unwrap_or_default(), parts.get(1))
        }
        _ => return Err("$var needs a name".to_owned()),
    };
    let mut parts = name.split('.');
    let first = variables.get(parts.next().unwrap_or_default());
    let found = parts.fold(first, |value, part| value?.get(part));
    found.or(otherwise).cloned().ok_or_else(|| format!("variable {name} not bound"))
}

impl Stage {
    fn parse(name: &str, value: &Value) -> Result<Self, String> {
        let number = || {
            let number = as_number(value).filter(|number| *number >= 0.0 && number.fract() == 0.0);
            // It is whole and not negative.
            let number = number.map(|number| number as usize);
            number.ok_or_else(|| format!("{name} needs a whole number"))
        };
        let object = || value.as_object().ok_or_else(|| format!("{name} needs an object"));
        Ok(match name {
            "$match" => Self::Match(Filter::parse(value)?),
            "$sort" => Self::Sort(sort(value)?),
            "$limit" if number()? == 0 => return Err("$limit must be positive".to_owned()),
            "$limit" => Self::Limit(number()?),
            "$skip" => Self::Skip(number()?),
            "$project" => Self::Project(Projection::parse(object()?)?),
            "$count" => {
                let name = value.as_str().filter(|name| !name.is_empty() && !name.contains('.'));
                Self::Count(name.ok_or("$count needs the name of a field")?.to_owned())
            }
            "$group" => Self::Group(Group::parse(value)?),
            "$unwind" => {
                let path = value.get("path").unwrap_or(value).as_str();
                let path = path.and_then(|path| path.strip_prefix('$'));
                let keep = value.get("preserveNullAndEmptyArrays").is_some_and(is_true);
                let path = path.ok_or("$unwind needs a path that begins with a dollar sign")?;
                Self::Unwind { path: path.to_owned(), keep_empty: keep }
            }
            "$addFields" | "$set" => Self::Set(object()?.clone()),
            _ => return Err(format!("the mock does not know the stage {name}")),
        })
    }

    fn run(&self, mut documents: Vec<Value>) -> Result<Vec<Value>, String> {
        match self {
            Self::Match(filter) => documents.retain(|document| filter.holds(document)),
            Self::Sort(sort) => sort.apply(&mut documents),
            Self::Limit(limit) => documents.truncate(*limit),
            Self::Skip(skip) => drop(documents.drain(..(*skip).min(documents.len()))),
            Self::Project(projection) => {
                let shown = documents.into_iter().map(|document| projection.apply(document));
                return shown.collect();
            }
            // Where there is nothing, nothing is counted.
            Self::Count(_) if documents.is_empty() => {}
            Self::Count(name) => return Ok(vec![json!({ name: documents.len() })]),
            Self::Group(group) => return group.apply(&documents),
            Self::Unwind { path, keep_empty } => return unwind(documents, path, *keep_empty),
            Self::Set(fields) => {
                for document in &mut documents {
                    set(document, fields)?;
                }
            }
        }
        Ok(documents)
    }
}

/// An order as it was kept, or as a variable gave it.
fn sort(value: &Value) -> Result<Sort, String> {
    let Some(pairs) = value.as_array() else { return Sort::parse(&value.to_string()) };
    if let [pair] = pairs.as_slice()
        && pair[0] == "$var"
    {
        return Err("an order cannot be a variable as a whole".to_owned());
    }
    Sort::from_pairs(pairs.iter().map(|pair| (pair[0].as_str().unwrap_or_default(), &pair[1])))
}

/// A document for each member of an array.
fn unwind(documents: Vec<Value>, path: &str, keep_empty: bool) -> Result<Vec<Value>, String> {
    let mut budget = bounds::budget(&documents, 1)?;
    let mut made = Vec::new();
    for document in documents {
        let found = evaluate(&format!("${path}").into(), &document)?;
        let members = match found {
            Some(Value::Array(members)) if !members.is_empty() => members,
            None | Some(Value::Null | Value::Array(_)) => {
                if keep_empty {
                    made.push(document);
                }
                continue;
            }
            Some(one) => vec![one],
        };
        for member in members {
            bounds::spend(&mut budget, &document)?;
            let mut copy = document.clone();
            if let Some(fields) = copy.as_object_mut() {
                path::set(fields, path, member)?;
            }
            made.push(copy);
        }
    }
    Ok(made)
}

fn set(document: &mut Value, fields: &Map<String, Value>) -> Result<(), String> {
    let before = document.clone();
    let Some(target) = document.as_object_mut() else { return Ok(()) };
    for (path, expression) in fields {
        if let Some(value) = evaluate(expression, &before)? {
            path::set(target, path, value)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop here")]
    use super::*;

    fn run(stages: &str, variables: Value) -> Result<Value, String> {
        let documents = vec![
            json!({ "_id": 1, "kind": "a", "n": 1, "tags": ["x", "y"] }),
            json!({ "_id": 2, "kind": "b", "n": 2, "tags": [] }),
            json!({ "_id": 3, "kind": "a", "n": 4 }),
        ];
        let definition = format!(r#"{{"stages":{stages}}}"#);
        let stages = super::stages(&definition, "name")?;
        let variables = variables.as_object().cloned().unwrap_or_default();
        Pipeline::parse(&stages, &variables)?.run(documents).map(Value::from)
    }

    #[track_caller]
    fn check(stages: &str, result: Value) {
        assert_eq!(run(stages, json!({})).unwrap(), result, "{stages}");
    }

    #[test]
    fn documents_go_through_the_stages_in_order() {
        check(r#"[{"$match":{"kind":"a"}},{"$count":"found"}]"#, json!([{ "found": 2 }]));
        check(r#"[{"$match":{"kind":"z"}},{"$count":"found"}]"#, json!([]));
        check(
            r#"[{"$sort":{"n":-1}},{"$skip":1},{"$limit":1},{"$project":{"n":1}}]"#,
            json!([{ "_id": 2, "n": 2 }]),
        );
    }

    #[test]
    fn the_order_of_an_order_is_kept() {
        let ids = |stages: &str| {
            let found = run(stages, json!({})).unwrap();
            let ids = found.as_array().unwrap().iter().map(|one| one["_id"].as_i64().unwrap());
            ids.collect::<Vec<_>>()
        };
        assert_eq!(ids(r#"[{"$sort":{"n":1,"kind":-1}}]"#), [1, 2, 3]);
        assert_eq!(ids(r#"[{"$sort":{"kind":-1,"_id":-1}}]"#), [2, 3, 1]);
        assert_eq!(ids(r#"[{"_$sort":{"kind":1,"_id":-1}}]"#), [3, 1, 2]);
    }

    #[test]
    fn documents_are_put_together() {
        check(
            r#"[{"$group":{"_id":"$kind","sum":{"$sum":"$n"},"all":{"$push":"$n"},
                "mean":{"$avg":"$n"},"top":{"$max":"$n"},"count":{"$sum":1}}}]"#,
            json!([
                { "_id": "a", "sum": 5, "all": [1, 4], "mean": 2.5, "top": 4, "count": 2 },
                { "_id": "b", "sum": 2, "all": [2], "mean": 2, "top": 2, "count": 1 },
            ]),
        );
        check(
            r#"[{"$group":{"_id":null,"first":{"$first":"$n"},"last":{"$last":"$n"},
                "least":{"$min":"$n"},"kinds":{"$addToSet":"$kind"}}}]"#,
            json!([{ "_id": null, "first": 1, "last": 4, "least": 1, "kinds": ["a", "b"] }]),
        );
    }

    #[test]
    fn arrays_are_taken_apart() {
        check(
            r#"[{"$unwind":"$tags"},{"$project":{"tags":1}}]"#,
            json!([{ "_id": 1, "tags": "x" }, { "_id": 1, "tags": "y" }]),
        );
        let kept = r#"[{"$unwind":{"path":"$tags","preserveNullAndEmptyArrays":true}},
            {"$count":"n"}]"#;
        check(kept, json!([{ "n": 4 }]));
        check(
            r#"[{"$limit":1},{"$set":{"m":"$n"}},{"$project":{"m":1,"_id":0}}]"#,
            json!([{ "m": 1 }]),
        );
    }

    #[test]
    fn variables_stand_for_values() {
        let stages = r#"[{"$match":{"n":{"$gt":{"$var":"least.n"}}}},
            {"$limit":{"$var":["most",1]}},{"$count":"n"}]"#;
        assert_eq!(run(stages, json!({ "least": { "n": 1 } })).unwrap(), json!([{ "n": 1 }]));
        let given = json!({ "least": { "n": 1 }, "most": 9 });
        assert_eq!(run(stages, given).unwrap(), json!([{ "n": 2 }]));
        assert_eq!(run(stages, json!({})).unwrap_err(), "variable least.n not bound");
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for bad in [
            r#"[{"$lookup":{}}]"#,
            r#"[{"$match":{},"$count":"n"}]"#,
            r#"[{"$limit":0}]"#,
            r#"[{"$limit":-1}]"#,
            r#"[{"$count":""}]"#,
            r#"[{"$sort":{"a":3}}]"#,
            r#"[{"$group":{"n":{"$sum":1}}}]"#,
            r#"[{"$group":{"_id":null,"n":{"$stdDevPop":"$n"}}}]"#,
            r#"[{"$unwind":"tags"}]"#,
            r#"{"not":"a list"}"#,
        ] {
            assert!(run(bad, json!({})).is_err(), "{bad}");
        }
    }

    #[test]
    fn nothing_grows_without_end() {
        let repeated = |stage: &str, times: usize| format!("[{}]", vec![stage; times].join(","));
        let long = vec!["a"; 101].join(".");
        for too_much in [
            repeated(r#"{"$set":{"a":"$$ROOT","b":"$$ROOT"}}"#, 40),
            repeated(r#"{"$set":{"a":["$$ROOT","$$ROOT"]}}"#, 40),
            repeated(
                r#"{"$group":{"_id":null,"a":{"$push":"$$ROOT"},"b":{"$push":"$$ROOT"}}}"#,
                40,
            ),
            repeated(r#"{"$set":{"a.a.a.a.a.a":"$$ROOT"}}"#, 99),
            repeated(r#"{"$skip":1}"#, 101),
            format!(r#"[{{"$set":{{"{long}":1}}}}]"#),
            format!(r#"[{{"$project":{{"{long}":"$n"}}}}]"#),
        ] {
            assert!(run(&too_much, json!({})).is_err(), "{too_much:.90}");
        }
        let many = vec![json!({ "a": vec![0; 10_000], "b": vec![0; 10_000] })];
        let stages = [json!({ "$unwind": "$a" }), json!({ "$unwind": "$b" })];
        assert!(Pipeline::parse(&stages, &Map::new()).unwrap().run(many).is_err());
    }

    #[test]
    fn a_definition_may_be_one_of_several() {
        let all = r#"{"aggrs":[{"uri":"a","type":"pipeline","stages":[{"_$skip":1}]}]}"#;
        assert_eq!(stages(all, "a").unwrap(), [json!({ "$skip": 1 })]);
        assert!(stages(all, "b").is_err());
    }
}
