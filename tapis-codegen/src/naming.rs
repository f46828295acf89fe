//! Converts the documents' names to Rust's, as progenitor does.

use heck::{ToPascalCase, ToSnakeCase};

/// The name of a method, parameter or field: `getSystem` becomes `get_system`.
#[must_use]
pub fn snake(name: &str) -> String {
    identifier(name, |name| name.to_snake_case())
}

/// The name of a type: `getSystem` becomes `GetSystem`.
#[must_use]
pub fn pascal(name: &str) -> String {
    identifier(name, |name| name.to_pascal_case())
}

/// The types and traits of Rust's prelude that generated code uses by name.
const PRELUDE: [&str; 11] = [
    "Box",
    "Default",
    "From",
    "Into",
    "IntoIterator",
    "Option",
    "Result",
    "String",
    "TryFrom",
    "TryInto",
    "Vec",
];

/// Whether a type with this name would shadow one that generated code uses.
pub(crate) fn is_taken(name: &str) -> bool {
    PRELUDE.contains(&name)
}

fn identifier(name: &str, case: impl Fn(&str) -> String) -> String {
    let words: String = name
        .chars()
        .filter(|c| *c != '\'')
        .map(|c| if unicode_ident::is_xid_continue(c) { c } else { '-' })
        .collect();
    let cased = case(&words);
    let cased = match cased.chars().next() {
        None => case("x"),
        Some(first) if unicode_ident::is_xid_start(first) => cased,
        Some(_) => format!("{}{cased}", case("x")),
    };
    if typify_impl::accept_as_ident(&cased) { cased } else { format!("{cased}_") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_idiomatic_and_never_keywords() {
        for (name, method, type_name) in [
            ("getSystem", "get_system", "GetSystem"),
            ("create_token", "create_token", "CreateToken"),
            ("type", "type_", "Type"),
            ("tapis/tenant_id", "tapis_tenant_id", "TapisTenantId"),
            ("If-Match", "if_match", "IfMatch"),
            ("sendJSONMessage", "send_json_message", "SendJsonMessage"),
            ("2fa", "x2fa", "X2fa"),
        ] {
            assert_eq!((snake(name).as_str(), pascal(name).as_str()), (method, type_name));
        }
    }
}
