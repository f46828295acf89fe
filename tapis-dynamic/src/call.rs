//! Calls an operation by its name.

use std::fmt;
use std::time::Duration;

use serde_json::Value;
use tapis_core::rt::{
    self, Body, ByteStream, Call, Enveloped, FormPart, Items, Json, Members, Options, Pages,
    ParameterError, ReplyKind, Response, Retry, Streamed,
};
use tapis_core::{BoxFuture, Error, Secret, Session};
use tapis_specs::reader::{BodyKind, Location, Parameter};

use crate::argument::{self, Argument};
use crate::catalog::{self, Operation, Service};
use crate::describe::OperationDescription;
use crate::marked::Marked;
use crate::suggest::suggestion;
use crate::{check, template};

/// A call of an operation by its name, with arguments as JSON or text.
///
/// Arguments are checked against the OpenAPI document. An unknown name, a value of the wrong type or a
/// missing argument is an error of kind [`ErrorKind::Input`](tapis_core::ErrorKind::Input) when the
/// call is awaited, before anything is sent. For an unknown name, the error suggests the most similar
/// one. Authentication, retries and errors are the same as for the typed clients.
///
/// `.await` returns the result as JSON: the result of the envelope, or the whole reply if there is
/// no envelope, or `null` if the operation returns nothing. Secrets in it are plain text. For
/// operations that return bytes, use [`stream`](Self::stream).
#[derive(Clone)]
#[must_use = "a call does nothing until it is awaited or sent"]
pub struct DynamicCall {
    call: Call,
    service: &'static Service,
    operation: &'static Operation,
}

impl DynamicCall {
    pub(crate) fn new(
        session: &Session,
        service: &'static Service,
        operation: &'static Operation,
    ) -> Self {
        Self { call: Call::new(session, &operation.known), service, operation }
    }

    /// Describes the operation: its purpose, arguments, body and result.
    #[must_use]
    pub fn describe(&self) -> OperationDescription {
        OperationDescription::of(self.service, self.operation)
    }

    /// Returns a template of the body as YAML. The required attributes come first, the others are
    /// commented out; each has its description. `None` if the operation has no JSON body.
    #[must_use]
    #[doc(alias = "skeleton")]
    pub fn template(&self) -> Option<String> {
        template::body(&self.service.document, self.operation.described)
    }

    /// Sets a path, query or header parameter by its name in the OpenAPI document, such as `systemId`.
    /// The value must have the type in the document; a secret is a string. If a parameter is set
    /// twice, the last value is used.
    pub fn argument(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        self.set(name, |call, parameter| {
            argument::from_value(&call.service.document, &parameter.schema, &value)
        });
        self
    }

    /// Sets several arguments at once, such as those in a `serde_json::Map`. The name `body` sets the
    /// [`body`](Self::body), unless the operation has a parameter of that name. Fields of a multipart
    /// form are texts.
    ///
    /// ```no_run
    /// # async fn example(session: &tapis_core::Session) -> Result<(), tapis_core::Error> {
    /// let arguments = serde_json::json!({"systemId": "frontera", "select": "id,host"});
    /// let call = tapis_dynamic::call(session, "systems", "getSystem")?;
    /// let system = call.arguments(arguments.as_object().cloned().unwrap_or_default()).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "kwargs")]
    pub fn arguments<N: AsRef<str>, V: Into<Value>>(
        self,
        arguments: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        arguments.into_iter().fold(self, |call, (name, value)| {
            let (name, value) = (name.as_ref(), value.into());
            let described = call.operation.described;
            let is_parameter = described.parameters.iter().any(|known| known.argument == name);
            match &value {
                Value::String(text) if call.form_field(name, false).is_some() => {
                    call.text_argument(name, text)
                }
                _ if name == "body" && !is_parameter => call.body(value),
                _ => call.argument(name, value),
            }
        })
    }

    /// Sets a parameter from text, as on a command line: `7`, `true`, or the items of an array
    /// separated by commas or as JSON. Also sets a text field of a multipart form. See
    /// [`argument`](Self::argument).
    pub fn text_argument(mut self, name: &str, text: &str) -> Self {
        if let Some(field) = self.form_field(name, false) {
            self.call.part(field, FormPart::text(text));
            return self;
        }
        self.set(name, |call, parameter| {
            argument::from_text(&call.service.document, &parameter.schema, text)
        });
        self
    }

    /// Sets the JSON body. Its types are checked, and missing and unknown attributes are errors.
    pub fn body(mut self, value: impl Into<Value>) -> Self {
        let value = value.into();
        let body = self.operation.described.body().filter(|body| body.kind == BodyKind::Json);
        let Some(body) = body else {
            return self.rejected("body", "the operation has no JSON body");
        };
        let document = &self.service.document;
        match check::body(document, &body.schema, &value) {
            Ok(()) => {
                let secrets = document.secrets(&body.schema);
                self.call.json_body(Ok(Marked::new(&value, &secrets)));
                self
            }
            Err(why) => self.rejected("body", &why),
        }
    }

    /// Sets the body from JSON or YAML text; see [`body`](Self::body). Errors do not quote the text,
    /// because it may contain secrets.
    pub fn body_text(self, text: &str) -> Self {
        match read(text) {
            Ok(value) => self.body(value),
            Err(why) => self.rejected("body", &why),
        }
    }

    /// Sets a body of bytes, such as the content of a file.
    pub fn bytes(mut self, body: impl Into<Body>) -> Self {
        match self.operation.described.body() {
            Some(described) if described.kind == BodyKind::Bytes => {
                self.call.raw_body(body.into());
                self.call.content_type(&described.media_type);
                self
            }
            _ => self.rejected("body", "the operation has no body of bytes"),
        }
    }

    /// Sets a file of a multipart form by the name of its field in the OpenAPI document, such as `file`.
    pub fn file(mut self, name: &str, part: impl Into<FormPart>) -> Self {
        match self.form_field(name, true) {
            Some(field) => {
                self.call.part(field, part.into());
                self
            }
            None => {
                self.rejected(name, "the operation has no form field for a file with this name")
            }
        }
    }

    fn rejected(mut self, name: &str, why: &str) -> Self {
        self.call.reject(ParameterError::new(name, why));
        self
    }

    fn form_field(&self, wanted: &str, binary: bool) -> Option<&'static str> {
        let BodyKind::Multipart(fields) = &self.operation.described.body()?.kind else {
            return None;
        };
        let field = fields.iter().find(|field| field.name == wanted && field.binary == binary)?;
        Some(&field.name)
    }

    fn set(
        &mut self,
        name: &str,
        read: impl FnOnce(&Self, &'static Parameter) -> Result<Argument, String>,
    ) {
        let described = self.operation.described;
        let known = described.parameters.iter().find(|parameter| parameter.argument == name);
        let Some(parameter) = known else {
            return self.call.reject(ParameterError::new(name, &self.unknown(name)));
        };
        let value = read(self, parameter).map_err(|why| ParameterError::new(name, &why));
        let name: &'static str = &parameter.name;
        let call = &mut self.call;
        match (parameter.location, value) {
            (Location::FreeQuery, Ok(Argument::Pairs(pairs))) => {
                pairs.into_iter().for_each(|(name, value)| call.free_query(name, value));
            }
            (Location::Path, value) => call.path_parameter(name, value),
            (Location::Header, value) => call.header_parameter(name, value),
            (_, value) if parameter.is_select() && !described.identity.is_empty() => {
                let identity: Vec<&str> = described.identity.iter().map(String::as_str).collect();
                call.selection(name, value, &identity);
            }
            (_, value) if parameter.joined => call.joined_query(name, value),
            (_, value) => call.query_parameter(name, value),
        }
    }

    /// The error for an unknown argument, with a suggestion.
    fn unknown(&self, name: &str) -> String {
        let OperationDescription { parameters, body, .. } = self.describe();
        if body.is_some_and(|body| body.fields.iter().any(|field| field.name == name)) {
            return "unknown argument; it is an attribute of the body".to_owned();
        }
        let names = || parameters.iter().map(|parameter| parameter.name.as_str());
        let suggestion = suggestion(name, names());
        if suggestion.is_empty() && !parameters.is_empty() {
            let names: Vec<&str> = names().collect();
            return format!("unknown argument; the arguments are {}", names.join(", "));
        }
        format!("unknown argument{suggestion}")
    }

    /// Limits the time of the whole call, including all attempts and pauses. `None` removes the limit of the view or
    /// client.
    pub fn with_timeout(self, timeout: impl Into<Option<Duration>>) -> Self {
        Self { call: self.call.with_timeout(timeout), ..self }
    }

    /// Adds a header to the request.
    pub fn with_header(self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        Self { call: self.call.with_header(name, value), ..self }
    }

    /// Adds a query parameter without checking it against the document.
    pub fn with_query(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { call: self.call.with_query(name, value), ..self }
    }

    /// Sets which failures are retried, and how often.
    pub fn with_retry(self, retry: Retry) -> Self {
        Self { call: self.call.with_retry(retry), ..self }
    }

    /// Sets a tracking id that the service writes to its log.
    pub fn with_tracking_id(self, id: impl Into<String>) -> Self {
        Self { call: self.call.with_tracking_id(id), ..self }
    }

    /// Sends a username and a password as HTTP Basic credentials, such as the id and the key of an
    /// OAuth client.
    pub fn with_basic_auth(mut self, name: &str, password: &Secret) -> Self {
        self.call.basic_auth(name, password);
        self
    }

    /// Sets the options of this call. Options that are not set in `options` keep their value.
    pub fn with_options(self, options: &Options) -> Self {
        Self { call: self.call.with_options(options), ..self }
    }

    /// Sends the call and returns the whole response.
    ///
    /// # Errors
    /// [`Input`](tapis_core::ErrorKind::Input) for arguments that do not match the operation, and for
    /// an operation that returns bytes; otherwise the kinds of any call.
    pub fn send(self) -> BoxFuture<'static, Result<Response<Value>, Error>> {
        Box::pin(async move {
            match self.operation.known.reply {
                ReplyKind::Enveloped => tapis_core::send::<Enveloped<Value>>(self.call).await,
                ReplyKind::Json => tapis_core::send::<Json<Value>>(self.call).await,
                ReplyKind::Empty => {
                    let response = tapis_core::send::<rt::Empty>(self.call).await?;
                    Ok(response.map(|()| Value::Null))
                }
                _ => {
                    let why = format!("{} returns bytes: use stream", self.operation.known);
                    Err(catalog::input(why))
                }
            }
        })
    }

    /// Sends the call and returns the bytes of the reply as a stream; works for all operations.
    ///
    /// # Errors
    /// The kinds of any call.
    pub fn stream(self) -> BoxFuture<'static, Result<ByteStream, Error>> {
        tapis_core::send::<Streamed>(self.call)
    }

    /// Returns the pages of a list as a stream. Pages are fetched when needed, one page ahead.
    ///
    /// # Errors
    /// [`Input`](tapis_core::ErrorKind::Input) if the operation does not return a list in pages.
    pub fn pages(self) -> Result<Pages<Value>, Error> {
        match (self.operation.known.paging, self.operation.known.reply) {
            (Some(_), ReplyKind::Enveloped) => {
                Ok(rt::pages::<Enveloped<Vec<Value>, Members<Value>>, Value>(self.call))
            }
            (Some(_), ReplyKind::Json) => {
                Ok(rt::pages::<Json<Vec<Value>, Members<Value>>, Value>(self.call))
            }
            _ => Err(catalog::input(format!("{} does not return pages", self.operation.known))),
        }
    }

    /// Returns the entries of all pages as a stream.
    ///
    /// # Errors
    /// The errors of [`pages`](Self::pages).
    pub fn items(self) -> Result<Items<Value>, Error> {
        self.pages().map(Pages::items)
    }
}

impl IntoFuture for DynamicCall {
    type Output = Result<Value, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let sending = self.send();
        Box::pin(async move { sending.await.map(Response::into_result) })
    }
}

impl fmt::Debug for DynamicCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DynamicCall").field(&format_args!("{}", self.operation.known)).finish()
    }
}

/// Parses JSON or YAML. JSON has its own parser, because it keeps whole numbers up to 2^64.
fn read(text: &str) -> Result<Value, String> {
    if let Ok(value) = serde_json::from_str(text) {
        return Ok(value);
    }
    // As in YAML 1.2, `no` and `y` are texts.
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| match error.location() {
        Some(at) => {
            format!("neither JSON nor YAML: see line {}, column {}", at.line(), at.column())
        }
        None => "neither JSON nor YAML".to_owned(),
    })
}
