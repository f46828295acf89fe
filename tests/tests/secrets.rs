//! Secrets planted in every place where one can be, and searched for in everything printable and
//! in the logs of a whole run at TRACE.

#![allow(clippy::unwrap_used)] // what cannot be set up fails the test

use std::error::Error as _;
use std::fmt::Debug;
use std::io;
use std::sync::{Arc, Mutex, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tapis_client::http::Options;
use tapis_client::systems::calls::CreateUserCredentialArgs;
use tapis_client::{Error, Tapis, TapisBuilder, systems};
use tapis_mock::{Fault, MockTapis};
use tracing_subscriber::fmt::MakeWriter;

const PASSWORD: &str = "planted-password-4711";
const CLIENT_KEY: &str = "planted-client-key-4712";

/// Collects what is logged, from `tracing` and from `log`.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

async fn mock() -> MockTapis {
    MockTapis::builder()
        .user("testuser", PASSWORD)
        .client("portal", CLIENT_KEY)
        .start()
        .await
        .unwrap()
}

fn client(mock: &MockTapis) -> TapisBuilder {
    Tapis::builder(mock.base_url()).password("testuser", PASSWORD).client("portal", CLIENT_KEY)
}

/// A failure whose words repeat `secret`.
fn echo(secret: &str) -> Fault {
    let words = serde_json::json!({"message": format!("it was {secret}."), "status": "error", "result": null});
    Fault::status(400).body(words.to_string())
}

/// Everything that all tests of this file have logged.
fn log() -> &'static Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    LOG.get_or_init(|| {
        let log = Log::default();
        tracing_subscriber::fmt()
            .with_writer(log.clone())
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .init();
        log
    })
}

/// What a test has printed.
#[derive(Default)]
struct Printed(Vec<String>);

impl Printed {
    fn new() -> Self {
        log();
        Self::default()
    }

    fn debug(&mut self, value: &impl Debug) {
        self.0.push(format!("{value:?} {value:#?}"));
    }

    fn error(&mut self, error: &Error) {
        self.debug(error);
        self.0.push(error.to_string());
        let mut source = error.source();
        while let Some(inner) = source {
            self.0.push(format!("{inner} {inner:?}"));
            source = inner.source();
        }
    }

    /// Looks for `secret` in what was printed and in what the whole run has logged so far.
    fn has_nowhere(&self, secret: &str) {
        assert!(!self.0.is_empty() && secret.len() > 10);
        for text in &self.0 {
            assert!(!text.contains(secret), "{secret} is printed in {text}");
        }
        let logged = String::from_utf8_lossy(&log().0.lock().unwrap()).into_owned();
        assert!(logged.contains("tapis.call") && logged.contains("TRACE"), "the log is on");
        let place = logged.find(secret).map(|at| &logged[at.saturating_sub(300)..at + 10]);
        assert_eq!(place, None, "{secret} is logged");
    }
}

/// A whole run, with everything printed that there is to print.
async fn run(mock: &MockTapis, printed: &mut Printed) -> Tapis {
    let builder = client(mock);
    printed.debug(&builder);
    let t = builder.build().unwrap();
    printed.debug(&t);
    t.authenticator.get_userinfo().await.unwrap();
    printed.debug(&t);
    printed.debug(t.session());
    printed.debug(&t.session().cached_tokens());
    let token = t.access_token().await.unwrap();
    printed.debug(&token);
    printed.0.push(token.to_string());
    t
}

/// The error of a login whose failure repeats `secret`.
async fn refused_login(mock: &MockTapis, secret: &str) -> Error {
    mock.inject(echo(secret).on("authenticator.create_token"));
    client(mock).build().unwrap().get_tokens().await.unwrap_err()
}

#[tokio::test]
async fn a_password_is_nowhere() {
    let (mock, mut printed) = (mock().await, Printed::new());
    run(&mock, &mut printed).await;
    let error = refused_login(&mock, PASSWORD).await;
    assert!(error.message().contains("it was [redacted]."), "{error}");
    printed.error(&error);
    let sent = mock.requests_for("authenticator.create_token");
    assert!(String::from_utf8_lossy(&sent[0].body).contains(PASSWORD), "the service needs it");
    printed.has_nowhere(PASSWORD);
}

#[tokio::test]
async fn a_clients_key_is_nowhere_although_the_service_repeats_it() {
    let (mock, mut printed) = (mock().await, Printed::new());
    run(&mock, &mut printed).await;
    let error = refused_login(&mock, CLIENT_KEY).await;
    assert!(error.message().contains("it was [redacted]."), "{error}");
    printed.error(&error);
    printed.has_nowhere(CLIENT_KEY);
}

#[tokio::test]
async fn the_header_of_basic_credentials_is_nowhere() {
    let (mock, mut printed) = (mock().await, Printed::new());
    run(&mock, &mut printed).await;
    mock.inject(Fault::reset().on("authenticator.create_token").always());
    printed.error(&client(&mock).build().unwrap().get_tokens().await.unwrap_err());
    printed.has_nowhere(&STANDARD.encode(format!("portal:{CLIENT_KEY}")));
}

#[tokio::test]
async fn basic_credentials_are_nowhere_although_the_service_repeats_their_header() {
    let (mock, mut printed) = (mock().await, Printed::new());
    run(&mock, &mut printed).await;
    let pair = STANDARD.encode(format!("portal:{CLIENT_KEY}"));
    let error = refused_login(&mock, &pair).await;
    assert!(error.message().contains("it was [redacted]."), "{error}");
    printed.error(&error);
    printed.has_nowhere(&pair);
}

#[tokio::test]
async fn a_password_is_nowhere_although_the_service_repeats_it_escaped() {
    const AWKWARD: &str = r#"pl\an'ted-"é%&4718"#;
    let mock = MockTapis::builder().user("testuser", AWKWARD).start().await.unwrap();
    let mut printed = Printed::new();
    run(&self::mock().await, &mut printed).await;
    for words in [
        r#"{'username': 'u', 'password': 'pl\\an\'ted-"é%&4718'}"#,
        r#"{"password": "pl\\an'ted-\"\u00e9%&4718"}"#,
        "password=pl%5Can%27ted-%22%C3%A9%25%264718",
    ] {
        mock.inject(echo(words).on("authenticator.create_token"));
        let t = Tapis::builder(mock.base_url()).password("testuser", AWKWARD).build().unwrap();
        let error = t.get_tokens().await.unwrap_err();
        assert!(error.message().contains("[redacted]"), "{error}");
        printed.error(&error);
    }
    printed.has_nowhere("ted-%22%C3%A9");
    for text in &printed.0 {
        assert!(!text.contains("4718"), "{text}");
    }
}

#[tokio::test]
async fn an_access_token_is_nowhere() {
    let (mock, mut printed) = (mock().await, Printed::new());
    let t = run(&mock, &mut printed).await;
    let token = t.access_token().await.unwrap();
    mock.inject(echo(token.expose_secret()).on("authenticator.get_userinfo"));
    let error = t.authenticator.get_userinfo().await.unwrap_err();
    assert!(error.message().contains("it was [redacted]."), "{error}");
    printed.error(&error);
    t.logout().await.unwrap();
    printed.has_nowhere(token.expose_secret());
}

#[tokio::test]
async fn a_refresh_token_is_nowhere() {
    let (mock, mut printed) = (mock().await, Printed::new());
    let t = run(&mock, &mut printed).await;
    let refresh = t.session().cached_tokens().unwrap().refresh.unwrap();
    mock.inject(echo(refresh.expose_secret()).on("authenticator.create_token"));
    // Renewed with the refresh token, which the service refuses in words that repeat it.
    if let Err(error) = t.get_tokens().await {
        printed.error(&error);
    }
    let asked = mock.requests_for("authenticator.create_token");
    let sent = |body: &[u8]| String::from_utf8_lossy(body).contains(refresh.expose_secret());
    assert!(asked.iter().any(|request| sent(&request.body)), "the service needs it");
    printed.has_nowhere(refresh.expose_secret());
}

fn of_user(body: systems::types::ReqUpdateCredential) -> CreateUserCredentialArgs {
    CreateUserCredentialArgs { system_id: "s".to_owned(), user_name: "u".to_owned(), body }
}

#[tokio::test]
async fn a_secret_of_a_body_is_nowhere() {
    const SECRET: &str = "planted-private-key-4713";
    let (mock, mut printed) = (mock().await, Printed::new());
    let t = run(&mock, &mut printed).await;
    let credential =
        systems::types::ReqUpdateCredential::new().private_key(SECRET).public_key("public");
    printed.debug(&credential);
    printed.0.push(serde_json::to_string(&credential).unwrap());
    let call = t.systems.create_user_credential(of_user(credential));
    printed.debug(&call);
    mock.inject(echo(SECRET).on("systems.createUserCredential"));
    let error = call.await.unwrap_err();
    assert!(error.message().contains("it was [redacted]."), "{error}");
    printed.error(&error);
    let sent = mock.requests_for("systems.createUserCredential");
    assert!(String::from_utf8_lossy(&sent[0].body).contains(SECRET), "the service needs it");
    printed.has_nowhere(SECRET);
}

#[tokio::test]
async fn a_secret_of_a_query_is_nowhere_when_the_connection_breaks() {
    const SECRET: &str = "planted-query-4714";
    let (mock, mut printed) = (mock().await, Printed::new());
    let t = run(&mock, &mut printed).await;
    mock.inject(Fault::reset().on("globus-proxy.checkTokens").always());
    let call = t
        .globus_proxy
        .check_tokens("c", "e")
        .access_token(SECRET)
        .refresh_token(SECRET)
        .with_options(Options::new().with_query("extra", SECRET));
    printed.debug(&call);
    printed.error(&call.await.unwrap_err());
    printed.has_nowhere(SECRET);
}

#[tokio::test]
async fn a_secret_of_a_reply_that_cannot_be_read_is_nowhere() {
    const SECRET: &str = "planted-reply-4715";
    let (mock, mut printed) = (mock().await, Printed::new());
    let t = run(&mock, &mut printed).await;
    let body =
        format!("{{\"status\":\"success\",\"result\":{{\"username\":{{\"x\":\"{SECRET}\"}}}}}}");
    mock.inject(Fault::status(200).body(body).on("authenticator.get_userinfo"));
    let error = t.authenticator.get_userinfo().await.unwrap_err();
    assert!(error.is_decoding() && error.message().contains("result.username"), "{error}");
    printed.error(&error);
    printed.has_nowhere(SECRET);
}

#[tokio::test]
async fn a_secret_field_of_a_reply_is_read_and_not_shown() {
    const SECRET: &str = "planted-reply-field-4716";
    let (mock, mut printed) = (mock().await, Printed::new());
    let t = run(&mock, &mut printed).await;
    let body = serde_json::json!({"status": "success", "result": {"client_id": "c", "client_key": SECRET}});
    mock.inject(Fault::status(200).body(body.to_string()).on("authenticator.get_client"));
    let response = t.authenticator.get_client("c").send().await.unwrap();
    printed.debug(&response);
    printed.debug(response.result());
    assert_eq!(response.result().client_key.as_ref().unwrap().expose_secret(), SECRET);
    printed.has_nowhere(SECRET);
}

#[tokio::test]
async fn a_secret_in_a_page_of_a_router_is_not_in_the_error() {
    const SECRET: &str = "planted-bare-text-4717";
    let (mock, mut printed) = (mock().await, Printed::new());
    let t = run(&mock, &mut printed).await;
    let credential = systems::types::ReqUpdateCredential::new().password(SECRET);
    let call = t.systems.create_user_credential(of_user(credential));
    mock.inject(
        Fault::status(500).body(format!("at line 1: {SECRET}")).on("systems.createUserCredential"),
    );
    let error = call.await.unwrap_err();
    assert!(error.message().contains("at line 1: [redacted]"), "{error}");
    printed.error(&error);
    printed.has_nowhere(SECRET);
}

#[tokio::test]
async fn what_stands_for_a_secret_is_not_sent_as_one() {
    let (mock, mut printed) = (mock().await, Printed::new());
    let t = run(&mock, &mut printed).await;
    let credential = || systems::types::ReqUpdateCredential::new().password(PASSWORD);
    let stored = serde_json::to_value(credential()).unwrap();
    let read: systems::types::ReqUpdateCredential = serde_json::from_value(stored.clone()).unwrap();
    let path = "/v3/systems/credential/s/user/u";
    for error in [
        t.systems.create_user_credential(of_user(read)).await.unwrap_err(),
        t.request(tapis_client::http::Method::POST, path).json(&stored).await.unwrap_err(),
    ] {
        assert!(error.is_input() && !error.maybe_sent(), "{error}");
        assert!(error.message().contains("body: password: `[redacted]` stands for"), "{error}");
    }
    let call = t.globus_proxy.check_tokens("c", "e");
    let error = call.access_token("[redacted]").refresh_token("r").await.unwrap_err();
    assert!(error.is_input() && error.message().contains("access_token: "), "{error}");
    assert!(mock.requests_for("systems.createUserCredential").is_empty());
    assert!(mock.requests_for("globus-proxy.checkTokens").is_empty());
}

/// Names whose values documents call secret, and names under which there may be another text.
#[derive(Default)]
struct Names {
    secret: std::collections::BTreeSet<String>,
    other: std::collections::BTreeSet<String>,
}

impl Names {
    /// Reads all properties below `value`, a part of the document.
    fn read(&mut self, value: &serde_json::Value, document: &serde_json::Value) {
        for (name, schema) in value["properties"].as_object().into_iter().flatten() {
            let target = schema["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
            let schema = target.and_then(|target| document.pointer(target)).unwrap_or(schema);
            let is_secret = |schema: &serde_json::Value| schema["format"] == "password";
            let parts = [schema, &schema["items"], &schema["additionalProperties"]];
            if parts.into_iter().any(is_secret) {
                self.secret.insert(name.clone());
            } else if parts.into_iter().any(|schema| schema["type"] == "string")
                || schema.get("x-tapis-untyped").is_some()
            {
                self.other.insert(name.clone());
            }
        }
        let children = value.as_object().into_iter().flat_map(|object| object.values());
        let items = value.as_array().into_iter().flatten();
        children.chain(items).for_each(|child| self.read(child, document));
    }
}

#[test]
fn the_names_of_secrets_are_those_of_the_documents() {
    let mut names = Names::default();
    for service in tapis_specs::SERVICES {
        let document = serde_json::from_str(tapis_specs::document(service).unwrap()).unwrap();
        names.read(&document, &document);
    }
    let expected: Vec<&String> = names.secret.difference(&names.other).collect();
    assert_eq!(tapis_core::rt::SECRET_NAMES.to_vec(), expected);
}
