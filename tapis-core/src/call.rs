//! A call under construction, used by its generated builder.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::body::{Body, FormPart};
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::operation::{Operation, Required};
use crate::options::Options;
use crate::parameter::{ParameterError, ParameterValue};
use crate::path;
use crate::retry::Retry;
use crate::secret::{NOT_A_SECRET, Secret, request_json};
use crate::session::Session;

/// A call of one operation that has not been sent yet.
#[derive(Clone)]
pub struct Call {
    pub(crate) session: Session,
    pub(crate) operation: &'static Operation,
    pub(crate) path: Vec<Option<String>>,
    /// The whole path of a request that the documents do not describe.
    pub(crate) whole_path: Option<String>,
    pub(crate) query: Vec<(Cow<'static, str>, Vec<String>)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Payload,
    /// Request values that must not appear in an error.
    pub(crate) secrets: Vec<Secret>,
    pub(crate) options: Option<Box<Options>>,
    rejected: Option<ParameterError>,
}

/// What the request carries.
#[derive(Clone)]
pub(crate) enum Payload {
    None,
    Json(Bytes),
    Raw(Body),
    Multipart(Vec<(&'static str, FormPart)>),
}

impl Payload {
    pub(crate) fn is_repeatable(&self) -> bool {
        match self {
            Self::None | Self::Json(_) => true,
            Self::Raw(body) => body.is_repeatable(),
            Self::Multipart(parts) => parts.iter().all(|(_, part)| part.is_repeatable()),
        }
    }
}

impl Call {
    /// Creates a call of `operation` through `session`.
    #[must_use]
    pub fn new(session: &Session, operation: &'static Operation) -> Self {
        Self {
            session: session.clone(),
            operation,
            path: operation.path.iter().map(|_| None).collect(),
            whole_path: None,
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: Payload::None,
            secrets: Vec::new(),
            options: None,
            rejected: None,
        }
    }

    /// Sets a path parameter. It is checked here, because after URL parsing it would be too late.
    pub fn path_parameter<V: ParameterValue>(
        &mut self,
        name: &'static str,
        value: Result<V, ParameterError>,
    ) {
        let Some(value) = self.accept(value) else { return };
        self.remember(name, &value);
        let text = value.to_text();
        let place = self.operation.path.iter().position(|parameter| parameter.name == name);
        let Some(place) = place else { return };
        if let Some(why) = path::fault(&text, self.operation.path[place].slash) {
            self.reject(ParameterError::new(name, why));
        } else {
            self.path[place] = Some(text);
        }
    }

    /// Sets a query parameter: one pair for each value.
    pub fn query_parameter<V: ParameterValue>(
        &mut self,
        name: &'static str,
        value: Result<V, ParameterError>,
    ) {
        let Some(value) = self.accept(value) else { return };
        self.remember(name, &value);
        let mut values = Vec::with_capacity(1);
        value.write(&mut values);
        self.set_query(name, values);
    }

    /// Sets a query parameter whose values are one text with commas.
    pub fn joined_query<V: ParameterValue>(
        &mut self,
        name: &'static str,
        value: Result<V, ParameterError>,
    ) {
        let Some(value) = self.accept(value) else { return };
        self.remember(name, &value);
        self.set_query(name, vec![value.to_text()]);
    }

    /// Sets the query parameter that selects attributes, separated by commas. The identifying
    /// attributes are always added, because a reply cannot be read without them; the words for
    /// whole sets stay unchanged.
    pub fn selection<V: ParameterValue>(
        &mut self,
        name: &'static str,
        value: Result<V, ParameterError>,
        identity: &[&str],
    ) {
        let Some(value) = self.accept(value) else { return };
        let mut selected = value.to_text();
        let has = |wanted: &str| selected.split(',').any(|attribute| attribute.trim() == wanted);
        let whole = ["allAttributes", "summaryAttributes"].into_iter().any(has);
        let missing: Vec<&str> = identity.iter().copied().filter(|name| !has(name)).collect();
        if !whole && !selected.trim().is_empty() {
            for attribute in missing {
                selected.push(',');
                selected.push_str(attribute);
            }
        }
        self.set_query(name, vec![selected]);
    }

    pub(crate) fn set_query(&mut self, name: &'static str, values: Vec<String>) {
        match self.query.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = values,
            None => self.query.push((name.into(), values)),
        }
    }

    /// The value of a query parameter that is set.
    pub(crate) fn query_value(&self, name: &str) -> Option<&str> {
        let (_, values) = self.query.iter().find(|(known, _)| *known == name)?;
        values.first().map(String::as_str)
    }

    /// Whether the options of the call or of its session set a query parameter.
    pub(crate) fn has_optional_query(&self, name: &str) -> bool {
        let mut options = self.options.as_deref().into_iter().chain([self.session.options()]);
        options.any(|options| options.query.iter().any(|(known, _)| known == name))
    }

    /// Adds a query parameter that the document does not name.
    pub fn free_query(&mut self, name: String, value: String) {
        self.query.push((name.into(), vec![value]));
    }

    /// Sets a header.
    pub fn header_parameter<V: ParameterValue>(
        &mut self,
        name: &'static str,
        value: Result<V, ParameterError>,
    ) {
        let Some(value) = self.accept(value) else { return };
        self.remember(name, &value);
        let header = (name.parse::<HeaderName>(), HeaderValue::from_str(&value.to_text()));
        let (Ok(header), Ok(mut text)) = header else {
            return self.reject(ParameterError::new(
                name,
                "the value has characters that an HTTP header cannot contain",
            ));
        };
        text.set_sensitive(value.secret().is_some());
        self.headers.insert(header, text);
    }

    /// Sets the body, as JSON.
    pub fn json_body<T: Serialize>(&mut self, value: Result<T, ParameterError>) {
        let Some(value) = self.accept(value) else { return };
        match request_json(&value) {
            Ok((json, secrets)) => {
                self.secrets.extend(secrets);
                // Wiped when the last attempt drops it.
                self.body = Payload::Json(Bytes::from_owner(Wiped(json)));
            }
            Err(error) => self.reject(ParameterError::new("body", &error.to_string())),
        }
    }

    /// Sets the body, as it is.
    pub fn raw_body(&mut self, body: Body) {
        self.body = Payload::Raw(body);
    }

    /// Sets the content type of a raw body.
    pub fn content_type(&mut self, media: &'static str) {
        if let Ok(media) = HeaderValue::from_str(media) {
            self.headers.insert(CONTENT_TYPE, media);
        }
    }

    /// Adds a part of a multipart body.
    pub fn part(&mut self, name: &'static str, part: FormPart) {
        match &mut self.body {
            Payload::Multipart(parts) => {
                parts.retain(|(known, _)| *known != name);
                parts.push((name, part));
            }
            body => *body = Payload::Multipart(vec![(name, part)]),
        }
    }

    /// Sends a username and a password as HTTP Basic credentials.
    pub fn basic_auth(&mut self, name: &str, password: &Secret) {
        if password.is_placeholder() {
            return self.reject(ParameterError::new("password", NOT_A_SECRET));
        }
        if name.contains(':') {
            return self.reject(ParameterError::new("name", COLON));
        }
        let pair = Zeroizing::new(format!("{name}:{}", password.expose_secret()));
        let encoded = Secret::from(STANDARD.encode(pair.as_bytes()));
        let header = Zeroizing::new(format!("Basic {}", encoded.expose_secret()));
        let Ok(mut value) = HeaderValue::from_str(&header) else { return };
        value.set_sensitive(true);
        self.headers.insert(AUTHORIZATION, value);
        self.secrets.extend([password.clone(), encoded]);
    }

    fn options_mut(&mut self) -> &mut Options {
        self.options.get_or_insert_default()
    }

    fn has_part(&self, wanted: &str) -> bool {
        matches!(&self.body, Payload::Multipart(parts) if parts.iter().any(|(name, _)| *name == wanted))
    }

    fn accept<V>(&mut self, value: Result<V, ParameterError>) -> Option<V> {
        value.map_err(|rejected| self.reject(rejected)).ok()
    }

    fn remember<V: ParameterValue>(&mut self, name: &str, value: &V) {
        let Some(secret) = value.secret() else { return };
        if secret.is_placeholder() {
            self.reject(ParameterError::new(name, NOT_A_SECRET));
        }
        self.secrets.push(secret.clone());
    }

    /// Refuses the call before it is sent. The first value that was rejected is the one that is reported.
    pub fn reject(&mut self, rejected: ParameterError) {
        self.rejected.get_or_insert(rejected);
    }

    /// Checks that all required values are set, here or in `options`.
    pub(crate) fn check(&self, options: &Options) -> Result<(), Error> {
        let fault = |message: String| Err(Error::new(ErrorKind::Input, message));
        if let Some(rejected) = &self.rejected {
            return fault(rejected.to_string());
        }
        for (parameter, value) in self.operation.path.iter().zip(&self.path) {
            if value.is_none() {
                return fault(format!("the required parameter {} is not set", parameter.name));
            }
        }
        for required in self.operation.required {
            let (name, set) = match required {
                Required::Query(name) => (*name, self.query.iter().any(|(known, _)| known == name)),
                Required::Header(name) => {
                    (*name, self.headers.contains_key(*name) || options.headers.contains_key(*name))
                }
                Required::Part(name) => (*name, self.has_part(name)),
                Required::Body => ("body", !matches!(self.body, Payload::None)),
            };
            if !set {
                return fault(format!("the required parameter {name} is not set"));
            }
        }
        Ok(())
    }
}

/// The reason for rejecting a username with a colon.
const COLON: &str =
    "it contains a colon, which HTTP Basic credentials do not allow; use a name without one";

/// Checks that `name`, described as `what`, can be sent in HTTP Basic credentials.
///
/// # Errors
/// [`ErrorKind::Input`] for a name with a colon.
pub fn check_basic_name(what: &str, name: &str) -> Result<(), Error> {
    match name.contains(':') {
        true => Err(Error::new(ErrorKind::Input, format!("{what} {name:?}: {COLON}"))),
        false => Ok(()),
    }
}

/// The options that every builder hands on.
impl Call {
    fn changed(mut self, change: impl FnOnce(Options) -> Options) -> Self {
        let options = self.options_mut();
        *options = change(std::mem::take(options));
        self
    }

    /// See [`Options::with_timeout`].
    #[must_use]
    pub fn with_timeout(self, timeout: impl Into<Option<Duration>>) -> Self {
        self.changed(|options| options.with_timeout(timeout))
    }

    /// See [`Options::with_header`].
    #[must_use]
    pub fn with_header(self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.changed(|options| options.with_header(name, value))
    }

    /// See [`Options::with_query`].
    #[must_use]
    pub fn with_query(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.changed(|options| options.with_query(name, value))
    }

    /// See [`Options::with_retry`].
    #[must_use]
    pub fn with_retry(self, retry: Retry) -> Self {
        self.changed(|options| options.with_retry(retry))
    }

    /// See [`Options::with_tracking_id`].
    #[must_use]
    pub fn with_tracking_id(self, id: impl Into<String>) -> Self {
        self.changed(|options| options.with_tracking_id(id))
    }

    /// Sets the options that are set in `options`.
    #[must_use]
    pub fn with_options(self, options: &Options) -> Self {
        self.changed(|present| present.overridden_by(options))
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("service", &self.operation.service)
            .field("operation", &self.operation.id)
            .finish_non_exhaustive()
    }
}

/// Lets `Bytes` own memory that is wiped when it is dropped.
struct Wiped(Zeroizing<Vec<u8>>);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::EXAMPLE;

    static OPERATION: Operation = EXAMPLE;

    #[test]
    fn what_identifies_is_always_selected() {
        let session = Session::builder("http://localhost").build().unwrap();
        for (selected, sent) in [
            ("id,name", "id,name,uuid"),
            ("name, uuid", "name, uuid"),
            ("uuid", "uuid"),
            ("uuids", "uuids,uuid"),
            ("allAttributes", "allAttributes"),
            ("name,summaryAttributes", "name,summaryAttributes"),
            ("", ""),
        ] {
            let mut call = Call::new(&session, &OPERATION);
            call.selection("select", Ok(selected.to_owned()), &["uuid"]);
            assert_eq!(call.query_value("select"), Some(sent));
        }
        let mut call = Call::new(&session, &OPERATION);
        let several = vec!["a".to_owned(), "b".to_owned()];
        call.selection("select", Ok(several), &["id", "uuid"]);
        assert_eq!(call.query_value("select"), Some("a,b,id,uuid"));
    }
}
