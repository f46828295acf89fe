//! Secret text that is never printed.

mod placeholder;
mod scrub;

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

pub(crate) use placeholder::REDACTED;
pub use placeholder::SECRET_NAMES;
pub(crate) use scrub::scrub;

/// The reason for rejecting a secret with the text `[redacted]`.
pub(crate) const NOT_A_SECRET: &str =
    "`[redacted]` stands for a secret that is not shown; set the secret itself";

/// A password, key or token.
///
/// `Debug` shows `[redacted]`, there is no `Display`, comparison takes constant time, and the
/// memory is wiped when the last clone is dropped. It serialises as `[redacted]`, except inside the
/// body of a request, which needs the value. A secret with the text `[redacted]` cannot be sent;
/// the error is of kind [`ErrorKind::Input`](crate::ErrorKind::Input).
///
/// ```
/// use tapis_core::Secret;
///
/// let password = Secret::from("correct horse");
/// assert_eq!(format!("{password:?}"), "[redacted]");
/// assert_eq!(serde_json::to_string(&password).unwrap(), "\"[redacted]\"");
/// assert_eq!(password.expose_secret(), "correct horse");
/// ```
#[derive(Clone)]
pub struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    /// The text itself. The caller is responsible for it.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.0
    }

    /// Whether the text is the placeholder instead of a secret.
    pub(crate) fn is_placeholder(&self) -> bool {
        self.expose_secret() == REDACTED
    }
}

/// For the HTTP library, which can share the text instead of copying it.
pub(crate) struct SharedBytes(pub(crate) Secret);

impl AsRef<[u8]> for SharedBytes {
    fn as_ref(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Arc::new(Zeroizing::new(text)))
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<&String> for Secret {
    fn from(text: &String) -> Self {
        text.clone().into()
    }
}

impl From<&Secret> for Secret {
    fn from(secret: &Secret) -> Self {
        secret.clone()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Secret {}

thread_local! {
    /// The secrets written so far, while a request is being serialised on this thread.
    static REQUEST: RefCell<Option<Vec<Secret>>> = const { RefCell::new(None) };
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let in_request = REQUEST.with_borrow_mut(|written| {
            written.as_mut().map(|written| written.push(self.clone())).is_some()
        });
        serializer.serialize_str(match in_request {
            true if self.is_placeholder() => placeholder::MARK,
            true => self.expose_secret(),
            false => REDACTED,
        })
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// The body of a request as JSON, with the values of its secrets, and these secrets.
///
/// # Errors
/// The value cannot be JSON, or a secret is `[redacted]`; the error names its JSON path.
pub(crate) fn request_json<T: Serialize + ?Sized>(
    value: &T,
) -> Result<(Zeroizing<Vec<u8>>, Vec<Secret>), serde_json::Error> {
    /// Restores the previous state: a value may serialise another one while it is being serialised.
    struct Restore(Option<Vec<Secret>>);
    impl Drop for Restore {
        fn drop(&mut self) {
            REQUEST.set(self.0.take());
        }
    }
    let outer = Restore(REQUEST.replace(Some(Vec::new())));
    let mut json = Zeroizing::new(Vec::with_capacity(512));
    serde_json::to_writer(&mut *json, value)?;
    let secrets = REQUEST.take().unwrap_or_default();
    drop(outer);
    match placeholder::within(&json) {
        None => Ok((json, secrets)),
        Some(path) => {
            let colon = if path.is_empty() { "" } else { ": " };
            Err(serde::ser::Error::custom(format_args!("{path}{colon}{NOT_A_SECRET}")))
        }
    }
}

/// `value` as JSON with its secrets in plain text, as in a request. The caller is responsible for
/// them.
///
/// # Errors
/// The value cannot be JSON.
pub fn exposed_json<T: Serialize + ?Sized>(
    value: &T,
) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
    request_json(value).map(|(json, _)| json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Body {
        user: &'static str,
        password: Secret,
    }

    fn body() -> Body {
        Body { user: "me", password: "hunter22".into() }
    }

    #[test]
    fn only_a_request_holds_the_value() {
        let (json, secrets) = request_json(&body()).unwrap();
        assert_eq!(&json[..], br#"{"user":"me","password":"hunter22"}"#);
        assert_eq!(secrets, [Secret::from("hunter22")]);
        let elsewhere = serde_json::to_string(&body()).unwrap();
        assert_eq!(elsewhere, r#"{"user":"me","password":"[redacted]"}"#);
    }

    #[test]
    fn a_request_within_a_request_changes_nothing_for_the_outer_one() {
        struct Outer;
        impl Serialize for Outer {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let (inner, _) = request_json(&body()).map_err(serde::ser::Error::custom)?;
                assert!(String::from_utf8_lossy(&inner).contains("hunter22"));
                Secret::from("after the inner one").serialize(serializer)
            }
        }
        let (json, secrets) = request_json(&Outer).unwrap();
        assert_eq!(&json[..], br#""after the inner one""#);
        assert_eq!(secrets, [Secret::from("after the inner one")]);
        assert!(!serde_json::to_string(&body()).unwrap().contains("hunter22"));
    }

    #[test]
    fn what_stands_for_a_secret_is_refused_with_its_path() {
        let stored: Vec<Secret> =
            serde_json::from_str(&serde_json::to_string(&["hunter22"].map(Secret::from)).unwrap())
                .unwrap();
        #[derive(Serialize)]
        struct Outer {
            note: &'static str,
            inner: Vec<Inner>,
        }
        #[derive(Serialize)]
        struct Inner {
            text: Secret,
        }
        let inner = vec![Inner { text: "fine".into() }, Inner { text: stored[0].clone() }];
        let error = request_json(&Outer { note: "[redacted]", inner }).unwrap_err();
        assert_eq!(error.to_string(), format!("inner[1].text: {NOT_A_SECRET}"));
        let error = request_json(&stored[0]).unwrap_err();
        assert_eq!(error.to_string(), NOT_A_SECRET);
        // A plain text may have this value.
        let inner = vec![Inner { text: "fine".into() }];
        assert!(request_json(&Outer { note: "[redacted]", inner }).is_ok());
    }

    #[test]
    fn json_without_a_type_is_refused_under_the_names_of_secrets_alone() {
        for (value, path) in [
            (
                serde_json::json!({"authnCredential": {"password": "[redacted]"}}),
                "authnCredential.password",
            ),
            (serde_json::json!({"a": [{"secretMap": {"k": "[redacted]"}}]}), "a[0].secretMap.k"),
        ] {
            let error = request_json(&value).unwrap_err();
            assert_eq!(error.to_string(), format!("{path}: {NOT_A_SECRET}"));
        }
        for value in [
            serde_json::json!({"note": "[redacted]", "id": "[redacted]", "data": "[redacted]"}),
            serde_json::json!({"password": "it was [redacted]."}),
            serde_json::json!("[redacted]"),
        ] {
            assert!(request_json(&value).is_ok(), "{value}");
        }
    }

    #[test]
    fn a_failed_request_exposes_nothing_afterwards() {
        struct Broken;
        impl Serialize for Broken {
            fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("broken"))
            }
        }
        assert!(request_json(&Broken).is_err());
        assert!(!serde_json::to_string(&body()).unwrap().contains("hunter22"));
    }
}
