//! Parameters of operations.

use serde_json::Value;

use super::schema::flatten;

/// A value in the path, the query or a header.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Parameter {
    /// The name that is sent.
    pub name: String,
    /// Where it is sent.
    pub location: Location,
    /// Whether a request must have it.
    pub required: bool,
    /// What the document says of it; empty where it says nothing.
    pub description: String,
    /// The schema of its value.
    pub schema: Value,
    /// Whether a path parameter holds a path of its own, whose slashes stay
    /// (`x-tapis-multi-segment`).
    pub multi_segment: bool,
    /// Whether a slash in a path parameter, which would be encoded elsewhere, reaches nothing
    /// (`x-tapis-multi-segment: false`).
    pub no_slash: bool,
    /// Whether a list is one parameter with commas (`explode: false`), not one for each member.
    pub joined: bool,
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
        Self {
            name: value["name"].as_str().unwrap_or_default().to_owned(),
            location,
            required: value["required"] == true,
            description: value["description"].as_str().unwrap_or_default().trim().to_owned(),
            schema: schema.clone(),
            multi_segment: value["x-tapis-multi-segment"] == true,
            no_slash: value["x-tapis-multi-segment"] == false,
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
        assert!(!parameter.required && !parameter.multi_segment && !parameter.joined);
        assert!(!parameter.no_slash);
        let said = json!({"name": "p", "in": "path", "required": true, "description": " Words.\n",
            "explode": false, "x-tapis-multi-segment": true});
        let parameter = Parameter::read(&Value::Null, &said);
        assert!(parameter.required && parameter.multi_segment && parameter.joined);
        assert_eq!(parameter.description, "Words.");
    }
}
