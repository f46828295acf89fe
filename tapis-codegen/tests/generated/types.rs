//! The types.

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
