//! A small HTTP client for the tests, which shows everything the mock sends.
#![allow(unreachable_pub, reason = "a module of the tests")]

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tapis_mock::{Builder, Mint, MockTapis};

/// A mock with one user.
pub async fn mock() -> MockTapis {
    start(builder()).await
}

/// Every answer of such a mock is checked against its document.
pub fn builder() -> Builder {
    MockTapis::builder().user("testuser", "secret").verify_answers()
}

pub async fn start(builder: Builder) -> MockTapis {
    builder.start().await.unwrap()
}

/// A request under construction.
pub struct Ask<'a> {
    mock: &'a MockTapis,
    method: Method,
    target: String,
    headers: Vec<(String, String)>,
    body: Bytes,
}

/// What came back.
#[derive(Debug)]
pub struct Got {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

pub fn get<'a>(mock: &'a MockTapis, target: &str) -> Ask<'a> {
    ask(mock, Method::GET, target)
}

pub fn post<'a>(mock: &'a MockTapis, target: &str, body: Value) -> Ask<'a> {
    ask(mock, Method::POST, target).json(&body)
}

pub fn put<'a>(mock: &'a MockTapis, target: &str, body: Value) -> Ask<'a> {
    ask(mock, Method::PUT, target).json(&body)
}

pub fn patch<'a>(mock: &'a MockTapis, target: &str, body: Value) -> Ask<'a> {
    ask(mock, Method::PATCH, target).json(&body)
}

pub fn delete<'a>(mock: &'a MockTapis, target: &str) -> Ask<'a> {
    ask(mock, Method::DELETE, target)
}

pub fn ask<'a>(mock: &'a MockTapis, method: Method, target: &str) -> Ask<'a> {
    let (headers, body) = (Vec::new(), Bytes::new());
    Ask { mock, method, target: target.to_owned(), headers, body }
}

impl Ask<'_> {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a good token of a user.
    pub fn by(self, username: &str) -> Self {
        let token = self.mock.mint_access_token(Mint::user(username)).unwrap();
        self.token(&token)
    }

    /// With a good token of a service that acts for a user of the mock's tenant.
    pub fn by_service(self, service: &str, username: &str) -> Self {
        let token = self.mock.mint_access_token(Mint::service(service, "mock")).unwrap();
        let tenant = self.mock.tenant().to_owned();
        self.token(&token).header("x-tapis-tenant", &tenant).header("x-tapis-user", username)
    }

    pub fn token(self, token: &str) -> Self {
        self.header("x-tapis-token", token)
    }

    pub fn basic(self, user: &str, password: &str) -> Self {
        use base64::Engine as _;
        let encoded =
            base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        self.header("authorization", &format!("Basic {encoded}"))
    }

    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    pub fn body(mut self, media_type: &str, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.header("content-type", media_type)
    }

    /// A multipart form with one file.
    pub fn file(self, bytes: &[u8]) -> Self {
        let mut body = b"--frontier\r\ncontent-disposition: form-data; name=\"file\"; \
                         filename=\"f\"\r\n\r\n"
            .to_vec();
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--frontier--\r\n");
        self.body("multipart/form-data; boundary=frontier", body)
    }

    pub async fn send(self) -> Got {
        self.try_send().await.unwrap()
    }

    /// The end of a connection is an error here.
    pub async fn try_send(self) -> Result<Got, Box<dyn std::error::Error>> {
        let stream = tokio::net::TcpStream::connect(self.mock.address()).await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let mut request = Request::builder().method(self.method).uri(self.target);
        if !self.headers.iter().any(|(name, _)| name == "host") {
            request = request.header("host", self.mock.address().to_string());
        }
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let response = sender.send_request(request.body(Full::new(self.body))?).await?;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await?.to_bytes();
        Ok(Got { status: parts.status, headers: parts.headers, bytes })
    }
}

impl Got {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap()
    }

    /// The result of a call that went well.
    pub fn result(&self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.text());
        self.json()["result"].clone()
    }

    pub fn message(&self) -> String {
        self.json()["message"].as_str().unwrap_or_else(|| panic!("no message: {self:?}")).to_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Checks a failure in an envelope.
    #[track_caller]
    pub fn fails(&self, status: u16, message: &str) {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert!(self.message().contains(message), "{} has no {message:?}", self.message());
    }
}

/// The body of a request for tokens with a password.
pub fn login() -> Value {
    json!({ "grant_type": "password", "username": "testuser", "password": "secret" })
}

/// A system that can run jobs.
pub fn linux(id: &str) -> Value {
    json!({
        "id": id,
        "systemType": "LINUX",
        "host": "host.invalid",
        "defaultAuthnMethod": "PASSWORD",
        "rootDir": "/",
        "canExec": true,
        "jobWorkingDir": "jobs",
        "jobRuntimes": [{ "runtimeType": "DOCKER" }],
    })
}

pub async fn make_system(mock: &MockTapis, user: &str, body: Value) {
    let got = post(mock, "/v3/systems", body).by(user).send().await;
    assert_eq!(got.status, 201, "{}", got.text());
}

/// An application that runs on `s` and prints into a file: its attributes of jobs, and others.
pub async fn make_app(mock: &MockTapis, id: &str, attributes: Value, more: Value) {
    let mut app = json!({ "id": id, "version": "1", "containerImage": "busybox",
        "runtime": "SINGULARITY", "runtimeOptions": ["SINGULARITY_RUN"],
        "jobAttributes": { "execSystemId": "s" } });
    let of_jobs = app["jobAttributes"].as_object_mut().unwrap();
    of_jobs.extend(attributes.as_object().unwrap().clone());
    app.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let got = post(mock, "/v3/apps", app).by("testuser").send().await;
    assert_eq!(got.status, 201, "{}", got.text());
}
