//! The HTTP clients of a session, one for each runtime that uses the session.
//!
//! A pooled connection is driven by the runtime that opened it. It stalls when another runtime uses
//! it while the first one is not running.

use std::sync::{Mutex, OnceLock, PoisonError};

use reqwest::{Client, ClientBuilder};
use tokio::runtime::{Handle, Id};

use crate::background;
use crate::error::Error;
use crate::error_kind::ErrorKind;

/// The maximum number of runtimes, besides the first, that have a client at the same time: more
/// than a program with one runtime per core needs. The least recently used client is dropped first.
const OTHERS: usize = 256;

/// Creates a client, with the same settings each time.
pub(crate) type Make = Box<dyn Fn(ClientBuilder) -> Result<Client, Error> + Send + Sync>;

pub(crate) struct Clients {
    make: Make,
    /// Created with the session, so that invalid settings are an error there.
    first: Client,
    first_of: OnceLock<Id>,
    /// For the library's own thread.
    own: OnceLock<Client>,
    others: Mutex<Vec<(Id, Client)>>,
}

impl Clients {
    /// # Errors
    /// Settings that the HTTP client refuses.
    pub(crate) fn new(make: Make) -> Result<Self, Error> {
        let first = make(Client::builder())?;
        let (first_of, own) = (OnceLock::new(), OnceLock::new());
        Ok(Self { make, first, first_of, own, others: Mutex::default() })
    }

    /// Returns the client of the current runtime.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] outside of a runtime.
    pub(crate) fn here(&self) -> Result<Client, Error> {
        if background::is_here() {
            return self.own();
        }
        let runtime = Handle::try_current().map_err(|_| {
            let why = "a call needs a tokio runtime; outside of one use `.wait()`";
            Error::new(ErrorKind::Configuration, why)
        })?;
        let id = runtime.id();
        if *self.first_of.get_or_init(|| id) == id {
            return Ok(self.first.clone());
        }
        self.other(id)
    }

    fn own(&self) -> Result<Client, Error> {
        if let Some(own) = self.own.get() {
            return Ok(own.clone());
        }
        let made = (self.make)(Client::builder())?;
        Ok(self.own.get_or_init(|| made).clone())
    }

    fn other(&self, id: Id) -> Result<Client, Error> {
        let lock = || self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let known = |others: &mut Vec<(Id, Client)>| {
            let at = others.iter().position(|(of, _)| *of == id)?;
            // The most recently used client is at the end.
            let entry = others.remove(at);
            others.push(entry);
            others.last().map(|(_, client)| client.clone())
        };
        if let Some(client) = known(&mut lock()) {
            return Ok(client);
        }
        // Without holding the lock, because this can read certificates.
        let made = (self.make)(Client::builder())?;
        let mut others = lock();
        if let Some(client) = known(&mut others) {
            return Ok(client);
        }
        if others.len() == OTHERS {
            others.remove(0);
        }
        others.push((id, made.clone()));
        Ok(made)
    }
}
