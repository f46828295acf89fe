//! The tokens of a session: obtained on first use, renewed before they expire, and never by two
//! callers at once.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use tokio::sync::watch;
use tracing::Span;

use super::kept::{Found, Kept};
use super::login::Login;
use super::store::TokenStore;
use super::tokens::Tokens;
use crate::background;
use crate::clock::Clock;
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::operation::Operation;
use crate::refusal::Token;
use crate::server_clock::ServerClock;
use crate::task;

/// After a renewal ahead of time has failed, the next one waits this long.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(10);
/// After a login has failed in a way that would fail again, it is not retried for this long: after
/// the first failure, the second, …
const PAUSES_AFTER_REFUSAL: [Duration; 4] = [
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_secs(120),
    Duration::from_secs(300),
];
/// How long a token counts as just obtained: a service that refuses it would refuse a newer one
/// too.
const FRESH: Duration = Duration::from_secs(30);

/// The callback for new tokens.
pub(crate) type NewTokens = Arc<dyn Fn(&Tokens) + Send + Sync>;

/// The tokens of a session `S` and its active renewal.
pub(crate) struct TokenCache<S> {
    source: Option<Arc<dyn Login<S>>>,
    kept: Kept,
    on_new: Option<NewTokens>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    tokens: Option<Arc<Tokens>>,
    /// When this session obtained them, on the monotonic clock; `None` for tokens from a store or
    /// from the program.
    obtained: Option<Duration>,
    /// When the present token is renewed ahead of time, by the services' clock.
    renew_at: Option<Timestamp>,
    flight: Option<Flight>,
    /// By the monotonic clock.
    no_renewal_before: Option<Duration>,
    hopeless: Option<Hopeless>,
    /// The operations whose unknown 401 has already led to a renewal.
    doubted: Vec<&'static Operation>,
    /// How often the tokens have been deleted: a renewal that started earlier stores nothing.
    generation: u64,
    server: ServerClock,
}

/// A login that would fail again.
#[derive(Debug)]
struct Hopeless {
    error: Arc<Error>,
    /// By the monotonic clock.
    until: Duration,
    failures: usize,
}

type Outcome = Result<Arc<Tokens>, Arc<Error>>;

/// An active renewal.
pub(crate) type Flight = watch::Receiver<Option<Outcome>>;

/// Why tokens are renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    /// There is no token, or it expires.
    Age,
    /// A service refused it; with the operation, if the token may not be the reason.
    Refusal(Option<&'static Operation>),
    /// The program requested it.
    Asked,
}

impl<S: Clone + Send + Sync + 'static> TokenCache<S> {
    pub(crate) fn new(
        source: Option<Arc<dyn Login<S>>>,
        store: Option<Arc<dyn TokenStore>>,
        on_new: Option<NewTokens>,
        clock: Arc<dyn Clock>,
        base_url: String,
    ) -> Arc<Self> {
        let kept = Kept::new(store, clock.clone(), base_url);
        Arc::new(Self { source, kept, on_new, clock, state: Mutex::default() })
    }

    /// The token to send now.
    pub(crate) async fn get(self: &Arc<Self>, session: &S) -> Result<Arc<Tokens>, Error> {
        match self.at_hand(session) {
            Ok(tokens) => Ok(tokens),
            Err(flight) => self.land(session, flight).await,
        }
    }

    /// The token to send now if there is one, otherwise the renewal that will return it.
    pub(crate) fn at_hand(self: &Arc<Self>, session: &S) -> Result<Arc<Tokens>, Flight> {
        let (now, mut state) = (self.clock.now(), self.lock());
        let present = state.tokens.clone();
        let present = present.filter(|tokens| {
            state.is_valid(tokens, now) || state.was_just_issued(tokens, self.clock.monotonic())
        });
        let Some(tokens) = present else {
            return Err(self.start(session, &mut state, Reason::Age));
        };
        // Still valid, so the caller does not wait for the renewal.
        if state.is_due(now) && state.may_renew_ahead(&tokens, self.clock.monotonic()) {
            self.start(session, &mut state, Reason::Age);
        }
        Ok(tokens)
    }

    /// Obtains new tokens from the server, even if there are tokens.
    pub(crate) async fn ask(self: &Arc<Self>, session: &S) -> Result<Arc<Tokens>, Error> {
        let asked = self.clock.monotonic();
        let joined = self.lock().active_flight();
        if let Some(flight) = joined {
            let outcome = self.land(session, flight).await;
            // Tokens from a store do not prove a login.
            let from_server = self.lock().obtained.is_some_and(|at| at >= asked);
            if outcome.is_err() || from_server {
                return outcome;
            }
        }
        let flight = {
            let mut state = self.lock();
            if let Some(tokens) = state.obtained_valid(self.clock.now())
                && tokens.refresh.is_none()
                && self.source.as_ref().is_some_and(|source| source.is_interactive())
            {
                return Ok(tokens);
            }
            if let Some(hopeless) = &mut state.hopeless {
                hopeless.until = Duration::ZERO;
            }
            self.start(session, &mut state, Reason::Asked)
        };
        self.land(session, flight).await
    }

    /// The renewal that replaces `rejected`, which a service refused for `operation`; `None` if a
    /// new token would probably be refused too.
    pub(crate) fn replace(
        self: &Arc<Self>,
        session: &S,
        rejected: &Tokens,
        verdict: Token,
        operation: &'static Operation,
    ) -> Option<Flight> {
        let mut state = self.lock();
        match &state.tokens {
            // Another call has replaced it already.
            Some(tokens) if tokens.access.secret() != rejected.access.secret() => {
                return Some(finished(Ok(tokens.clone())));
            }
            Some(_) => {}
            // The program has logged out.
            None => return None,
        }
        if let Some(flight) = state.active_flight() {
            return Some(flight);
        }
        if state.age(self.clock.monotonic()).is_some_and(|age| age < FRESH) {
            return None;
        }
        let doubtful = (verdict == Token::Suspect).then_some(operation);
        if doubtful.is_some_and(|operation| state.doubted.contains(&operation)) {
            return None;
        }
        Some(self.start(session, &mut state, Reason::Refusal(doubtful)))
    }

    /// Whether a refused token can be replaced.
    pub(crate) fn can_renew(&self) -> bool {
        self.source.as_ref().is_some_and(|source| source.can_renew())
    }

    /// Whether a login is configured.
    pub(crate) fn has_source(&self) -> bool {
        self.source.is_some()
    }

    /// The current tokens, valid or not.
    pub(crate) fn present(&self) -> Option<Arc<Tokens>> {
        self.lock().tokens.clone()
    }

    /// The current tokens, or the stored ones, valid or not.
    pub(crate) async fn kept(&self) -> Option<Arc<Tokens>> {
        match (self.present(), &self.source) {
            (None, Some(source)) => self.kept.look(&source.identity()).await.map(Arc::new),
            (present, _) => present,
        }
    }

    /// Deletes the tokens, also in the store.
    pub(crate) async fn forget(&self) -> Result<(), Error> {
        let tokens = {
            let mut state = self.lock();
            let generation = state.generation + 1;
            let tokens = state.tokens.take();
            let server = std::mem::take(&mut state.server);
            *state = State { server, generation, ..State::default() };
            tokens
        };
        let Some(source) = &self.source else { return Ok(()) };
        self.kept.clear(&source.identity(), tokens.as_deref()).await
    }

    /// The time of the services' clock when the session's clock is at `now`.
    pub(crate) fn by_server(&self, now: Timestamp) -> Timestamp {
        self.lock().server.at(now)
    }

    /// Takes over what `other` knows of the services' clock.
    pub(crate) fn with_clock_of(self: Arc<Self>, other: &Self) -> Arc<Self> {
        let server = other.lock().server.clone();
        self.lock().server = server;
        self
    }

    /// Records the services' clock; see [`ServerClock::observe`].
    pub(crate) fn observe(&self, date: Timestamp, now: Timestamp) -> bool {
        self.lock().server.observe(date, now)
    }

    /// Starts a renewal, or joins the active one. It runs on the library's own thread, so that it
    /// completes even if the caller gives up or its runtime is not driven.
    fn start(self: &Arc<Self>, session: &S, state: &mut State, reason: Reason) -> Flight {
        if let Some(flight) = state.active_flight() {
            return flight;
        }
        if let Some(hopeless) = &state.hopeless
            && self.clock.monotonic() < hopeless.until
        {
            return finished(Err(hopeless.error.clone()));
        }
        let runtime = match background::runtime() {
            Ok(runtime) => runtime,
            Err(error) => return finished(Err(Arc::new(error))),
        };
        let (sender, receiver) = watch::channel(None);
        state.flight = Some(receiver.clone());
        let (cache, session) = (self.clone(), session.clone());
        let (current, generation) = (state.tokens.clone(), state.generation);
        // Tokens from a store do not prove a login that the program requested.
        let current = current.filter(|_| reason != Reason::Asked || state.obtained.is_some());
        task::spawn(&runtime, Span::none(), async move {
            let renewal = cache.renew(&session, current.as_deref(), generation, reason);
            // Only a source or a callback of the program can panic here.
            let renewed = AssertUnwindSafe(renewal).catch_unwind().await.unwrap_or_else(|_| {
                let message = "the token source or the token callback panicked";
                Err(Arc::new(Error::new(ErrorKind::Authentication, message)))
            });
            let outcome =
                renewed.as_ref().map(|renewed| renewed.tokens.clone()).map_err(Arc::clone);
            cache.settle(renewed, generation, reason);
            let _ = sender.send(Some(outcome));
        });
        receiver
    }

    /// Tokens from the store, if another process has stored newer ones, or from the source.
    async fn renew(
        &self,
        session: &S,
        current: Option<&Tokens>,
        generation: u64,
        reason: Reason,
    ) -> Result<Renewed, Arc<Error>> {
        let found = match &self.source {
            // Tokens from a store do not prove a login that the program requested.
            Some(source) if reason != Reason::Asked => {
                self.kept.find(&source.identity(), source.is_interactive()).await
            }
            _ => Found::default(),
        };
        let stored = found.tokens;
        let fresh = |stored: &Tokens| {
            let known = current.is_some_and(|c| c.access.secret() == stored.access.secret());
            let (state, now) = (self.lock(), self.clock.now());
            let by_server = state.server.at(now);
            let due = renew_at(stored, by_server).is_some_and(|at| at <= by_server);
            !known && !due && state.is_valid(stored, now)
        };
        if let Some(tokens) = stored.as_ref().filter(|stored| fresh(stored)) {
            return Ok(Renewed { tokens: Arc::new(tokens.clone()), obtained: None });
        }
        // Even an expired entry has a refresh token, with which the login continues.
        let current = stored.as_ref().or(current);
        let Some(source) = &self.source else {
            let message = match current {
                Some(_) => {
                    "the access token has expired or was rejected, and there is no way to renew it"
                }
                None => {
                    "no login is configured: give the client a password, a token or another grant"
                }
            };
            return Err(Arc::new(Error::new(ErrorKind::Authentication, message)));
        };
        let failed = |error: Error| {
            let prefix = format!("{} grant: ", source.grant());
            Arc::new(refused_login(error).with_message_prefix(&prefix))
        };
        let mut tokens = source.fetch(session, current).await.map_err(failed)?;
        // A program that requests new tokens does not want those that it supplied itself.
        if reason == Reason::Asked && tokens.access.was_supplied() && source.can_renew() {
            tokens = source.fetch(session, Some(&tokens)).await.map_err(failed)?;
        }
        let obtained = (!tokens.access.was_supplied()).then(|| self.clock.monotonic());
        let renewed = Renewed { tokens: Arc::new(tokens), obtained };
        let tokens = &renewed.tokens;
        let wanted = || self.lock().generation == generation;
        if wanted() {
            self.kept.keep(&source.identity(), found.lock, tokens, wanted).await;
        }
        // The program may have logged out while this waited for the store.
        if let Some(on_new) = &self.on_new
            && wanted()
        {
            on_new(tokens);
        }
        Ok(renewed)
    }

    fn settle(&self, renewed: Result<Renewed, Arc<Error>>, generation: u64, reason: Reason) {
        let (now, monotonic) = (self.clock.now(), self.clock.monotonic());
        let mut state = self.lock();
        if state.generation != generation {
            return;
        }
        state.flight = None;
        match renewed {
            Ok(Renewed { tokens, obtained }) => {
                state.renew_at = renew_at(&tokens, state.server.at(now));
                state.no_renewal_before = None;
                state.hopeless = None;
                state.obtained = obtained;
                state.tokens = Some(tokens);
                match reason {
                    Reason::Refusal(doubtful) => state.doubted.extend(doubtful),
                    Reason::Age | Reason::Asked => state.doubted.clear(),
                }
            }
            Err(error) => {
                tracing::warn!(error = %error, "token renewal failed");
                state.no_renewal_before = Some(monotonic.saturating_add(PAUSE_AFTER_FAILURE));
                if error.login_is_hopeless() {
                    state.give_up_for_a_while(error, monotonic);
                }
            }
        }
    }

    pub(crate) async fn land(
        self: &Arc<Self>,
        session: &S,
        mut flight: Flight,
    ) -> Result<Arc<Tokens>, Error> {
        loop {
            let finished =
                flight.wait_for(Option::is_some).await.ok().and_then(|outcome| (*outcome).clone());
            match finished {
                Some(Ok(tokens)) => return Ok(tokens),
                // The call was not sent, whatever the error of the login.
                Some(Err(error)) => return Err(error.again().never_sent().with_attempts(0)),
                // The thread of the renewal has ended: start another renewal.
                None => flight = self.start(session, &mut self.lock(), Reason::Age),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while holding the lock; if something did, the state would still be
        // consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For how long the token counts as just obtained.
fn fresh_for(tokens: &Tokens) -> Duration {
    tokens.access.original_ttl().map_or(FRESH, |ttl| ttl.min(FRESH))
}

/// The result of a renewal.
struct Renewed {
    tokens: Arc<Tokens>,
    /// See [`State::obtained`].
    obtained: Option<Duration>,
}

/// A renewal with a known outcome.
fn finished(outcome: Outcome) -> Flight {
    watch::channel(Some(outcome)).1
}

/// A login that a service refuses is an authentication error, regardless of the service's reason.
fn refused_login(error: Error) -> Error {
    let refused = error.status().is_some_and(|status| matches!(status.as_u16(), 400 | 401 | 403));
    match error.kind() {
        ErrorKind::Request | ErrorKind::Permission | ErrorKind::NotFound if refused => {
            error.with_kind(ErrorKind::Authentication)
        }
        _ => error,
    }
}

impl State {
    /// Whether the token can be sent: one of the two clocks must consider it valid.
    fn is_valid(&self, tokens: &Tokens, now: Timestamp) -> bool {
        let is_before = |expiry| now < expiry || self.server.at(now) < expiry;
        tokens.access.expires_at().is_none_or(is_before)
    }

    /// Whether a service has just issued the token. It will then accept it, even if the clocks
    /// differ too much to show that it is valid.
    fn was_just_issued(&self, tokens: &Tokens, monotonic: Duration) -> bool {
        self.age(monotonic).is_some_and(|age| age < fresh_for(tokens))
    }

    /// How long ago this session obtained the token.
    fn age(&self, monotonic: Duration) -> Option<Duration> {
        self.obtained.map(|at| monotonic.saturating_sub(at))
    }

    /// The tokens, if this session has obtained them itself and they are valid.
    fn obtained_valid(&self, now: Timestamp) -> Option<Arc<Tokens>> {
        self.obtained?;
        self.tokens.clone().filter(|tokens| self.is_valid(tokens, now))
    }

    fn is_due(&self, now: Timestamp) -> bool {
        self.renew_at.is_some_and(|at| self.server.at(now) >= at)
    }

    /// Prevents repeated renewals if a clock is wrong.
    fn may_renew_ahead(&self, tokens: &Tokens, monotonic: Duration) -> bool {
        self.age(monotonic).is_none_or(|age| age >= fresh_for(tokens) / 2)
            && self.no_renewal_before.is_none_or(|at| monotonic >= at)
            && self.hopeless.as_ref().is_none_or(|hopeless| monotonic >= hopeless.until)
    }

    /// The active renewal, if there is one.
    fn active_flight(&self) -> Option<Flight> {
        // A renewal ends with its thread.
        self.flight.clone().filter(|flight| flight.has_changed().is_ok())
    }

    fn give_up_for_a_while(&mut self, error: Arc<Error>, monotonic: Duration) {
        let failures = self.hopeless.as_ref().map_or(0, |hopeless| hopeless.failures);
        let [.., longest] = PAUSES_AFTER_REFUSAL;
        let pause = PAUSES_AFTER_REFUSAL.get(failures).copied().unwrap_or(longest);
        let until = monotonic.saturating_add(pause);
        self.hopeless = Some(Hopeless { error, until, failures: failures.saturating_add(1) });
    }
}

/// Renewal is due ahead of expiry, by a tenth of the token's remaining life, at most five minutes,
/// less a small random time so that many clients do not renew at once.
fn renew_at(tokens: &Tokens, now: Timestamp) -> Option<Timestamp> {
    let expiry = tokens.access.expires_at()?;
    let life = Duration::try_from(expiry.duration_since(now)).unwrap_or_default();
    let margin = (life / 10).min(Duration::from_secs(300));
    expiry.checked_sub(margin.mul_f64(1.0 - 0.2 * fastrand::f64())).ok()
}

impl<S> std::fmt::Debug for TokenCache<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenCache").field("source", &self.source).finish_non_exhaustive()
    }
}
