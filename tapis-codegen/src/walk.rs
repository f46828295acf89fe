//! Progenitor's types, and beside each what only the document says of it.
//!
//! Progenitor knows which types there are, what they are called and what they are made of. It does not
//! tell the names in JSON, the values of enumerations, which value tells the variants of a union apart,
//! what is described, and our own marks. So the document is walked along with the types, from each
//! operation on. What belongs together is found by its name, never by its position, and what one of the
//! two has and the other has not is an error.

use std::collections::{BTreeMap, BTreeSet};
use std::ptr;

use serde_json::Value;
use tapis_specs::reader::{Body, BodyKind, Document, Location, Operation, Reply, escape, is_json};
use typify_impl::{Type, TypeDetails, TypeEnum, TypeEnumVariant, TypeId, TypeSpace, TypeStruct};

use crate::model::{Call, Choice, Definition, Field, Kind, Model, Object, Union, Variant};
use crate::normalise::{self, FORMATS, Typed};
use crate::openapi::{is_alias, one_media_type, referred};
use crate::place::{Form, Place};
use crate::shape::{Leaf, Shape};
use crate::{Error, naming};

/// Reads progenitor's types and the document side by side.
pub(crate) fn read(document: &Document, typed: &Typed) -> Result<Model, Error> {
    let mut walk = Walk {
        schemas: &document.value()["components"]["schemas"],
        space: typed.space(),
        seen: BTreeMap::new(),
        types: BTreeMap::new(),
    };
    let objects: BTreeMap<String, Type<'_>> =
        typed.space().iter_types().map(|ty| (ty.name(), ty)).collect();
    let mut calls = BTreeMap::new();
    for (operation, name) in document.named_operations().zip(&typed.calls) {
        let call = walk
            .call(operation, objects.get(name))
            .map_err(|error| error.in_operation(&operation.id))?;
        calls.insert(operation.id.clone(), call);
    }
    Ok(Model::new(walk.types, calls))
}

struct Walk<'d, 'm> {
    schemas: &'d Value,
    space: &'m TypeSpace,
    /// The schemas that have become types, by the types' names.
    seen: BTreeMap<String, (TypeId, Place<'d>)>,
    types: BTreeMap<String, Definition>,
}

impl<'d, 'm> Walk<'d, 'm> {
    /// The types of an operation, from the fields of the object that stands for it.
    fn call(&mut self, operation: &'d Operation, object: Option<&Type<'m>>) -> Result<Call, Error> {
        let all = |message: String| Error::new("", message).at(&operation.pointer);
        let details = object.map(Type::details);
        let Some(TypeDetails::Struct(details)) = &details else {
            return Err(all("progenitor has no object for the operation".into()));
        };
        let mut types: BTreeMap<&str, TypeId> = details.properties().collect();
        let mut take = |name: &str, place: &Place<'d>| {
            types.remove(naming::snake(name).as_str()).ok_or_else(|| {
                place.fault(format!("progenitor has no type for {name} of the operation"))
            })
        };
        let mut call = Call::default();
        for (index, parameter) in operation.parameters.iter().enumerate() {
            if parameter.location == Location::FreeQuery {
                continue;
            }
            let place = Place {
                schema: &parameter.schema,
                pointer: format!("{}/parameters/{index}/schema", operation.pointer),
            };
            let shape = self.shape(&take(&parameter.name, &place)?, &place)?;
            call.fields.insert(naming::snake(&parameter.name), shape.plain().clone());
        }
        let body = format!("{}/requestBody", operation.pointer);
        one_media_type(operation.bodies.len(), &body)?;
        if let Some(Body { kind: BodyKind::Json, schema, media_type, .. }) = operation.body() {
            let place = Place { schema, pointer: content(&body, media_type) };
            let shape = self.shape(&take(normalise::BODY, &place)?, &place)?;
            call.fields.insert(normalise::BODY.to_owned(), shape.plain().clone());
        }
        if let Some(schema) = operation.reply.schema() {
            let place = Place { schema, pointer: reply(operation) };
            let id = take(normalise::reply_field(operation), &place)?;
            call.output = Some(self.shape(&id, &place)?);
        }
        match types.keys().next() {
            Some(name) => Err(all(format!("progenitor has {name}, and the operation has not"))),
            None => Ok(call),
        }
    }

    /// The type that the schema has become.
    fn shape(&mut self, id: &TypeId, place: &Place<'d>) -> Result<Shape, Error> {
        let ty = self.space.get_type(id).map_err(|error| place.fault(error.to_string()))?;
        let details = ty.details();
        match &details {
            TypeDetails::Option(inner) => return Ok(Shape::option(self.shape(inner, place)?)),
            TypeDetails::Box(inner) => {
                return Ok(Shape::Boxed(Box::new(self.shape(inner, place)?)));
            }
            _ => {}
        }
        let place = &self.meant(place);
        if let Some(name) = place.reference() {
            let schema = &self.schemas[name];
            let target = Place { schema, pointer: format!("/components/schemas/{}", escape(name)) };
            if ty.name() != naming::pascal(name) {
                let message = format!("progenitor has {} where {name} is meant", ty.name());
                return Err(place.fault(message));
            }
            return self.named(id, &ty, &target);
        }
        let form = place.form();
        match (form, &details) {
            (Form::List, TypeDetails::Vec(item)) => {
                Ok(Shape::List(Box::new(self.shape(item, &place.inside("items"))?)))
            }
            (Form::Map, TypeDetails::Map(key, value)) => self.map(key, value, place),
            (Form::Object, TypeDetails::Struct(_))
            | (Form::Enumeration | Form::Union, TypeDetails::Enum(_)) => self.named(id, &ty, place),
            (Form::Scalar, TypeDetails::String) => Ok(Shape::Leaf(Leaf::Text)),
            (Form::Scalar | Form::Anything, TypeDetails::Builtin(name)) => {
                let leaf = Leaf::of(name);
                let leaf = leaf.ok_or_else(|| place.fault(format!("{name} is no known type")))?;
                Ok(Shape::Leaf(leaf))
            }
            _ => Err(mismatch(&ty, form, place)),
        }
    }

    fn map(&mut self, key: &TypeId, value: &TypeId, place: &Place<'d>) -> Result<Shape, Error> {
        let text = |key: Type<'_>| matches!(key.details(), TypeDetails::String);
        if !self.space.get_type(key).is_ok_and(text) {
            return Err(place.fault("progenitor has a map whose keys are no texts"));
        }
        let inner = match &place.schema["additionalProperties"] {
            Value::Object(_) => place.inside("additionalProperties"),
            _ => place.any("additionalProperties"),
        };
        Ok(Shape::Map(Box::new(self.shape(value, &inner)?)))
    }

    /// A schema that stands for another under a name, or with a remark: the other.
    fn meant(&self, place: &Place<'d>) -> Place<'d> {
        if let Some(name) = referred(place.schema)
            && let Some(schema) = self.schemas.get(name).filter(|schema| is_alias(schema))
        {
            let pointer = format!("/components/schemas/{}", escape(name));
            return self.meant(&Place { schema, pointer });
        }
        match place.schema["allOf"].as_array().map(Vec::as_slice) {
            Some([one]) if one.get("$ref").is_none() && !place.has_more() => {
                self.meant(&place.item("allOf", 0))
            }
            _ => place.clone(),
        }
    }

    /// What the document says of a field: of the schema there, or of the one that it is a name for.
    fn text(&self, place: &Place<'d>) -> String {
        let alias = referred(place.schema).and_then(|name| self.schemas.get(name));
        match place.text() {
            text if !text.is_empty() => text,
            _ => alias.filter(|schema| is_alias(schema)).map_or_else(String::new, |schema| {
                self.text(&Place { schema, pointer: String::new() })
            }),
        }
    }

    /// A type with a name, which is defined where it is met first.
    fn named(&mut self, id: &TypeId, ty: &Type<'m>, place: &Place<'d>) -> Result<Shape, Error> {
        let name = ty.name();
        if let Some((other, first)) = self.seen.get(&name) {
            let same = ptr::eq(first.schema, place.schema) || first.schema == place.schema;
            return if other == id && same {
                Ok(Shape::Named(None, name))
            } else {
                let message = format!("the type {name} is called like that of {}", first.pointer);
                Err(place.fault(message))
            };
        }
        // Before what is in it, which may hold the type itself.
        self.seen.insert(name.clone(), (id.clone(), place.clone()));
        let form = place.form();
        let kind = match (form, ty.details()) {
            (Form::Object, TypeDetails::Struct(details)) => {
                Kind::Object(self.object(&name, &details, place)?)
            }
            (Form::Enumeration, TypeDetails::Enum(details)) => {
                Kind::Enumeration(enumeration(&name, &details, place)?)
            }
            (Form::Union, TypeDetails::Enum(details)) => {
                Kind::Union(self.union(&name, &details, place)?)
            }
            (_, TypeDetails::Newtype(details)) => {
                Kind::Newtype(self.shape(&details.inner(), place)?)
            }
            _ => return Err(mismatch(ty, form, place)),
        };
        let definition = Definition { text: place.text(), kind, sent: false, received: false };
        self.types.insert(name.clone(), definition);
        Ok(Shape::Named(None, name))
    }

    fn object(
        &mut self,
        name: &str,
        details: &TypeStruct<'_>,
        place: &Place<'d>,
    ) -> Result<Object, Error> {
        let mut properties = BTreeMap::new();
        let mut required = BTreeSet::new();
        self.properties(place, &mut properties, &mut required);
        for name in &required {
            // Whatever it is, it has to be there.
            properties.entry(name).or_insert_with(|| place.any("required"));
        }
        let mut properties: BTreeMap<String, (&str, Place<'d>)> =
            properties.into_iter().map(|(wire, at)| (naming::snake(wire), (wire, at))).collect();
        let more = &place.schema["additionalProperties"];
        let mut fields = Vec::new();
        for info in details.properties_info() {
            let Some((wire, place)) = properties.remove(info.name) else {
                if info.name == REST && (more.is_object() || *more == true) {
                    fields.push(self.rest(&info.type_id, place)?);
                    continue;
                }
                let message =
                    format!("{name} of progenitor has {}, and the schema has not", info.name);
                return Err(place.fault(message));
            };
            if info.required != required.contains(wire) {
                let message =
                    format!("progenitor is of another mind on whether {wire} is required");
                return Err(place.fault(message));
            }
            fields.push(Field {
                name: info.name.to_owned(),
                wire: Some(wire.to_owned()),
                text: self.text(&place),
                shape: self.shape(&info.type_id, &place)?,
                required: info.required,
                lenient: place.schema["x-tapis-lenient"] == true,
                nullable: place.schema["nullable"] == true && !info.required,
            });
        }
        match properties.into_values().next() {
            Some((wire, place)) => {
                Err(place.fault(format!("the schema has {wire}, and {name} of progenitor has not")))
            }
            None => Ok(Object { fields, closed: *more == false }),
        }
    }

    /// The field for what no other field holds.
    fn rest(&mut self, id: &TypeId, place: &Place<'d>) -> Result<Field, Error> {
        let ty = self.space.get_type(id).map_err(|error| place.fault(error.to_string()))?;
        let TypeDetails::Map(key, value) = ty.details() else {
            return Err(mismatch(&ty, Form::Map, place));
        };
        Ok(Field {
            name: REST.to_owned(),
            wire: None,
            text: String::new(),
            shape: self.map(&key, &value, place)?,
            required: true,
            lenient: false,
            nullable: false,
        })
    }

    /// The properties of a schema and of what it is made of, the outer over the inner.
    fn properties(
        &self,
        place: &Place<'d>,
        properties: &mut BTreeMap<&'d str, Place<'d>>,
        required: &mut BTreeSet<&'d str>,
    ) {
        if let Some(name) = place.schema["$ref"].as_str().and_then(|r| r.rsplit('/').next()) {
            let pointer = format!("/components/schemas/{}", escape(name));
            return self.properties(
                &Place { schema: &self.schemas[name], pointer },
                properties,
                required,
            );
        }
        for index in 0..place.schema["allOf"].as_array().map_or(0, Vec::len) {
            self.properties(&place.item("allOf", index), properties, required);
        }
        for name in place.schema["properties"].as_object().into_iter().flat_map(|p| p.keys()) {
            properties.insert(name, place.property(name));
        }
        let names = place.schema["required"].as_array().into_iter().flatten();
        required.extend(names.filter_map(Value::as_str));
    }

    fn union(
        &mut self,
        name: &str,
        details: &TypeEnum<'_>,
        place: &Place<'d>,
    ) -> Result<Union, Error> {
        let discriminator = &place.schema["discriminator"];
        let mut left: Vec<(&str, TypeId)> = Vec::new();
        for info in details.variants_info() {
            match info.details {
                TypeEnumVariant::Tuple(types) if types.len() == 1 => {
                    left.extend(types.into_iter().map(|id| (info.name, id)));
                }
                _ => return Err(place.fault(format!("{} of {name} is no single type", info.name))),
            }
        }
        let mut variants = Vec::new();
        for index in 0..place.schema["oneOf"].as_array().map_or(0, Vec::len) {
            let place = place.item("oneOf", index);
            let meant = self.meant(&place);
            let reference = meant.reference();
            let found = left.iter().position(|(variant, id)| match reference {
                Some(name) => {
                    self.space.get_type(id).is_ok_and(|ty| ty.name() == naming::pascal(name))
                }
                None => *variant == unnamed(meant.schema) || *variant == format!("Variant{index}"),
            });
            let Some(found) = found else {
                let what = reference.unwrap_or("this schema");
                return Err(place.fault(format!("{name} of progenitor has no variant for {what}")));
            };
            let (variant, id) = left.remove(found);
            variants.push(Variant {
                name: variant.to_owned(),
                tag: referred(place.schema)
                    .filter(|_| discriminator.is_object())
                    .map(|name| tag(discriminator, name)),
                shape: self.shape(&id, &place)?,
            });
        }
        if let Some((variant, _)) = left.first() {
            let message = format!("{name} of progenitor has {variant}, and the schema has not");
            return Err(place.fault(message));
        }
        Ok(Union { property: discriminator["propertyName"].as_str().map(str::to_owned), variants })
    }
}

/// Progenitor's name for the field that holds what no other field does.
const REST: &str = "extra";

fn mismatch(ty: &Type<'_>, form: Form, place: &Place<'_>) -> Error {
    place.fault(format!("progenitor has {} for {}", ty.describe(), form.name()))
}

/// What progenitor calls the variant for a schema without a name, unless another has none at all.
fn unnamed(schema: &Value) -> String {
    let format = schema["format"].as_str().filter(|format| FORMATS.contains(format));
    naming::pascal(format.or(schema["type"].as_str()).unwrap_or_default())
}

/// The values of an enumeration by their names in Rust.
fn enumeration(
    name: &str,
    details: &TypeEnum<'_>,
    place: &Place<'_>,
) -> Result<Vec<Choice>, Error> {
    let values: Vec<&str> =
        place.schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
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
                let message =
                    format!("{name} of progenitor has {}, and the schema has not", info.name);
                return Err(place.fault(message));
            }
        }
    }
    match named.into_values().next() {
        Some(value) => {
            Err(place.fault(format!("the schema has {value}, and {name} of progenitor has not")))
        }
        None => Ok(choices),
    }
}

/// The value of the discriminator that stands for the schema: the one that the document lists,
/// otherwise its name.
fn tag(discriminator: &Value, name: &str) -> String {
    let mapping = discriminator["mapping"].as_object().into_iter().flatten();
    let stands = |reference: &Value| {
        reference.as_str().and_then(|r| r.strip_prefix("#/components/schemas/")) == Some(name)
    };
    let listed = mapping.into_iter().find(|(_, reference)| stands(reference));
    listed.map_or(name, |(tag, _)| tag).to_owned()
}

/// Where the schema of what a media type carries stands.
fn content(pointer: &str, media_type: &str) -> String {
    format!("{pointer}/content/{}/schema", escape(media_type))
}

/// Where the schema of the reply stands.
fn reply(operation: &Operation) -> String {
    let media = operation.successes().flat_map(|response| {
        let pointer = format!("{}/responses/{}", operation.pointer, response.status);
        let json = response.content.iter().filter(|media| is_json(&media.media_type));
        json.map(move |media| content(&pointer, &media.media_type))
    });
    let mut pointer = media.into_iter().next().unwrap_or_default();
    if matches!(operation.reply, Reply::Enveloped(_)) {
        pointer.push_str("/properties/result");
    }
    pointer
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
            "getNest: /components/schemas/Nest: Nest of progenitor has tree, and the schema has not"
        );
    }

    #[test]
    fn a_property_that_only_the_document_has_is_an_error() {
        assert_eq!(
            difference(object(&["eggs"]), object(&["eggs", "treeTop"])),
            "getNest: /components/schemas/Nest/properties/treeTop: \
             the schema has treeTop, and Nest of progenitor has not"
        );
    }

    #[test]
    fn a_property_that_only_one_of_them_requires_is_an_error() {
        let mut required = object(&["eggs"]);
        required["required"] = json!(["eggs"]);
        assert_eq!(
            difference(object(&["eggs"]), required),
            "getNest: /components/schemas/Nest/properties/eggs: \
             progenitor is of another mind on whether eggs is required"
        );
    }

    #[test]
    fn a_value_that_only_one_of_them_has_is_an_error() {
        let values = |values: &[&str]| json!({"type": "string", "enum": values});
        assert_eq!(
            difference(values(&["cup", "hole"]), values(&["cup"])),
            "getNest: /components/schemas/Nest: Nest of progenitor has Hole, and the schema has not"
        );
        assert_eq!(
            difference(values(&["cup"]), values(&["cup", "hole"])),
            "getNest: /components/schemas/Nest: the schema has hole, and Nest of progenitor has not"
        );
    }

    #[test]
    fn a_variant_that_only_one_of_them_has_is_an_error() {
        assert_eq!(
            difference(union(&["Cup", "Hole"]), union(&["Hole"])),
            "getNest: /components/schemas/Nest: Nest of progenitor has Cup, and the schema has not"
        );
        assert_eq!(
            difference(union(&["Hole", "Cup"]), union(&["Cup", "Nest", "Hole"])),
            "getNest: /components/schemas/Nest/oneOf/1: Nest of progenitor has no variant for Nest"
        );
    }

    #[test]
    fn a_parameter_that_only_one_of_them_has_is_an_error() {
        let mut without = nest(object(&[]));
        without["paths"]["/nest"]["get"]["parameters"] = json!([]);
        assert_eq!(
            beside(nest(object(&[])), without.clone()).err().unwrap(),
            "getNest: /paths/~1nest/get: progenitor has tree, and the operation has not"
        );
        assert_eq!(
            beside(without, nest(object(&[]))).err().unwrap(),
            "getNest: /paths/~1nest/get/parameters/0/schema: \
             progenitor has no type for tree of the operation"
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
                "getNest: /components/schemas/Nest/properties/eggs: progenitor has vec"
            )
        );
        let (cup, hole) =
            (union(&["Cup"])["oneOf"][0].clone(), union(&["Hole"])["oneOf"][0].clone());
        assert_eq!(
            difference(eggs(cup), eggs(hole)),
            "getNest: /components/schemas/Nest/properties/eggs: progenitor has Cup where Hole is meant"
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
             the type NestEggs is called like that of /components/schemas/Nest/properties/eggs"
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
