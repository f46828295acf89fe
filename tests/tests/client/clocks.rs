//! Whose clock counts: the services', as their replies tell it, or that of this machine.

use std::time::Duration;

use jiff::Timestamp;
use tapis_client::{Error, Tapis};
use tapis_mock::{Clock, Mint, MockTapis};
use tapis_tests::{ScriptServer, Step, TestClock};

const GOOD: &str = r#"{"status":"success","result":{"id":"x"}}"#;
const HOUR: u64 = 3600;

/// An access token that is valid until `expiry`.
fn jwt(expiry: Timestamp) -> String {
    use base64::Engine as _;
    let encode = |json: String| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json);
    let claims = format!(r#"{{"tapis/account_type":"user","exp":{}}}"#, expiry.as_second());
    format!("e30.{}.c2ln", encode(claims))
}

fn http_date(seconds_from_now: i64) -> String {
    let time = Timestamp::now() + jiff::SignedDuration::from_secs(seconds_from_now);
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn dated(seconds_from_now: i64, more: &str) -> Step {
    Step::reply("200 OK", &format!("date: {}\r\n{more}", http_date(seconds_from_now)), GOOD)
}

async fn read(t: &Tapis) -> Result<String, Error> {
    t.systems.get_system("x").await.map(|system| system.id)
}

/// A client with a given token that is valid for an hour, of a server that answers `replies`.
async fn with_token(replies: Vec<Step>) -> (ScriptServer, Tapis) {
    let server = ScriptServer::start(replies).await;
    let token = jwt(Timestamp::now() + Duration::from_secs(HOUR));
    let t = Tapis::builder(server.base_url()).access_token(token).build().unwrap();
    (server, t)
}

#[tokio::test]
async fn a_reply_of_another_time_does_not_lock_out_a_given_token() {
    for (ahead, more) in [(2 * 24, ""), (2, ""), (-24 * 365, ""), (2, "age: 7200\r\n")] {
        let (server, t) = with_token(vec![dated(ahead * 3600, more)]).await;
        for _ in 0..5 {
            read(&t).await.unwrap();
        }
        assert_eq!(server.requests(), 5, "{ahead} h");
    }
}

#[tokio::test]
async fn a_token_that_only_the_services_clock_holds_valid_is_sent() {
    let server = ScriptServer::start(vec![dated(-2 * 3600, "")]).await;
    let clock = TestClock::at(Timestamp::now());
    let token = jwt(Timestamp::now() + Duration::from_secs(600));
    let builder = Tapis::builder(server.base_url()).clock(clock.clone());
    let t = builder.access_token(token).build().unwrap();
    read(&t).await.unwrap();
    read(&t).await.unwrap();
    // By this machine's clock it has expired; the services' is two hours behind.
    clock.advance(Duration::from_secs(HOUR));
    read(&t).await.unwrap();
    clock.advance(Duration::from_secs(2 * HOUR));
    assert!(read(&t).await.unwrap_err().is_authentication(), "now it has expired by both");
}

#[tokio::test]
async fn a_date_that_was_kept_by_a_cache_does_not_make_an_old_token_valid() {
    let (_server, t) = with_token(vec![dated(-2 * 3600, "age: 7200\r\n")]).await;
    read(&t).await.unwrap();
    read(&t).await.unwrap();
    let skew = t.session().server_now().duration_since(t.session().now());
    assert!(skew.abs() < jiff::SignedDuration::from_secs(2), "{skew:?}");
}

#[tokio::test]
async fn a_wrong_date_makes_no_login_for_every_call() {
    let mock = MockTapis::builder()
        .user("testuser", "secret")
        .clock(Clock::stopped_at((Timestamp::now() + Duration::from_secs(10 * HOUR)).into()))
        .access_token_ttl(Duration::from_secs(4 * HOUR))
        .start()
        .await
        .unwrap();
    let t = Tapis::builder(mock.base_url()).password("testuser", "secret").build().unwrap();
    for _ in 0..20 {
        t.authenticator.get_userinfo().await.unwrap();
    }
    assert_eq!(mock.requests_for("authenticator.create_token").len(), 1);
}

#[tokio::test]
async fn how_long_a_token_lives_is_counted_by_the_services_clock() {
    let mock = MockTapis::builder().user("testuser", "secret").start().await.unwrap();
    let ahead = Timestamp::now() + Duration::from_secs(HOUR);
    let token = mock.mint_access_token(Mint::user("testuser")).unwrap();
    let builder = Tapis::builder(mock.base_url()).clock(TestClock::at(ahead));
    let t = builder.access_token(token).build().unwrap();
    t.authenticator.get_userinfo().await.unwrap();
    t.authenticator.get_userinfo().await.unwrap();
    let left = t.access_token().await.unwrap().expires_in().unwrap();
    assert!(left > Duration::from_secs(3 * HOUR + HOUR / 2), "{left:?}");
}

#[tokio::test]
async fn a_token_that_is_issued_expired_makes_no_login_for_every_call() {
    let builder = MockTapis::builder().user("testuser", "secret");
    let past = Timestamp::now() - Duration::from_secs(100 * HOUR);
    let mock = builder.clock(Clock::stopped_at(past.into())).start().await.unwrap();
    let t = Tapis::builder(mock.base_url()).password("testuser", "secret").build().unwrap();
    for _ in 0..20 {
        t.authenticator.get_userinfo().await.unwrap();
    }
    assert_eq!(mock.requests_for("authenticator.create_token").len(), 1);
}
