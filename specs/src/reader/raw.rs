//! The operations as a document holds them.

use serde_json::Value;

use super::method::Method;
use super::schema::escape;

/// An operation before it is read: for code that verifies or rewrites documents, and for
/// documents that are not ours.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RawOperation<'d> {
    /// The path template.
    pub path: &'d str,
    /// The method.
    pub method: Method,
    /// The JSON pointer to the operation.
    pub pointer: String,
    /// The operation object.
    pub value: &'d Value,
}

/// Every operation of the document: one for each method of each path.
pub fn operations(document: &Value) -> impl Iterator<Item = RawOperation<'_>> {
    document["paths"].as_object().into_iter().flatten().flat_map(|(path, item)| {
        Method::ALL.into_iter().filter_map(move |method| {
            let value = item.get(method.key())?;
            let pointer = format!("/paths/{}/{}", escape(path), method.key());
            Some(RawOperation { path, method, pointer, value })
        })
    })
}

impl<'d> RawOperation<'d> {
    /// The operation's id, or a word for an operation without one.
    #[must_use]
    pub fn id(&self) -> &'d str {
        self.value["operationId"].as_str().unwrap_or("(no operationId)")
    }

    /// The operations that share this method and path, each with its own id. None for an operation
    /// that has its method and path for itself.
    pub fn aliases(&self) -> impl Iterator<Item = Self> {
        let aliases = self.value["x-tapis-aliases"].as_array().into_iter().flatten();
        aliases.enumerate().map(|(index, value)| Self {
            pointer: format!("{}/x-tapis-aliases/{index}", self.pointer),
            value,
            ..*self
        })
    }

    /// The operations that callers know: the aliases where there are some, otherwise the operation
    /// itself.
    #[must_use]
    pub fn named(self) -> Vec<Self> {
        if self.value["x-tapis-aliases"].is_array() { self.aliases().collect() } else { vec![self] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn aliases_stand_for_the_operation_that_they_share() {
        let document = json!({"paths": {
            "/a/b": {"post": {"operationId": "one", "x-tapis-aliases": [
                {"operationId": "one"}, {"operationId": "two"},
            ]}},
            "/c": {"parameters": [], "get": {}},
        }});
        let found: Vec<_> = operations(&document).flat_map(RawOperation::named).collect();
        let found: Vec<_> = found.iter().map(|o| (o.id(), o.pointer.as_str())).collect();
        assert_eq!(
            found,
            [
                ("one", "/paths/~1a~1b/post/x-tapis-aliases/0"),
                ("two", "/paths/~1a~1b/post/x-tapis-aliases/1"),
                ("(no operationId)", "/paths/~1c/get"),
            ]
        );
        assert_eq!(operations(&document).count(), 2);
    }
}
