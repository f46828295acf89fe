//! The client works on all runtimes of a program, driven or not.

use std::future::{Future as _, poll_fn};
use std::task::Poll;
use std::time::Duration;

use futures_util::FutureExt as _;
use tapis_client::blocking::Wait as _;
use tapis_client::{ErrorKind, Tapis};
use tapis_mock::MockTapis;
use tapis_tests::TestClock;
use tokio::runtime::{Builder, Runtime};

const LIFE: Duration = Duration::from_secs(3600);

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn world() -> (MockTapis, TestClock, Tapis) {
    let builder = MockTapis::builder().user("testuser", "secret").access_token_ttl(LIFE);
    let mock = builder.start_blocking().unwrap();
    let clock = TestClock::default();
    let builder = Tapis::builder(mock.base_url()).clock(clock.clone());
    let t = builder.password("testuser", "secret").build().unwrap();
    (mock, clock, t)
}

async fn userinfo(t: Tapis) -> String {
    t.authenticator.get_userinfo().await.unwrap().username
}

#[test]
fn two_runtimes_that_are_driven_in_turn_share_one_client_past_expiry() {
    let (mock, clock, t) = world();
    let runtimes = [current_thread(), current_thread()];
    for turn in 0..20 {
        let runtime = &runtimes[turn % 2];
        assert_eq!(runtime.block_on(userinfo(t.clone())), "testuser");
        // Every third turn the token has expired.
        if turn % 3 == 2 {
            mock.advance(LIFE * 2);
            clock.advance(LIFE * 2);
        }
    }
    assert_eq!(mock.requests_for("authenticator.create_token").len(), 7);
}

#[test]
fn a_renewal_lands_though_the_runtime_that_began_it_is_not_driven() {
    let (mock, clock, t) = world();
    let sleeping = current_thread();
    sleeping.block_on(userinfo(t.clone()));
    mock.advance(LIFE * 2);
    clock.advance(LIFE * 2);
    // Polled once, so that the renewal has begun, and then left alone.
    let mut call = Box::pin(userinfo(t.clone()));
    sleeping.block_on(poll_fn(|context| {
        assert!(call.as_mut().poll(context).is_pending());
        Poll::Ready(())
    }));
    assert_eq!(current_thread().block_on(userinfo(t.clone())), "testuser");
    assert_eq!(mock.requests_for("authenticator.create_token").len(), 2);
}

#[test]
fn waiting_beside_a_runtime_that_is_not_driven_uses_connections_of_its_own() {
    let (_mock, _clock, t) = world();
    let runtime = current_thread();
    for _ in 0..5 {
        assert_eq!(runtime.block_on(userinfo(t.clone())), "testuser");
        assert_eq!(t.authenticator.get_userinfo().wait().unwrap().username, "testuser");
    }
}

#[test]
fn many_runtimes_come_and_go() {
    let (mock, _clock, t) = world();
    for _ in 0..50 {
        assert_eq!(current_thread().block_on(userinfo(t.clone())), "testuser");
    }
    assert_eq!(mock.requests_for("authenticator.get_userinfo").len(), 50);
    assert_eq!(mock.requests_for("authenticator.create_token").len(), 1);
}

#[test]
fn a_call_outside_of_any_runtime_is_an_error_and_no_panic() {
    let (_mock, _clock, t) = world();
    current_thread().block_on(userinfo(t.clone()));
    let outcome = t.authenticator.get_userinfo().into_future().now_or_never();
    assert_eq!(outcome.unwrap().unwrap_err().kind(), ErrorKind::Configuration);
}
