//! Secrets planted in every place where one can be, and searched for in everything printable and
//! in the logs of a whole run at TRACE.

#![allow(clippy::unwrap_used)] // what cannot be set up fails the test

use std::io;
use std::sync::{Arc, Mutex};

use tapis_client::{Options, Tapis, TapisBuilder, systems};
use tapis_mock::{Fault, MockTapis};
use tracing_subscriber::fmt::MakeWriter;

const PASSWORD: &str = "planted-password-4711";
const CLIENT_KEY: &str = "planted-client-key-4712";
const BODY_SECRET: &str = "planted-private-key-4713";
const QUERY_SECRET: &str = "planted-query-4714";

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

#[tokio::test]
async fn nothing_that_is_printed_or_logged_holds_a_secret() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .init();
    let mock = mock().await;
    let mut printed = Vec::new();
    macro_rules! print {
        ($value:expr) => {
            printed.push(format!("{:?} {:#?}", $value, $value));
        };
    }

    let builder = client(&mock);
    print!(&builder);
    let t = builder.build().unwrap();
    print!(&t);
    t.get_tokens().await.unwrap();
    let token = t.access_token().await.unwrap();
    let refresh = t.session().present_tokens().unwrap().refresh.unwrap();
    print!(&t);
    print!(t.session());
    print!(t.session().present_tokens());
    print!(&token);
    printed.push(token.to_string());
    t.authenticator.get_userinfo().await.unwrap();

    // The password, the client's key and the refresh token in the words of a failure.
    for secret in [PASSWORD, CLIENT_KEY] {
        mock.inject(echo(secret).on("authenticator.create_token"));
        let error = client(&mock).build().unwrap().get_tokens().await.unwrap_err();
        assert!(error.message().contains("it was [redacted]."), "{error}");
        print!(&error);
        printed.push(error.to_string());
    }
    // The access token in the words of a failure.
    mock.inject(echo(token.expose_secret()).on("authenticator.get_userinfo"));
    let error = t.authenticator.get_userinfo().await.unwrap_err();
    assert!(error.message().contains("it was [redacted]."), "{error}");
    print!(&error);
    printed.push(error.to_string());

    // A secret in a body, in the type and its builder, in the call, and echoed.
    let credential = systems::types::ReqUpdateCredential::builder()
        .private_key(BODY_SECRET)
        .public_key("public");
    print!(&credential);
    let credential = credential.build().unwrap();
    print!(&credential);
    printed.push(serde_json::to_string(&credential).unwrap());
    let call = t.systems.create_user_credential().system_id("s").user_name("u").body(credential);
    print!(&call);
    mock.inject(echo(BODY_SECRET).on("systems.createUserCredential"));
    let error = call.await.unwrap_err();
    assert!(error.message().contains("it was [redacted]."), "{error}");
    print!(&error);
    printed.push(error.to_string());
    let sent = mock.requests_for("systems.createUserCredential");
    assert!(String::from_utf8_lossy(&sent[0].body).contains(BODY_SECRET), "the service needs it");

    // A secret in the query and in the path, with a connection that breaks.
    mock.inject(Fault::reset().on("globus-proxy.checkTokens").always());
    let error = t
        .globus_proxy
        .check_tokens()
        .client_id("c")
        .endpoint_id("e")
        .access_token(QUERY_SECRET)
        .refresh_token(QUERY_SECRET)
        .with_options(|options: Options| options.with_query("extra", QUERY_SECRET))
        .await
        .unwrap_err();
    print!(&error);
    printed.push(error.to_string());
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        printed.push(format!("{inner} {inner:?}"));
        source = inner.source();
    }

    // A secret in a reply that cannot be read.
    let body = format!(
        "{{\"status\":\"success\",\"result\":{{\"username\":{{\"x\":\"{BODY_SECRET}\"}}}}}}"
    );
    mock.inject(Fault::status(200).body(body).on("authenticator.get_userinfo"));
    let error = t.authenticator.get_userinfo().await.unwrap_err();
    assert!(error.is_decoding() && error.message().contains("result.username"), "{error}");
    print!(&error);
    printed.push(error.to_string());

    t.logout().await.unwrap();

    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("tapis.call") && logged.contains("TRACE"), "the log is on");
    let basic = "cG9ydGFsOnBsYW50ZWQ"; // "portal:planted" in base64
    for secret in [
        PASSWORD,
        CLIENT_KEY,
        BODY_SECRET,
        QUERY_SECRET,
        basic,
        token.expose_secret(),
        refresh.expose_secret(),
    ] {
        for text in &printed {
            assert!(!text.contains(secret), "{secret} is printed in {text}");
        }
        let place =
            logged.find(secret).map(|at| logged[at.saturating_sub(300)..at + 20].to_owned());
        assert_eq!(place, None, "{secret} is logged");
    }
}
