//! The rules of waiting, whatever is waited for: the thing is a script of answers, and time a clock
//! that the test moves.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tapis_client::wait::{PollInterval, Staged, State, Waiter};
use tapis_client::{Error, ErrorKind};
use tapis_core::{Clock as _, Session};
use tapis_tests::TestClock;

/// What a request for the thing comes to.
#[derive(Clone, Debug)]
enum Step {
    Is(&'static str),
    Fails(ErrorKind),
    /// There is never an answer.
    Hangs,
}
use Step::{Fails, Hangs, Is};

#[derive(Clone, Debug, PartialEq)]
struct Thing(&'static str);

impl Staged for Thing {
    type Stage = &'static str;

    fn has_reached(&self, stage: &&'static str) -> bool {
        let position =
            |name| ["NEW", "RUNNING", "ARCHIVING", "DONE"].iter().position(|n| *n == name);
        position(self.0) >= position(*stage)
    }
}

/// A thing whose course is known in advance; the last step stands for all that follow.
struct Script {
    session: Session,
    clock: TestClock,
    steps: Arc<Mutex<VecDeque<Step>>>,
    requests: Arc<AtomicUsize>,
    cancelled: Arc<AtomicUsize>,
}

fn script(steps: impl IntoIterator<Item = Step>) -> Script {
    let clock = TestClock::default();
    let session = Session::builder("http://localhost").clock(clock.clone()).build().unwrap();
    let steps = Arc::new(Mutex::new(steps.into_iter().collect()));
    Script { session, clock, steps, requests: Arc::default(), cancelled: Arc::default() }
}

impl Script {
    fn waiter(&self) -> Waiter<Thing> {
        let (steps, requests) = (self.steps.clone(), self.requests.clone());
        let ask = move || -> tapis_core::BoxFuture<'static, Result<Thing, Error>> {
            requests.fetch_add(1, Ordering::SeqCst);
            let mut steps = steps.lock().unwrap();
            let step = if steps.len() > 1 { steps.pop_front() } else { steps.front().cloned() };
            Box::pin(async move {
                match step.unwrap() {
                    Is(name) => Ok(Thing(name)),
                    Fails(kind) => Err(Error::new(kind, "no answer")),
                    Hangs => pending().await,
                }
            })
        };
        let judge = |thing: &Thing| match thing.0 {
            "DONE" => State::Done,
            "FAILED" => State::Failed(Error::new(ErrorKind::Failed, "thing is FAILED")),
            "STUCK" => {
                State::Doubtful(Error::new(ErrorKind::Failed, "thing is STUCK"), seconds(60))
            }
            "LOOKED AT" => State::Unclear(Box::pin(async { Ok(State::Done) })),
            "OUT OF SIGHT" => {
                State::Unclear(Box::pin(async { Err(Error::new(ErrorKind::Connection, "gone")) }))
            }
            _ => State::Pending,
        };
        let cancelled = self.cancelled.clone();
        Waiter::new(&self.session, "thing", ask, |thing| thing.0.to_owned(), judge)
            .poll_interval(PollInterval::every(Duration::from_secs(10)))
            .cancelled_by(move || {
                cancelled.fetch_add(1, Ordering::SeqCst);
                Box::pin(async { Ok(()) })
            })
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// Whether the thing is cancelled; it is in the background, so one that is expected is waited for.
    fn is_cancelled(&self, expected: bool) -> bool {
        let end = std::time::Instant::now() + Duration::from_secs(if expected { 30 } else { 0 });
        while self.cancelled.load(Ordering::SeqCst) == 0 && std::time::Instant::now() < end {
            std::thread::yield_now();
        }
        self.cancelled.load(Ordering::SeqCst) > 0
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Everything that a stream of changes returns.
async fn changes(waiter: Waiter<Thing>) -> (Vec<&'static str>, Result<(), Error>) {
    let mut watch = waiter.watch();
    let mut states = Vec::new();
    let end = loop {
        match watch.next().await {
            Ok(Some(thing)) => states.push(thing.0),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    assert!(watch.next().await.unwrap().is_none(), "an error is the end");
    (states, end)
}

#[tokio::test]
async fn the_last_look_is_at_the_deadline() {
    // Requests at 0, 10, 20 and 25 seconds.
    let script = script([Is("RUNNING"), Is("RUNNING"), Is("RUNNING"), Is("DONE")]);
    let done = script.waiter().timeout(seconds(25)).await.unwrap();
    assert_eq!((done, script.requests()), (Thing("DONE"), 4));
}

#[tokio::test]
async fn a_thing_that_changed_at_the_deadline_is_shown_before_the_error() {
    let script = script([Is("NEW"), Is("NEW"), Is("RUNNING")]);
    let (states, end) = changes(script.waiter().timeout(seconds(15))).await;
    assert_eq!(states, ["NEW", "RUNNING"]);
    let error = end.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(error.message().contains("thing was still RUNNING after 15s"), "{error}");
}

#[tokio::test]
async fn a_doubtful_state_that_passes_does_not_end_the_wait() {
    // At 10 and 30 to 50 seconds: never 60 in a row.
    let stuck = Is("STUCK");
    let steps =
        [Is("NEW"), stuck.clone(), Is("RUNNING"), stuck.clone(), stuck.clone(), stuck, Is("DONE")];
    let script = script(steps);
    let (states, end) = changes(script.waiter()).await;
    assert_eq!(states, ["NEW", "STUCK", "RUNNING", "STUCK", "DONE"]);
    assert!(end.is_ok());
}

#[tokio::test]
async fn a_doubtful_state_that_stays_ends_the_wait_after_its_grace_period() {
    for (waiter, looks) in [(None, 8), (Some(seconds(20)), 4), (Some(seconds(0)), 2)] {
        let script = script([Is("NEW"), Is("STUCK")]);
        let wait = script.waiter().cancel_on_drop();
        let wait = match waiter {
            Some(grace) => wait.grace_period(grace),
            None => wait,
        };
        let (states, end) = changes(wait).await;
        assert_eq!(states.first(), Some(&"NEW"));
        assert_eq!(states.last(), Some(&"STUCK"));
        assert_eq!(end.unwrap_err().message(), "thing is STUCK");
        assert_eq!(script.requests(), looks);
        assert!(script.is_cancelled(true), "it has not ended");
    }
}

#[tokio::test]
async fn a_state_that_another_request_tells_is_waited_for() {
    let script = script([Is("NEW"), Is("LOOKED AT")]);
    let (states, end) = changes(script.waiter()).await;
    assert_eq!(states, ["NEW", "LOOKED AT"]);
    assert!(end.is_ok());
}

#[tokio::test]
async fn failures_of_that_request_are_tolerated_like_those_of_the_question() {
    let script = script([Is("NEW"), Is("OUT OF SIGHT"), Is("OUT OF SIGHT"), Is("DONE")]);
    let (states, end) = changes(script.waiter()).await;
    assert_eq!(states, ["NEW", "DONE"]);
    assert!(end.is_ok());
}

/// Lets a waiter that hangs go on, and moves the clock until it ends; returns how long it took.
async fn until_it_ends(script: &Script, waiter: Waiter<Thing>) -> (Result<Thing, Error>, Duration) {
    let begin = script.clock.now();
    let waiting = tokio::spawn(waiter.into_future());
    while !waiting.is_finished() {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        if !waiting.is_finished() {
            script.clock.advance(seconds(1));
        }
    }
    let took = script.clock.now().duration_since(begin);
    (waiting.await.unwrap(), Duration::try_from(took).unwrap())
}

#[tokio::test]
async fn a_timeout_bounds_a_request_that_hangs_and_the_last_look_has_ten_seconds() {
    let hanging = script([Is("RUNNING"), Hangs]);
    let (outcome, took) = until_it_ends(&hanging, hanging.waiter().timeout(seconds(60))).await;
    let error = outcome.unwrap_err();
    assert!(error.message().contains("still RUNNING after 60s"), "{error}");
    assert_eq!((took, hanging.requests()), (seconds(70), 3));

    let late = script([Is("RUNNING"), Hangs, Is("DONE")]);
    let (outcome, took) = until_it_ends(&late, late.waiter().timeout(seconds(60))).await;
    assert_eq!((outcome.unwrap(), took), (Thing("DONE"), seconds(60)));

    let silent = script([Hangs]);
    let (outcome, _) = until_it_ends(&silent, silent.waiter().timeout(seconds(60))).await;
    assert!(outcome.unwrap_err().message().contains("no status of thing was received within 60s"));
}

#[tokio::test]
async fn a_timeout_during_an_outage_has_the_last_failure_as_its_source() {
    let script = script([Is("RUNNING"), Fails(ErrorKind::Connection)]);
    let error = script.waiter().timeout(seconds(60)).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    let source = std::error::Error::source(&error).unwrap().downcast_ref::<Error>().unwrap();
    assert!(source.is_connection(), "{source}");
}

#[tokio::test]
async fn a_date_that_is_corrected_does_not_end_a_wait() {
    #[derive(Debug)]
    struct Corrected(TestClock);
    impl tapis_core::Clock for Corrected {
        fn now(&self) -> jiff::Timestamp {
            jiff::Timestamp::MAX
        }
        fn monotonic(&self) -> Duration {
            self.0.monotonic()
        }
        fn sleep(&self, duration: Duration) -> tapis_core::BoxFuture<'static, ()> {
            self.0.sleep(duration)
        }
        fn time_limit(&self, limit: Duration) -> tapis_core::BoxFuture<'static, ()> {
            self.0.time_limit(limit)
        }
    }
    let mut script = script([Is("RUNNING"), Is("RUNNING"), Is("DONE")]);
    let clock = Corrected(script.clock.clone());
    script.session = Session::builder("http://localhost").clock(clock).build().unwrap();
    script.waiter().timeout(seconds(60)).await.unwrap();
}

#[tokio::test]
async fn an_outage_of_a_quarter_of_an_hour_is_tolerated_and_not_a_longer_one() {
    // A request every ten seconds.
    let outage = |requests| {
        let failures = std::iter::repeat_n(Fails(ErrorKind::Connection), requests);
        script([Is("RUNNING")].into_iter().chain(failures).chain([Is("DONE")]))
    };
    outage(89).waiter().await.unwrap();
    assert!(outage(100).waiter().await.unwrap_err().is_connection());
    assert!(outage(10).waiter().tolerate(seconds(30)).await.unwrap_err().is_connection());
    outage(100).waiter().tolerate(seconds(3600)).await.unwrap();
}

#[tokio::test]
async fn a_failure_that_does_not_pass_ends_the_wait_at_once() {
    for kind in [ErrorKind::Permission, ErrorKind::NotFound, ErrorKind::Authentication] {
        let script = script([Is("RUNNING"), Fails(kind)]);
        assert_eq!(script.waiter().await.unwrap_err().kind(), kind);
        assert_eq!(script.requests(), 2);
    }
}

#[tokio::test]
async fn a_thing_that_fails_is_shown_before_the_error() {
    let (states, end) = changes(script([Is("RUNNING"), Is("FAILED")]).waiter()).await;
    assert_eq!(states, ["RUNNING", "FAILED"]);
    assert!(end.unwrap_err().is_failed());
    assert!(script([Is("FAILED")]).waiter().await.unwrap_err().is_failed());
}

#[tokio::test]
async fn a_stage_is_reached_by_itself_and_by_those_after_it() {
    for steps in [["NEW", "RUNNING"], ["NEW", "ARCHIVING"], ["NEW", "DONE"]] {
        let script = script(steps.map(Is));
        assert_eq!(script.waiter().until("RUNNING").await.unwrap(), Thing(steps[1]));
    }
    let failing = script([Is("NEW"), Is("FAILED")]);
    assert!(failing.waiter().until("RUNNING").await.unwrap_err().is_failed());
}

#[tokio::test]
async fn a_waiter_that_is_dropped_cancels_also_before_it_is_polled() {
    let unpolled = script([Is("RUNNING")]);
    drop(unpolled.waiter().cancel_on_drop());
    assert!(unpolled.is_cancelled(true));

    let unwatched = script([Is("RUNNING")]);
    drop(unwatched.waiter().cancel_on_drop().watch());
    assert!(unwatched.is_cancelled(true));

    let unawaited = script([Is("RUNNING")]);
    drop(unawaited.waiter().cancel_on_drop().into_future());
    assert!(unawaited.is_cancelled(true));

    let unasked = script([Is("RUNNING")]);
    drop(unasked.waiter());
    assert!(!unasked.is_cancelled(false));
}

#[test]
fn a_waiter_that_is_dropped_outside_of_a_runtime_cancels() {
    let script = script([Is("RUNNING")]);
    drop(script.waiter().cancel_on_drop());
    assert!(script.is_cancelled(true));
}

#[tokio::test]
async fn a_wait_that_times_out_cancels() {
    let script = script([Is("RUNNING")]);
    script.waiter().cancel_on_drop().timeout(seconds(60)).await.unwrap_err();
    assert!(script.is_cancelled(true));
}

#[tokio::test]
async fn what_is_over_or_reached_or_of_unknown_fate_is_not_cancelled() {
    let of = |last| script([Is("RUNNING"), last]);
    let (done, failed, lost) = (of(Is("DONE")), of(Is("FAILED")), of(Fails(ErrorKind::NotFound)));
    done.waiter().cancel_on_drop().await.unwrap();
    failed.waiter().cancel_on_drop().await.unwrap_err();
    lost.waiter().cancel_on_drop().await.unwrap_err();
    let reached = script([Is("RUNNING")]);
    reached.waiter().cancel_on_drop().until("RUNNING").await.unwrap();
    // Those that are cancelled come in order, so this one is the last.
    let fence = script([Is("RUNNING")]);
    drop(fence.waiter().cancel_on_drop());
    assert!(fence.is_cancelled(true));
    for script in [done, failed, lost, reached] {
        assert!(!script.is_cancelled(false));
    }
}

#[tokio::test]
async fn of_clones_the_last_one_that_is_dropped_cancels() {
    let fence = || {
        let script = script([Is("RUNNING")]);
        drop(script.waiter().cancel_on_drop());
        assert!(script.is_cancelled(true));
    };
    let script = script([Is("RUNNING")]);
    let first = script.waiter().cancel_on_drop().cancel_on_drop();
    let second = first.clone();
    drop(first);
    fence();
    assert!(!script.is_cancelled(false));
    drop(second);
    assert!(script.is_cancelled(true));
}
