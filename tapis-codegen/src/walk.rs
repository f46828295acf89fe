//! Matches progenitor's types with the schemas that they were made from.
//!
//! Progenitor's model has the types, their names and their fields. It does not have the names in JSON,
//! the values of enumerations, the tags of unions, the descriptions and our own extensions. So the
//! document is walked together with the types, beginning at each operation. The two are matched by name,
//! never by position, and what is in only one of them is an error.

use std::collections::BTreeMap;
use std::ptr;

use serde_json::Value;
use tapis_specs::reader::{BodyKind, Document, Location, Operation};
use typify_impl::{Type, TypeDetails, TypeEnum, TypeEnumVariant, TypeId, TypeSpace, TypeStruct};

use crate::model::{Call, Choice, Definition, Field, Kind, Model, Object, Union, Variant};
use crate::node::{Node, SchemaKind};
use crate::normalise::{self, FORMATS, Typed};
use crate::openapi::{one_media_type, referred};
use crate::schemas::{Schemas, tag};
use crate::shape::{Leaf, Shape};
use crate::{Error, conversions, naming};

/// Reads progenitor's types and the document side by side.
pub(crate) fn read(document: &Document, typed: &Typed) -> Result<Model, Error> {
    let mut walk = Walk {
        schemas: Schemas::of(document),
        space: typed.space(),
        seen: BTreeMap::new(),
        types: BTreeMap::new(),
    };
    let mut objects: BTreeMap<String, Vec<Type<'_>>> = BTreeMap::new();
    for ty in typed.space().iter_types() {
        objects.entry(ty.name()).or_default().push(ty);
    }
    let mut calls = BTreeMap::new();
    for (operation, name) in document.named_operations().zip(&typed.calls) {
        let object = match objects.get(name).map(Vec::as_slice) {
            Some([object]) => Some(object),
            // A schema has a type of that name, too.
            _ => None,
        };
        let call =
            walk.call(operation, object).map_err(|error| error.in_operation(&operation.id))?;
        calls.insert(operation.id.clone(), call);
    }
    let model = Model::new(walk.types, calls);
    match conversions::unknown(&model) {
        Some((name, reply)) => Err(Error::new(
            "",
            format!("x-tapis-from: {name} is not sent, or {reply} is no object of a reply"),
        )),
        None => Ok(model),
    }
}

struct Walk<'d, 'm> {
    schemas: Schemas<'d>,
    space: &'m TypeSpace,
    /// The schemas that have become types, by the types' names.
    seen: BTreeMap<String, (TypeId, Node<'d>)>,
    types: BTreeMap<String, Definition>,
}

impl<'d, 'm> Walk<'d, 'm> {
    /// The types of an operation, from the fields of the object that stands for it.
    fn call(&mut self, operation: &'d Operation, object: Option<&Type<'m>>) -> Result<Call, Error> {
        let fault = |message: String| Error::new("", message).at(&operation.pointer);
        let name = naming::pascal(&operation.id);
        if naming::is_taken(&name) {
            return Err(fault(format!("the call would be called {name}, like one of Rust's own")));
        }
        let details = object.map(Type::details);
        let Some(TypeDetails::Struct(details)) = &details else {
            return Err(fault("progenitor has no type of its own for the operation".into()));
        };
        let mut types: BTreeMap<&str, TypeId> = details.properties().collect();
        let mut take = |name: &str, node: &Node<'d>| {
            types
                .remove(naming::snake(name).as_str())
                .ok_or_else(|| node.fault(format!("progenitor has no type for {name}")))
        };
        let mut call = Call::default();
        for (index, parameter) in operation.parameters.iter().enumerate() {
            if parameter.location == Location::FreeQuery {
                continue;
            }
            let node = Node::parameter(operation, index, parameter);
            let shape = self.shape(&take(&parameter.name, &node)?, &node)?;
            call.fields.insert(naming::snake(&parameter.name), shape.plain().clone());
        }
        one_media_type(operation.bodies.len(), &format!("{}/requestBody", operation.pointer))?;
        if let Some(body) = operation.body().filter(|body| body.kind == BodyKind::Json) {
            let node = Node::body(operation, body);
            let shape = self.shape(&take(normalise::BODY, &node)?, &node)?;
            call.fields.insert(normalise::BODY.to_owned(), shape.plain().clone());
        }
        if let Some(node) = Node::reply(operation) {
            let id = take(normalise::reply_field(operation), &node)?;
            call.output = Some(self.shape(&id, &node)?);
        }
        match types.keys().next() {
            Some(name) => Err(fault(format!(
                "progenitor has a type for {name}, which the operation does not have"
            ))),
            None => Ok(call),
        }
    }

    /// Returns the Rust type that was generated from the schema.
    fn shape(&mut self, id: &TypeId, node: &Node<'d>) -> Result<Shape, Error> {
        let ty = self.space.get_type(id).map_err(|error| node.fault(error.to_string()))?;
        let details = ty.details();
        match &details {
            TypeDetails::Option(inner) => return Ok(Shape::option(self.shape(inner, node)?)),
            TypeDetails::Box(inner) => {
                return Ok(Shape::Boxed(Box::new(self.shape(inner, node)?)));
            }
            _ => {}
        }
        let node = &self.schemas.resolved(node);
        if let Some(name) = node.reference() {
            let target = self.schemas.shared(name);
            if ty.name() != naming::pascal(name) {
                let message = format!("progenitor has the type {} for {name}", ty.name());
                return Err(node.fault(message));
            }
            return self.named(id, &ty, &target);
        }
        let schema_kind = node.kind();
        match (schema_kind, &details) {
            (SchemaKind::List, TypeDetails::Vec(item)) => {
                Ok(Shape::List(Box::new(self.shape(item, &node.inside("items"))?)))
            }
            (SchemaKind::Map, TypeDetails::Map(key, value)) => self.map(key, value, node),
            (SchemaKind::Object, TypeDetails::Struct(_))
            | (SchemaKind::Enumeration | SchemaKind::Union, TypeDetails::Enum(_)) => {
                self.named(id, &ty, node)
            }
            (SchemaKind::Scalar, TypeDetails::String) => Ok(Shape::Leaf(Leaf::Text)),
            (SchemaKind::Scalar | SchemaKind::Anything, TypeDetails::Builtin(name)) => {
                let leaf = Leaf::of(name);
                let leaf = leaf
                    .ok_or_else(|| node.fault(format!("progenitor has the unknown type {name}")))?;
                Ok(Shape::Leaf(leaf))
            }
            _ => Err(mismatch(&ty, schema_kind, node)),
        }
    }

    fn map(&mut self, key: &TypeId, value: &TypeId, node: &Node<'d>) -> Result<Shape, Error> {
        let text = |key: Type<'_>| matches!(key.details(), TypeDetails::String);
        if !self.space.get_type(key).is_ok_and(text) {
            return Err(node.fault("progenitor has a map whose keys are not texts"));
        }
        let inner = match &node.schema["additionalProperties"] {
            Value::Object(_) => node.inside("additionalProperties"),
            _ => node.any("additionalProperties"),
        };
        Ok(Shape::Map(Box::new(self.shape(value, &inner)?)))
    }

    /// A type with a name; its first use defines it.
    fn named(&mut self, id: &TypeId, ty: &Type<'m>, node: &Node<'d>) -> Result<Shape, Error> {
        let name = ty.name();
        if naming::is_taken(&name) {
            let message = format!(
                "the type would be called {name}, like one of Rust's own; `x-tapis-name` renames it"
            );
            return Err(node.fault(message));
        }
        if let Some((other, first)) = self.seen.get(&name) {
            let same = ptr::eq(first.schema, node.schema) || first.schema == node.schema;
            return if other == id && same {
                Ok(Shape::Named(None, name))
            } else {
                let message =
                    format!("this schema and {} would both be the type {name}", first.pointer);
                Err(node.fault(message))
            };
        }
        // Recorded before its contents are read, which may refer to this type.
        self.seen.insert(name.clone(), (id.clone(), node.clone()));
        let schema_kind = node.kind();
        let kind = match (schema_kind, ty.details()) {
            (SchemaKind::Object, TypeDetails::Struct(details)) => {
                Kind::Object(self.object(&name, &details, node)?)
            }
            (SchemaKind::Enumeration, TypeDetails::Enum(details)) => {
                Kind::Enumeration(enumeration(&name, &details, node)?)
            }
            (SchemaKind::Union, TypeDetails::Enum(details)) => {
                Kind::Union(self.union(&name, &details, node)?)
            }
            (_, TypeDetails::Newtype(details)) => {
                Kind::Newtype(self.shape(&details.inner(), node)?)
            }
            _ => return Err(mismatch(ty, schema_kind, node)),
        };
        let definition = Definition { text: node.text(), kind, sent: false, received: false };
        self.types.insert(name.clone(), definition);
        Ok(Shape::Named(None, name))
    }

    fn object(
        &mut self,
        name: &str,
        details: &TypeStruct<'_>,
        node: &Node<'d>,
    ) -> Result<Object, Error> {
        let (mut properties, required) = self.schemas.properties(node);
        for name in &required {
            // Required without a schema: a value of any kind.
            properties.entry(name).or_insert_with(|| node.any("required"));
        }
        let mut properties: BTreeMap<String, (&str, Node<'d>)> =
            properties.into_iter().map(|(wire, at)| (naming::snake(wire), (wire, at))).collect();
        let more = &node.schema["additionalProperties"];
        let mut fields = Vec::new();
        for info in details.properties_info() {
            let Some((wire, node)) = properties.remove(info.name) else {
                if info.name == REST && (more.is_object() || *more == true) {
                    fields.push(self.rest(&info.type_id, node)?);
                    continue;
                }
                let message = format!(
                    "progenitor's type {name} has {}, which the schema does not have",
                    info.name
                );
                return Err(node.fault(message));
            };
            if info.required != required.contains(wire) {
                let message =
                    format!("progenitor and the document differ on whether {wire} is required");
                return Err(node.fault(message));
            }
            fields.push(Field {
                name: info.name.to_owned(),
                wire: Some(wire.to_owned()),
                text: self.schemas.text(&node),
                shape: self.shape(&info.type_id, &node)?,
                required: info.required,
                lenient: node.schema["x-tapis-lenient"] == true,
                nullable: node.schema["nullable"] == true && !info.required,
                non_empty: node.schema["minItems"].as_u64().is_some_and(|items| items > 0),
                server_made: node.schema["x-tapis-server-made"] == true,
            });
        }
        match properties.into_values().next() {
            Some((wire, node)) => Err(node.fault(format!(
                "the schema has {wire}, which progenitor's type {name} does not have"
            ))),
            None => {
                let order = node.schema["x-tapis-order"].as_array();
                let place = |field: &Field| {
                    let wire = field.wire.as_deref();
                    order.and_then(|order| order.iter().position(|name| name.as_str() == wire))
                };
                fields.sort_by_key(|field| place(field).unwrap_or(usize::MAX));
                let named_arguments = node.schema["x-tapis-arguments"] == "named";
                let from = node.schema["x-tapis-from"].as_array().into_iter().flatten();
                let from = from.filter_map(Value::as_str).map(naming::pascal).collect();
                Ok(Object { fields, closed: *more == false, named_arguments, from })
            }
        }
    }

    /// The field for what no other field holds.
    fn rest(&mut self, id: &TypeId, node: &Node<'d>) -> Result<Field, Error> {
        let ty = self.space.get_type(id).map_err(|error| node.fault(error.to_string()))?;
        let TypeDetails::Map(key, value) = ty.details() else {
            return Err(mismatch(&ty, SchemaKind::Map, node));
        };
        Ok(Field {
            name: REST.to_owned(),
            wire: None,
            text: String::new(),
            shape: self.map(&key, &value, node)?,
            required: true,
            lenient: false,
            nullable: false,
            non_empty: false,
            server_made: false,
        })
    }

    fn union(
        &mut self,
        name: &str,
        details: &TypeEnum<'_>,
        node: &Node<'d>,
    ) -> Result<Union, Error> {
        let discriminator = &node.schema["discriminator"];
        let mut left: Vec<(&str, TypeId)> = Vec::new();
        for info in details.variants_info() {
            match info.details {
                TypeEnumVariant::Tuple(types) if types.len() == 1 => {
                    left.extend(types.into_iter().map(|id| (info.name, id)));
                }
                _ => {
                    return Err(node.fault(format!(
                        "the variant {} of {name} does not hold one type",
                        info.name
                    )));
                }
            }
        }
        let mut variants = Vec::new();
        let key = node.variants().unwrap_or_default();
        for index in 0..node.schema[key].as_array().map_or(0, Vec::len) {
            let node = node.item(key, index);
            let resolved = self.schemas.resolved(&node);
            let reference = resolved.reference();
            let found = left.iter().position(|(variant, id)| match reference {
                Some(name) => {
                    self.space.get_type(id).is_ok_and(|ty| ty.name() == naming::pascal(name))
                }
                None => {
                    *variant == inline_name(resolved.schema)
                        || *variant == format!("Variant{index}")
                }
            });
            let Some(found) = found else {
                let what = reference.unwrap_or("this schema");
                return Err(
                    node.fault(format!("progenitor's type {name} has no variant for {what}"))
                );
            };
            let (variant, id) = left.remove(found);
            variants.push(Variant {
                name: variant.to_owned(),
                tag: referred(node.schema)
                    .filter(|_| discriminator.is_object())
                    .map(|name| tag(discriminator, name)),
                shape: self.shape(&id, &node)?,
            });
        }
        if let Some((variant, _)) = left.first() {
            let message =
                format!("progenitor's type {name} has {variant}, which the schema does not have");
            return Err(node.fault(message));
        }
        Ok(Union { property: discriminator["propertyName"].as_str().map(str::to_owned), variants })
    }
}

/// Progenitor's name for the field that holds what no other field does.
const REST: &str = "extra";

fn mismatch(ty: &Type<'_>, kind: SchemaKind, node: &Node<'_>) -> Error {
    let name = ty.name().replace(' ', "");
    node.fault(format!("progenitor has the type {name} for {}", kind.name()))
}

/// What progenitor calls the variant for a schema without a name, unless another has none at all.
fn inline_name(schema: &Value) -> String {
    let format = schema["format"].as_str().filter(|format| FORMATS.contains(format));
    naming::pascal(format.or(schema["type"].as_str()).unwrap_or_default())
}

/// The values of an enumeration by their names in Rust.
fn enumeration(name: &str, details: &TypeEnum<'_>, node: &Node<'_>) -> Result<Vec<Choice>, Error> {
    let values: Vec<&str> =
        node.schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut named: BTreeMap<String, &str> =
        values.iter().map(|value| (naming::pascal(value), *value)).collect();
    if named.len() < values.len() {
        // Where that is not enough, progenitor writes out what is otherwise left out.
        let spelled =
            |value: &str| value.replace(|c| c == '_' || !unicode_ident::is_xid_continue(c), "X");
        named = values.iter().map(|value| (naming::pascal(&spelled(value)), *value)).collect();
    }
    let mut choices = Vec::new();
    for info in details.variants_info() {
        match (named.remove(info.name), info.details) {
            (Some(value), TypeEnumVariant::Simple) => {
                choices.push(Choice { name: info.name.to_owned(), wire: value.to_owned() });
            }
            _ => {
                let message = format!(
                    "progenitor's type {name} has {}, which the schema does not have",
                    info.name
                );
                return Err(node.fault(message));
            }
        }
    }
    match named.into_values().next() {
        Some(value) => Err(node.fault(format!(
            "the schema has {value}, which progenitor's type {name} does not have"
        ))),
        None => Ok(choices),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A document in which a nest is asked for, with `schema` for the nest.
    fn nest(schema: Value) -> Value {
        let nest = json!({"$ref": "#/components/schemas/Nest"});
        json!({
            "paths": {"/nest": {"get": {
                "operationId": "getNest",
                "parameters": [{"name": "tree", "in": "query", "schema": {"type": "string"}}],
                "responses": {"200": {"content": {"application/json": {"schema": nest}}}},
            }}},
            "components": {"schemas": {
                "Nest": schema,
                "Cup": {"type": "object", "properties": {"kind": {"type": "string"}}},
                "Hole": {"type": "object", "properties": {"depth": {"type": "integer"}}},
            }},
        })
    }

    /// The document that the types are made of, read beside another.
    fn beside(made_of: Value, document: Value) -> Result<Model, String> {
        let made_of = Document::read("birds", made_of);
        let operations: Vec<&Operation> = made_of.named_operations().collect();
        let typed = normalise::through_progenitor(&made_of, &operations).unwrap();
        read(&Document::read("birds", document), &typed).map_err(|error| error.to_string())
    }

    /// What is said of a nest of which progenitor knows something else than the document.
    fn difference(progenitors: Value, documents: Value) -> String {
        beside(nest(progenitors), nest(documents)).err().unwrap()
    }

    fn object(names: &[&str]) -> Value {
        let properties = names.iter().map(|name| ((*name).to_owned(), json!({"type": "string"})));
        json!({"type": "object", "properties": Value::Object(properties.collect())})
    }

    fn union(names: &[&str]) -> Value {
        let refer = |name: &&str| json!({"$ref": format!("#/components/schemas/{name}")});
        json!({"oneOf": names.iter().map(refer).collect::<Vec<_>>()})
    }

    #[test]
    fn a_property_that_only_the_types_have_is_an_error() {
        assert_eq!(
            difference(object(&["eggs", "tree"]), object(&["eggs"])),
            "getNest: /components/schemas/Nest: progenitor's type Nest has tree, which the schema does not have"
        );
    }

    #[test]
    fn a_property_that_only_the_document_has_is_an_error() {
        assert_eq!(
            difference(object(&["eggs"]), object(&["eggs", "treeTop"])),
            "getNest: /components/schemas/Nest/properties/treeTop: \
             the schema has treeTop, which progenitor's type Nest does not have"
        );
    }

    #[test]
    fn a_property_that_only_one_of_them_requires_is_an_error() {
        let mut required = object(&["eggs"]);
        required["required"] = json!(["eggs"]);
        assert_eq!(
            difference(object(&["eggs"]), required),
            "getNest: /components/schemas/Nest/properties/eggs: \
             progenitor and the document differ on whether eggs is required"
        );
    }

    #[test]
    fn a_value_that_only_one_of_them_has_is_an_error() {
        let values = |values: &[&str]| json!({"type": "string", "enum": values});
        assert_eq!(
            difference(values(&["cup", "hole"]), values(&["cup"])),
            "getNest: /components/schemas/Nest: progenitor's type Nest has Hole, which the schema does not have"
        );
        assert_eq!(
            difference(values(&["cup"]), values(&["cup", "hole"])),
            "getNest: /components/schemas/Nest: the schema has hole, which progenitor's type Nest does not have"
        );
    }

    #[test]
    fn a_variant_that_only_one_of_them_has_is_an_error() {
        assert_eq!(
            difference(union(&["Cup", "Hole"]), union(&["Hole"])),
            "getNest: /components/schemas/Nest: progenitor's type Nest has Cup, which the schema does not have"
        );
        assert_eq!(
            difference(union(&["Hole", "Cup"]), union(&["Cup", "Nest", "Hole"])),
            "getNest: /components/schemas/Nest/oneOf/1: progenitor's type Nest has no variant for Nest"
        );
    }

    #[test]
    fn a_parameter_that_only_one_of_them_has_is_an_error() {
        let mut without = nest(object(&[]));
        without["paths"]["/nest"]["get"]["parameters"] = json!([]);
        assert_eq!(
            beside(nest(object(&[])), without.clone()).err().unwrap(),
            "getNest: /paths/~1nest/get: progenitor has a type for tree, which the operation does not have"
        );
        assert_eq!(
            beside(without, nest(object(&[]))).err().unwrap(),
            "getNest: /paths/~1nest/get/parameters/0/schema: \
             progenitor has no type for tree"
        );
    }

    #[test]
    fn a_type_of_another_kind_is_an_error() {
        let eggs = |schema: Value| {
            let mut nest = object(&["eggs"]);
            nest["properties"]["eggs"] = schema;
            nest
        };
        let (list, text) = (json!({"type": "array", "items": {}}), json!({"type": "string"}));
        assert!(
            difference(eggs(list), eggs(text)).starts_with(
                "getNest: /components/schemas/Nest/properties/eggs: progenitor has the type ::std::vec::Vec<"
            )
        );
        let (cup, hole) =
            (union(&["Cup"])["oneOf"][0].clone(), union(&["Hole"])["oneOf"][0].clone());
        assert_eq!(
            difference(eggs(cup), eggs(hole)),
            "getNest: /components/schemas/Nest/properties/eggs: progenitor has the type Cup for Hole"
        );
    }

    #[test]
    fn a_type_called_like_one_of_rusts_own_is_an_error() {
        let mut document = nest(object(&["eggs"]));
        let schemas = &mut document["components"]["schemas"];
        schemas["Nest"]["properties"]["eggs"] = json!({"$ref": "#/components/schemas/option"});
        schemas["option"] = object(&["colour"]);
        assert_eq!(
            beside(document.clone(), document).err().unwrap(),
            "getNest: /components/schemas/option: \
             the type would be called Option, like one of Rust's own; `x-tapis-name` renames it"
        );
    }

    #[test]
    fn two_schemas_that_would_be_one_type_are_an_error() {
        let mut document = nest(object(&["eggs"]));
        let schemas = &mut document["components"]["schemas"];
        schemas["Nest"]["properties"]["eggs"] = object(&["colour"]);
        schemas["NestEggs"] = object(&["number"]);
        schemas["Nest"]["properties"]["more"] = json!({"$ref": "#/components/schemas/NestEggs"});
        assert_eq!(
            beside(document.clone(), document).err().unwrap(),
            "getNest: /components/schemas/NestEggs: \
             this schema and /components/schemas/Nest/properties/eggs would both be the type NestEggs"
        );
    }

    #[test]
    fn variants_go_with_their_schemas_in_any_order() {
        let tagged = |names: &[&str]| {
            let mut union = union(names);
            union["discriminator"] = json!({
                "propertyName": "kind",
                "mapping": {"open": "#/components/schemas/Cup", "closed": "#/components/schemas/Hole"},
            });
            union
        };
        let model = beside(nest(tagged(&["Cup", "Hole"])), nest(tagged(&["Hole", "Cup"]))).unwrap();
        let Kind::Union(union) = &model.types["Nest"].kind else { panic!("no union") };
        let tags: BTreeMap<_, _> = union
            .variants
            .iter()
            .map(|variant| (variant.tag.as_deref().unwrap(), variant.shape.named().unwrap()))
            .collect();
        assert_eq!(tags, BTreeMap::from([("open", "Cup"), ("closed", "Hole")]));
    }
}
