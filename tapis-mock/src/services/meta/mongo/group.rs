//! Groups of documents, and what is counted and collected in them.

use serde_json::{Map, Value};

use super::expression::evaluate;
use super::value::{as_number, compare, from_number, same};

/// How documents are put together.
#[derive(Debug)]
pub(super) struct Group {
    id: Value,
    fields: Vec<(String, Collect, Value)>,
}

/// What becomes of the values of a group.
#[derive(Clone, Copy, Debug)]
enum Collect {
    Sum,
    Average,
    Least,
    Greatest,
    First,
    Last,
    All,
    Different,
    Count,
}

impl Collect {
    fn read(name: &str) -> Option<Self> {
        Some(match name {
            "$sum" => Self::Sum,
            "$avg" => Self::Average,
            "$min" => Self::Least,
            "$max" => Self::Greatest,
            "$first" => Self::First,
            "$last" => Self::Last,
            "$push" => Self::All,
            "$addToSet" => Self::Different,
            "$count" => Self::Count,
            _ => return None,
        })
    }

    /// `values` has nothing where a document has none.
    fn apply(self, values: Vec<Option<Value>>) -> Value {
        let count = values.len();
        let (first, last) = (values.first().cloned(), values.last().cloned());
        let there = values.into_iter().flatten();
        match self {
            Self::Sum => from_number(there.filter_map(|value| as_number(&value)).sum()),
            Self::Average => {
                let numbers: Vec<f64> = there.filter_map(|value| as_number(&value)).collect();
                if numbers.is_empty() {
                    return Value::Null;
                }
                // Nobody has that many documents.
                let count = numbers.len() as f64;
                from_number(numbers.iter().sum::<f64>() / count)
            }
            Self::Least => {
                there.filter(|value| !value.is_null()).min_by(compare).unwrap_or_default()
            }
            Self::Greatest => {
                there.filter(|value| !value.is_null()).max_by(compare).unwrap_or_default()
            }
            Self::First => first.flatten().unwrap_or_default(),
            Self::Last => last.flatten().unwrap_or_default(),
            Self::All => there.collect(),
            Self::Different => {
                let mut different: Vec<Value> = Vec::new();
                for value in there {
                    if !different.iter().any(|known| same(known, &value)) {
                        different.push(value);
                    }
                }
                different.into()
            }
            Self::Count => Value::from(count),
        }
    }
}

impl Group {
    pub(super) fn parse(value: &Value) -> Result<Self, String> {
        let fields = value.as_object().ok_or("$group needs an object")?;
        let id = fields.get("_id").ok_or("$group needs _id")?.clone();
        let mut collected = Vec::new();
        for (name, value) in fields.iter().filter(|(name, _)| *name != "_id") {
            let operator = value.as_object().filter(|fields| fields.len() == 1);
            let (operator, expression) = operator
                .and_then(|fields| fields.iter().next())
                .ok_or_else(|| format!("$group needs one operator for {name}"))?;
            let collect = Collect::read(operator)
                .ok_or_else(|| format!("the mock does not know the operator {operator}"))?;
            collected.push((name.clone(), collect, expression.clone()));
        }
        Ok(Self { id, fields: collected })
    }

    /// One document for each group, in the order in which the groups came up.
    pub(super) fn apply(&self, documents: &[Value]) -> Result<Vec<Value>, String> {
        let mut groups: Vec<(Value, Vec<&Value>)> = Vec::new();
        for document in documents {
            let id = evaluate(&self.id, document)?.unwrap_or_default();
            match groups.iter_mut().find(|(known, _)| same(known, &id)) {
                Some((_, members)) => members.push(document),
                None => groups.push((id, vec![document])),
            }
        }
        let groups = groups.into_iter().map(|(id, members)| {
            let mut made = Map::new();
            made.insert("_id".to_owned(), id);
            for (name, collect, expression) in &self.fields {
                let values = members.iter().map(|member| evaluate(expression, member));
                made.insert(name.clone(), collect.apply(values.collect::<Result<_, _>>()?));
            }
            Ok(Value::Object(made))
        });
        groups.collect()
    }
}
