//! One token for everybody: fetched when it is first needed, renewed before it expires, and never
//! by two at once.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use tokio::sync::watch;

use super::kept::{Found, Kept};
use super::source::{TokenSource, Tokens};
use super::store::TokenStore;
use crate::error::{Error, ErrorKind};
use crate::session::Session;

/// How long nothing is tried after a renewal ahead of time has failed.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(10);

/// What is told of every new token.
pub(crate) type NewTokens = Arc<dyn Fn(&Tokens) + Send + Sync>;

/// The session's tokens and the renewal that may be under way.
pub(crate) struct TokenCache {
    source: Option<Arc<dyn TokenSource>>,
    kept: Kept,
    on_new: Option<NewTokens>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    tokens: Option<Arc<Tokens>>,
    /// When the present token is renewed ahead of time.
    renew_at: Option<Timestamp>,
    flight: Option<Flight>,
    no_renewal_before: Option<Timestamp>,
    /// How often the tokens have been forgotten: a renewal from before gives none to keep.
    generation: u64,
    /// The server's clock less ours.
    skew: jiff::SignedDuration,
}

type Outcome = Result<Arc<Tokens>, Arc<Error>>;

/// A renewal that is under way.
pub(crate) type Flight = watch::Receiver<Option<Outcome>>;

impl TokenCache {
    pub(crate) fn new(
        source: Option<Arc<dyn TokenSource>>,
        store: Option<Arc<dyn TokenStore>>,
        on_new: Option<NewTokens>,
    ) -> Self {
        Self { source, kept: Kept::new(store), on_new, state: Mutex::default() }
    }

    /// The token to send now.
    pub(crate) async fn get(&self, session: &Session) -> Result<Arc<Tokens>, Error> {
        match self.at_hand(session, session.now()) {
            Ok(tokens) => Ok(tokens),
            Err(flight) => self.land(session, flight).await,
        }
    }

    /// The token to send now, if it is there; or else the renewal that will bring it.
    pub(crate) fn at_hand(&self, session: &Session, now: Timestamp) -> Result<Arc<Tokens>, Flight> {
        let mut state = self.lock();
        let present = state.tokens.clone().filter(|tokens| state.is_valid(tokens, now));
        let Some(tokens) = present else { return Err(self.start(session, &mut state)) };
        // Still valid: whoever asks never waits for the renewal.
        if state.is_due(now) {
            self.start(session, &mut state);
        }
        Ok(tokens)
    }

    /// A token other than `rejected`, which a service did not accept.
    pub(crate) async fn replace(
        &self,
        session: &Session,
        rejected: &Tokens,
    ) -> Result<Arc<Tokens>, Error> {
        let flight = {
            let mut state = self.lock();
            match &state.tokens {
                // Somebody has replaced it meanwhile.
                Some(tokens) if tokens.access.secret() != rejected.access.secret() => {
                    return Ok(tokens.clone());
                }
                _ => self.start(session, &mut state),
            }
        };
        self.land(session, flight).await
    }

    /// Whether a rejected token could be replaced at all.
    pub(crate) fn can_renew(&self) -> bool {
        self.source.is_some()
    }

    /// The tokens that are there, valid or not.
    pub(crate) fn present(&self) -> Option<Arc<Tokens>> {
        self.lock().tokens.clone()
    }

    /// The tokens that are there or in the store, valid or not.
    pub(crate) async fn kept(&self, session: &Session) -> Option<Arc<Tokens>> {
        match (self.present(), &self.source) {
            (None, Some(source)) => self.kept.look(session, &**source).await.map(Arc::new),
            (present, _) => present,
        }
    }

    /// Forgets the tokens, in the store too.
    pub(crate) async fn forget(&self, session: &Session) -> Result<(), Error> {
        let tokens = {
            let mut state = self.lock();
            let generation = state.generation + 1;
            let tokens = state.tokens.take();
            *state = State { skew: state.skew, generation, ..State::default() };
            tokens
        };
        let Some(source) = &self.source else { return Ok(()) };
        self.kept.clear(session, &**source, tokens.as_deref()).await
    }

    /// Our moment by the server's clock.
    pub(crate) fn by_server(&self, now: Timestamp) -> Timestamp {
        self.lock().by_server(now)
    }

    /// Takes note of the server's clock.
    pub(crate) fn observe(&self, skew: jiff::SignedDuration) {
        // The header counts in whole seconds and takes time to arrive.
        let skew = if skew.abs() <= jiff::SignedDuration::from_secs(2) {
            jiff::SignedDuration::ZERO
        } else {
            skew
        };
        let mut state = self.lock();
        if (state.skew - skew).abs() > jiff::SignedDuration::from_secs(2) {
            state.skew = skew;
        }
    }

    /// Begins a renewal, or joins the one under way. It is a task of its own, so that a caller who
    /// gives up does not take it along.
    fn start(&self, session: &Session, state: &mut State) -> Flight {
        if let Some(flight) = &state.flight
            // A runtime that ended took its renewal along; then a new one begins.
            && flight.has_changed().is_ok()
        {
            return flight.clone();
        }
        let (sender, receiver) = watch::channel(None);
        state.flight = Some(receiver.clone());
        // The login is everybody's: it does not carry the options of the call that began it.
        let session = session.plain();
        let (current, generation) = (state.tokens.clone(), state.generation);
        tokio::spawn(async move {
            let cache = session.tokens();
            let renewal = cache.renew(&session, current.as_deref(), generation);
            // What panics is a source or a callback of the program's own.
            let outcome = AssertUnwindSafe(renewal).catch_unwind().await.unwrap_or_else(|_| {
                let message = "the way to log in, or what is told of new tokens, panicked";
                Err(Arc::new(Error::new(ErrorKind::Authentication, message)))
            });
            cache.settle(&session, &outcome, generation);
            let _ = sender.send(Some(outcome));
        });
        receiver
    }

    /// Tokens from the store, if another process has put good ones there, or from the source.
    async fn renew(&self, session: &Session, current: Option<&Tokens>, generation: u64) -> Outcome {
        let found = match &self.source {
            Some(source) => self.kept.find(session, &**source).await,
            None => Found::default(),
        };
        let stored = found.tokens;
        let fresh = |stored: &Tokens| {
            let known = current.is_some_and(|c| c.access.secret() == stored.access.secret());
            let (state, now) = (self.lock(), session.now());
            let due =
                renew_at(stored, state.by_server(now)).is_some_and(|at| at <= state.by_server(now));
            !known && !due && state.is_valid(stored, now)
        };
        if let Some(tokens) = stored.as_ref().filter(|stored| fresh(stored)) {
            return Ok(Arc::new(tokens.clone()));
        }
        // Even an expired entry has the refresh token that goes on from where it was.
        let current = stored.as_ref().or(current);
        let Some(source) = &self.source else {
            let message = match current {
                Some(_) => {
                    "the access token has expired or was rejected, and there is no way to renew it"
                }
                None => {
                    "there is no way to log in: give the client a password, a token or another way"
                }
            };
            return Err(Arc::new(Error::new(ErrorKind::Authentication, message)));
        };
        let tokens = source.fetch(session, current).await.map_err(|error| {
            Arc::new(error.with_message_prefix(&format!("{} grant: ", source.grant())))
        })?;
        if self.lock().generation != generation {
            return Ok(Arc::new(tokens));
        }
        let wanted = || self.lock().generation == generation;
        self.kept.keep(session, &**source, found.lock, &tokens, wanted).await;
        if let Some(on_new) = &self.on_new {
            on_new(&tokens);
        }
        Ok(Arc::new(tokens))
    }

    fn settle(&self, session: &Session, outcome: &Outcome, generation: u64) {
        let now = session.now();
        let mut state = self.lock();
        if state.generation != generation {
            return;
        }
        state.flight = None;
        match outcome {
            Ok(tokens) => {
                state.renew_at = renew_at(tokens, state.by_server(now));
                state.no_renewal_before = None;
                state.tokens = Some(tokens.clone());
            }
            Err(error) => {
                tracing::warn!(error = %error, "token renewal failed");
                state.no_renewal_before = Some(now + PAUSE_AFTER_FAILURE);
            }
        }
    }

    pub(crate) async fn land(
        &self,
        session: &Session,
        mut flight: Flight,
    ) -> Result<Arc<Tokens>, Error> {
        loop {
            let landed =
                flight.wait_for(Option::is_some).await.ok().and_then(|outcome| (*outcome).clone());
            match landed {
                Some(Ok(tokens)) => return Ok(tokens),
                Some(Err(error)) => return Err(shared(&error)),
                // The runtime that flew it has ended: fly it here.
                None => flight = self.start(session, &mut self.lock()),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock; were it otherwise, the state would still be whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn by_server(&self, now: Timestamp) -> Timestamp {
        // As it mostly is, and each call asks.
        if self.skew.is_zero() {
            return now;
        }
        now.checked_add(self.skew).unwrap_or(now)
    }

    fn is_valid(&self, tokens: &Tokens, now: Timestamp) -> bool {
        tokens.access.expires_at().is_none_or(|expiry| self.by_server(now) < expiry)
    }

    fn is_due(&self, now: Timestamp) -> bool {
        self.renew_at.is_some_and(|at| self.by_server(now) >= at)
            && self.no_renewal_before.is_none_or(|at| now >= at)
    }
}

/// Ahead of expiry by a tenth of what is left of the token's life, at most five minutes, less a
/// little at random so that many clients do not come at once.
fn renew_at(tokens: &Tokens, now: Timestamp) -> Option<Timestamp> {
    let expiry = tokens.access.expires_at()?;
    let life = Duration::try_from(expiry.duration_since(now)).unwrap_or_default();
    let margin = (life / 10).min(Duration::from_secs(300));
    expiry.checked_sub(margin.mul_f64(1.0 - 0.2 * fastrand::f64())).ok()
}

/// An error for each of those who waited.
fn shared(error: &Arc<Error>) -> Error {
    struct Shared(Arc<Error>);
    impl std::fmt::Debug for Shared {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            std::fmt::Debug::fmt(&self.0, f)
        }
    }
    impl std::fmt::Display for Shared {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            std::fmt::Display::fmt(&self.0, f)
        }
    }
    impl std::error::Error for Shared {}
    let mut own = Error::new(error.kind(), error.message()).with_source(Shared(error.clone()));
    if let Some(status) = error.status() {
        own = own.with_reply(status, error.headers(), &bytes::Bytes::copy_from_slice(error.body()));
    }
    if let Some(operation) = error.operation() {
        own = own.with_operation(operation);
    }
    own.with_attempts(error.attempts())
        .with_version(error.service_version().map(str::to_owned))
        .with_retry_after(error.retry_after())
        // The call that waited for the token was not sent, whatever became of the login.
        .never_sent()
}

impl std::fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenCache").field("source", &self.source).finish_non_exhaustive()
    }
}
