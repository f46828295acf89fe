//! How replies are read.

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
