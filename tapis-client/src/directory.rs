//! Tenants and sites, looked up when they are first needed and kept.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tapis_core::{Error, Session};
use tapis_tenants::Client;
use tapis_tenants::types::{Site, Tenant};

/// What has been looked up, shared by all views of a session.
#[derive(Clone, Default)]
pub(crate) struct Directory(Arc<Kept>);

#[derive(Default)]
struct Kept {
    tenants: Mutex<BTreeMap<String, Arc<Tenant>>>,
    sites: Mutex<BTreeMap<String, Arc<Site>>>,
}

impl Directory {
    /// `GET /v3/tenants/{tenant_id}`, unless it is kept.
    pub(crate) async fn tenant(&self, session: &Session, id: &str) -> Result<Arc<Tenant>, Error> {
        let ask = async || Client::new(session).get_tenant().tenant_id(id).await;
        kept_or(&self.0.tenants, id, ask).await
    }

    /// `GET /v3/sites/{site_id}`, unless it is kept.
    pub(crate) async fn site(&self, session: &Session, id: &str) -> Result<Arc<Site>, Error> {
        let ask = async || Client::new(session).get_site().site_id(id).await;
        kept_or(&self.0.sites, id, ask).await
    }
}

async fn kept_or<T>(
    kept: &Mutex<BTreeMap<String, Arc<T>>>,
    id: &str,
    ask: impl AsyncFnOnce() -> Result<T, Error>,
) -> Result<Arc<T>, Error> {
    let lock = || kept.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = lock().get(id) {
        return Ok(found.clone());
    }
    let found = Arc::new(ask().await?);
    lock().insert(id.to_owned(), found.clone());
    Ok(found)
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory").finish_non_exhaustive()
    }
}
