//! Logging in, renewing and losing tokens.

use std::time::Duration;

use futures_util::future::join_all;
use tapis_client::{Error, ErrorKind, Tapis};
use tapis_mock::{Fault, MockTapis};
use tapis_tests::TestClock;

const TOKENS: &str = "authenticator.create_token";
const LIFE: Duration = Duration::from_secs(4 * 3600);
/// After this much time a token that a service refuses is replaced.
const NO_LONGER_FRESH: Duration = Duration::from_secs(31);

struct World {
    mock: MockTapis,
    clock: TestClock,
    t: Tapis,
}

impl World {
    async fn new() -> Self {
        Self::with(|builder| builder.password("testuser", "secret")).await
    }

    async fn with(
        login: impl FnOnce(tapis_client::TapisBuilder) -> tapis_client::TapisBuilder,
    ) -> Self {
        let mock = mock().await;
        let clock = TestClock::default();
        let t = login(Tapis::builder(mock.base_url()).clock(clock.clone())).build().unwrap();
        Self { mock, clock, t }
    }

    /// Moves both clocks.
    fn advance(&self, by: Duration) {
        self.mock.advance(by);
        self.clock.advance(by);
    }

    fn logins(&self) -> usize {
        self.mock.requests_for(TOKENS).len()
    }

    async fn userinfo(&self) -> Result<String, Error> {
        self.t.authenticator.get_userinfo().await.map(|profile| profile.username)
    }
}

async fn mock() -> MockTapis {
    MockTapis::builder()
        .user("testuser", "secret")
        .client("portal", "portal-key")
        .access_token_ttl(LIFE)
        .start()
        .await
        .unwrap()
}

#[tokio::test]
async fn the_first_call_logs_in_and_the_next_ones_use_the_token() {
    let world = World::new().await;
    assert!(world.mock.requests().is_empty(), "construction does no I/O");
    assert_eq!(world.userinfo().await.unwrap(), "testuser");
    assert_eq!(world.userinfo().await.unwrap(), "testuser");
    assert_eq!(world.logins(), 1);
    let token = world.t.access_token().await.unwrap();
    let sent = world.mock.requests_for("authenticator.get_userinfo");
    assert_eq!(sent[0].header("x-tapis-token"), Some(token.expose_secret()));
    assert_eq!(token.claims().username.as_deref(), Some("testuser"));
    assert_eq!(token.original_ttl(), Some(LIFE));
}

#[tokio::test]
async fn a_call_can_be_spawned_stored_and_repeated() {
    let world = World::new().await;
    let call = world.t.authenticator.get_userinfo();
    let stored = vec![call.clone(), call];
    let spawned = stored.into_iter().map(|call| tokio::spawn(async move { call.await }));
    for outcome in join_all(spawned).await {
        assert_eq!(outcome.unwrap().unwrap().username, "testuser");
    }
}

#[tokio::test]
async fn the_whole_response_holds_what_the_service_said() {
    let world = World::new().await;
    let response = world.t.authenticator.get_userinfo().send().await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!(response.result().username, "testuser");
    assert!(response.message().is_some() && response.version().is_some());
    let own: serde_json::Value = response.json().unwrap();
    assert_eq!(own["result"]["username"], "testuser");
    let own: std::collections::BTreeMap<String, serde_json::Value> =
        world.t.authenticator.get_userinfo().send_as().await.unwrap();
    assert_eq!(own["username"], "testuser");
}

#[tokio::test]
async fn a_client_shows_its_service() {
    let world = World::new().await;
    let shown = format!("{:?}", world.t.pods);
    assert!(shown.starts_with(r#"Client { service: "pods", session: "#), "{shown}");
}

#[tokio::test]
async fn a_session_knows_its_user() {
    let world = World::new().await;
    assert_eq!(world.t.username().await.unwrap(), "testuser");
    let nobody = Tapis::builder(world.mock.base_url()).build().unwrap();
    assert!(nobody.username().await.unwrap_err().is_authentication());
}

#[tokio::test]
async fn tenants_sites_and_tokens_answer() {
    let world = World::new().await;
    assert!(!world.t.tenants.list_tenants().await.unwrap().is_empty());
    assert!(!world.t.tenants.list_sites().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_wrong_password_is_an_authentication_error_with_the_services_words() {
    let world = World::with(|builder| builder.password("testuser", "wrong-password")).await;
    let error = world.userinfo().await.unwrap_err();
    assert!(error.is_authentication());
    assert!(error.message().contains("password grant: Invalid username/password"), "{error}");
    assert_eq!(error.status().unwrap().as_u16(), 400);
    assert!(!format!("{error} {error:?}").contains("wrong-password"));
}

#[tokio::test]
async fn a_thousand_calls_at_expiry_send_one_token_request() {
    let world = World::new().await;
    world.userinfo().await.unwrap();
    world.advance(LIFE + Duration::from_secs(1));
    let calls = (0..1000).map(|_| world.userinfo());
    for outcome in join_all(calls).await {
        outcome.unwrap();
    }
    assert_eq!(world.logins(), 2, "one at the start and one at expiry");
}

#[tokio::test]
async fn a_caller_who_gives_up_does_not_take_the_renewal_along() {
    let world = World::new().await;
    world.mock.inject(Fault::delay(Duration::from_millis(100)).on(TOKENS));
    let impatient = tokio::time::timeout(Duration::from_millis(20), world.userinfo()).await;
    assert!(impatient.is_err());
    assert_eq!(world.userinfo().await.unwrap(), "testuser");
    assert_eq!(world.logins(), 1);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_expires_and_nobody_waits() {
    let world = World::new().await;
    world.userinfo().await.unwrap();
    world.advance(LIFE - Duration::from_secs(60));
    world.mock.inject(Fault::hang().on(TOKENS));
    assert_eq!(world.userinfo().await.unwrap(), "testuser", "the renewal hangs, the token is good");
    assert_eq!(world.userinfo().await.unwrap(), "testuser");
}

#[tokio::test]
async fn a_valid_token_survives_a_failed_renewal() {
    let world = World::new().await;
    world.userinfo().await.unwrap();
    world.advance(LIFE - Duration::from_secs(60));
    world.mock.inject(Fault::status(500).on(TOKENS).always());
    for _ in 0..3 {
        assert_eq!(world.userinfo().await.unwrap(), "testuser");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_expired_token_that_cannot_be_renewed_says_which_grant_failed() {
    let world = World::new().await;
    world.userinfo().await.unwrap();
    world.advance(LIFE + Duration::from_secs(1));
    let words = r#"{"message":"LDAP is down","status":"error","result":null,"version":"1"}"#;
    world.mock.inject(Fault::status(500).body(words).on(TOKENS).always());
    let error = world.userinfo().await.unwrap_err();
    assert!(error.message().contains("password grant: LDAP is down"), "{error}");
    world.mock.clear_faults();
    assert_eq!(world.userinfo().await.unwrap(), "testuser", "the next call tries again");
}

#[tokio::test]
async fn a_renewal_that_answers_nonsense_is_an_error_without_the_nonsense() {
    let world = World::new().await;
    world
        .mock
        .inject(Fault::status(200).body("{\"result\":{\"access_token\":\"planted\"}}").on(TOKENS));
    let error = world.userinfo().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decoding);
    assert!(!format!("{error} {error:?}").contains("planted"));
}

#[tokio::test]
async fn a_rejected_token_is_renewed_once_and_the_call_repeated_once() {
    let world = World::new().await;
    world.userinfo().await.unwrap();
    world.advance(NO_LONGER_FRESH);
    world.mock.inject(Fault::revoked_token().on("authenticator.get_userinfo"));
    assert_eq!(world.userinfo().await.unwrap(), "testuser");
    assert_eq!(world.logins(), 2);
    world.advance(NO_LONGER_FRESH);
    world.mock.inject(Fault::revoked_token().on("authenticator.get_userinfo").always());
    let before = world.mock.requests_for("authenticator.get_userinfo").len();
    let error = world.userinfo().await.unwrap_err();
    assert!(error.is_authentication() && error.message().contains("revoked"), "{error}");
    assert_eq!(world.mock.requests_for("authenticator.get_userinfo").len(), before + 2);
    assert_eq!(world.logins(), 3);
}

#[tokio::test]
async fn without_a_way_to_renew_the_error_says_so() {
    let mock = mock().await;
    let clock = TestClock::default();
    let jwt = mock.mint_access_token(tapis_mock::Mint::user("testuser")).unwrap();
    let t = Tapis::builder(mock.base_url()).clock(clock.clone()).access_token(jwt).build().unwrap();
    t.authenticator.get_userinfo().await.unwrap();
    clock.advance(LIFE * 100);
    let error = t.authenticator.get_userinfo().await.unwrap_err();
    assert!(error.message().contains("there is no way to renew it"), "{error}");
    let nobody = Tapis::builder(mock.base_url()).build().unwrap();
    let error = nobody.authenticator.get_userinfo().await.unwrap_err();
    assert!(error.message().contains("no login is configured"), "{error}");
}

#[tokio::test]
async fn a_bad_access_token_with_a_good_refresh_token_just_works() {
    let mock = mock().await;
    let builder = || Tapis::builder(mock.base_url()).client("portal", "portal-key");
    let first = builder().password("testuser", "secret").build().unwrap();
    let issued: serde_json::Value = {
        first.get_tokens().await.unwrap();
        // What a portal has in its database.
        let body = tapis_client::authenticator::types::NewToken::new("password")
            .username("testuser")
            .password("secret");
        let key = tapis_client::Secret::from("portal-key");
        let response =
            first.authenticator.create_token(body).with_basic_auth("portal", &key).send().await;
        response.unwrap().json().unwrap()
    };
    let refresh = issued["result"]["refresh_token"]["refresh_token"].as_str().unwrap();
    for bad in ["not a token", "a.b.c"] {
        let t = builder().access_token(bad).refresh_token(refresh).build().unwrap();
        assert_eq!(t.authenticator.get_userinfo().await.unwrap().username, "testuser");
    }
}

#[tokio::test]
async fn a_clock_ten_minutes_off_does_not_matter() {
    let mock = MockTapis::builder()
        .user("testuser", "secret")
        .access_token_ttl(Duration::from_secs(300))
        .start()
        .await
        .unwrap();
    for minutes in [-10, 10] {
        let now = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(minutes);
        let clock = TestClock::at(now);
        let t = Tapis::builder(mock.base_url())
            .clock(clock.clone())
            .password("testuser", "secret")
            .build()
            .unwrap();
        mock.clear_requests();
        for _ in 0..3 {
            t.authenticator.get_userinfo().await.unwrap();
        }
        assert_eq!(mock.requests_for(TOKENS).len(), 1, "{minutes} minutes off");
    }
}
