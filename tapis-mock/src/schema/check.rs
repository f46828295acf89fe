//! Checks values against schemas.

use serde_json::Value;

/// Checks values of one schema. Without the feature `validation` every value passes.
pub(crate) struct Checker {
    #[cfg(feature = "validation")]
    validator: Option<jsonschema::Validator>,
}

impl Checker {
    /// A checker for a schema of a document. One that cannot be built accepts everything; a test
    /// makes sure that there is none.
    pub(crate) fn new(document: &Value, schema: &Value) -> Self {
        Self::build(document, schema, false)
    }

    /// As [`new`](Self::new), but objects must not have unknown properties.
    pub(crate) fn closed(document: &Value, schema: &Value) -> Self {
        Self::build(document, schema, true)
    }
}

#[cfg(feature = "validation")]
impl Checker {
    fn build(document: &Value, schema: &Value, closed: bool) -> Self {
        let mut schema = super::translate::translate(document, schema);
        if closed {
            schema["unevaluatedProperties"] = false.into();
        }
        let options = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .should_validate_formats(false);
        Self { validator: options.build(&schema).ok() }
    }

    #[cfg(test)]
    pub(crate) fn is_built(&self) -> bool {
        self.validator.is_some()
    }

    /// The errors of a value, one per line; empty for a valid value. Values are omitted, because
    /// they may be secrets.
    pub(crate) fn complaints(&self, value: &Value) -> Vec<String> {
        /// The maximum number of reported errors of one value.
        const COMPLAINTS: usize = 5;

        let Some(validator) = &self.validator else { return Vec::new() };
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

#[cfg(not(feature = "validation"))]
impl Checker {
    fn build(_: &Value, _: &Value, _: bool) -> Self {
        Self {}
    }

    pub(crate) fn complaints(&self, _: &Value) -> Vec<String> {
        Vec::new()
    }
}
