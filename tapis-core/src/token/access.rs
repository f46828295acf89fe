//! The access token: a JWT whose claims are read but not verified.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use jiff::Timestamp;
use reqwest::header::HeaderValue;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::secret::Secret;
use crate::secret::SharedBytes;
use crate::text::printable;

/// An access token: the JWT, kept secret, and its claims.
///
/// The claims are read without verifying the signature: they describe the token but do not prove
/// that it is genuine. `Display` prints one `name: value` line per claim that is not secret, and
/// never the JWT; [`expose_secret`](Self::expose_secret) returns it.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessToken {
    jwt: Secret,
    /// The JWT as a header value, which shares its memory; `None` if a header cannot contain it.
    header: Option<HeaderValue>,
    claims: Claims,
    original_ttl: Option<Duration>,
    /// Whether the program supplied the token, instead of a login.
    supplied_by_caller: bool,
    /// When the token was read, by the clock of the reader.
    read_at: Timestamp,
}

/// The claims of a Tapis token.
///
/// A claim with an unexpected type does not make a token unreadable: its field is `None` and the
/// claim is in [`other`](Self::other).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Claims {
    /// Id of the token.
    pub jti: Option<String>,
    /// Issuer: the tenant's token service.
    pub iss: Option<String>,
    /// Subject: `user@tenant`.
    pub sub: Option<String>,
    /// The tenant.
    pub tenant_id: Option<String>,
    /// `access` or `refresh`.
    pub token_type: Option<String>,
    /// Whether an account acts on behalf of another.
    pub delegation: Option<bool>,
    /// The account that acts on behalf of another.
    pub delegation_sub: Option<String>,
    /// The user or service.
    pub username: Option<String>,
    /// `user` or `service`.
    pub account_type: Option<String>,
    /// Expiry time in whole seconds since 1970. Read from an integer, from a fraction (rounded
    /// down), or from either as text.
    pub exp: Option<i64>,
    /// The OAuth client that requested the token.
    pub client_id: Option<String>,
    /// The grant type of the token.
    pub grant_type: Option<String>,
    /// All other claims.
    pub other: Map<String, Value>,
}

impl Claims {
    /// The name of the user or service, without the tenant.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.username.as_deref().or_else(|| {
            let sub = self.sub.as_deref()?;
            match self.tenant_id.as_deref() {
                Some(tenant) => sub.strip_suffix(tenant)?.strip_suffix('@'),
                None => sub.rsplit_once('@').map(|(user, _)| user),
            }
        })
    }

    /// Whether the token belongs to the user or service `name`, given with or without the tenant:
    /// `jane` or `jane@tacc`. Always false for a token without a user.
    #[must_use]
    pub fn belongs_to(&self, name: &str) -> bool {
        let Some(user) = self.user() else { return false };
        let with_tenant = || {
            let tenant = self.tenant_id.as_deref()?;
            Some(name.strip_suffix(tenant)?.strip_suffix('@')? == user)
        };
        // If `sub` and the other claims contradict each other, the token belongs to nobody.
        let consistent = match (&self.sub, &self.tenant_id) {
            (Some(sub), Some(tenant)) => {
                sub.strip_suffix(tenant.as_str()).and_then(|rest| rest.strip_suffix('@'))
                    == Some(user)
            }
            (Some(sub), None) => sub.rsplit_once('@').is_none_or(|(name, _)| name == user),
            (None, _) => true,
        };
        consistent && (name == user || with_tenant().unwrap_or(false))
    }
}

impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut all = Map::deserialize(deserializer)?;
        let mut claims = Self {
            jti: take(&mut all, "jti", text),
            iss: take(&mut all, "iss", text),
            sub: take(&mut all, "sub", text),
            tenant_id: take(&mut all, "tapis/tenant_id", text),
            token_type: take(&mut all, "tapis/token_type", text),
            delegation: take(&mut all, "tapis/delegation", Value::as_bool),
            delegation_sub: take(&mut all, "tapis/delegation_sub", text),
            username: take(&mut all, "tapis/username", text),
            account_type: take(&mut all, "tapis/account_type", text),
            exp: take(&mut all, "exp", seconds),
            client_id: take(&mut all, "tapis/client_id", text),
            grant_type: take(&mut all, "tapis/grant_type", text),
            other: Map::new(),
        };
        claims.other = all;
        Ok(claims)
    }
}

/// Removes a claim from `all` that `read` can decode, or that is null.
fn take<T>(
    all: &mut Map<String, Value>,
    name: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Option<T> {
    let value = all.get(name)?;
    let claim = read(value);
    if claim.is_some() || value.is_null() {
        all.remove(name);
    }
    claim
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// RFC 7519 allows any number as a date.
fn seconds(value: &Value) -> Option<i64> {
    let of_text = |text: &str| -> Option<i64> {
        let text = text.trim();
        text.parse().ok().or_else(|| text.parse().ok().and_then(whole))
    };
    value.as_i64().or_else(|| value.as_f64().and_then(whole)).or_else(|| of_text(value.as_str()?))
}

/// The whole seconds of `seconds`, within the range of dates.
fn whole(seconds: f64) -> Option<i64> {
    let (first, last) = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    // Both limits are exact as floats, and all values between them are exact as integers.
    let fits = (first as f64..=last as f64).contains(&seconds);
    fits.then(|| seconds.floor() as i64)
}

impl AccessToken {
    /// Reads the claims of `jwt`, without verifying it. [`expires_in`](Self::expires_in) is counted
    /// from `now`.
    ///
    /// # Errors
    /// [`ErrorKind::Authentication`] if the text is not a JWT of three base64url parts; the error does not contain the text.
    pub fn read(jwt: impl Into<Secret>, now: Timestamp) -> Result<Self, Error> {
        let jwt = jwt.into();
        let claims = claims(jwt.expose_secret()).map_err(|why| {
            Error::new(ErrorKind::Authentication, format!("not a Tapis access token: {why}"))
        })?;
        let shared = Bytes::from_owner(SharedBytes(jwt.clone()));
        let header = HeaderValue::from_maybe_shared(shared).ok().map(|mut header| {
            header.set_sensitive(true);
            header
        });
        Ok(Self {
            jwt,
            header,
            claims,
            original_ttl: None,
            supplied_by_caller: false,
            read_at: now,
        })
    }

    /// Records the lifetime of the token at its issue.
    #[must_use]
    pub fn with_original_ttl(mut self, ttl: Option<Duration>) -> Self {
        self.original_ttl = ttl;
        self
    }

    /// Marks the token as provided by the program instead of a login: nobody knows whether the
    /// services still accept it.
    #[must_use]
    pub fn supplied_by_caller(mut self) -> Self {
        self.supplied_by_caller = true;
        self
    }

    /// Whether the program supplied the token.
    pub(super) fn was_supplied(&self) -> bool {
        self.supplied_by_caller
    }

    /// The JWT itself, to pass to another program.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        self.jwt.expose_secret()
    }

    /// The JWT as a secret.
    #[must_use]
    pub fn secret(&self) -> &Secret {
        &self.jwt
    }

    /// The JWT as a header value.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        self.header.clone()
    }

    /// The claims of the token.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// When the token expires, by the clock of the service that issued it; `None` if it has no
    /// expiry.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.claims.exp?).ok()
    }

    /// How long the token was still valid when it was read; zero if it had expired.
    #[must_use]
    pub fn expires_in(&self) -> Option<Duration> {
        Some(
            Duration::try_from(self.expires_at()?.duration_since(self.read_at)).unwrap_or_default(),
        )
    }

    /// Id of the token.
    #[must_use]
    pub fn jti(&self) -> Option<&str> {
        self.claims.jti.as_deref()
    }

    /// The lifetime of the token at its issue, if the service sent it.
    #[must_use]
    pub fn original_ttl(&self) -> Option<Duration> {
        self.original_ttl
    }

    /// The same token, as read at another time.
    pub(crate) fn at(&self, now: Timestamp) -> Self {
        Self { read_at: now, ..self.clone() }
    }
}

fn claims(jwt: &str) -> Result<Claims, &'static str> {
    let mut parts = jwt.split('.');
    let (Some(header), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err("it is not a JWT (expected header.payload.signature)");
    };
    // The text then goes into a header or a shell as it is.
    let is_base64url = |part: &str| {
        let mut bytes = part.trim_end_matches('=').bytes();
        bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    if !is_base64url(header) || !is_base64url(signature) {
        return Err("its header or its signature is not base64url");
    }
    let payload = URL_SAFE_NO_PAD
        .decode(payload.trim_end_matches('='))
        .map_err(|_| "its payload is not base64url")?;
    serde_json::from_slice(&payload).map_err(|_| "its payload has no claims")
}

impl fmt::Display for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let claims = &self.claims;
        // The claims are not verified.
        let text =
            |value: &Option<String>| value.as_deref().map_or("none".into(), printable).into_owned();
        let duration = |value: Option<Duration>| {
            value.map_or_else(|| "unknown".to_owned(), |value| format!("{} s", value.as_secs()))
        };
        writeln!(f, "jti: {}", text(&claims.jti))?;
        writeln!(f, "iss: {}", text(&claims.iss))?;
        writeln!(f, "sub: {}", text(&claims.sub))?;
        writeln!(f, "tapis/tenant_id: {}", text(&claims.tenant_id))?;
        writeln!(f, "tapis/token_type: {}", text(&claims.token_type))?;
        writeln!(f, "tapis/delegation: {}", claims.delegation.unwrap_or_default())?;
        writeln!(f, "tapis/delegation_sub: {}", text(&claims.delegation_sub))?;
        writeln!(f, "tapis/username: {}", text(&claims.username))?;
        writeln!(f, "tapis/account_type: {}", text(&claims.account_type))?;
        writeln!(
            f,
            "exp: {}",
            claims.exp.map_or_else(|| "none".to_owned(), |exp| exp.to_string())
        )?;
        writeln!(f, "tapis/client_id: {}", text(&claims.client_id))?;
        writeln!(f, "tapis/grant_type: {}", text(&claims.grant_type))?;
        for (name, value) in &claims.other {
            let value = if value.is_null() { "none".to_owned() } else { value.to_string() };
            writeln!(f, "{}: {}", printable(name), printable(&value))?;
        }
        let expires_at =
            self.expires_at().map_or_else(|| "unknown".to_owned(), |at| at.to_string());
        writeln!(f, "expires_at: {expires_at}")?;
        writeln!(f, "expires_in: {}", duration(self.expires_in()))?;
        write!(f, "original_ttl: {}", duration(self.original_ttl))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::json;

    /// A JWT with these claims and an invalid signature.
    pub(crate) fn jwt(claims: &Value) -> String {
        let header = URL_SAFE_NO_PAD.encode(br#"{"alg":"RS256","typ":"JWT"}"#);
        format!("{header}.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()))
    }

    #[test]
    fn the_claims_are_read_and_the_rest_is_kept() {
        let now = "2026-11-22T23:00:00Z".parse::<Timestamp>().unwrap();
        let token = AccessToken::read(
            jwt(&json!({
                "jti": "id", "sub": "me@dev", "tapis/tenant_id": "dev", "tapis/delegation": false,
                "tapis/delegation_sub": null, "exp": now.as_second() + 90, "tapis/idp_id": "ldap",
            })),
            now,
        )
        .unwrap();
        assert_eq!(token.jti(), Some("id"));
        assert_eq!(token.claims().tenant_id.as_deref(), Some("dev"));
        assert_eq!(token.claims().other["tapis/idp_id"], "ldap");
        assert_eq!(token.expires_in(), Some(Duration::from_secs(90)));
        assert_eq!(token.at(token.expires_at().unwrap()).expires_in(), Some(Duration::ZERO));
    }

    #[test]
    fn neither_debug_nor_display_nor_an_error_shows_the_jwt() {
        let jwt = jwt(&json!({"jti": "id"}));
        let token = AccessToken::read(jwt.as_str(), Timestamp::now()).unwrap();
        for text in [format!("{token}"), format!("{token:?}")] {
            assert!(!text.contains(&jwt) && !text.contains("c2ln"), "{text}");
        }
        let error = AccessToken::read("planted.secret", Timestamp::now()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("planted"));
        assert_eq!(token.expose_secret(), jwt);
    }

    #[test]
    fn parts_that_are_not_base64url_are_refused() {
        let good = jwt(&json!({"jti": "id"}));
        let read = |text: &str| AccessToken::read(text, Timestamp::UNIX_EPOCH);
        assert!(read(&good).is_ok() && read(good.trim_end_matches("c2ln")).is_ok());
        for bad in [";cmd", "$(cmd)", "a b", "a\nb", "a+/", "ä"] {
            for text in [format!("{bad}{good}"), format!("{good}{bad}")] {
                let error = read(&text).unwrap_err();
                assert!(error.message().contains("is not base64url"), "{text:?}: {error}");
                assert!(!format!("{error} {error:?}").contains(bad), "{error}");
            }
        }
    }

    fn claims_of(value: &Value) -> Claims {
        AccessToken::read(jwt(value), Timestamp::UNIX_EPOCH).unwrap().claims().clone()
    }

    #[test]
    fn expiry_is_read_from_every_form_of_a_number() {
        for (exp, seconds) in [
            (json!(1_700_000_000), Some(1_700_000_000)),
            (json!(1_700_000_000.5), Some(1_700_000_000)),
            (json!(1.7e9), Some(1_700_000_000)),
            (json!("1700000000"), Some(1_700_000_000)),
            (json!(" 1700000000.5 "), Some(1_700_000_000)),
            (json!("1.7e9"), Some(1_700_000_000)),
            (json!(-0.5), Some(-1)),
            (json!(null), None),
            (json!(1e300), None),
            (json!("NaN"), None),
            (json!("tomorrow"), None),
            (json!([1]), None),
        ] {
            let claims = claims_of(&json!({"exp": exp}));
            assert_eq!(claims.exp, seconds, "{exp}");
            let kept = claims.other.contains_key("exp");
            assert_eq!(kept, seconds.is_none() && !exp.is_null(), "{exp}");
        }
    }

    #[test]
    fn claims_of_other_types_do_not_make_a_token_unreadable() {
        let claims = claims_of(&json!({
            "sub": ["me"], "jti": 7, "tapis/delegation": "false", "tapis/username": {"a": 1},
            "iss": null, "tapis/tenant_id": "dev",
        }));
        assert_eq!((claims.sub, claims.jti, claims.delegation), (None, None, None));
        assert_eq!(claims.tenant_id.as_deref(), Some("dev"));
        let kept: Vec<_> = claims.other.keys().collect();
        assert_eq!(kept, ["jti", "sub", "tapis/delegation", "tapis/username"]);
    }

    #[test]
    fn a_token_is_of_the_user_whom_all_its_claims_name() {
        let tacc = json!({
            "sub": "jane@tacc", "tapis/tenant_id": "tacc", "tapis/username": "jane",
        });
        let refresh = json!({"sub": "jane@tacc", "tapis/tenant_id": "tacc"});
        let mail = json!({"sub": "j@x.org@tacc", "tapis/tenant_id": "tacc"});
        let torn = json!({
            "sub": "root@tacc", "tapis/tenant_id": "tacc", "tapis/username": "jane",
        });
        let elsewhere = json!({
            "sub": "jane@dev", "tapis/tenant_id": "tacc", "tapis/username": "jane",
        });
        for (token, name, is) in [
            (&tacc, "jane", true),
            (&tacc, "jane@tacc", true),
            (&tacc, "jane@dev", false),
            (&tacc, "bob", false),
            (&tacc, "", false),
            (&refresh, "jane", true),
            (&refresh, "jane@tacc", true),
            (&mail, "j@x.org", true),
            (&mail, "j", false),
            (&torn, "jane", false),
            (&torn, "root", false),
            (&elsewhere, "jane", false),
            (&json!({}), "", false),
            (&json!({"sub": "jane@dev"}), "jane", true),
            (&json!({"tapis/username": "jane"}), "jane", true),
        ] {
            assert_eq!(claims_of(token).belongs_to(name), is, "{token} {name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_claims_can_be_read(exp in proptest::num::f64::ANY, text in "\\PC{0,20}") {
            for exp in [json!(exp), json!(exp.to_string()), json!(text.as_str())] {
                let claims = claims_of(&json!({"exp": exp, "sub": text.as_str()}));
                let _ = claims.belongs_to(&text);
            }
        }

        #[test]
        fn no_text_makes_reading_panic(text in "\\PC{0,20}(\\.[A-Za-z0-9_-]{0,40}){0,3}") {
            let _ = AccessToken::read(text, Timestamp::UNIX_EPOCH);
        }
    }
}
