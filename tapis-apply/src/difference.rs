//! The differences between a definition and the server.

use std::fmt;

use serde_json::Value;

/// The maximum number of characters of a displayed value.
const SHOWN: usize = 80;

/// An attribute whose value in the definition differs from the server. `Display` writes one line.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// The path of the attribute, such as `jobAttributes.nodeCount` or
    /// `batchLogicalQueues[small].maxJobs`. An entry of a list is identified by its name or key if it
    /// has one, otherwise by its position.
    pub path: String,
    /// The value in the definition; null if the definition has none.
    pub local: Value,
    /// The value on the server; `None` if there is none.
    pub remote: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.local {
            Value::Null => write!(f, "{}: nothing here, ", self.path)?,
            local => write!(f, "{}: {} here, ", self.path, short(local))?,
        }
        match &self.remote {
            Some(there) => write!(f, "{} on the server", short(there)),
            None => f.write_str("nothing on the server"),
        }
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// The differences between a definition and the resource on the server. `Display` writes one line for
/// each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Differences(Vec<Difference>);

impl Differences {
    pub(crate) fn new(all: Vec<Difference>) -> Self {
        Self(all)
    }

    pub(crate) fn push(&mut self, difference: Difference) {
        self.0.push(difference);
    }

    /// Whether there are no differences.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of differences.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Iterates over the differences.
    pub fn iter(&self) -> std::slice::Iter<'_, Difference> {
        self.0.iter()
    }

    /// Whether this attribute, or a part of it, differs.
    pub(crate) fn concerns(&self, attribute: &str) -> bool {
        self.0.iter().any(|difference| {
            difference
                .path
                .strip_prefix(attribute)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    }
}

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|difference| writeln!(f, "{difference}"))
    }
}

impl<'a> IntoIterator for &'a Differences {
    type Item = &'a Difference;
    type IntoIter = std::slice::Iter<'a, Difference>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
