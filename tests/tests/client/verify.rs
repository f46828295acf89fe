//! Checking tokens that others send.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER;
use jsonwebtoken::{Algorithm, EncodingKey};
use tapis_client::time::Clock as _;
use tapis_client::{Tapis, TapisBuilder};
use tapis_mock::{Fault, Mint, MockTapis};
use tapis_tests::{ScriptServer, Step, TestClock};

/// How often the list of tenants may be asked for.
const PAUSE: Duration = Duration::from_secs(90);
const LIST: &str = "tenants.list_tenants";

/// A key that signed nothing.
const ANOTHER_KEY: &str = "-----BEGIN PUBLIC KEY-----\n\
    MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAut9M+XCVwt+K7JO6ceJT\n\
    qRhjZ3SS00jqastA6tzfSfKsoh8KX1WxIN0jtm+QLk50ZdM1xeRDgnMyYfFy7zkS\n\
    rNMhI59pgIG7059SZGVT4bi7ukDGAoVrtO2J1xykxFBrE+Ccs8JDPl61LSolo0EK\n\
    htJ+fw2tss5CQndMR5dVcDrRzuvNcUNDThnHNqyXVwFkMenP9gy5RD8iWHTWoQOH\n\
    yrd74uSIEUGEiSDyOKxJtw4yrmv4yGavDi9Gw41XD+LZIPx3+nUqM2fSchClozBC\n\
    z36GoSJZpWQjhs//tEeJDYEbwjKIFPtgCjxqDGCXbzb0zVlSE+4m7LrUrhy7d+Jx\n\
    KQIDAQAB\n\
    -----END PUBLIC KEY-----\n";

struct World {
    mock: MockTapis,
    clock: TestClock,
    t: Tapis,
}

impl World {
    async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    async fn with(set_up: impl FnOnce(TapisBuilder) -> TapisBuilder) -> Self {
        let mock = MockTapis::builder().user("testuser", "secret").start().await.unwrap();
        let clock = TestClock::default();
        let builder = Tapis::builder(mock.base_url()).clock(clock.clone());
        let t = set_up(builder).build().unwrap();
        Self { mock, clock, t }
    }

    fn mint(&self, mint: Mint) -> String {
        self.mock.mint_access_token(mint).unwrap()
    }

    /// A genuine token.
    fn genuine(&self) -> String {
        self.mint(user())
    }

    /// Why a token is refused.
    async fn refusal(&self, jwt: &str) -> String {
        let error = self.t.validate_token(jwt).await.unwrap_err();
        assert!(error.is_authentication(), "{error}");
        assert!(!format!("{error} {error:?}").contains(jwt), "{error}");
        error.message().to_owned()
    }

    /// How often the list of tenants was asked for.
    fn lists(&self) -> usize {
        self.mock.requests_for(LIST).len()
    }

    /// The next list of tenants has one tenant, with what `change` makes of the true one.
    fn next_list(&self, change: serde_json::Value) {
        let mut tenant = serde_json::json!({
            "tenant_id": self.mock.tenant(),
            "public_key": self.mock.public_key(),
            "token_service": format!("{}/v3/tokens", self.mock.base_url()),
        });
        tenant.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let list = serde_json::json!({"status": "success", "result": [tenant]});
        self.mock.inject(Fault::status(200).body(list.to_string()).on(LIST));
    }
}

fn user() -> Mint {
    Mint::user("testuser")
}

/// The token with other claims, whose signature then does not fit.
fn forged(jwt: &str, claims: &[(&str, serde_json::Value)]) -> String {
    let mut parts = jwt.split('.');
    let [header, payload, signature] = [(); 3].map(|()| parts.next().unwrap());
    let mut all: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    all.extend(claims.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    let payload = URL_SAFE_NO_PAD.encode(serde_json::to_string(&all).unwrap());
    format!("{header}.{payload}.{signature}")
}

#[tokio::test]
async fn a_genuine_token_gives_its_claims_and_the_keys_are_asked_for_once() {
    let world = World::new().await;
    for _ in 0..3 {
        let claims = world.t.validate_token(world.genuine()).await.unwrap();
        assert_eq!(claims.username.as_deref(), Some("testuser"));
        assert_eq!(claims.tenant_id.as_deref(), Some(world.mock.tenant()));
    }
    assert_eq!(world.lists(), 1);
    assert_eq!(world.mock.requests().len(), 1);
}

#[tokio::test]
async fn another_crypto_backend_in_the_program_does_not_matter() {
    // Both are compiled in; with none installed, jsonwebtoken could not choose and would panic.
    let _ = (
        &jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER,
        &jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER,
    );
    let world = World::new().await;
    assert!(world.t.validate_token(world.genuine()).await.is_ok());
    world.refusal(&world.mint(user().foreign_signed())).await;
}

#[tokio::test]
async fn what_is_not_genuine_is_refused_with_the_reason() {
    let world = World::new().await;
    let mint = |mint| world.mint(mint);
    let genuine = world.genuine();
    let (signed, _) = genuine.rsplit_once('.').unwrap();
    let (_, payload) = signed.split_once('.').unwrap();
    let unsigned = URL_SAFE_NO_PAD.encode(br#"{"alg":"none","typ":"JWT"}"#);
    // Signed without a backend for the whole process, which would choose one for the client too.
    let header = URL_SAFE_NO_PAD.encode(br#"{"alg":"HS256","typ":"JWT"}"#);
    let message = format!("{header}.{payload}");
    let key = EncodingKey::from_secret(world.mock.public_key().as_bytes());
    let signer = (DEFAULT_PROVIDER.signer_factory)(&Algorithm::HS256, &key).unwrap();
    let by_hmac = format!("{message}.{}", URL_SAFE_NO_PAD.encode(signer.sign(message.as_bytes())));
    let soon = world.clock.now().as_second() + 100;
    for (jwt, why) in [
        (mint(user().foreign_signed()), "its signature does not match its tenant's key"),
        (forged(&genuine, &[("tapis/username", "admin".into())]), "its signature does not match"),
        (
            forged(&genuine, &[("jti", "another".into())]),
            "its signature does not match its tenant's key",
        ),
        (format!("{unsigned}.{payload}."), "not a signed JWT"),
        (by_hmac, "not signed with RS256"),
        (mint(user().expired()), "it has expired"),
        (mint(user().claim("exp", serde_json::Value::Null)), "it has expired"),
        (mint(user().claim("nbf", soon)), "it is not valid yet"),
        (mint(user().claim("nbf", "yesterday")), "it is not valid yet"),
        (mint(user().claim("tapis/token_type", "refresh")), "not an access token"),
        (
            mint(user().claim("tapis/account_type", "robot")),
            "neither a user's token nor a service's",
        ),
        (
            mint(user().claim("iss", "https://elsewhere.invalid/v3/tokens")),
            "not issued by its tenant's token service",
        ),
        (
            mint(user().claim("iss", serde_json::Value::Null)),
            "not issued by its tenant's token service",
        ),
        (mint(user().claim("tapis/tenant_id", serde_json::Value::Null)), "has no tenant"),
        (mint(user().claim("tapis/username", "")), "it has no user"),
        (mint(user().claim("sub", "root@other")), "its subject does not match its user and tenant"),
        (mint(user().claim("sub", "testuser")), "its subject does not match its user and tenant"),
        (mint(user().claim("sub", serde_json::Value::Null)), "its subject does not match its user"),
        (mint(user().tenant("nope")), "its tenant is not known"),
        ("nonsense".to_owned(), "not a signed JWT"),
    ] {
        let told = world.refusal(&jwt).await;
        assert!(told.contains(why), "{why}: {told}");
    }
    assert_eq!(world.lists(), 1);
}

#[tokio::test]
async fn a_token_of_another_tenant_does_not_pass_with_this_ones_key() {
    let world = World::new().await;
    world.refusal(&world.mint(user().tenant("other").foreign_signed())).await;
}

#[tokio::test]
async fn only_tenants_that_are_accepted_are_accepted() {
    let other = World::with(|builder| builder.accept_tenants(["tacc", "icicleai"])).await;
    let told = other.refusal(&other.genuine()).await;
    assert!(told.contains("tokens of its tenant are not accepted here"), "{told}");
    assert_eq!(other.lists(), 0);
    let both =
        World::with(|builder| builder.accept_tenants(["tacc"]).accept_tenants(["dev"])).await;
    assert_eq!(both.mock.tenant(), "dev");
    both.t.validate_token(both.genuine()).await.unwrap();
    // Views accept no others.
    let view = other.t.with_options(tapis_client::http::Options::new());
    assert!(view.validate_token(other.genuine()).await.is_err());
}

#[tokio::test]
async fn clocks_may_be_a_minute_apart() {
    let world = World::new().await;
    let at = |seconds: i64| world.clock.now().as_second() + seconds;
    for (claim, seconds, passes) in
        [("exp", -59, true), ("exp", -61, false), ("nbf", 59, true), ("nbf", 61, false)]
    {
        let outcome = world.t.validate_token(world.mint(user().claim(claim, at(seconds)))).await;
        assert_eq!(outcome.is_ok(), passes, "{claim} {seconds}");
    }
}

#[tokio::test]
async fn the_time_that_replies_tell_makes_no_old_token_good() {
    let world = World::new().await;
    let tenant = serde_json::json!({
        "tenant_id": world.mock.tenant(),
        "public_key": world.mock.public_key(),
        "token_service": format!("{}/v3/tokens", world.mock.base_url()),
    });
    let list = serde_json::json!({"status": "success", "result": [tenant]}).to_string();
    let date = "date: Thu, 01 Jan 1970 00:00:00 GMT\r\n";
    let server = ScriptServer::start(vec![Step::reply("200 OK", date, &list)]).await;
    let t = Tapis::builder(server.base_url()).build().unwrap();
    for _ in 0..3 {
        t.tenants.list_tenants().await.unwrap();
    }
    t.validate_token(world.genuine()).await.unwrap();
    let yesterday = user().claim("exp", world.clock.now().as_second() - 86_400);
    let error = t.validate_token(world.mint(yesterday)).await.unwrap_err();
    assert!(error.is_authentication() && error.message().contains("has expired"), "{error}");
}

#[tokio::test]
async fn forged_tokens_of_ten_thousand_tenants_cause_one_request() {
    let world = World::new().await;
    let genuine = world.genuine();
    for n in 0..10_000 {
        let tenant = format!("tenant{n}");
        let subject = format!("testuser@{tenant}");
        let claims = [("tapis/tenant_id", tenant.into()), ("sub", subject.into())];
        let outcome = world.t.validate_token(forged(&genuine, &claims)).await;
        assert!(outcome.is_err_and(|error| error.is_authentication()));
    }
    assert_eq!(world.mock.requests().len(), 1);
    world.t.validate_token(genuine).await.unwrap();
}

#[tokio::test]
async fn forged_tokens_of_a_known_tenant_cause_a_request_every_ninety_seconds() {
    let world = World::new().await;
    let forged = forged(&world.genuine(), &[("jti", "another".into())]);
    for minutes in 1..4 {
        for _ in 0..50 {
            world.refusal(&forged).await;
        }
        assert_eq!(world.lists(), minutes);
        world.clock.advance(PAUSE);
    }
    // What is wrong in any case is no reason to ask.
    world.refusal(&world.mint(user().expired().foreign_signed())).await;
    world.refusal(&world.mint(user().tenant("nope").claim("sub", "root@other"))).await;
    assert_eq!(world.lists(), 3);
}

#[tokio::test]
async fn a_new_key_is_fetched_when_a_signature_does_not_fit() {
    let world = World::new().await;
    world.next_list(serde_json::json!({"public_key": ANOTHER_KEY}));
    world.refusal(&world.genuine()).await;
    world.clock.advance(PAUSE - Duration::from_secs(1));
    world.refusal(&world.genuine()).await;
    assert_eq!(world.lists(), 1);
    world.clock.advance(Duration::from_secs(1));
    world.t.validate_token(world.genuine()).await.unwrap();
    assert_eq!(world.lists(), 2);
}

#[tokio::test]
async fn a_key_that_was_withdrawn_is_not_used_for_long() {
    let world = World::new().await;
    world.t.validate_token(world.genuine()).await.unwrap();
    world.clock.advance(Duration::from_secs(601));
    world.next_list(serde_json::json!({"public_key": ANOTHER_KEY}));
    world.refusal(&world.genuine()).await;
    assert_eq!(world.lists(), 2);
}

#[tokio::test]
async fn callers_who_need_the_keys_at_the_same_time_share_one_request() {
    let world = World::new().await;
    world.mock.inject(Fault::delay(Duration::from_millis(100)).on(LIST));
    let jwt = world.genuine();
    let impatient = world.t.validate_token(jwt.as_str());
    assert!(tokio::time::timeout(Duration::from_millis(20), impatient).await.is_err());
    let callers = (0..50).map(|_| world.t.validate_token(jwt.as_str()));
    for outcome in futures_util::future::join_all(callers).await {
        outcome.unwrap();
    }
    assert_eq!(world.lists(), 1);
}

#[tokio::test]
async fn keys_that_cannot_be_fetched_are_a_failure_of_its_own_kind_and_asked_for_after_a_pause() {
    let world = World::new().await;
    world.mock.inject(Fault::status(500).on(LIST));
    for _ in 0..3 {
        let error = world.t.validate_token(world.genuine()).await.unwrap_err();
        assert!(error.is_server() && error.message().contains("could not be fetched"), "{error}");
    }
    assert_eq!(world.lists(), 1);
    world.clock.advance(PAUSE);
    world.t.validate_token(world.genuine()).await.unwrap();
}

#[tokio::test]
async fn keys_are_used_for_an_hour_while_no_others_can_be_fetched() {
    let world = World::new().await;
    world.t.validate_token(world.genuine()).await.unwrap();
    world.mock.inject(Fault::status(500).on(LIST).always());
    world.clock.advance(Duration::from_secs(3599));
    let claims = user().expires_in(Duration::from_secs(86_400));
    world.t.validate_token(world.mint(claims.clone())).await.unwrap();
    world.refusal(&world.mint(claims.clone().tenant("nope"))).await;
    world.clock.advance(Duration::from_secs(1));
    let error = world.t.validate_token(world.mint(claims)).await.unwrap_err();
    assert!(error.is_server(), "{error}");
}

#[tokio::test]
async fn a_tenant_without_a_key_or_a_token_service_has_no_valid_tokens() {
    for (missing, why) in
        [("public_key", "has no public key"), ("token_service", "has no token service")]
    {
        let world = World::new().await;
        world.next_list(serde_json::json!({missing: null}));
        let told = world.refusal(&world.genuine()).await;
        assert!(told.contains(why), "{told}");
    }
    let world = World::new().await;
    world.next_list(serde_json::json!({"public_key": "nonsense"}));
    let told = world.refusal(&world.genuine()).await;
    assert!(told.contains("cannot be read"), "{told}");
}

#[tokio::test]
async fn what_is_known_of_a_tenant_is_looked_up_anew_after_ten_minutes() {
    let world = World::new().await;
    for (after, requests) in [(0, 1), (599, 1), (1, 2), (599, 2)] {
        world.clock.advance(Duration::from_secs(after));
        world.t.tenant("dev").await.unwrap();
        world.t.site("develop").await.ok();
        assert_eq!(world.mock.requests_for("tenants.get_tenant").len(), requests);
    }
}
