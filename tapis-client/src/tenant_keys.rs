//! The public keys of the tenants, from the list of tenants.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::Shared;
use jsonwebtoken::DecodingKey;
use tapis_core::{BoxFuture, Error, Session};

/// The minimum interval between requests for the list, also after a failure, so that the senders of
/// invalid tokens cannot cause many requests.
const PAUSE: Duration = Duration::from_secs(90);
/// The age at which the list is requested again when needed, because a key may have been revoked.
const FRESH: Duration = Duration::from_secs(600);
/// How long the keys are used while the list cannot be fetched.
const USABLE: Duration = Duration::from_secs(3600);

/// How long the validation of a token that is valid by old keys waits for newer keys, from their request on.
const PATIENCE: Duration = Duration::from_secs(5);

/// The tenant's data for its tokens.
pub(crate) struct Key {
    /// The key, or the reason why there is none.
    pub(crate) key: Result<DecodingKey, &'static str>,
    /// The tenant's token service.
    pub(crate) issuer: Option<String>,
}

/// The keys of all tenants, from one reply.
pub(crate) struct Known {
    keys: BTreeMap<String, Key>,
    asked_at: Duration,
}

impl Known {
    pub(crate) fn get(&self, tenant: &str) -> Option<&Key> {
        self.keys.get(tenant)
    }
}

/// A request for the list, shared by all waiting callers. It is cancelled when none is waiting.
type Flight = Shared<BoxFuture<'static, Result<Arc<Known>, Arc<Error>>>>;

/// The cached keys, and their request.
#[derive(Clone)]
pub(crate) struct TenantKeys {
    session: Session,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    known: Option<Arc<Known>>,
    /// The error of the last request; `None` if it succeeded.
    failure: Option<Arc<Error>>,
    asked_at: Option<Duration>,
    flight: Option<Flight>,
}

impl Kept {
    fn usable(&self, now: Duration) -> Option<Arc<Known>> {
        let known = self.known.as_ref()?;
        (now.saturating_sub(known.asked_at) < USABLE).then(|| known.clone())
    }
}

impl TenantKeys {
    pub(crate) fn new(session: &Session) -> Self {
        Self { session: session.clone(), kept: Arc::default() }
    }

    /// The cached keys, if they can still be used, and whether they are fresh.
    pub(crate) fn present(&self) -> Option<(Arc<Known>, bool)> {
        let now = self.session.monotonic();
        let known = self.lock().usable(now)?;
        let fresh = now.saturating_sub(known.asked_at) < FRESH;
        Some((known, fresh))
    }

    /// How long to wait for newer keys if the present ones are sufficient.
    pub(crate) fn patience(&self) -> Duration {
        let now = self.session.monotonic();
        let kept = self.lock();
        match (kept.asked_at, &kept.flight) {
            (Some(at), Some(_)) => PATIENCE.saturating_sub(now.saturating_sub(at)),
            _ => PATIENCE,
        }
    }

    /// Requests the list, or joins the active request; `None` if it is too early.
    ///
    /// # Errors
    /// The error if the last request failed, with the kind of its failure.
    pub(crate) async fn renewed(&self) -> Result<Option<Arc<Known>>, Error> {
        let Some(flight) = self.board()? else { return Ok(None) };
        let outcome = flight.clone().await;
        let mut kept = self.lock();
        // Another caller may have stored the outcome of this request already.
        if kept.flight.as_ref().is_some_and(|present| present.ptr_eq(&flight)) {
            kept.flight = None;
            kept.failure = outcome.as_ref().err().cloned();
            if let Ok(known) = &outcome {
                kept.known = Some(known.clone());
            }
        }
        outcome.map(Some).map_err(|error| failure(&error))
    }

    /// The active request, or a new one if it is time.
    fn board(&self) -> Result<Option<Flight>, Error> {
        let now = self.session.monotonic();
        let mut kept = self.lock();
        if kept.asked_at.is_some_and(|at| now.saturating_sub(at) < PAUSE) {
            return match (&kept.flight, &kept.failure) {
                (Some(flight), _) => Ok(Some(flight.clone())),
                (None, Some(error)) if kept.usable(now).is_none() => Err(failure(error)),
                _ => Ok(None),
            };
        }
        let session = self.session.clone();
        let asking: BoxFuture<'static, _> =
            Box::pin(async move { ask(&session, now).await.map(Arc::new).map_err(Arc::new) });
        let flight = asking.shared();
        kept.asked_at = Some(now);
        kept.flight = Some(flight.clone());
        Ok(Some(flight))
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `GET /v3/tenants`
async fn ask(session: &Session, asked_at: Duration) -> Result<Known, Error> {
    let tenants = tapis_tenants::Client::new(session).list_tenants().await?;
    let keys = tenants.into_iter().map(|tenant| {
        let key = tenant.public_key.ok_or("its tenant has no public key").and_then(|pem| {
            DecodingKey::from_rsa_pem(wrapped(&pem).as_bytes())
                .map_err(|_| "the public key of its tenant cannot be read")
        });
        (tenant.tenant_id, Key { key, issuer: tenant.token_service })
    });
    Ok(Known { keys: keys.collect(), asked_at })
}

/// An error of the same kind for each waiting caller.
fn failure(error: &Arc<Error>) -> Error {
    struct Source(Arc<Error>);
    impl fmt::Debug for Source {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            fmt::Debug::fmt(&self.0, f)
        }
    }
    impl fmt::Display for Source {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            fmt::Display::fmt(&self.0, f)
        }
    }
    impl std::error::Error for Source {}
    let message = "the token cannot be verified: the keys of the tenants could not be fetched";
    Error::new(error.kind(), message).with_source(Source(error.clone()))
}

/// Adds the line breaks that the keys of some tenants lack.
fn wrapped(pem: &str) -> String {
    const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
    const END: &str = "-----END PUBLIC KEY-----";
    let inner = pem.split(BEGIN).last().unwrap_or_default();
    let inner = inner.split(END).next().unwrap_or_default();
    let letters: Vec<char> = inner.chars().filter(|c| !c.is_whitespace() && *c != '\\').collect();
    let lines: Vec<String> = letters.chunks(64).map(|line| line.iter().collect()).collect();
    format!("{BEGIN}\n{}\n{END}\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_with_and_without_line_wraps() {
        let body = "A".repeat(100);
        let expected = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n{}\n-----END PUBLIC KEY-----\n",
            "A".repeat(64),
            "A".repeat(36)
        );
        for pem in [
            format!("-----BEGIN PUBLIC KEY-----{body}-----END PUBLIC KEY-----"),
            format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n"),
            expected.clone(),
        ] {
            assert_eq!(wrapped(&pem), expected);
        }
    }
}
