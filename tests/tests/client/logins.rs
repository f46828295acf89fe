//! The ways to log in.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tapis_client::auth::{
    AuthorizationCode, AuthorizationRequest, CallbackListener, DeviceCode, FileTokenStore,
    MemoryTokenStore, OAuthClient, Password, ServiceAccount, StaticToken, TokenSource as _,
    TokenSourceChain,
};
use tapis_client::http::{Options, Retry};
use tapis_client::{Tapis, TapisBuilder};
use tapis_mock::{Fault, Mint, MockTapis};
use tapis_tests::TestClock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const TOKENS: &str = "authenticator.create_token";
const LIFE: Duration = Duration::from_secs(4 * 3600);

async fn mock() -> MockTapis {
    MockTapis::builder()
        .user("testuser", "secret")
        .client("portal", "portal-key")
        .service("abaco", "service-password")
        .site("tacc")
        .access_token_ttl(LIFE)
        .start()
        .await
        .unwrap()
}

fn with_password(mock: &MockTapis) -> TapisBuilder {
    Tapis::builder(mock.base_url()).password("testuser", "secret")
}

async fn user(t: &Tapis) -> String {
    t.authenticator.get_userinfo().await.unwrap().username
}

fn grants(mock: &MockTapis) -> Vec<String> {
    let requests = mock.requests_for(TOKENS);
    let grant = |json: serde_json::Value| json["grant_type"].as_str().unwrap().to_owned();
    requests.iter().map(|request| grant(request.json().unwrap())).collect()
}

#[tokio::test]
async fn with_a_client_the_next_token_is_had_with_the_refresh_token() {
    let mock = mock().await;
    let clock = TestClock::default();
    let t =
        with_password(&mock).client("portal", "portal-key").clock(clock.clone()).build().unwrap();
    user(&t).await;
    mock.advance(LIFE + Duration::from_secs(1));
    clock.advance(LIFE + Duration::from_secs(1));
    user(&t).await;
    assert_eq!(grants(&mock), ["password", "refresh_token"]);
    // A refresh token that is refused falls back to the password.
    mock.advance(LIFE * 10_000);
    clock.advance(LIFE * 10_000);
    user(&t).await;
    assert_eq!(grants(&mock)[2..], ["refresh_token", "password"]);
}

#[tokio::test]
async fn a_wrong_client_key_is_not_repeated_in_the_error() {
    let mock = mock().await;
    let t = with_password(&mock).client("portal", "planted-wrong-key").build().unwrap();
    let error = t.get_tokens().await.unwrap_err();
    assert!(error.is_authentication(), "{error}");
    assert!(!format!("{error} {error:?}").contains("planted-wrong-key"), "{error}");
}

#[tokio::test]
async fn ways_to_log_in_that_contradict_each_other_are_refused_at_once() {
    let url = "https://tacc.tapis.io";
    for (builder, why) in [
        (Tapis::builder(url).password("a", "b").access_token("c"), "more than one login"),
        (Tapis::builder(url).refresh_token("a"), "the id and key of its OAuth client"),
        (
            Tapis::builder(url).client("a", "b").access_token("c"),
            "needs a password or a refresh token",
        ),
    ] {
        let error = builder.build().unwrap_err();
        assert!(error.is_configuration() && error.to_string().contains(why), "{error}");
    }
}

#[tokio::test]
async fn a_name_that_basic_credentials_cannot_carry_is_refused_at_once() {
    let url = "https://tacc.tapis.io";
    let builder = || Tapis::builder(url);
    let client = || OAuthClient::new("a:b", "key");
    for (builder, named) in [
        (builder().password("a", "b").client("a:b", "key"), "client id \"a:b\""),
        (builder().refresh_token("a.b.c").client("a:b", "key"), "client id \"a:b\""),
        (
            builder().token_source(ServiceAccount::new("a:b", "pw", "admin", "tacc")),
            "service name \"a:b\"",
        ),
        (
            builder().token_source(DeviceCode::new("a:b", |_| {}).with_client_key("key")),
            "client id \"a:b\"",
        ),
        (
            builder().token_source(TokenSourceChain::new(vec![
                Box::new(StaticToken::new("x")),
                Box::new(Password::new("a", "b").with_client(client())),
            ])),
            "client id \"a:b\"",
        ),
    ] {
        let error = builder.build().unwrap_err();
        assert!(error.is_input() && error.message().contains(named), "{error}");
    }
    builder().token_source(DeviceCode::new("a:b", |_| {})).build().unwrap();
    let call = builder().build().unwrap().authenticator.get_client("x");
    let error = call.with_basic_auth("a:b", &"key".into()).await.unwrap_err();
    assert!(error.is_input() && error.message().contains("name: it contains a colon"), "{error}");
}

#[tokio::test]
async fn a_token_is_used_without_what_came_along_with_it() {
    let mock = mock().await;
    let token = mock.mint_access_token(Mint::user("testuser")).unwrap();
    for text in [format!("{token}\n"), format!("Bearer {token}"), format!("\"{token}\"\r\n")] {
        let t = Tapis::builder(mock.base_url()).access_token(text).build().unwrap();
        assert_eq!(user(&t).await, "testuser");
    }
    // Whether it is of this tenant is for the service to say.
    let foreign = mock.mint_access_token(Mint::user("testuser").tenant("other")).unwrap();
    Tapis::builder(mock.base_url()).access_token(foreign).build().unwrap();
}

#[tokio::test]
async fn logging_in_now_says_whose_the_tokens_are() {
    let mock = mock().await;
    let t = Tapis::builder(mock.base_url()).password("testuser", "secret").build().unwrap();
    let info = t.get_tokens().await.unwrap();
    assert_eq!(
        (info.username.as_deref(), info.tenant_id.as_deref(), info.account_type.as_deref()),
        (Some("testuser"), Some(mock.tenant()), Some("user"))
    );
    let token = t.access_token().await.unwrap();
    assert_eq!((info.expires_at, info.has_refresh_token), (token.expires_at(), false));
    assert!(!format!("{info} {info:?} {info:#?}").contains(token.expose_secret()));
}

#[tokio::test]
async fn a_chain_takes_the_first_that_works() {
    let mock = mock().await;
    let chain = TokenSourceChain::new(vec![
        Box::new(StaticToken::new("nonsense")),
        Box::new(Password::new("testuser", "secret")),
    ]);
    let t = Tapis::builder(mock.base_url()).token_source(chain).build().unwrap();
    assert_eq!(user(&t).await, "testuser");
    let hopeless = TokenSourceChain::new(vec![
        Box::new(Password::new("testuser", "no")),
        Box::new(StaticToken::new("x")),
    ]);
    let t = Tapis::builder(mock.base_url()).token_source(hopeless).build().unwrap();
    let text = t.get_tokens().await.unwrap_err().to_string();
    assert!(text.contains("password: Invalid username/password"), "{text}");
    assert!(text.contains("access token: not a Tapis access token"), "{text}");
}

#[tokio::test]
async fn a_service_logs_in_and_acts_for_its_users() {
    let mock = mock().await;
    let account = ServiceAccount::new("abaco", "service-password", mock.tenant(), "tacc")
        .with_token_life(Duration::from_secs(600));
    let t = Tapis::builder(mock.base_url()).token_source(account).build().unwrap();
    let token = t.access_token().await.unwrap();
    assert_eq!(token.claims().account_type.as_deref(), Some("service"));
    assert_eq!(token.original_ttl(), Some(Duration::from_secs(600)));
    let view = t.on_behalf_of("jane", "dev");
    let _ = view.systems.get_systems().await;
    let sent = mock.requests_for("systems.getSystems");
    assert_eq!(sent[0].header("x-tapis-user"), Some("jane"));
    assert_eq!(sent[0].header("x-tapis-tenant"), Some("dev"));
    let _ = t.systems.get_systems().await;
    // Without a user it acts for itself, which the services want to be told.
    let sent = &mock.requests_for("systems.getSystems")[1];
    assert_eq!(sent.header("x-tapis-user"), Some("abaco"));
    assert_eq!(sent.header("x-tapis-tenant"), Some(mock.tenant()));
}

#[tokio::test]
async fn a_service_makes_tokens_for_users_with_its_own() {
    let mock = mock().await;
    let account = ServiceAccount::new("abaco", "service-password", mock.tenant(), "tacc");
    let t = Tapis::builder(mock.base_url()).token_source(account).build().unwrap();
    let body =
        || tapis_client::tokens::types::NewTokenRequest::new("user", mock.tenant(), "testuser");
    let _ = t.tokens.create_token(body()).await;
    let _ =
        t.tokens.create_token(body()).with_basic_auth("abaco", &"service-password".into()).await;
    // The first of all is the service's own login.
    let sent = mock.requests_for("tokens.create_token");
    let carried = |n: usize| {
        (sent[n].header("x-tapis-token").is_some(), sent[n].header("authorization").is_some())
    };
    assert_eq!([carried(0), carried(1), carried(2)], [(false, true), (true, false), (false, true)]);
    let nobody = Tapis::builder(mock.base_url()).build().unwrap();
    let error = nobody.tokens.create_token(body()).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 400, "the service says what it wants");
}

#[tokio::test]
async fn a_view_of_a_tenant_acts_there_as_the_service_itself() {
    let mock = mock().await;
    let account = ServiceAccount::new("abaco", "service-password", mock.tenant(), "tacc");
    let t = Tapis::builder(mock.base_url()).token_source(account).build().unwrap();
    let _ = t.in_tenant("dev").systems.get_systems().await;
    let _ = t.in_tenant("dev").on_behalf_of("jane", "dev").systems.get_systems().await;
    let sent = mock.requests_for("systems.getSystems");
    let named: Vec<_> =
        sent.iter().map(|r| (r.header("x-tapis-tenant"), r.header("x-tapis-user"))).collect();
    assert_eq!(named, [(Some("dev"), Some("abaco")), (Some("dev"), Some("jane"))]);

    let user = with_password(&mock).build().unwrap();
    assert!(user.in_tenant("dev").systems.get_systems().await.unwrap_err().is_input());
    assert_eq!(mock.requests_for("systems.getSystems").len(), 2);
}

#[tokio::test]
async fn a_tenant_and_a_site_are_looked_up_once() {
    let mock = mock().await;
    let t = with_password(&mock).build().unwrap();
    assert!(mock.requests().is_empty(), "nothing is looked up before it is asked for");
    mock.inject(Fault::status(500).on("tenants.get_tenant"));
    assert!(t.tenant(mock.tenant()).await.is_err());
    let view = t.with_options(tapis_client::http::Options::new().with_tracking_id("a.b"));
    let tenant = t.tenant(mock.tenant()).await.unwrap();
    assert_eq!(tenant.tenant_id, mock.tenant());
    assert_eq!(view.tenant(mock.tenant()).await.unwrap(), tenant);
    assert_eq!(mock.requests_for("tenants.get_tenant").len(), 2, "a failure is not kept");
    let site = t.site(tenant.site_id.as_deref().unwrap()).await.unwrap();
    assert_eq!(view.site(&site.site_id).await.unwrap(), site);
    assert_eq!(mock.requests_for("tenants.get_site").len(), 1);
}

#[tokio::test]
async fn a_users_token_cannot_act_for_another_and_nothing_is_sent() {
    let mock = mock().await;
    let t = with_password(&mock).build().unwrap();
    t.get_tokens().await.unwrap();
    mock.clear_requests();
    let error = t.on_behalf_of("jane", "dev").systems.get_systems().await.unwrap_err();
    assert!(error.is_input() && error.to_string().contains("only a service's token"), "{error}");
    assert!(mock.requests().is_empty());
}

#[tokio::test]
async fn a_browser_brings_the_code_back() {
    let listener = CallbackListener::bind(0).await.unwrap();
    let request = AuthorizationRequest::new("portal", listener.redirect_uri());
    let address = listener.redirect_uri().strip_prefix("http://").unwrap();
    let (host, path) = address.split_once('/').unwrap();
    let visit = |query: String| {
        let (host, line) = (host.to_owned(), format!("GET /{path}?{query} HTTP/1.1\r\n\r\n"));
        async move {
            let mut browser = TcpStream::connect(host).await.unwrap();
            browser.write_all(line.as_bytes()).await.unwrap();
            let mut page = String::new();
            browser.read_to_string(&mut page).await.unwrap();
            page[9..12].to_owned()
        }
    };
    let forged = visit("code=x&state=forged".to_owned());
    let genuine = visit(format!("code=c&state={}", request.state()));
    let browser = tokio::spawn(async { (forged.await, genuine.await) });
    assert_eq!(listener.code(&request).await.unwrap().expose_secret(), "c");
    assert_eq!(browser.await.unwrap(), ("404".to_owned(), "200".to_owned()));
}

#[tokio::test]
async fn connections_on_which_nothing_is_said_keep_the_browser_not_waiting() {
    let listener = CallbackListener::bind(0).await.unwrap();
    let request = AuthorizationRequest::new("portal", listener.redirect_uri());
    let address = listener.redirect_uri().strip_prefix("http://").unwrap();
    let host = address.strip_suffix("/callback").unwrap().to_owned();
    let line = format!("GET /callback?code=c&state={} HTTP/1.1\r\n\r\n", request.state());
    let browser = tokio::spawn(async move {
        let mut silent = Vec::new();
        for _ in 0..6 {
            silent.push(TcpStream::connect(&host).await.unwrap());
        }
        let mut speaking = TcpStream::connect(&host).await.unwrap();
        speaking.write_all(line.as_bytes()).await.unwrap();
        let mut page = String::new();
        speaking.read_to_string(&mut page).await.unwrap();
        (silent, page)
    });
    // Each of them may take three seconds by itself.
    let code = tokio::time::timeout(Duration::from_secs(2), listener.code(&request)).await;
    assert_eq!(code.unwrap().unwrap().expose_secret(), "c");
    assert!(browser.await.unwrap().1.contains("You are logged in"));
}

#[tokio::test]
async fn a_code_that_was_used_is_not_tried_again() {
    let mock = mock().await;
    let callback = "http://127.0.0.1/callback";
    mock.set_callback_url("portal", callback).unwrap();
    let client = OAuthClient::new("portal", "portal-key");
    let source = AuthorizationCode::new(client, callback, "unknown-code");
    let t = Tapis::builder(mock.base_url()).token_source(source).build().unwrap();
    let first = t.get_tokens().await.unwrap_err();
    assert!(first.message().contains("authorization code not valid"), "{first}");
    let second = t.get_tokens().await.unwrap_err();
    assert!(second.message().contains("has already been used"), "{second}");
    assert_eq!(mock.requests_for(TOKENS).len(), 1);
}

#[tokio::test]
async fn every_new_refresh_token_is_told() {
    let mock = mock().await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let clock = TestClock::default();
    let t = {
        let told = told.clone();
        with_password(&mock)
            .client("portal", "portal-key")
            .clock(clock.clone())
            .token_store(MemoryTokenStore::new())
            .on_new_tokens(move |tokens| {
                let refresh = tokens.refresh.as_ref().unwrap().expose_secret().to_owned();
                told.lock().unwrap().push(refresh);
            })
            .build()
            .unwrap()
    };
    user(&t).await;
    mock.advance(LIFE + Duration::from_secs(1));
    clock.advance(LIFE + Duration::from_secs(1));
    user(&t).await;
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 2);
    assert_ne!(told[0], told[1]);
}

#[tokio::test]
async fn logging_out_revokes_and_forgets() {
    let mock = mock().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.json");
    let t = with_password(&mock)
        .client("portal", "portal-key")
        .token_store(FileTokenStore::new(&path))
        .build()
        .unwrap();
    user(&t).await;
    let token = t.access_token().await.unwrap().expose_secret().to_owned();
    t.logout().await.unwrap();
    assert_eq!(mock.requests_for("authenticator.revoke_token").len(), 2);
    assert!(!std::fs::read_to_string(&path).unwrap().contains(&token));
    let stale = Tapis::builder(mock.base_url()).access_token(token).build().unwrap();
    assert!(stale.authenticator.get_userinfo().await.unwrap_err().is_authentication());
    assert_eq!(user(&t).await, "testuser", "the next call logs in anew");
    t.logout().await.unwrap();
    t.logout().await.unwrap();
    assert_eq!(mock.requests_for("authenticator.revoke_token").len(), 4, "nothing left to revoke");
}

#[tokio::test]
async fn a_login_does_not_carry_the_options_of_the_call_that_began_it() {
    let mock = mock().await;
    let options = Options::new().with_header("x-own", "1").with_query("own", "1");
    let t = with_password(&mock).build().unwrap().with_options(options);
    user(&t).await;
    let login = &mock.requests_for(TOKENS)[0];
    assert_eq!((login.header("x-own"), login.query_value("own")), (None, None));
    assert_eq!(mock.requests_for("authenticator.get_userinfo")[0].header("x-own"), Some("1"));
}

#[tokio::test]
async fn a_code_is_sent_once_whatever_the_service_answers() {
    let mock = mock().await;
    mock.inject(Fault::status(503).on(TOKENS));
    let client = OAuthClient::new("portal", "portal-key");
    let source = AuthorizationCode::new(client, "http://127.0.0.1/callback", "a-code");
    // Not even a session that repeats everything repeats this.
    let all = Options::new().with_retry(Retry::default().idempotent(true));
    let t = Tapis::builder(mock.base_url())
        .clock(TestClock::default())
        .options(all)
        .token_source(source)
        .build()
        .unwrap();
    assert_eq!(t.get_tokens().await.unwrap_err().status().map(|s| s.as_u16()), Some(503));
    assert!(t.get_tokens().await.unwrap_err().message().contains("has already been used"));
    assert_eq!(mock.requests_for(TOKENS).len(), 1);
}

#[tokio::test]
async fn a_code_counts_as_used_when_the_login_was_given_up_on_the_way() {
    let mock = mock().await;
    mock.inject(Fault::hang().on(TOKENS));
    let t = Tapis::builder(mock.base_url()).build().unwrap();
    let client = OAuthClient::new("portal", "portal-key");
    let source = AuthorizationCode::new(client, "http://127.0.0.1/callback", "a-code");
    let login = source.fetch(t.session(), None);
    assert!(tokio::time::timeout(Duration::from_millis(200), login).await.is_err());
    let error = source.fetch(t.session(), None).await.unwrap_err();
    assert!(error.message().contains("has already been used"), "{error}");
}

#[tokio::test]
async fn a_code_that_never_left_is_still_good() {
    let mock = mock().await;
    let redirect = "http://127.0.0.1:1/callback";
    mock.set_callback_url("portal", redirect).unwrap();
    let code = mock.authorization_code("portal", "testuser", redirect).unwrap();
    let source = AuthorizationCode::new(OAuthClient::new("portal", "portal-key"), redirect, code);
    let nowhere = Tapis::builder("http://127.0.0.1:1").clock(TestClock::default()).build().unwrap();
    let error = source.fetch(nowhere.session(), None).await.unwrap_err();
    assert!(!error.maybe_sent(), "{error}");
    let t = Tapis::builder(mock.base_url()).token_source(source).build().unwrap();
    assert_eq!(user(&t).await, "testuser");
}

#[tokio::test]
async fn a_callback_that_panics_is_an_error_and_no_storm() {
    let mock = mock().await;
    let t = with_password(&mock).on_new_tokens(|_| panic!("of the program's own")).build().unwrap();
    let error = t.get_tokens().await.unwrap_err();
    assert!(error.message().contains("panicked"), "{error}");
    assert_eq!(mock.requests_for(TOKENS).len(), 1);
}

#[tokio::test]
async fn a_limit_of_the_call_covers_the_login_and_nothing_was_sent() {
    let mock = mock().await;
    mock.inject(Fault::hang().on(TOKENS));
    let t = with_password(&mock).build().unwrap();
    let error =
        t.authenticator.get_userinfo().with_timeout(Duration::from_millis(100)).await.unwrap_err();
    assert!(error.is_timeout() && !error.maybe_sent(), "{error}");
    mock.clear_faults();
    let wrong = Tapis::builder(mock.base_url()).password("testuser", "no").build().unwrap();
    assert!(!wrong.authenticator.get_userinfo().await.unwrap_err().maybe_sent());
}

#[tokio::test]
async fn a_device_code_is_asked_after_until_the_user_has_entered_it() {
    let mock = Arc::new(mock().await);
    let clock = TestClock::default();
    let pending = r#"{"message":"device code not ready.","status":"error","result":null}"#;
    mock.inject(Fault::status(400).body(pending).on(TOKENS).times(2));
    mock.inject(Fault::status(503).on(TOKENS));
    let shown = Arc::new(Mutex::new(None));
    let source = {
        let (mock, shown) = (mock.clone(), shown.clone());
        DeviceCode::new("portal", move |prompt| {
            mock.approve_device(&prompt.user_code, "testuser").unwrap();
            *shown.lock().unwrap() = Some(prompt.clone());
        })
    };
    let t =
        Tapis::builder(mock.base_url()).clock(clock.clone()).token_source(source).build().unwrap();
    assert_eq!(user(&t).await, "testuser");
    let prompt = shown.lock().unwrap().clone().unwrap();
    assert!(prompt.verification_uri.contains("/oauth2/device"), "{prompt:?}");
    assert_eq!(mock.requests_for(TOKENS).len(), 4);
    assert!(clock.pauses().iter().filter(|pause| pause.as_secs() == 5).count() == 4);
}

#[tokio::test]
async fn a_device_code_that_nobody_enters_ends_with_its_life() {
    let mock = mock().await;
    let source = DeviceCode::new("portal", |_| {});
    let t = Tapis::builder(mock.base_url())
        .clock(TestClock::default())
        .token_source(source)
        .build()
        .unwrap();
    let error = t.get_tokens().await.unwrap_err();
    assert!(
        error.message().contains("the device code expired before a user entered it"),
        "{error}"
    );
}

#[tokio::test]
async fn a_code_from_the_browser_logs_in_and_goes_on_with_the_refresh_token() {
    let mock = mock().await;
    let clock = TestClock::default();
    let redirect = "http://127.0.0.1:1/callback";
    mock.set_callback_url("portal", redirect).unwrap();
    let code = mock.authorization_code("portal", "testuser", redirect).unwrap();
    let source = AuthorizationCode::new(OAuthClient::new("portal", "portal-key"), redirect, code);
    let t =
        Tapis::builder(mock.base_url()).clock(clock.clone()).token_source(source).build().unwrap();
    user(&t).await;
    mock.advance(LIFE + Duration::from_secs(1));
    clock.advance(LIFE + Duration::from_secs(1));
    user(&t).await;
    assert_eq!(grants(&mock), ["authorization_code", "refresh_token"]);
}

#[tokio::test]
async fn a_view_with_another_token_makes_its_calls_as_that_user() {
    let mock = MockTapis::builder().user("ada", "a").user("bob", "b").start().await.unwrap();
    let ada = Tapis::builder(mock.base_url()).password("ada", "a").build().unwrap();
    let bob = Tapis::builder(mock.base_url()).password("bob", "b").build().unwrap();
    let jwt = bob.access_token().await.unwrap();
    let options = Options::new().with_tracking_id("portal.1");
    let view =
        ada.with_options(options).with_access_token(format!("Bearer {}", jwt.expose_secret()));
    assert_eq!([user(&view).await, user(&ada).await], ["bob", "ada"]);
    let sent = &mock.requests_for("get_userinfo")[0];
    assert_eq!(sent.header("x-tapis-token"), Some(jwt.expose_secret()));
    assert_eq!(sent.header("x-tapis-tracking-id"), Some("portal.1"));

    // It is the token's user who calls, also where the session acted on behalf of another.
    let view = ada.on_behalf_of("eve", "other").with_access_token(jwt.expose_secret());
    assert_eq!(user(&view).await, "bob");
    let all = mock.requests_for("get_userinfo");
    let sent = all.last().unwrap();
    assert_eq!((sent.header("x-tapis-user"), sent.header("x-tapis-tenant")), (None, None));

    // Logging out of the view ends that token alone.
    view.logout().await.unwrap();
    assert_eq!(user(&ada).await, "ada");
    let before = mock.requests().len();
    for text in ["", "undefined", "a.b"] {
        let error = ada.with_access_token(text).systems.get_systems().await.unwrap_err();
        assert!(error.is_authentication() && !error.maybe_sent(), "{error}");
    }
    assert_eq!(mock.requests().len(), before);
}
