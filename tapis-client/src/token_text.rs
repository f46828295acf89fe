//! Cleans and checks tokens from files, web pages and variables.

use tapis_core::{Error, ErrorKind, Secret};

/// Placeholders that programs print if they have no token.
const NOTHING: [&str; 5] = ["undefined", "null", "None", "nil", "NaN"];

/// Removes surrounding whitespace and quotes, and the prefix `Bearer `.
pub(crate) fn trimmed(token: Secret) -> Secret {
    let text = token.expose_secret();
    let around = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\u{feff}');
    let mut inner = text.trim_matches(around);
    if let Some((scheme, rest)) = inner.split_once(char::is_whitespace)
        && scheme.eq_ignore_ascii_case("bearer")
    {
        inner = rest.trim_matches(around);
    }
    if inner.len() == text.len() { token } else { Secret::from(inner) }
}

/// Checks that `token` has the form of a token. Errors name it as `what`.
///
/// # Errors
/// [`ErrorKind::Configuration`] if it is not a JWT.
pub(crate) fn check(what: &str, token: &Secret) -> Result<(), Error> {
    let text = token.expose_secret();
    let base64url = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '=');
    let parts: Vec<&str> = text.split('.').collect();
    // An unsigned JWT has an empty signature.
    let is_jwt = matches!(parts[..], [header, payload, _] if !header.is_empty() && !payload.is_empty())
        && parts.iter().all(|part| part.chars().all(base64url));
    let why = if text.is_empty() {
        "it is empty".to_owned()
    } else if let Some(nothing) = NOTHING.iter().find(|nothing| text == **nothing) {
        format!("it is the text {nothing}: the program that supplied it had no token")
    } else if !is_jwt {
        "it is not a JWT (expected header.payload.signature)".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::Configuration, format!("{what}: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_along_with_a_token_is_taken_away() {
        for text in [
            "a.b.c",
            "a.b.c\n",
            " a.b.c\r\n",
            "\"a.b.c\"",
            "'a.b.c'\n",
            "Bearer a.b.c",
            "bearer  a.b.c\n",
            "\"Bearer a.b.c\"",
            "Bearer \"a.b.c\"",
            "\u{feff}a.b.c",
        ] {
            assert_eq!(trimmed(text.into()).expose_secret(), "a.b.c", "{text:?}");
        }
        for text in ["a b", "Basic a.b.c"] {
            assert_eq!(trimmed(text.into()).expose_secret(), text);
        }
    }

    #[test]
    fn what_is_no_token_is_named_without_being_shown() {
        for jwt in ["e30.e30.c2_-ln==", "e30.e30."] {
            check("access token", &jwt.into()).unwrap();
        }
        for (text, why) in [
            ("", "access token: it is empty"),
            ("undefined", "access token: it is the text undefined"),
            ("null", "access token: it is the text null"),
            ("None", "access token: it is the text None"),
            ("planted", "access token: it is not a JWT (expected header.payload.signature)"),
            ("planted.b", "it is not a JWT"),
            ("planted..c", "it is not a JWT"),
            ("planted.b.c.d", "it is not a JWT"),
            (".planted.", "it is not a JWT"),
            ("planted.b c.d", "it is not a JWT"),
            ("[redacted]", "it is not a JWT"),
        ] {
            let error = check("access token", &trimmed(text.into())).unwrap_err();
            assert!(error.is_configuration(), "{error}");
            assert!(error.message().contains(why), "{text}: {error}");
            assert!(!format!("{error} {error:?}").contains("planted"), "{error}");
        }
    }
}
