//! Documents that cannot be generated: each fails with one line that says which service, which
//! operation, which place and why.

mod support;

use serde_json::{Value, json};

use support::{birds, refusal, with, without};

/// One test for each mistake: `name: document => line;`.
macro_rules! refused {
    ($($name:ident: $document:expr => $line:literal;)*) => {
        $(#[test]
        fn $name() {
            assert_eq!(refusal(&$document), concat!("birds: ", $line));
        })*
    };
}

const LIST: &str = "/paths/~1v3~1birds/get";
const ADD: &str = "/paths/~1v3~1birds/post";
const SHOW: &str = "/paths/~1v3~1birds~1{ring}/get";

/// The document with a property of `Bird`.
fn property(name: &str, schema: Value) -> Value {
    with(&format!("/components/schemas/Bird/properties/{name}"), schema)
}

/// The document with one more parameter of `listBirds`.
fn parameter(name: &str, location: &str, schema: Value) -> Value {
    with(
        &format!("{LIST}/parameters/-"),
        json!({"name": name, "in": location, "required": location == "path", "schema": schema}),
    )
}

/// The document with one more path.
fn path(template: &str, operation: Value) -> Value {
    with(&format!("/paths/{}", template.replace('/', "~1")), json!({ "get": operation }))
}

fn operation(id: &str) -> Value {
    json!({"operationId": id, "responses": {"200": {"description": "The request succeeded."}}})
}

#[test]
fn the_document_itself_is_generated() {
    tapis_codegen::verify(&birds()).unwrap();
    tapis_codegen::generate("birds", &birds().to_string()).unwrap();
}

mod documents {
    use super::*;

    refused! {
        another_version: with("/openapi", json!("3.1.0"))
            => "/openapi: `openapi` is \"3.1.0\", not 3.0.3";
        a_version_of_its_own_that_no_header_holds: with("/info/version", json!("the second"))
            => "/info/version: \"the second\" is not visible ASCII";
        no_title: without("/info/title") => "not valid OpenAPI 3.0.3: missing field `title`";
        paths_in_a_list: with("/paths", json!([]))
            => "not valid OpenAPI 3.0.3: invalid type: sequence, expected struct Paths";
    }

    #[test]
    fn what_is_not_json() {
        let error = tapis_codegen::generate("birds", "openapi: 3.0.3").unwrap_err().to_string();
        assert!(error.starts_with("birds: the document is not JSON: "), "{error}");
    }

    #[test]
    fn line_breaks_in_a_document_do_not_break_the_line() {
        let line = refusal(&property("a\nb", json!({"type": "a\nb", "x\ny": 1})));
        assert_eq!(line.lines().count(), 1, "{line}");
    }
}

mod operations {
    use super::*;

    refused! {
        no_id: without(&format!("{LIST}/operationId"))
            => "(no operationId): /paths/~1v3~1birds/get: no operationId";
        a_duplicate_id: with(&format!("{ADD}/operationId"), json!("listBirds"))
            => "listBirds: /paths/~1v3~1birds/post/operationId: duplicate operationId listBirds";
        ids_that_differ_in_their_spelling_alone: with(&format!("{ADD}/operationId"), json!("list_birds"))
            => "list_birds: /paths/~1v3~1birds/post/operationId: \
                duplicate operationId list_birds: listBirds would be the same method";
        an_id_that_the_client_needs_for_itself: with(&format!("{ADD}/operationId"), json!("new"))
            => "new: /paths/~1v3~1birds/post/operationId: \
                operationId new is the name of something else in the client";
        a_mistake_in_an_alias: with("/paths/~1v3~1session/post/x-tapis-aliases/1/operationId", json!("signIn"))
            => "signIn: /paths/~1v3~1session/post/x-tapis-aliases/1/operationId: \
                duplicate operationId signIn";
        no_alias_at_all: with("/paths/~1v3~1session/post/x-tapis-aliases", json!([]))
            => "/paths/~1v3~1session/post: no aliases where there should be some";
        a_method_that_http_does_not_have: with("/paths/~1v3~1birds/gte", operation("look"))
            => "/paths/~1v3~1birds/gte: gte is not a method of HTTP";
        a_path_in_another_document: with("/paths/~1v3~1eggs", json!({"$ref": "eggs.json"}))
            => "/paths/~1v3~1eggs/$ref: $ref is not a method of HTTP";
        what_openapi_does_not_allow: with(&format!("{LIST}/security"), json!(true))
            => "listBirds: /paths/~1v3~1birds/get: \
                not valid OpenAPI 3.0.3: invalid type: boolean `true`, expected a sequence";
    }
}

mod paths {
    use super::*;

    refused! {
        a_parameter_missing_from_the_template: parameter("ring", "path", json!({"type": "string"}))
            => "listBirds: /paths/~1v3~1birds/get/parameters: \
                path parameter ring is missing from the template /v3/birds";
        a_parameter_of_the_template_that_is_not_declared: with(&format!("{SHOW}/parameters"), json!([]))
            => "get_bird: /paths/~1v3~1birds~1{ring}/get: \
                path parameter ring of /v3/birds/{ring} is not declared";
        a_parameter_that_may_be_left_out: with(&format!("{SHOW}/parameters/0/required"), json!(false))
            => "get_bird: /paths/~1v3~1birds~1{ring}/get/parameters/0: path parameter ring is not required";
        an_object: with(&format!("{SHOW}/parameters/0/schema"), json!({"type": "object"}))
            => "get_bird: /paths/~1v3~1birds~1{ring}/get/parameters/0/schema: path ring is an object";
        templates_that_differ_in_their_parameters_alone: {
            let mut document = birds();
            document["paths"]["/v3/birds/{name}"]["put"] = operation("putBird");
            document["paths"]["/v3/birds/{name}"]["put"]["parameters"] =
                json!([{"name": "name", "in": "path", "required": true, "schema": {"type": "string"}}]);
            document
        } => "removeBird: /paths/~1v3~1birds~1{ring}: \
              /v3/birds/{ring} and /v3/birds/{name} are the same path";
        a_brace_that_is_not_closed: path("/v3/eggs/{egg", operation("getEgg"))
            => "getEgg: /paths/~1v3~1eggs~1{egg/get: a brace of the template /v3/eggs/{egg is not closed";
        a_parameter_twice: path("/v3/eggs/{egg}/{egg}", operation("getEgg"))
            => "getEgg: /paths/~1v3~1eggs~1{egg}~1{egg}/get: the template /v3/eggs/{egg}/{egg} holds egg twice";
        no_slash: path("v3/eggs", operation("getEgg"))
            => "getEgg: /paths/v3~1eggs/get: the path v3/eggs does not begin with a slash";
        parameters_of_the_path: with("/paths/~1v3~1birds/parameters", json!([]))
            => "/paths/~1v3~1birds/parameters: parameters belong to each operation, not to the path";
    }
}

mod parameters {
    use super::*;

    refused! {
        an_object_typed_header: parameter("X-Range", "header", json!({"type": "object"}))
            => "listBirds: /paths/~1v3~1birds/get/parameters/6/schema: header X-Range is an object";
        an_object_typed_header_behind_a_reference:
            parameter("X-Home", "header", json!({"$ref": "#/components/schemas/Place"}))
            => "listBirds: /paths/~1v3~1birds/get/parameters/6/schema: header X-Home is an object";
        a_cookie: parameter("crumb", "cookie", json!({"type": "string"}))
            => "listBirds: /paths/~1v3~1birds/get/parameters/6: \
                cookie parameters such as crumb are not supported";
        a_place_of_swagger_2: parameter("bird", "body", json!({"type": "string"}))
            => "listBirds: /paths/~1v3~1birds/get/parameters/6/in: parameter bird cannot be in \"body\"";
        no_schema: with(&format!("{LIST}/parameters/-"), json!({"name": "colour", "in": "query"}))
            => "listBirds: /paths/~1v3~1birds/get/parameters/6: parameter colour has no schema";
        a_list_of_objects:
            parameter("homes", "query", json!({"type": "array", "items": {"$ref": "#/components/schemas/Place"}}))
            => "listBirds: /paths/~1v3~1birds/get/parameters/6/schema: \
                parameter homes is neither a single value nor a list of them";
        a_choice: parameter("what", "query", json!({"oneOf": [{"type": "string"}, {"type": "integer"}]}))
            => "listBirds: /paths/~1v3~1birds/get/parameters/6/schema: \
                parameter what is neither a single value nor a list of them";
        a_reference: with(&format!("{LIST}/parameters/-"), json!({"$ref": "#/components/parameters/Limit"}))
            => "listBirds: /paths/~1v3~1birds/get/parameters/6: \
                $ref \"#/components/parameters/Limit\" stands where none is followed";
        one_that_is_declared_twice: parameter("limit", "query", json!({"type": "string"}))
            => "listBirds: /paths/~1v3~1birds/get/parameters/6: parameter limit is declared twice";
        two_that_would_have_one_setter: parameter("x_observer", "query", json!({"type": "string"}))
            => "listBirds: /paths/~1v3~1birds/get/parameters/6: \
                query parameter x_observer would have the same setter as header parameter X-Observer";
        one_with_the_setter_of_an_absent_other: parameter("maybe_limit", "query", json!({"type": "string"}))
            => "listBirds: /paths/~1v3~1birds/get/parameters/6: \
                query parameter maybe_limit would have the same setter as query parameter limit";
        one_that_every_call_has: parameter("send", "query", json!({"type": "string"}))
            => "listBirds: /paths/~1v3~1birds/get/parameters/6: \
                query parameter send would have the same setter as the call's own send";
        one_that_is_called_like_a_part: with(
            "/paths/~1v3~1pictures~1{path}/post/parameters/-",
            json!({"name": "title", "in": "query", "schema": {"type": "string"}}),
        ) => "addPicture: /paths/~1v3~1pictures~1{path}/post/parameters/1: \
              query parameter title would have the same setter as part title";
        one_that_is_called_like_the_body:
            with(&format!("{ADD}/parameters"), json!([{"name": "body", "in": "query", "schema": {"type": "string"}}]))
            => "addBird: /paths/~1v3~1birds/post/parameters/0: \
                query parameter body would have the same setter as the request's body";
    }
}

mod requests {
    use super::*;

    refused! {
        two_media_types: with(&format!("{ADD}/requestBody/content/text~1plain"), json!({}))
            => "addBird: /paths/~1v3~1birds/post/requestBody/content: \
                2 request media types; an operation can send one";
        a_body_in_another_document: with(&format!("{ADD}/requestBody"), json!({"$ref": "bodies.json#/Bird"}))
            => "addBird: /paths/~1v3~1birds/post/requestBody: \
                $ref \"bodies.json#/Bird\" stands where none is followed";
        json_of_no_type: with(&format!("{ADD}/requestBody/content/application~1json"), json!({}))
            => "addBird: /paths/~1v3~1birds/post/requestBody/content/application~1json: JSON without a schema";
        multipart_without_parts:
            with("/paths/~1v3~1pictures~1{path}/post/requestBody/content/multipart~1form-data/schema", json!({"type": "object"}))
            => "addPicture: /paths/~1v3~1pictures~1{path}/post/requestBody/content/multipart~1form-data: \
                a multipart body without parts";
    }
}

mod replies {
    use super::*;

    refused! {
        no_success: without(&format!("{ADD}/responses/201"))
            => "addBird: /paths/~1v3~1birds/post/responses: no success is documented";
        a_default_is_not_a_success:
            with(&format!("{ADD}/responses"), json!({"default": {"description": "Either."}}))
            => "addBird: /paths/~1v3~1birds/post/responses: no success is documented";
        two_types_of_success: with(
            &format!("{ADD}/responses/202"),
            json!({"description": "Later.", "content": {"application/json": {"schema": {"type": "string"}}}}),
        ) => "addBird: /paths/~1v3~1birds/post/responses: 2 types of success; an operation can have one";
        a_reply_in_another_document: with(&format!("{ADD}/responses/201"), json!({"$ref": "replies.json#/Bird"}))
            => "addBird: /paths/~1v3~1birds/post/responses/201: \
                $ref \"replies.json#/Bird\" stands where none is followed";
        no_description: with(&format!("{ADD}/responses/201"), json!({}))
            => "addBird: /paths/~1v3~1birds/post/responses/201: \
                not valid OpenAPI 3.0.3: missing field `description`";
    }
}

mod references {
    use super::*;

    refused! {
        an_external_one: property("nest", json!({"$ref": "nests.json#/components/schemas/Nest"}))
            => "/components/schemas/Bird/properties/nest: \
                $ref \"nests.json#/components/schemas/Nest\" cannot be resolved";
        one_to_nothing: property("nest", json!({"$ref": "#/components/schemas/Gone"}))
            => "/components/schemas/Bird/properties/nest: \
                $ref \"#/components/schemas/Gone\" cannot be resolved";
        one_inside_an_operation:
            with(&format!("{SHOW}/responses/200/content/application~1json/schema/$ref"), json!("#/components/schemas/Gone"))
            => "get_bird: /paths/~1v3~1birds~1{ring}/get/responses/200/content/application~1json/schema: \
                $ref \"#/components/schemas/Gone\" cannot be resolved";
        one_to_itself: with("/components/schemas/Ring", json!({"$ref": "#/components/schemas/Ring"}))
            => "/components/schemas/Ring: Ring is part of its own definition";
        a_list_of_itself:
            with("/components/schemas/Ring", json!({"type": "array", "items": {"$ref": "#/components/schemas/Ring"}}))
            => "/components/schemas/Ring: Ring is part of its own definition";
        a_composition_of_itself: with(
            "/components/schemas/Place/allOf",
            json!([{"$ref": "#/components/schemas/Ring"}, {"$ref": "#/components/schemas/Place"}]),
        ) => "/components/schemas/Place: Place is part of its own definition";
    }

    #[test]
    fn a_type_may_hold_itself() {
        let document = property("parent", json!({"$ref": "#/components/schemas/Bird"}));
        tapis_codegen::generate("birds", &document.to_string()).unwrap();
    }
}

mod schemas {
    use super::*;

    refused! {
        a_type_that_is_none: property("legs", json!({"type": "int"}))
            => "/components/schemas/Bird/properties/legs/type: not valid OpenAPI 3.0.3: \
                type is \"int\" and not one of array, boolean, integer, number, object, string";
        a_list_of_types: property("legs", json!({"type": ["integer"]}))
            => "/components/schemas/Bird/properties/legs/type: not valid OpenAPI 3.0.3: \
                type is [\"integer\"] and not a text";
        an_unknown_keyword: property("legs", json!({"type": "integer", "min": 2}))
            => "/components/schemas/Bird/properties/legs: min is not a keyword of an OpenAPI 3.0 schema";
        a_keyword_with_another_meaning_in_3_1: property("legs", json!({"type": "integer", "exclusiveMinimum": 1}))
            => "/components/schemas/Bird/properties/legs/exclusiveMinimum: not valid OpenAPI 3.0.3: \
                exclusiveMinimum is 1 and not true or false";
        required_where_it_is_a_list: property("legs", json!({"type": "integer", "required": true}))
            => "/components/schemas/Bird/properties/legs/required: not valid OpenAPI 3.0.3: \
                required is true and not a list of names";
        an_array_without_items: property("legs", json!({"type": "array"}))
            => "/components/schemas/Bird/properties/legs: an array without items";
        a_format_without_a_type: property("legs", json!({"format": "date-time"}))
            => "/components/schemas/Bird/properties/legs: a format without a type";
        what_is_no_schema: property("legs", json!("integer"))
            => "/components/schemas/Bird/properties/legs: not a schema";
        what_is_not_allowed: property("legs", json!({"not": {"type": "integer"}}))
            => "/components/schemas/Bird/properties/legs/not: a schema of what is not allowed has no type";
        fields_that_would_be_one: property("nick_name", json!({"type": "string"})).tap_property("nickName")
            => "/components/schemas/Bird/properties/nick_name: \
                nickName and nick_name would have the same name in Rust";
        a_field_called_like_a_setter: property("nickname_null", json!({"type": "string"}))
            => "/components/schemas/Bird/properties/nickname_null: \
                nickname and nickname_null would have the same name in Rust";
    }

    /// One more string among the properties of `Bird`.
    trait TapProperty {
        fn tap_property(self, name: &str) -> Self;
    }

    impl TapProperty for Value {
        fn tap_property(mut self, name: &str) -> Self {
            self["components"]["schemas"]["Bird"]["properties"][name] = json!({"type": "string"});
            self
        }
    }
}

mod enumerations {
    use super::*;

    refused! {
        one_of_null: property("look", json!({"type": "string", "enum": [null]}))
            => "/components/schemas/Bird/properties/look: \
                the enumeration holds null, which is not of its type";
        one_that_may_be_null: property("look", json!({"type": "string", "nullable": true, "enum": ["a", null]}))
            => "/components/schemas/Bird/properties/look: \
                the enumeration holds null, which is not of its type";
        one_of_another_type: property("look", json!({"type": "string", "enum": [true, false]}))
            => "/components/schemas/Bird/properties/look: \
                the enumeration holds true, which is not of its type";
        one_of_numbers_without_a_type: property("look", json!({"enum": ["a", 1]}))
            => "/components/schemas/Bird/properties/look: \
                the enumeration holds 1, which is not of its type";
        one_of_nothing: property("look", json!({"type": "string", "enum": []}))
            => "/components/schemas/Bird/properties/look: an enumeration of nothing";
        the_same_twice: property("look", json!({"type": "string", "enum": ["a", "b", "a"]}))
            => "/components/schemas/Bird/properties/look: the enumeration holds \"a\" twice";
    }
}

mod unions {
    use super::*;

    refused! {
        a_value_for_no_form: with("/components/schemas/Nest/discriminator/mapping/ground", json!("#/components/schemas/Place"))
            => "/components/schemas/Nest/discriminator/mapping/ground: \
                \"#/components/schemas/Place\" is not one of the forms, or stands here twice";
        two_values_for_one_form: with("/components/schemas/Nest/discriminator/mapping/tree", json!("#/components/schemas/Hollow"))
            => "/components/schemas/Nest/discriminator/mapping/tree: \
                \"#/components/schemas/Hollow\" is not one of the forms, or stands here twice";
        no_property_to_look_at: without("/components/schemas/Nest/discriminator/propertyName")
            => "/components/schemas/Nest/discriminator: a discriminator without propertyName";
        a_form_without_a_name: with("/components/schemas/Nest/oneOf/-", json!({"type": "object"}))
            => "/components/schemas/Nest/discriminator: a discriminator over a form without a name";
        no_forms: without("/components/schemas/Nest/oneOf")
            => "/components/schemas/Nest/discriminator: a discriminator without oneOf";
    }
}

mod progenitor {
    use super::*;

    refused! {
        // Nothing forbids such an enumeration, but progenitor has no names for it and panics.
        a_panic_becomes_an_error_of_the_operation:
            property("look", json!({"type": "string", "enum": ["plain", "Plain"]}))
            => "listBirds: /paths/~1v3~1birds/get: progenitor cannot generate this: \
                Failed to make unique variant names for [plain,Plain]";
    }
}

/// Every value of the document, replaced by another or left out, is either generated or refused
/// with one line. That there is a line at all shows that nothing panics.
#[test]
fn whatever_is_wrong_there_is_one_line() {
    fn pointers(value: &Value, here: &str, found: &mut Vec<String>) {
        let children: Vec<(String, &Value)> = match value {
            Value::Object(object) => object.iter().map(|(k, v)| (k.clone(), v)).collect(),
            Value::Array(list) => {
                list.iter().enumerate().map(|(i, v)| (i.to_string(), v)).collect()
            }
            _ => Vec::new(),
        };
        for (key, child) in children {
            let pointer = format!("{here}/{}", key.replace('~', "~0").replace('/', "~1"));
            pointers(child, &pointer, found);
            // A sentence may be anything.
            if !["description", "summary", "title"].contains(&key.as_str()) {
                found.push(pointer);
            }
        }
    }
    let mut found = Vec::new();
    pointers(&birds(), "", &mut found);
    let others = [json!(null), json!([]), json!({}), json!(""), json!(-1.5), json!(true)];
    let others: Vec<Option<Value>> = others.into_iter().map(Some).chain([None]).collect();
    let mut refused = 0;
    for (pointer, other) in found.iter().zip(others.iter().cycle()) {
        let document = match other {
            Some(value) => with(pointer, value.clone()),
            None => without(pointer),
        };
        let Err(error) = tapis_codegen::verify(&document) else {
            tapis_codegen::generate("birds", &document.to_string()).unwrap();
            continue;
        };
        let line = error.to_string();
        assert_eq!(line.lines().count(), 1, "{pointer}: {line}");
        assert!(!line.contains("progenitor"), "{pointer}: {line}");
        refused += 1;
    }
    assert!(refused > found.len() / 2, "{refused} of {}", found.len());
}
