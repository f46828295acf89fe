//! Replies that are not JSON.

use serde_json::error::Category;

/// The kind of a body that could not be parsed as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Foreign {
    /// Markup, such as the page of a proxy.
    Page,
    /// Compressed data.
    Gzip,
    /// Text with two bytes for each character.
    Utf16,
    /// JSON that ends early.
    CutOff,
    /// JSON with data behind it.
    Tail,
    /// Anything else that does not start like JSON.
    Text,
}

impl Foreign {
    /// The kind of `body`, which could not be parsed because of `error`. `None` for JSON of another
    /// structure or with a syntax error in the middle, for which the error itself says more.
    pub(crate) fn of(body: &[u8], error: &serde_json::Error) -> Option<Self> {
        let start = body.trim_ascii_start();
        match start {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..] => Some(Self::Utf16),
            [b'<', ..] => Some(Self::Page),
            _ if error.classify() == Category::Eof => Some(Self::CutOff),
            _ if error.to_string().starts_with("trailing characters") => Some(match start {
                // A number can be the start of any text.
                [b'{' | b'[' | b'"', ..] => Self::Tail,
                _ => Self::Text,
            }),
            _ if error.classify() == Category::Syntax && !matches!(start, [b'{' | b'[', ..]) => {
                Some(Self::Text)
            }
            _ => None,
        }
    }

    /// Its name, as used after "got".
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Page => "a page of HTML",
            Self::Gzip => "gzip data",
            Self::Utf16 => "UTF-16 text",
            Self::CutOff => "JSON that is cut off",
            Self::Tail => "JSON with something behind it",
            Self::Text => "text that is not JSON",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::IgnoredAny;

    fn name(body: &[u8]) -> Option<&'static str> {
        let error = serde_json::from_slice::<IgnoredAny>(body).err().unwrap();
        Foreign::of(body, &error).map(Foreign::name)
    }

    #[test]
    fn what_is_no_json_has_a_name() {
        for (body, expected) in [
            (&b"<!DOCTYPE html><title>Log in</title>"[..], Some("a page of HTML")),
            (b"\r\n <html>", Some("a page of HTML")),
            (b"\x1f\x8b\x08\x00\x00", Some("gzip data")),
            (b"\xff\xfe{\x00}\x00", Some("UTF-16 text")),
            (b"{\x00}\x00", Some("UTF-16 text")),
            (b"\x00{\x00}", Some("UTF-16 text")),
            (br#"{"status":"succ"#, Some("JSON that is cut off")),
            (br#"{"status":"success"}}"#, Some("JSON with something behind it")),
            (b"ok", Some("text that is not JSON")),
            (b"502 bad gateway", Some("text that is not JSON")),
            (br#"{"result":NaN}"#, None),
        ] {
            assert_eq!(name(body), expected, "{}", String::from_utf8_lossy(body));
        }
    }

    proptest::proptest! {
        #[test]
        fn no_body_makes_it_panic(body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40)) {
            if let Err(error) = serde_json::from_slice::<IgnoredAny>(&body) {
                let _ = Foreign::of(&body, &error);
            }
        }
    }
}
