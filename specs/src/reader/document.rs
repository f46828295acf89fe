//! Documents.

use serde_json::Value;

use super::operation::Operation;
use super::raw;
use super::schema;

/// A service's document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    service: String,
    value: Value,
    operations: Vec<Operation>,
}

impl Document {
    /// Reads the document of a service.
    #[must_use]
    pub fn read(service: impl Into<String>, value: Value) -> Self {
        let operations = raw::operations(&value).map(|raw| Operation::read(&value, &raw)).collect();
        Self { service: service.into(), value, operations }
    }

    /// The name of the service.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The whole document.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The operations, one for each method of each path. What a server answers: several names of
    /// one method and path are one operation, see [`Operation::aliases`].
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The operations, one for each id. What a caller calls: of an operation with aliases only
    /// these are given.
    pub fn named_operations(&self) -> impl Iterator<Item = &Operation> {
        self.operations.iter().flat_map(|operation| match &operation.aliases[..] {
            [] => std::slice::from_ref(operation),
            aliases => aliases,
        })
    }

    /// The operation of that id, among [`named_operations`](Self::named_operations).
    #[must_use]
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.named_operations().find(|operation| operation.id == id)
    }

    /// The first segments of the service's paths after `/v3`, each once, in the order of the
    /// document.
    #[must_use]
    pub fn roots(&self) -> Vec<&str> {
        let mut roots = Vec::new();
        for operation in &self.operations {
            let path = operation.template.text();
            let root = path.strip_prefix("/v3/").unwrap_or(path).split('/').next();
            roots.extend(root.filter(|root| !roots.contains(root)));
        }
        roots
    }

    /// The shared schemas with their names.
    pub fn schemas(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.value["components"]["schemas"].as_object().into_iter().flatten()
    }

    /// The shared schema with that name.
    #[must_use]
    pub fn schema(&self, name: &str) -> Option<&Value> {
        self.value["components"]["schemas"].get(name)
    }

    /// The schema with its reference followed; see [`resolve`](schema::resolve).
    #[must_use]
    pub fn resolve<'d>(&'d self, schema: &'d Value) -> &'d Value {
        schema::resolve(&self.value, schema)
    }

    /// The schema with its reference followed and the properties of its `allOf` in one place; see
    /// [`flatten`](schema::flatten).
    #[must_use]
    pub fn flatten(&self, schema: &Value) -> Value {
        schema::flatten(&self.value, schema)
    }

    /// Returns the paths of the secrets in values of the schema; see [`secrets`](schema::secrets).
    #[must_use]
    pub fn secrets(&self, schema: &Value) -> Vec<String> {
        schema::secrets(&self.value, schema)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document() -> Document {
        let alias = |id: &str, media: &str| json!({"operationId": id, "requestBody": {"content": {media: {}}}});
        let value = json!({
            "paths": {
                "/v3/birds": {"get": {"operationId": "listBirds"}},
                "/v3/birds/{ring}": {"put": {"operationId": "ring"}, "get": {"operationId": "get"}},
                "/v3/nests": {"post": {
                    "operationId": "build",
                    "requestBody": {"content": {"application/json": {}, "text/plain": {}}},
                    "x-tapis-aliases": [alias("build", "application/json"), alias("buildFrom", "text/plain")],
                }},
            },
            "components": {"schemas": {"Bird": {"type": "object"}}},
        });
        Document::read("birds", value)
    }

    fn ids<'d>(operations: impl Iterator<Item = &'d Operation>) -> Vec<&'d str> {
        operations.map(|operation| operation.id.as_str()).collect()
    }

    #[test]
    fn a_method_of_a_path_is_one_operation_whatever_its_names() {
        let document = document();
        assert_eq!(ids(document.operations().iter()), ["listBirds", "get", "ring", "build"]);
        let named = ["listBirds", "get", "ring", "build", "buildFrom"];
        assert_eq!(ids(document.named_operations()), named);
    }

    #[test]
    fn an_operation_is_found_by_each_of_its_names() {
        let document = document();
        let media = |id: &str| {
            let operation = document.operation(id).unwrap();
            operation.bodies.iter().map(|body| body.media_type.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(media("build"), ["application/json"]);
        assert_eq!(media("buildFrom"), ["text/plain"]);
        assert_eq!(document.operation("listNests"), None);
    }

    #[test]
    fn pointers_lead_to_the_operations() {
        let document = document();
        for operation in document.operations().iter().chain(document.named_operations()) {
            let value = document.value().pointer(&operation.pointer).unwrap();
            assert_eq!(value["operationId"], operation.id);
        }
    }

    #[test]
    fn a_service_has_the_roots_of_its_paths() {
        assert_eq!(document().roots(), ["birds", "nests"]);
    }

    #[test]
    fn schemas_go_by_their_names() {
        let document = document();
        assert_eq!(document.schemas().map(|(name, _)| name).collect::<Vec<_>>(), ["Bird"]);
        assert!(document.schema("Bird").is_some() && document.schema("Nest").is_none());
    }

    #[test]
    fn what_is_no_document_has_no_operations() {
        for value in [json!(null), json!([]), json!({"paths": {"/a": {"get": null}, "/b": 1}})] {
            let document = Document::read("birds", value);
            assert!(document.operations().iter().all(|operation| operation.parameters.is_empty()));
        }
    }
}
