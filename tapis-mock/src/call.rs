//! A request for a handler, with all data that handlers need.

use bytes::Bytes;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde_json::{Map, Value};

use crate::dates::{self, Style};
use crate::document::{Operation, Service};
use crate::http::media_type;
use crate::reply::{Failure, Outcome};
use crate::tokens::verify::Caller;
use crate::world::World;

/// Performs one operation.
pub(crate) type Handler = fn(&Call<'_>) -> Outcome;

/// A request whose operation is known.
pub(crate) struct Call<'a> {
    pub(crate) world: &'a World,
    pub(crate) service: &'static Service,
    pub(crate) operation: &'static Operation,
    pub(crate) headers: &'a HeaderMap,
    /// The decoded values of the path parameters.
    pub(crate) path: Vec<(String, String)>,
    /// Whether the path ends in a slash, which the values of its parameters do not show.
    pub(crate) ends_in_slash: bool,
    /// The decoded query, in the order of the request.
    pub(crate) query: &'a [(String, String)],
    pub(crate) body: &'a Bytes,
    /// The caller; `None` if the operation needs no token.
    pub(crate) caller: Option<Caller>,
    /// The tenant of the request.
    pub(crate) tenant: String,
    /// The base URL by which the caller reached the mock.
    pub(crate) base_url: String,
}

impl Call<'_> {
    /// A path parameter; empty if the template does not have it.
    pub(crate) fn path(&self, name: &str) -> &str {
        let found = self.path.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// The same, with the slash at its end if there is one.
    pub(crate) fn path_to_its_end(&self, name: &str) -> String {
        let slash = if self.ends_in_slash && !self.path(name).is_empty() { "/" } else { "" };
        format!("{}{slash}", self.path(name))
    }

    /// A query parameter.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether a query parameter is `true`.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.query(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The user on whose behalf the call is; empty if the operation needs no token.
    pub(crate) fn user(&self) -> &str {
        self.caller.as_ref().map(|caller| caller.username.as_str()).unwrap_or_default()
    }

    /// The same call by another caller.
    pub(crate) fn on_behalf_of(&self, caller: Caller) -> Self {
        Self {
            path: self.path.clone(),
            tenant: caller.tenant.clone(),
            caller: Some(caller),
            base_url: self.base_url.clone(),
            ..*self
        }
    }

    /// The same call with this value of a path parameter.
    pub(crate) fn at(&self, name: &str, value: &str) -> Self {
        let mut path = self.path.clone();
        match path.iter_mut().find(|(key, _)| key == name) {
            Some((_, old)) => value.clone_into(old),
            None => path.push((name.to_owned(), value.to_owned())),
        }
        let (tenant, base_url) = (self.tenant.clone(), self.base_url.clone());
        Self { path, tenant, base_url, caller: self.caller.clone(), ..*self }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The media type of the body, without parameters.
    pub(crate) fn media_type(&self) -> Option<String> {
        media_type(self.headers)
    }

    /// The time in the format of records.
    pub(crate) fn now(&self) -> String {
        dates::write(self.world.clock.timestamp(), Style::Java)
    }

    /// The body as a JSON object.
    pub(crate) fn object(&self) -> Result<Map<String, Value>, Failure> {
        serde_json::from_slice(self.body)
            .map_err(|error| Failure::bad_request(format!("Invalid JSON in the body: {error}")))
    }

    /// The user name and password of HTTP Basic authentication.
    pub(crate) fn basic(&self) -> Option<(String, String)> {
        use base64::Engine as _;
        let value = self.headers.get(AUTHORIZATION)?.to_str().ok()?;
        let (scheme, encoded) = value.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let bytes = base64::engine::general_purpose::STANDARD.decode(encoded.trim()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        text.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))
    }

    /// The URL of the Tokens service, which is the issuer of tokens.
    pub(crate) fn issuer(&self) -> String {
        format!("{}/v3/tokens", self.base_url)
    }
}

/// The text at `name`, if there is one that is not empty.
pub(crate) fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}
