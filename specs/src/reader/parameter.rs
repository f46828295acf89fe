//! Parameters of operations.

use serde_json::Value;

use super::schema::flatten;

/// The extension that holds the [`argument`](Parameter::argument).
pub const ARGUMENT: &str = "x-tapis-argument";

/// A value in the path, the query or a header.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Parameter {
    /// The name that is sent; of a path parameter the name in the template.
    pub name: String,
    /// The name that callers know it by: the same, unless operations that share a path have different names
    /// for its parameter (`x-tapis-argument`).
    pub argument: String,
    /// Where it is sent.
    pub location: Location,
    /// Whether a request must have it.
    pub required: bool,
    /// What the document says of it; empty where it says nothing.
    pub description: String,
    /// The schema of its value.
    pub schema: Value,
    /// What becomes of a slash in a path parameter (`x-tapis-multi-segment`).
    pub slash: Slash,
    /// Whether a list is one parameter with commas (`explode: false`), not one for each member.
    pub joined: bool,
}

/// What becomes of a slash in a value of the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slash {
    /// The value is a path of its own, whose slashes stay (`x-tapis-multi-segment: true`).
    Separates,
    /// It is percent-encoded, like everything that has a meaning in addresses.
    Encoded,
    /// The value is refused, because no route of the service takes it (`x-tapis-multi-segment: false`).
    Refused,
}

/// Where a parameter is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In the query, as an object whose keys are parameters of their own; its name is not sent.
    FreeQuery,
    /// As a header.
    Header,
}

impl Parameter {
    pub(super) fn read(document: &Value, value: &Value) -> Self {
        let schema = &value["schema"];
        let location = match value["in"].as_str() {
            Some("path") => Location::Path,
            Some("header") => Location::Header,
            _ if flatten(document, schema)["type"] == "object" => Location::FreeQuery,
            _ => Location::Query,
        };
        let name = value["name"].as_str().unwrap_or_default();
        Self {
            name: name.to_owned(),
            argument: value[ARGUMENT].as_str().unwrap_or(name).to_owned(),
            location,
            required: value["required"] == true,
            description: value["description"].as_str().unwrap_or_default().trim().to_owned(),
            schema: schema.clone(),
            slash: match value["x-tapis-multi-segment"].as_bool() {
                Some(true) => Slash::Separates,
                Some(false) => Slash::Refused,
                None => Slash::Encoded,
            },
            joined: value["explode"] == false,
        }
    }

    /// Whether it is the parameter by which callers select the attributes of what they are given: one
    /// text, in which the names can be read and completed.
    #[must_use]
    pub fn is_select(&self) -> bool {
        self.name == "select"
            && self.location == Location::Query
            && (self.joined || self.schema["type"] == "string")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_object_in_the_query_is_not_sent_by_its_name() {
        let document = json!({"components": {"schemas": {"Any": {"type": "object"}}}});
        for (value, location) in [
            (json!({"in": "path"}), Location::Path),
            (json!({"in": "header"}), Location::Header),
            (json!({"in": "query", "schema": {"type": "string"}}), Location::Query),
            (
                json!({"in": "query", "schema": {"$ref": "#/components/schemas/Any"}}),
                Location::FreeQuery,
            ),
        ] {
            assert_eq!(Parameter::read(&document, &value).location, location, "{value}");
        }
    }

    #[test]
    fn attributes_are_selected_by_one_text() {
        let is_select = |schema: Value, explode: bool| {
            let parameter =
                json!({"name": "select", "in": "query", "explode": explode, "schema": schema});
            Parameter::read(&Value::Null, &parameter).is_select()
        };
        let list = json!({"type": "array", "items": {"type": "string"}});
        assert!(is_select(json!({"type": "string"}), true));
        assert!(is_select(list.clone(), false));
        assert!(!is_select(list, true));
    }

    #[test]
    fn what_is_not_said_is_not_so() {
        let parameter = Parameter::read(&Value::Null, &json!({"name": "limit", "in": "query"}));
        assert_eq!(parameter.name, "limit");
        assert!(!parameter.required && !parameter.joined);
        assert_eq!((parameter.slash, parameter.argument.as_str()), (Slash::Encoded, "limit"));
        let said = json!({"name": "p", "in": "path", "required": true, "description": " Words.\n",
            "explode": false, "x-tapis-multi-segment": true, "x-tapis-argument": "path"});
        let parameter = Parameter::read(&Value::Null, &said);
        assert!(parameter.required && parameter.joined);
        assert_eq!((parameter.slash, parameter.argument.as_str()), (Slash::Separates, "path"));
        let refused = json!({"name": "p", "in": "path", "x-tapis-multi-segment": false});
        assert_eq!(Parameter::read(&Value::Null, &refused).slash, Slash::Refused);
        assert_eq!(parameter.description, "Words.");
    }
}
