//! What requests carry.

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
    let conversion = |document: &Value| Code::of(document).calls("types", "from_reply").concat();
    let made = conversion(&document);
    assert!(made.starts_with("Bird=>NewBird[") && made.ends_with(r#"requires["ring"]"#), "{made}");
    assert!(made.contains(r#""ring""#), "{made}");
    document["components"]["schemas"]["Bird"]["properties"]["ring"]["x-tapis-server-made"] =
        true.into();
    let fields = conversion(&document);
    assert!(!fields.split(']').next().unwrap().contains(r#""ring""#), "{fields}");
    document["components"]["schemas"]["NewBird"]["x-tapis-from"] = json!(["Nest"]);
    let error = tapis_codegen::generate("birds", &document.to_string()).unwrap_err();
    assert!(error.to_string().contains("x-tapis-from: NewBird is not sent, or Nest is no object"));
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
