//! A cache of tenants and sites.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tapis_core::{Error, Session};
use tapis_tenants::Client;
use tapis_tenants::types::{Site, Tenant};

/// How long a reply is cached.
const KEPT: Duration = Duration::from_secs(600);

/// The cached replies, shared by all views of a client.
#[derive(Clone, Default)]
pub(crate) struct TenantCache(Arc<Kept>);

#[derive(Default)]
struct Kept {
    tenants: Entries<Tenant>,
    sites: Entries<Site>,
}

/// Each entry has the time of its request.
type Entries<T> = Mutex<BTreeMap<String, (Arc<T>, Duration)>>;

impl TenantCache {
    /// `GET /v3/tenants/{tenant_id}`, unless it is cached.
    pub(crate) async fn tenant(&self, session: &Session, id: &str) -> Result<Arc<Tenant>, Error> {
        let ask = async || Client::new(session).get_tenant(id).await;
        kept_or(&self.0.tenants, session, id, ask).await
    }

    /// `GET /v3/sites/{site_id}`, unless it is cached.
    pub(crate) async fn site(&self, session: &Session, id: &str) -> Result<Arc<Site>, Error> {
        let ask = async || Client::new(session).get_site(id).await;
        kept_or(&self.0.sites, session, id, ask).await
    }
}

async fn kept_or<T>(
    kept: &Entries<T>,
    session: &Session,
    id: &str,
    ask: impl AsyncFnOnce() -> Result<T, Error>,
) -> Result<Arc<T>, Error> {
    let lock = || kept.lock().unwrap_or_else(PoisonError::into_inner);
    let now = session.monotonic();
    if let Some((found, asked_at)) = lock().get(id)
        && now.saturating_sub(*asked_at) < KEPT
    {
        return Ok(found.clone());
    }
    let found = Arc::new(ask().await?);
    lock().insert(id.to_owned(), (found.clone(), now));
    Ok(found)
}

impl fmt::Debug for TenantCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantCache").finish_non_exhaustive()
    }
}
