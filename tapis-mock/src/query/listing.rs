//! Lists: the parameters of a call, and their effect.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use super::condition::{Condition, Test, camel_case, field};
use super::{sql, terse};
use crate::call::Call;
use crate::reply::{Failure, Kind};

/// The default number of records.
const DEFAULT_LIMIT: i64 = 100;
const ALL: &str = "allAttributes";
const SUMMARY: &str = "summaryAttributes";

/// The list parameters of a call.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    condition: Condition,
    limit: i64,
    /// As received: a value below 0 means no limit.
    skip: i64,
    order_by: Vec<(String, bool)>,
    order_by_text: Option<String>,
    start_after: Option<String>,
    compute_total: bool,
    /// Whether missing attributes are returned as `null`.
    with_nulls: bool,
    /// Whether the total is counted without the condition, as the services do if the condition is
    /// in the body.
    beside_count: bool,
    select: Option<Vec<String>>,
}

impl Listing {
    /// Reads the parameters of a call. An example of a record determines which attributes exist.
    pub(crate) fn read(call: &Call<'_>) -> Result<Self, Failure> {
        let bad = |what: String| {
            Failure::new(Kind::BadQuery, format!("TAPIS_QUERY_PARAM_INVALID {what}"))
        };
        let order_by_text = call.query("orderBy").filter(|text| !text.trim().is_empty());
        let start_after = call.query("startAfter").filter(|text| !text.trim().is_empty());
        let skip = number(call, "skip")?.unwrap_or_default();
        if start_after.is_some() && order_by_text.is_none() {
            return Err(bad("startAfter needs orderBy.".to_owned()));
        }
        if start_after.is_some() && call.query("skip").is_some_and(|text| !text.trim().is_empty()) {
            return Err(bad("startAfter and skip cannot be given together.".to_owned()));
        }
        let condition = terse::parse(call.query("search").unwrap_or_default())
            .map_err(|what| bad(format!("search: {what}")))?;
        Ok(Self {
            condition,
            limit: number(call, "limit")?.unwrap_or(DEFAULT_LIMIT),
            skip,
            order_by: order_by_text.map_or(Ok(Vec::new()), order).map_err(bad)?,
            order_by_text: order_by_text.map(str::to_owned),
            start_after: start_after.map(str::to_owned),
            compute_total: call.flag("computeTotal"),
            with_nulls: call.world.settings.deployed(),
            beside_count: false,
            select: call
                .query("select")
                .filter(|text| !text.trim().is_empty())
                // Blanks are part of the names.
                .map(|text| text.split(',').map(str::to_owned).collect()),
        })
    }

    /// Adds the conditions of `GET …/search`, which are query parameters.
    pub(crate) fn with_parameters(mut self, call: &Call<'_>) -> Result<Self, Failure> {
        let parameters = call.operation.parameters;
        let is_parameter = |name: &str| parameters.iter().any(|known| known.name == name);
        let condition =
            terse::parse_parameters(call.query, is_parameter).map_err(invalid_search)?;
        self.condition = Condition::All(vec![self.condition, condition]);
        Ok(self)
    }

    /// Adds the condition of `POST …/search`, whose lines are in the body. A condition that cannot
    /// be parsed is the error that `refuse` creates.
    pub(crate) fn with_body(
        mut self,
        call: &Call<'_>,
        refuse: impl FnOnce(String) -> Failure,
    ) -> Result<Self, Failure> {
        let body = call.object()?;
        let lines = body.get("search").and_then(Value::as_array);
        let lines: Vec<&str> = lines.into_iter().flatten().filter_map(Value::as_str).collect();
        let text = lines.join(" ");
        // A blank search matches everything.
        if text.trim().is_empty() {
            return Ok(self);
        }
        let condition = sql::parse(&text).map_err(refuse)?;
        self.beside_count = true;
        self.condition = Condition::All(vec![self.condition, condition]);
        Ok(self)
    }

    /// Sets the fields for a call without `select`.
    pub(crate) fn select_unless_told(mut self, select: &str) -> Self {
        self.select.get_or_insert_with(|| vec![select.to_owned()]);
        self
    }

    /// The condition on the records.
    pub(crate) fn condition(&self) -> &Condition {
        &self.condition
    }

    /// The attributes of `orderBy`.
    pub(crate) fn ordered_by(&self) -> impl Iterator<Item = &str> {
        self.order_by.iter().map(|(name, _)| name.as_str())
    }

    /// The fields of `select`.
    pub(crate) fn selected(&self) -> impl Iterator<Item = &str> {
        self.select.iter().flatten().map(String::as_str)
    }

    /// `limit` and `skip`, for services that page through several lists.
    pub(crate) fn window(&self) -> (i64, usize) {
        (self.limit, self.skipped())
    }

    fn skipped(&self) -> usize {
        usize::try_from(self.skip).unwrap_or_default()
    }

    /// The condition that a record is after the position of `startAfter`. Records with an equal
    /// value, or without one, are excluded.
    pub(crate) fn place(&self) -> Option<(&str, Test)> {
        let (attribute, descending) = self.order_by.first()?;
        let after = self.start_after.clone()?;
        let test = if *descending { Test::Less(after) } else { Test::Greater(after) };
        Some((attribute, test))
    }

    /// Whether the total is requested.
    pub(crate) fn counts(&self) -> bool {
        self.compute_total
    }

    /// Sorts records; the sort is stable.
    pub(crate) fn sort(&self, records: &mut [Value]) {
        records.sort_by(|a, b| self.compare(a, b));
    }

    /// The metadata of a page of `count` records out of `total`.
    pub(crate) fn described(&self, count: usize, total: i64) -> Value {
        let mut metadata = self.metadata(count, 0);
        metadata["totalCount"] = total.into();
        metadata
    }

    /// Removes the conditions of the parameter `search`, for operations that do not read it.
    pub(crate) fn without_conditions(mut self) -> Self {
        self.condition = Condition::All(Vec::new());
        self
    }

    /// As [`without_conditions`](Self::without_conditions), for operations that do not read
    /// `select` either.
    pub(crate) fn without_search(mut self) -> Self {
        self.select = None;
        self.without_conditions()
    }

    /// Refuses attributes that the records do not have.
    pub(crate) fn check_attributes(&self, known: &Map<String, Value>) -> Result<(), Failure> {
        let asked = self.condition.attributes().into_iter();
        let ordered = self.order_by.iter().map(|(name, _)| name.as_str());
        for name in asked.chain(ordered) {
            if !known.contains_key(name) && !known.contains_key(&camel_case(name)) {
                let message = format!("Unknown attribute in search or orderBy: {name}");
                return Err(Failure::bad_request(message));
            }
        }
        Ok(())
    }

    /// The records of the requested page, with its metadata (tapis-systems
    /// `SystemsDaoImpl.getSystems` and `getSystemsCount`).
    pub(crate) fn apply(&self, mut records: Vec<Value>) -> (Vec<Value>, Value) {
        if let Some((attribute, test)) = self.place() {
            let place = Condition::test(attribute, test);
            records.retain(|record| place.holds(record));
        }
        let count = records.len();
        records.retain(|record| self.condition.holds(record));
        let found = if self.beside_count { count } else { records.len() };
        self.sort(&mut records);
        let page: Vec<Value> = match usize::try_from(self.limit) {
            Ok(limit) => records.into_iter().skip(self.skipped()).take(limit).collect(),
            // Without a limit nothing is skipped.
            Err(_) => records,
        };
        let total = if self.limit > 0 { found } else { page.len() };
        let metadata = self.metadata(page.len(), total);
        (page, metadata)
    }

    /// As [`apply`](Self::apply), for lists of which the service reads only `limit` and `skip`. A
    /// negative limit is an error of the database.
    pub(crate) fn page(&self, records: Vec<Value>) -> Result<(Vec<Value>, Value), Failure> {
        let limit = usize::try_from(self.limit)
            .map_err(|_| Failure::server("DB_QUERY_ERROR LIMIT must not be negative."))?;
        let total = records.len();
        let page: Vec<Value> = records.into_iter().skip(self.skipped()).take(limit).collect();
        let metadata = self.metadata(page.len(), total);
        Ok((page, metadata))
    }

    fn metadata(&self, count: usize, total: usize) -> Value {
        let mut metadata = json!({
            "recordCount": count,
            "recordLimit": self.limit,
            "recordsSkipped": self.skip,
        });
        let total = i64::try_from(total).unwrap_or(i64::MAX);
        metadata["totalCount"] = if self.compute_total { total } else { -1 }.into();
        for (name, value) in [("orderBy", &self.order_by_text), ("startAfter", &self.start_after)] {
            match value {
                Some(value) => metadata[name] = value.as_str().into(),
                None if self.with_nulls => metadata[name] = Value::Null,
                None => {}
            }
        }
        metadata
    }

    /// The selected fields of a record. `always` are included in any case.
    pub(crate) fn select(&self, record: Value, always: &[&str], summary: &[&str]) -> Value {
        let Some(select) = &self.select else { return record };
        if select.iter().any(|name| name == ALL) {
            return record;
        }
        let Value::Object(fields) = record else { return record };
        let wanted = |name: &str| {
            always.contains(&name)
                || select.iter().any(|selected| {
                    selected == name || (selected == SUMMARY && summary.contains(&name))
                })
        };
        fields.into_iter().filter(|(name, _)| wanted(name)).collect()
    }

    /// Whether only some fields are selected.
    pub(crate) fn is_partial(&self) -> bool {
        self.select.as_ref().is_some_and(|select| !select.iter().any(|name| name == ALL))
    }

    fn compare(&self, a: &Value, b: &Value) -> Ordering {
        let orders = self.order_by.iter().map(|(attribute, descending)| {
            let order = compare_values(field(a, attribute), field(b, attribute));
            if *descending { order.reverse() } else { order }
        });
        orders.fold(Ordering::Equal, Ordering::then)
    }
}

/// The error for a search that cannot be parsed, in most services.
pub(crate) fn invalid_search(what: String) -> Failure {
    Failure::bad_request(format!("Invalid search: {what}"))
}

/// A query parameter that is a whole number.
pub(crate) fn number(call: &Call<'_>, name: &str) -> Result<Option<i64>, Failure> {
    let Some(text) = call.query(name).filter(|text| !text.is_empty()) else { return Ok(None) };
    text.parse::<i64>().map(Some).map_err(|_| {
        let message = format!("TAPIS_QUERY_PARAM_NOTINT Parameter {name} is not an integer.");
        Failure::new(Kind::BadQuery, message)
    })
}

/// Parses `owner(asc),id(desc)`. Names have no blanks (tapis-shared-java
/// `SearchUtils.checkOrderByQueryParam`).
fn order(text: &str) -> Result<Vec<(String, bool)>, String> {
    text.trim_end_matches(',')
        .split(',')
        .map(|part| {
            let (name, direction) = match part.split_once('(') {
                None => (part, ""),
                Some((name, rest)) => {
                    let direction = rest.strip_suffix(')');
                    (name, direction.ok_or_else(|| format!("orderBy: not closed: {part}"))?)
                }
            };
            let mut letters = name.chars();
            let well_named = letters.next().is_some_and(|c| c.is_ascii_alphabetic())
                && letters.all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !well_named {
                return Err(format!("orderBy: not an attribute: {part}"));
            }
            match direction.to_ascii_lowercase().as_str() {
                "" | "asc" => Ok((name.to_owned(), false)),
                "desc" => Ok((name.to_owned(), true)),
                _ => Err(format!("orderBy: not a direction: {part}")),
            }
        })
        .collect()
}

pub(crate) fn compare_values(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal)
        }
        // Values in a query are text, whatever they are compared with.
        (Value::Number(a), Value::String(b)) => {
            a.as_f64().partial_cmp(&b.parse().ok()).unwrap_or(Ordering::Equal)
        }
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        // Databases sort missing values last.
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        _ => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_are_read() {
        let expected = vec![("owner".to_owned(), false), ("id".to_owned(), true)];
        assert_eq!(order("owner(asc),id(DESC)").unwrap(), expected);
        for bad in ["id(up)", "owner, id", " id", "id(asc", "a,,b", "1d"] {
            assert!(order(bad).is_err(), "{bad}");
        }
    }
}
