//! What is generated from a document: the types, their builders and the calls.
#![allow(clippy::unwrap_used, reason = "a test may stop here")]

mod support;

use serde_json::{Value, json};

use support::code::Code;
use support::{birds, with, without};

fn code() -> Code {
    Code::of(&birds())
}

/// The birds with further schemas, which `NewBird` holds in fields named after them.
fn sent(schemas: Value) -> Value {
    let mut document = birds();
    for (name, schema) in schemas.as_object().unwrap() {
        document["components"]["schemas"][name] = schema.clone();
        document["components"]["schemas"]["NewBird"]["properties"][name] =
            json!({"$ref": format!("#/components/schemas/{name}")});
    }
    document
}

/// The birds, where the place of a new one holds texts besides the fields that it refers to.
fn with_more_than_a_place() -> Code {
    let place = json!({
        "allOf": [{"$ref": "#/components/schemas/Place"}],
        "additionalProperties": {"type": "string"},
    });
    Code::of(&with("/components/schemas/NewBird/properties/place", place))
}

#[test]
fn the_same_document_gives_the_same_code() {
    assert_eq!(code().text, code().text);
}

/// The document as text, with the keys of each object and the schemas of each `oneOf` the other way
/// round.
fn reversed(value: &Value) -> String {
    let list = |items: Vec<String>, open, close| format!("{open}{}{close}", items.join(","));
    match value {
        Value::Object(object) => {
            let entry = |(key, value): (&String, &Value)| match value {
                Value::Array(schemas) if key == "oneOf" => {
                    format!(
                        "{key:?}:{}",
                        list(schemas.iter().rev().map(reversed).collect(), '[', ']')
                    )
                }
                value => format!("{key:?}:{}", reversed(value)),
            };
            list(object.iter().rev().map(entry).collect(), '{', '}')
        }
        Value::Array(items) => list(items.iter().map(reversed).collect(), '[', ']'),
        scalar => scalar.to_string(),
    }
}

#[test]
fn in_which_order_a_document_has_variants_and_properties_changes_nothing_on_the_wire() {
    let (code, reversed) = (code(), Code::read(&reversed(&birds())));
    assert_eq!(reversed.calls("types", "object"), code.calls("types", "object"));
    assert_eq!(reversed.calls("calls", "operation"), code.calls("calls", "operation"));
    let variants = |code: &Code| -> Vec<(String, Vec<String>)> {
        let unions = code.calls("types", "tagged_union").into_iter().map(|union| {
            let (name, variants) = union.split_once('{').unwrap();
            let mut variants: Vec<_> =
                variants.trim_end_matches('}').split(',').map(str::to_owned).collect();
            variants.sort();
            (name.to_owned(), variants)
        });
        unions.collect()
    };
    assert_eq!(variants(&code)[0].1.len(), 2);
    assert_ne!(reversed.calls("types", "tagged_union"), code.calls("types", "tagged_union"));
    assert_eq!(variants(&reversed), variants(&code));
}

mod types {
    use super::*;

    #[test]
    fn every_struct_may_grow() {
        let code = code();
        for name in ["Bird", "NewBird", "Place", "Hollow", "OpenCup", "SignInBody"] {
            assert!(code.definition("types", name).contains("#[non_exhaustive]"), "{name}");
        }
    }

    #[test]
    fn only_what_requests_carry_can_be_made() {
        let code = code();
        for name in ["NewBird", "Place", "Hollow", "OpenCup", "SignInBody"] {
            assert!(code.method_names("types", name).contains(&"new".to_owned()), "{name}");
        }
        assert!(code.method_names("types", "Bird").is_empty());
    }

    #[test]
    fn the_envelope_is_no_type() {
        assert!(!code().text.contains("Envelope "));
        assert_eq!(
            code().types("types"),
            ["Bird", "Hollow", "NewBird", "OpenCup", "Place", "SignInBody"]
        );
    }

    #[test]
    fn what_the_document_says_of_a_type_is_its_documentation() {
        let code = code();
        assert_eq!(code.doc("types", "Bird"), "A bird as it was seen.");
        assert_eq!(code.doc("types", "Place"), "An object of the service.");
        assert_eq!(code.field("types", "NewBird", "type_").doc, "What kind of bird it is.");
    }

    #[test]
    fn what_is_not_required_may_be_absent_or_empty() {
        let code = code();
        assert_eq!(code.field("types", "NewBird", "ring").text, "String");
        assert_eq!(code.field("types", "NewBird", "legs").text, "Option<i64>");
        assert_eq!(code.field("types", "NewBird", "songs").text, "Option<Vec<String>>");
    }

    #[test]
    fn a_name_for_a_text_is_a_text_and_its_pattern_is_not_checked() {
        let code = code();
        assert_eq!(code.field("types", "Bird", "ring").text, "String");
        assert!(!code.types("types").contains(&"Ring".to_owned()));
    }

    #[test]
    fn what_comes_besides_the_fields_of_a_reference_is_kept() {
        let code = with_more_than_a_place();
        let extra = code.field("types", "NewBirdPlace", "extra");
        assert!(extra.attributes.contains("#[serde(flatten)]"), "{extra:?}");
    }

    #[test]
    fn a_keyword_gets_an_underscore_and_keeps_its_name_in_json() {
        let property = code().property("NewBird", "type_");
        assert_eq!(property, ("optional".to_owned(), "type".to_owned()));
    }

    #[test]
    fn serde_derives_only_what_has_more_than_properties() {
        let code = with_more_than_a_place();
        assert!(code.definition("types", "NewBirdPlace").contains("serde::Deserialize"));
        assert!(!code.definition("types", "NewBird").contains("serde"));
        assert_eq!(code.property("NewBird", "place").0, "optional");
        assert_eq!(code.property("NewBird", "ring").0, "required");
    }

    #[test]
    fn secrets_and_moments_have_types_of_their_own() {
        let code = code();
        assert_eq!(code.field("types", "SignInBody", "password").text, "Secret");
        assert_eq!(code.field("types", "Bird", "seen").text, "Option<Timestamp>");
        assert_eq!(code.field("types", "NewBird", "hatched").text, "Option<Timestamp>");
    }

    #[test]
    fn a_value_that_comes_in_more_than_one_form_is_read_leniently() {
        let code = code();
        assert_eq!(code.field("types", "Bird", "weight").text, "Option<f64>");
        assert_eq!(code.property("Bird", "weight").0, "lenient");
        assert_eq!(code.property("Bird", "nickname").0, "optional");
        assert!(!code.text.contains("@tapis"));
    }

    #[test]
    fn null_can_be_sent_where_it_means_something_and_is_absence_where_it_is_read() {
        let code = code();
        assert_eq!(code.field("types", "NewBird", "nickname").text, "Option<rt::Nullable<String>>");
        assert_eq!(code.property("NewBird", "nickname").0, "nullable");
        assert_eq!(code.field("types", "Bird", "nickname").text, "Option<String>");
    }

    #[test]
    fn enumerations_are_open() {
        assert_eq!(
            code().calls("types", "open_enum"),
            [r#"pub enum Plumage{Plain="plain",VeryBright="very-bright"}"#]
        );
    }

    #[test]
    fn an_enumeration_without_a_type_is_one_of_texts() {
        let look = json!({"enum": ["shy", "loud"]});
        let code = Code::of(&with("/components/schemas/Bird/properties/look", look));
        let expected = r#"pub enum BirdLook{Shy="shy",Loud="loud"}"#.to_owned();
        assert!(code.calls("types", "open_enum").contains(&expected));
    }

    #[test]
    fn a_property_tells_the_forms_of_a_union_apart() {
        assert_eq!(
            code().calls("types", "tagged_union"),
            [r#"pub enum Nest by "kind"{"hollow"=>Hollow(Hollow),"open cup"=>OpenCup(OpenCup)}"#]
        );
    }

    #[test]
    fn without_a_mapping_the_names_of_the_forms_are_the_values() {
        let mut document = birds();
        let nest = &mut document["components"]["schemas"]["Nest"]["discriminator"];
        *nest = json!({"propertyName": "kind"});
        assert_eq!(
            Code::of(&document).calls("types", "tagged_union"),
            [r#"pub enum Nest by "kind"{"Hollow"=>Hollow(Hollow),"OpenCup"=>OpenCup(OpenCup)}"#]
        );
    }

    #[test]
    fn a_union_without_such_a_property_keeps_what_fits_no_form() {
        let mut document = birds();
        let nest = document["components"]["schemas"]["Nest"].as_object_mut().unwrap();
        nest.remove("discriminator");
        let nest = Code::of(&document).definition("types", "Nest");
        assert!(nest.contains("#[serde(untagged)]"), "{nest}");
        assert!(nest.contains("#[non_exhaustive]"), "{nest}");
        assert!(nest.ends_with("UnknownValue(::serde_json::Value)}"), "{nest}");
    }

    #[test]
    fn any_of_several_schemas_is_a_union() {
        let any = json!({"anyOf": [
            {"$ref": "#/components/schemas/Hollow"}, {"$ref": "#/components/schemas/OpenCup"},
        ]});
        let code = Code::of(&sent(json!({ "Roost": any })));
        let roost = code.definition("types", "Roost");
        let variants = "Hollow(Hollow),OpenCup(OpenCup),";
        assert!(roost.contains("#[serde(untagged)]") && roost.contains(variants), "{roost}");
    }

    #[test]
    fn a_union_of_scalars_has_no_text_for_what_it_does_not_know() {
        let scalars = json!({"oneOf": [{"type": "string"}, {"type": "integer"}]});
        let code = Code::of(&sent(json!({ "Mark": scalars })));
        assert!(code.definition("types", "Mark").contains("UnknownValue"));
        assert!(!code.text.contains("Display for Mark"));
    }

    #[test]
    fn schemas_are_one_type_only_if_the_document_says_so() {
        let look = json!({"type": "string", "enum": ["plain", "very-bright"]});
        let code = Code::of(&with("/components/schemas/NewBird/properties/look", look));
        assert_eq!(code.field("types", "NewBird", "look").text, "Option<NewBirdLook>");
        assert_eq!(code.calls("types", "open_enum").len(), 2);
    }
}

mod replies {
    use super::*;

    /// How the property `more` of a bird is read, and its type.
    fn more(schema: Value) -> (String, String) {
        let code = Code::of(&with("/components/schemas/Bird/properties/more", schema));
        (code.property("Bird", "more").0, code.field("types", "Bird", "more").text)
    }

    #[test]
    fn whole_numbers_are_read_in_any_form() {
        for (format, ty) in [("int32", "Option<i32>"), ("int64", "Option<i64>")] {
            let read = more(json!({"type": "integer", "format": format}));
            assert_eq!(read, ("lenient".to_owned(), ty.to_owned()));
        }
        let id = json!({"type": "integer"});
        let code = Code::of(&with("/components/schemas/Bird/properties/ring", id));
        assert_eq!(code.property("Bird", "ring").0, "required_lenient");
    }

    #[test]
    fn lists_are_read_without_the_nulls_in_them() {
        for (items, ty) in [
            (json!({"type": "string"}), "Option<Vec<String>>"),
            (json!({"$ref": "#/components/schemas/Plumage"}), "Option<Vec<Plumage>>"),
            (json!({"$ref": "#/components/schemas/Place"}), "Option<Vec<Place>>"),
        ] {
            let read = more(json!({"type": "array", "items": items}));
            assert_eq!(read, ("list".to_owned(), ty.to_owned()));
        }
    }

    #[test]
    fn a_null_keeps_its_place_where_that_says_something_or_anything_may_stand() {
        for (items, ty) in [
            (json!({"type": "number"}), "Option<Vec<Option<f64>>>"),
            (json!({"$ref": "#/components/schemas/Place"}), "Option<Vec<Option<Place>>>"),
        ] {
            let read = more(json!({"type": "array", "items": items, "x-tapis-positional": true}));
            assert_eq!(read, ("optional".to_owned(), ty.to_owned()));
        }
        let (kind, _) = more(json!({"type": "array", "items": {}}));
        assert_eq!(kind, "optional");
    }

    #[test]
    fn what_is_only_sent_is_read_as_it_is_written() {
        let code = code();
        assert_eq!(code.property("NewBird", "legs").0, "optional");
        assert_eq!(code.property("NewBird", "songs").0, "optional");
    }
}

mod bodies {
    use super::*;

    #[test]
    fn new_takes_what_is_required() {
        let code = code();
        let new = code.method("types", "NewBird", "new").text;
        assert!(new.starts_with("fn new(ring:impl Into<String>)->Self"), "{new}");
        assert!(new.contains("legs:None"), "{new}");
        let nothing = Code::of(&without("/components/schemas/Place/required"));
        let new = nothing.method("types", "Place", "new").text;
        assert!(new.starts_with("fn new()->Self"), "{new}");
        assert!(nothing.definition("types", "Place").contains("Default"));
        assert!(!code.definition("types", "NewBird").contains("Default"));
    }

    #[test]
    fn a_variant_of_a_union_is_not_asked_for_its_tag() {
        let code = code();
        for (variant, tag) in [("Hollow", "hollow"), ("OpenCup", "open cup")] {
            let new = code.method("types", variant, "new").text;
            let set = format!("From::from(\"{tag}\")");
            assert!(new.contains(&set), "{variant}: {new}");
        }
    }

    #[test]
    fn new_takes_the_required_fields_in_the_order_of_the_document() {
        let mut document = birds();
        let bird = &mut document["components"]["schemas"]["NewBird"];
        bird["required"] = json!(["legs", "ring"]);
        for (order, arguments) in [
            (json!(["legs", "ring"]), "fn new(legs:impl Into<i64>,ring:"),
            (json!(["ring", "legs"]), "fn new(ring:impl Into<String>,legs:"),
        ] {
            document["components"]["schemas"]["NewBird"]["x-tapis-order"] = order;
            let new = Code::of(&document).method("types", "NewBird", "new").text;
            assert!(new.starts_with(arguments), "{new}");
        }
    }

    #[test]
    fn from_four_on_and_where_the_document_says_so_required_fields_have_names() {
        let mut document = birds();
        let bird = &mut document["components"]["schemas"]["NewBird"];
        bird["required"] = json!(["legs", "ring", "songs", "type"]);
        let code = Code::of(&document);
        let new = code.method("types", "NewBird", "new").text;
        assert!(new.starts_with("fn new(fields:NewBirdFields)->Self"), "{new}");
        assert_eq!(code.field("types", "NewBirdFields", "songs").text, "Vec<String>");
        let code = Code::of(&with("/components/schemas/NewBird/x-tapis-arguments", json!("named")));
        let new = code.method("types", "NewBird", "new").text;
        assert!(new.starts_with("fn new(fields:NewBirdFields)->Self"), "{new}");
    }

    #[test]
    fn a_setter_takes_what_becomes_the_value_and_cannot_fail() {
        let code = code();
        let legs = code.method("types", "NewBird", "legs").text;
        assert!(legs.starts_with("fn legs(mut self,value:impl Into<i64>)->Self"), "{legs}");
        let songs = code.method("types", "NewBird", "songs").text;
        assert!(songs.contains("value:impl IntoIterator<Item:Into<String>>"), "{songs}");
    }

    #[test]
    fn null_has_a_setter_where_it_can_be_sent() {
        let names = code().method_names("types", "NewBird");
        let nulls: Vec<_> = names.iter().filter(|name| name.ends_with("_null")).collect();
        assert_eq!(nulls, ["nickname_null"]);
    }

    #[test]
    fn the_defaults_of_the_document_are_the_services_business() {
        let code = code();
        assert!(!code.text.contains("Tweety"));
        let definition = code.definition("types", "NewBird");
        assert!(!definition.contains("default="), "{definition}");
        assert!(!code.types("types").contains(&"Defaults".to_owned()));
        let new = code.method("types", "NewBird", "new").text;
        assert!(!new.contains('2'), "{new}");
    }

    #[test]
    fn a_request_is_made_from_what_a_reply_has_of_it_and_callers_set() {
        let mut document = with("/components/schemas/NewBird/x-tapis-from", json!(["Bird"]));
        let conversion =
            |document: &Value| Code::of(document).calls("types", "from_reply").concat();
        let made = conversion(&document);
        assert!(
            made.starts_with("Bird=>NewBird[") && made.ends_with(r#"requires["ring"]"#),
            "{made}"
        );
        assert!(made.contains(r#""ring""#), "{made}");
        document["components"]["schemas"]["Bird"]["properties"]["ring"]["x-tapis-server-made"] =
            true.into();
        let fields = conversion(&document);
        assert!(!fields.split(']').next().unwrap().contains(r#""ring""#), "{fields}");
        document["components"]["schemas"]["NewBird"]["x-tapis-from"] = json!(["Nest"]);
        let error = tapis_codegen::generate("birds", &document.to_string()).unwrap_err();
        assert!(
            error.to_string().contains("x-tapis-from: NewBird is not sent, or Nest is no object")
        );
    }

    #[test]
    fn what_is_sent_is_read_strictly_and_what_comes_is_not() {
        let code = code();
        let read = code.calls("types", "from_json");
        for declared in ["request NewBird", "reply Bird"] {
            assert!(read.contains(&declared.to_owned()), "{read:?}");
        }
    }

    #[test]
    fn fields_may_be_called_like_what_a_struct_has_itself() {
        let mut document = birds();
        let place = &mut document["components"]["schemas"]["Place"]["properties"];
        for name in ["clone", "default", "from_json", "new"] {
            place[name] = json!({"type": "string"});
        }
        let mut names = Code::of(&document).method_names("types", "Place");
        names.sort();
        let sorted = names.clone();
        names.dedup();
        assert_eq!(names, sorted);
        for name in ["clone_", "default_", "from_json_", "new_"] {
            assert!(names.contains(&name.to_owned()), "{name}");
        }
    }
}

mod calls {
    use super::*;

    #[test]
    fn an_operation_and_a_schema_may_have_the_same_name() {
        let mut document = with(
            "/components/schemas/listBirds",
            json!({"type": "object", "properties": {
                "songs": {"type": "string"},
            }}),
        );
        document["components"]["schemas"]["NewBird"]["properties"]["parents"] =
            json!({"$ref": "#/components/schemas/listBirds"});
        let plumage = json!({"type": "string", "enum": ["dull", "bright"]});
        document["paths"]["/v3/birds"]["get"]["parameters"][3]["schema"] = plumage;
        let code = Code::of(&document);
        assert_eq!(code.field("types", "NewBird", "parents").text, "Option<ListBirds>");
        assert_eq!(code.field("types", "ListBirds", "songs").text, "Option<String>");
        let setter = code.method("calls", "ListBirds", "plumage").text;
        assert!(setter.contains("TryInto<types::ListBirdsOperationPlumage,"), "{setter}");
    }

    #[test]
    fn parameters_may_be_called_like_what_a_client_or_a_call_consists_of() {
        for name in ["client", "response"] {
            let named = json!({"name": name, "in": "query", "schema": {"type": "string"}});
            let code = Code::of(&with("/paths/~1v3~1birds/get/parameters/-", named));
            let setter = code.method("calls", "ListBirds", name).text;
            assert!(setter.contains("TryInto<String,"), "{setter}");
            let reply = "ListBirds,operations::LIST_BIRDS,\
                         rt::Enveloped<Vec<types::Bird>,rt::Members<types::Bird>>,";
            let call = &code.calls("calls", "operation")[0];
            assert!(call.starts_with(reply), "{call}");
        }
    }

    #[test]
    fn every_operation_and_every_alias_is_one_method() {
        assert_eq!(
            code().method_names("", "Client"),
            [
                "new",
                "session",
                "list_birds",
                "add_bird",
                "remove_bird",
                "get_bird",
                "get_picture",
                "add_picture",
                "sign_in",
                "sign_in_with_token"
            ]
        );
    }

    #[test]
    fn a_method_says_what_it_does_where_it_goes_what_it_needs_and_how_it_fails() {
        let code = code();
        assert_eq!(
            code.method("", "Client", "list_birds").doc,
            "Lists the birds.\n\
             \n\
             Only those that were seen.\n\
             \n\
             `GET /v3/birds`; needs a token.\n\
             \n\
             # Parameters, set on the call\n\
             \n\
             - [`limit`](calls::ListBirds::limit): How many at most.\n\
             - [`skip`](calls::ListBirds::skip): Not documented by the service.\n\
             - [`select`](calls::ListBirds::select): Not documented by the service.\n\
             - [`plumage`](calls::ListBirds::plumage): Not documented by the service.\n\
             - [`filters`](calls::ListBirds::filters): Not documented by the service.\n\
             - [`x_observer`](calls::ListBirds::x_observer) (required): Who looks.\n\
             \n\
             # Returns\n\
             \n\
             [`Vec<Bird>`](types::Bird).\n\
             \n\
             # Errors\n\
             \n\
             - [`Authentication`](tapis_core::ErrorKind::Authentication) (401): the token or the \
             credentials are missing or refused.\n\
             - [`Permission`](tapis_core::ErrorKind::Permission) (403): the user lacks the permission.\n\
             \n\
             The service documents these statuses. A message can make the kind more precise, and every \
             call can fail with further kinds: see [`ErrorKind`](tapis_core::ErrorKind).\n\
             \n\
             # Examples\n\
             \n\
             ```no_run\n\
             # mod tapis_client { pub use tapis_core::*; pub use tapis_birds as birds; }\n\
             # struct Tapis { birds: tapis_birds::Client }\n\
             # async fn example(t: &Tapis) -> Result<(), Box<dyn std::error::Error>> {\n\
             let birds = t.birds.list_birds().x_observer(\"me\").await?;\n\
             # Ok(())\n\
             # }\n\
             ```\n\
             \n\
             # See also\n\
             \n\
             - [`get_bird`](crate::Client::get_bird) returns one of them.\n\
             - [`items`](calls::ListBirds::items) on the call streams the entries of all pages, and \
             [`pages`](calls::ListBirds::pages) the pages."
        );
        assert_eq!(
            code.method("", "Client", "sign_in").doc,
            "Signs in with a password.\n\
             \n\
             `POST /v3/session`; needs no token.\n\
             \n\
             # Arguments\n\
             \n\
             - `body`: Sent as JSON: [`SignInBody`](types::SignInBody).\n\
             \n\
             # Returns\n\
             \n\
             Nothing.\n\
             \n\
             # Errors\n\
             \n\
             The service documents none; [`ErrorKind`](tapis_core::ErrorKind) lists those of every call."
        );
        let text = code.method("", "Client", "add_bird").doc;
        assert!(text.contains("- `body`: Sent as JSON: [`NewBird`](types::NewBird)."), "{text}");
        let text = code.method("", "Client", "get_picture").doc;
        assert!(text.contains("The bytes, as a [`ByteStream`](tapis_core::ByteStream)."), "{text}");
    }

    #[test]
    fn required_values_of_the_path_and_a_required_body_are_arguments() {
        let code = code();
        for (method, arguments) in [
            ("list_birds", "(&self)->calls::ListBirds"),
            ("get_bird", "(&self,ring:impl Into<String>)"),
            ("add_bird", "(&self,body:impl TryInto<types::NewBird,Error:rt::Display>)"),
            ("add_picture", "(&self,path:impl Into<String>,file:impl Into<rt::FormPart>)"),
            ("sign_in_with_token", "(&self,body:impl Into<rt::Body>)"),
        ] {
            let text = code.method("", "Client", method).text;
            assert!(text.contains(&format!("fn {method}{arguments}")), "{method}: {text}");
        }
    }

    #[test]
    fn arguments_have_the_order_of_the_path_and_no_setter() {
        let mut document = birds();
        let mut bird = document["paths"]["/v3/birds/{ring}"].take();
        let year = json!({
            "name": "year", "in": "path", "required": true, "schema": {"type": "integer"},
        });
        for method in ["get", "delete"] {
            bird[method]["parameters"].as_array_mut().unwrap().push(year.clone());
        }
        document["paths"].as_object_mut().unwrap().remove("/v3/birds/{ring}");
        document["paths"]["/v3/birds/{year}/{ring}"] = bird;
        let code = Code::of(&document);
        let text = code.method("", "Client", "get_bird").text;
        assert!(text.contains("(&self,year:impl TryInto<i64,"), "{text}");
        assert!(text.contains(".year(year).ring(ring)"), "{text}");
        let setter = code.method("calls", "GetBird", "year").text;
        assert!(setter.starts_with("fn year(mut self,"), "{setter}");
        assert!(code.text.contains("pub(super) fn year("));
    }

    #[test]
    fn from_four_on_arguments_are_fields_of_a_struct() {
        let mut document = with(
            "/paths/~1v3~1pictures~1{path}/post/parameters/-",
            json!({"name": "a", "in": "path", "required": true, "schema": {"type": "string"}}),
        );
        let pictures = document["paths"]["/v3/pictures/{path}"]["post"].take();
        document["paths"]["/v3/pictures/{path}"].as_object_mut().unwrap().remove("post");
        let mut moved = pictures;
        let b = json!({"name": "b", "in": "path", "required": true, "schema": {"type": "string"}});
        moved["parameters"].as_array_mut().unwrap().push(b);
        document["paths"]["/v3/{a}/{b}/{path}"] = json!({ "post": moved });
        let code = Code::of(&document);
        let text = code.method("", "Client", "add_picture").text;
        assert!(text.contains("(&self,arguments:calls::AddPictureArgs)"), "{text}");
        assert!(text.contains(".a(arguments.a).b(arguments.b).path(arguments.path)"), "{text}");
        assert_eq!(code.field("calls", "AddPictureArgs", "file").text, "rt::FormPart");
        assert_eq!(code.field("calls", "AddPictureArgs", "a").text, "String");
    }

    #[test]
    fn arguments_that_would_do_harm_if_swapped_have_names() {
        let code = Code::of(&with("/paths/~1v3~1birds/get/x-tapis-arguments", json!("named")));
        let text = code.method("", "Client", "list_birds").text;
        assert!(text.contains("(&self,arguments:calls::ListBirdsArgs)"), "{text}");
        assert_eq!(code.field("calls", "ListBirdsArgs", "x_observer").text, "String");
        assert_eq!(code.field("calls", "ListBirdsArgs", "x_observer").doc, "Who looks.");
    }

    #[test]
    fn only_what_is_deprecated_is_marked_so() {
        let methods = code().methods("", "Client");
        let marked = methods.iter().filter(|method| method.attributes.contains("#[deprecated]"));
        let marked: Vec<_> = marked.map(|method| method.name.as_str()).collect();
        assert_eq!(marked, ["remove_bird"]);
    }

    #[test]
    fn a_setter_says_how_its_value_is_sent() {
        let code = code();
        assert_eq!(
            code.method("calls", "ListBirds", "x_observer").doc,
            "Who looks.\n\nSent as `X-Observer` as a header."
        );
        assert_eq!(
            code.method("calls", "ListBirds", "filters").doc,
            "Not documented by the service.\n\nEach key is a query parameter of its own."
        );
    }

    #[test]
    fn values_go_where_the_document_says() {
        let code = code();
        for (call, setter, expected) in [
            ("ListBirds", "limit", r#"query_parameter("limit",rt::convert(value,"limit"))"#),
            (
                "ListBirds",
                "select",
                r#"selection("select",rt::convert_all(value,"select"),&["ring"])"#,
            ),
            ("ListBirds", "filters", "free_query(key.into(),value.into())"),
            ("ListBirds", "x_observer", r#"header_parameter("X-Observer","#),
            ("GetBird", "ring", r#"path_parameter("ring",rt::convert(value,"ring"))"#),
            ("AddBird", "body", r#"json_body(rt::convert(value,"body"))"#),
            ("AddPicture", "file", r#"part("file",part.into())"#),
            ("AddPicture", "title", r#"part("title",rt::FormPart::text(text))"#),
            ("SignInWithToken", "body", "raw_body(value.into())"),
        ] {
            let text = code.method("calls", call, setter).text;
            assert!(text.contains(&format!("self.call.{expected}")), "{call}.{setter}: {text}");
        }
    }

    #[test]
    fn a_list_is_one_parameter_with_commas_or_one_for_each_item() {
        for (explode, expected) in [(false, "joined_query"), (true, "query_parameter")] {
            let fields = json!({
                "name": "fields", "in": "query", "explode": explode,
                "schema": {"type": "array", "items": {"type": "string"}},
            });
            let code = Code::of(&with("/paths/~1v3~1birds/get/parameters/-", fields));
            let text = code.method("calls", "ListBirds", "fields").text;
            assert!(text.contains(&format!("self.call.{expected}(\"fields\",")), "{text}");
        }
    }

    #[test]
    fn what_identifies_is_not_added_to_a_selection_where_nothing_does() {
        let code = Code::of(&without("/components/schemas/Bird/required"));
        let text = code.method("calls", "ListBirds", "select").text;
        assert!(text.contains(r#"self.call.joined_query("select","#), "{text}");
    }

    #[test]
    fn parameters_that_may_be_left_out_can_be_set_from_an_option() {
        let names = code().method_names("calls", "ListBirds");
        let maybe: Vec<_> = names.iter().filter(|name| name.starts_with("maybe_")).collect();
        assert_eq!(maybe, ["maybe_limit", "maybe_skip", "maybe_select", "maybe_plumage"]);
    }

    #[test]
    fn a_body_that_goes_as_it_is_is_labelled_as_the_document_says() {
        let text = code().method("calls", "SignInWithToken", "body").text;
        assert!(text.contains(r#"self.call.content_type("application/octet-stream")"#), "{text}");
    }

    #[test]
    fn a_reply_is_what_the_document_says() {
        assert_eq!(
            code().calls("calls", "operation"),
            [
                "ListBirds,operations::LIST_BIRDS,rt::Enveloped<Vec<types::Bird>,rt::Members<types::Bird>>,Vec<types::Bird>,rt::Response<Vec<types::Bird>>",
                "AddBird,operations::ADD_BIRD,rt::Enveloped<types::Bird>,types::Bird,rt::Response<types::Bird>",
                "RemoveBird,operations::REMOVE_BIRD,rt::Empty,(),rt::Response<()>",
                "GetBird,operations::GET_BIRD,rt::Json<types::Bird>,types::Bird,rt::Response<types::Bird>",
                "GetPicture,operations::GET_PICTURE,rt::Streamed,rt::ByteStream,rt::ByteStream",
                "AddPicture,operations::ADD_PICTURE,rt::Empty,(),rt::Response<()>",
                "SignIn,operations::SIGN_IN,rt::Empty,(),rt::Response<()>",
                "SignInWithToken,operations::SIGN_IN_WITH_TOKEN,rt::Empty,(),rt::Response<()>",
            ]
        );
    }

    #[test]
    fn the_table_holds_what_is_known_before_a_call() {
        let code = code();
        for (constant, facts) in [
            ("LIST_BIRDS", "id:\"listBirds\",method:rt::Method::GET,template:\"/v3/birds\""),
            ("LIST_BIRDS", "required:&[rt::Required::Header(\"X-Observer\")]"),
            ("LIST_BIRDS", "paging:Some(rt::Paging::LimitSkip)"),
            ("LIST_BIRDS", "page_order:&[\"ring\",\"year\"]"),
            ("GET_BIRD", "id:\"get_bird\",method:rt::Method::GET,template:\"/v3/birds/{ring}\""),
            ("GET_BIRD", "rt::PathParameter{name:\"ring\",slash:rt::Slash::Encoded}"),
            ("GET_BIRD", "}],idempotent:true,reply:rt::ReplyKind::Json,..rt::Operation::PLAIN};"),
            ("GET_PICTURE", "rt::PathParameter{name:\"path\",slash:rt::Slash::Separates}"),
            ("ADD_BIRD", "required:&[rt::Required::Body],..rt::Operation::PLAIN};"),
            ("ADD_PICTURE", "required:&[rt::Required::Part(\"file\")]"),
            ("SIGN_IN", "token:rt::TokenUse::Never,idempotent:true"),
            ("SIGN_IN_WITH_TOKEN", "required:&[rt::Required::Body],token:rt::TokenUse::Never"),
        ] {
            let text = code.definition("operations", constant);
            assert!(text.contains(facts), "{constant}: {facts} in {text}");
        }
        assert!(code.definition("operations", "ALL").ends_with(
            "=&[&LIST_BIRDS,&ADD_BIRD,&REMOVE_BIRD,&GET_BIRD,&GET_PICTURE,&ADD_PICTURE,&SIGN_IN,\
             &SIGN_IN_WITH_TOKEN];"
        ));
    }
}
