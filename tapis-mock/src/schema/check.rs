//! Checking values against schemas.

use jsonschema::Validator;
use serde_json::Value;

use super::translate::translate;

/// How many complaints about one value are worth reading.
const COMPLAINTS: usize = 5;

/// Checks values of one schema.
pub(crate) struct Checker(Option<Validator>);

impl Checker {
    /// A checker for a schema of a document. One that cannot be built lets everything pass; a
    /// test makes sure that there is none.
    pub(crate) fn new(document: &Value, schema: &Value) -> Self {
        Self::build(&translate(document, schema))
    }

    /// As [`new`](Self::new), but objects take no property that is not described.
    pub(crate) fn closed(document: &Value, schema: &Value) -> Self {
        let mut schema = translate(document, schema);
        schema["unevaluatedProperties"] = false.into();
        Self::build(&schema)
    }

    fn build(schema: &Value) -> Self {
        Self(
            jsonschema::options()
                .with_draft(jsonschema::Draft::Draft202012)
                .should_validate_formats(false)
                .build(schema)
                .ok(),
        )
    }

    #[cfg(test)]
    pub(crate) fn is_built(&self) -> bool {
        self.0.is_some()
    }

    /// What is wrong with a value, one line each; nothing when all is well. Values themselves
    /// are left out, since they may be secrets.
    pub(crate) fn complaints(&self, value: &Value) -> Vec<String> {
        let Some(validator) = &self.0 else { return Vec::new() };
        if validator.is_valid(value) {
            return Vec::new();
        }
        validator
            .iter_errors(value)
            .take(COMPLAINTS)
            .map(|error| format!("#{}: {}", error.instance_path(), error.masked()))
            .collect()
    }
}
