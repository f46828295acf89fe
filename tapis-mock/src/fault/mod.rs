//! Fault injection.

mod effect;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::Method;
use serde::{Deserialize, Serialize};

pub use effect::Effect;

use crate::document::{self, UnknownOperation};
use crate::random::Random;

/// A fault, which takes effect on calls that match.
///
/// By default a fault takes effect once.
///
/// A fault without a limit of its own strikes once.
///
/// ```
/// use std::time::Duration;
/// use tapis_mock::Fault;
///
/// // The next two calls to `getSystem` must be retried after a second.
/// let busy = Fault::status(503).header("retry-after", "1").on("getSystem").times(2);
/// // Every call to the files service takes half a second longer.
/// let slow = Fault::delay(Duration::from_millis(500)).on_path("/v3/files/*").always();
/// // One in ten calls of any kind loses its connection.
/// let shaky = Fault::reset().always().fraction(0.1);
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use]
pub struct Fault {
    effect: Effect,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delay_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// How many times the fault takes effect; `null` for no limit.
    #[serde(default = "once")]
    times: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fraction: Option<f64>,
    #[serde(default, skip_serializing_if = "is_zero")]
    after: u32,
}

#[expect(clippy::unnecessary_wraps, reason = "the type that serde asks for")]
fn once() -> Option<u32> {
    Some(1)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Fault {
    /// A fault with this effect.
    pub fn new(effect: Effect) -> Self {
        Self {
            effect,
            delay_ms: None,
            operation: None,
            path: None,
            method: None,
            times: Some(1),
            fraction: None,
            after: 0,
        }
    }

    /// Replies with this status and an envelope about the fault.
    pub fn status(status: u16) -> Self {
        Self::new(Effect::Status { status, headers: Vec::new(), body: None })
    }

    /// Replies as usual, after a delay.
    pub fn delay(delay: Duration) -> Self {
        Self::new(Effect::None).delayed(delay)
    }

    /// Resets the connection instead of replying.
    pub fn reset() -> Self {
        Self::new(Effect::Reset)
    }

    /// Closes the connection instead of replying.
    pub fn close() -> Self {
        Self::new(Effect::Close)
    }

    /// Never replies, and keeps the connection open.
    pub fn hang() -> Self {
        Self::new(Effect::Hang)
    }

    /// Performs the operation, sends the headers of the reply and this number of bytes of the body,
    /// and cuts the connection.
    pub fn truncate(after_bytes: usize) -> Self {
        Self::new(Effect::Truncate { after_bytes })
    }

    /// As [`truncate`](Self::truncate), but the connection stays open and nothing more is sent.
    pub fn stall(after_bytes: usize) -> Self {
        Self::new(Effect::Stall { after_bytes })
    }

    /// Replies with an HTML page, as the router in front of the services does during problems.
    pub fn html(status: u16) -> Self {
        Self::new(Effect::Html { status })
    }

    /// Replies with 200 and a body that claims to be JSON and is not.
    pub fn malformed_json() -> Self {
        Self::new(Effect::MalformedJson)
    }

    /// Replies with a redirect.
    pub fn redirect(status: u16, location: impl Into<String>) -> Self {
        Self::new(Effect::Redirect { status, location: location.into() })
    }

    /// Replies as if the token had expired.
    pub fn expired_token() -> Self {
        Self::new(Effect::ExpiredToken)
    }

    /// Replies as if the token had been revoked.
    pub fn revoked_token() -> Self {
        Self::new(Effect::RevokedToken)
    }

    /// Adds a header to the reply of a [`status`](Self::status) fault.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Effect::Status { headers, .. } = &mut self.effect {
            headers.push((name.into(), value.into()));
        }
        self
    }

    /// Sets the body of a [`status`](Self::status) fault.
    pub fn body(mut self, text: impl Into<String>) -> Self {
        if let Effect::Status { body, .. } = &mut self.effect {
            *body = Some(text.into());
        }
        self
    }

    /// Adds a delay before the effect.
    pub fn delayed(mut self, delay: Duration) -> Self {
        self.delay_ms = Some(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// Matches only calls of this operation, given as `getSystem` or `get_system`, with or without
    /// the service, as in `systems.getSystem`.
    ///
    /// # Panics
    /// If there is no such operation: the fault would never take effect, and the test would test nothing.
    #[track_caller]
    pub fn on(mut self, operation: impl Into<String>) -> Self {
        let operation = operation.into();
        document::demand(&operation);
        self.operation = Some(operation);
        self
    }

    /// Rejects an unknown operation, in a fault that was parsed and not built.
    pub(crate) fn check(&self) -> Result<(), UnknownOperation> {
        self.operation.as_deref().map_or(Ok(()), document::known)
    }

    /// Matches only calls of this path; a `*` at the end matches anything.
    pub fn on_path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Matches only calls with this method.
    pub fn on_method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Takes effect on this number of calls, and is removed.
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Takes effect until faults are cleared.
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }

    /// Does not take effect on this number of matching calls first.
    pub fn after(mut self, calls: u32) -> Self {
        self.after = calls;
        self
    }

    /// Takes effect on this fraction of the matching calls, from 0 to 1. The seed of the mock
    /// determines which.
    pub fn fraction(mut self, fraction: f64) -> Self {
        self.fraction = Some(fraction);
        self
    }

    fn is_for(&self, target: &Target<'_>) -> bool {
        let operation = self.operation.as_ref().is_none_or(|wanted| (target.is_operation)(wanted));
        let path = self.path.as_ref().is_none_or(|wanted| match wanted.strip_suffix('*') {
            Some(start) => target.path.starts_with(start),
            None => target.path == wanted,
        });
        let method =
            self.method.as_ref().is_none_or(|m| m.eq_ignore_ascii_case(target.method.as_str()));
        operation && path && method
    }
}

/// The call that a fault may match.
pub(crate) struct Target<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) is_operation: &'a dyn Fn(&str) -> bool,
}

/// A fault that takes effect now.
#[derive(Debug)]
pub(crate) struct Strike {
    pub(crate) effect: Effect,
    pub(crate) delay: Option<Duration>,
}

/// The pending faults.
#[derive(Default)]
pub(crate) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub(crate) fn add(&self, fault: Fault) {
        self.lock().push(fault);
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    pub(crate) fn all(&self) -> Vec<Fault> {
        self.lock().clone()
    }

    /// The first pending fault that takes effect on this call, in the order of their injection.
    pub(crate) fn strike(&self, target: &Target<'_>, random: &Random) -> Option<Strike> {
        let mut faults = self.lock();
        if faults.is_empty() {
            return None;
        }
        let mut struck = None;
        for fault in faults.iter_mut().filter(|fault| fault.is_for(target)) {
            if fault.times == Some(0) {
                continue;
            }
            if fault.after > 0 {
                fault.after -= 1;
                continue;
            }
            if fault.fraction.is_some_and(|fraction| !random.chance(fraction)) {
                continue;
            }
            fault.times = fault.times.map(|left| left - 1);
            let delay = fault.delay_ms.map(Duration::from_millis);
            struck = Some(Strike { effect: fault.effect.clone(), delay });
            break;
        }
        faults.retain(|fault| fault.times != Some(0));
        struck
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strikes(faults: &Faults, path: &str, operation: &str) -> bool {
        let target = Target {
            method: &Method::GET,
            path,
            is_operation: &|wanted| crate::document::names(wanted, "systems", operation),
        };
        faults.strike(&target, &Random::seeded(0)).is_some()
    }

    #[test]
    fn a_fault_strikes_once_unless_told_otherwise() {
        let faults = Faults::default();
        faults.add(Fault::reset());
        assert!(strikes(&faults, "/a", "x"));
        assert!(!strikes(&faults, "/a", "x"));
    }

    #[test]
    fn a_fault_waits_for_its_operation() {
        let faults = Faults::default();
        faults.add(Fault::status(503).on("systems.getSystem"));
        assert!(!strikes(&faults, "/a", "getSystems"));
        assert!(strikes(&faults, "/a", "getSystem"));
    }

    #[test]
    fn a_star_ends_a_path() {
        let faults = Faults::default();
        faults.add(Fault::hang().on_path("/v3/files/*").always());
        assert!(!strikes(&faults, "/v3/files", "x"));
        assert!(strikes(&faults, "/v3/files/ops/a", "x"));
    }

    #[test]
    fn the_first_calls_can_be_spared() {
        let faults = Faults::default();
        faults.add(Fault::reset().after(2));
        let struck: Vec<bool> = (0..4).map(|_| strikes(&faults, "/a", "x")).collect();
        assert_eq!(struck, [false, false, true, false]);
    }

    #[test]
    fn a_fraction_strikes_about_as_often_as_it_says() {
        let (faults, random) = (Faults::default(), Random::seeded(1));
        faults.add(Fault::reset().always().fraction(0.25));
        let target = Target { method: &Method::GET, path: "/", is_operation: &|_| true };
        let struck = (0..1000).filter(|_| faults.strike(&target, &random).is_some()).count();
        assert!((200..300).contains(&struck), "{struck}");
    }

    #[test]
    fn faults_are_read_from_json() {
        let json = r#"{"effect": {"status": {"status": 503, "headers": [["retry-after", "1"]]}},
            "operation": "getSystem", "times": null}"#;
        let fault: Fault = serde_json::from_str(json).unwrap();
        assert_eq!(fault.times, None);
        let fault: Fault = serde_json::from_str(r#"{"effect": "reset"}"#).unwrap();
        assert_eq!(fault.times, Some(1));
    }
}
