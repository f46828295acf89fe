//! Every operation against the mock: what the document allows is neither refused nor answered with
//! something that the client cannot read.

mod bodies;
mod known;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use tapis_client::http::Options;
use tapis_client::{Error, ErrorKind, Tapis};
use tapis_mock::{Mint, MockTapis, Strictness};

use super::calls::Decoded;
use super::world::{CASES, Case, OPERATIONS};
use bodies::made_by;
use known::{REFUSALS, Refusal, SUCCEEDING, SYNCHRONOUS, UNSERVED, Who, caller, in_order, makes};

/// A mock that has everything that calls refer to, a client, and what has been found.
struct Sweep {
    mock: MockTapis,
    deployed: bool,
    tapis: Tapis,
    /// A service that calls for the client's user, and who administers the site.
    service: Tapis,
    site_admin: Tapis,
    /// Names of what was made, by service and path parameter.
    names: BTreeMap<(&'static str, String), String>,
    succeeded: BTreeSet<String>,
    kinds: BTreeMap<String, usize>,
    /// The refusals that have occurred.
    refused: BTreeSet<&'static Refusal>,
    faults: Vec<String>,
}

#[test]
fn the_mock_takes_every_call_and_the_client_its_answers() {
    sweep(Strictness::AsDocumented);
}

#[test]
fn the_client_takes_the_answers_of_a_mock_with_quirks() {
    sweep(Strictness::AsDeployed);
}

fn sweep(strictness: Strictness) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let sweep = runtime.block_on(async {
        let mut sweep = Sweep::new(strictness).await;
        let mut is_making = true;
        for case in in_order() {
            // What was made is over by the time when somebody looks at it.
            if std::mem::replace(&mut is_making, makes(case)) && !is_making {
                sweep.mock.advance(Duration::from_secs(600));
            }
            sweep.call(case, true).await;
            sweep.call(case, false).await;
        }
        sweep
    });
    let Sweep { succeeded, kinds, refused, mut faults, .. } = sweep;
    let failed = CASES.iter().map(ToString::to_string).filter(|name| !succeeded.contains(name));
    let failed = failed.collect::<Vec<_>>().join(" ");
    println!(
        "{strictness:?}: {} of {OPERATIONS} succeeded, {kinds:?}, never: {failed}",
        succeeded.len()
    );
    for stale in REFUSALS.iter().filter(|known| !refused.contains(known)) {
        faults.push(format!("not refused any more: {stale:?}"));
    }
    for (service, least) in SUCCEEDING {
        let own = succeeded.iter().filter(|name| name.starts_with(&format!("{service}."))).count();
        println!("(\"{service}\", {own}),");
        if own < *least {
            faults.push(format!("{service}: {own} operations succeeded, and {least} used to"));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

impl Sweep {
    async fn new(strictness: Strictness) -> Self {
        let mock = MockTapis::builder().admin("root", "secret").strictness(strictness);
        let site_admin = "users: [{username: admin, password: secret, tenant: admin, admin: true}]";
        let mock = mock.service("files", "a password").state(site_admin);
        let mock = mock.start().await.unwrap();
        let client = |who: Mint| {
            let token = mock.mint_access_token(who).unwrap();
            Tapis::builder(mock.base_url()).access_token(token).build().unwrap()
        };
        let tapis = client(Mint::user("root"));
        let service = client(Mint::service("files", "mock")).on_behalf_of("root", "dev");
        let site_admin = client(Mint::user("admin").tenant("admin"));
        // The host names the tenant.
        let at_admin = Options::new().with_header("host", "admin.mock.invalid");
        let site_admin = site_admin.with_options(at_admin);
        Self {
            mock,
            deployed: strictness == Strictness::AsDeployed,
            tapis,
            service,
            site_admin,
            names: BTreeMap::new(),
            succeeded: BTreeSet::new(),
            kinds: BTreeMap::new(),
            refused: BTreeSet::new(),
            faults: Vec::new(),
        }
    }

    async fn call(&mut self, case: &'static Case, full: bool) {
        let body = self.body(case, full);
        self.mock.clear_requests();
        let texts =
            |name: &str, text: &str| self.text(case, name).unwrap_or_else(|| text.to_owned());
        let tapis = match caller(case) {
            Who::User => &self.tapis,
            Who::Service => &self.service,
            Who::SiteAdmin => &self.site_admin,
        };
        let calling = case.typed.make(full, tapis, body.as_bytes(), &texts);
        let calling = match calling {
            Ok(calling) => calling,
            Err(error) => {
                return self.fault(case, &format!("the body is not of the call's type: {error}"));
            }
        };
        let outcome = calling.await;
        self.arrived(case, outcome.as_ref().err());
        match outcome {
            Ok(decoded) => {
                *self.kinds.entry("success".to_owned()).or_default() += 1;
                self.succeeded.insert(case.to_string());
                self.learn(case, &decoded);
            }
            Err(error) => self.failed(case, &error),
        }
    }
}

impl Sweep {
    /// Keeps the name that a service has given to what was made.
    fn learn(&mut self, case: &'static Case, decoded: &Decoded) {
        let Ok(result) = serde_json::from_slice::<Value>(&decoded.encoded) else { return };
        let result = if result.is_array() { &result[0] } else { &result };
        for (parameter, field) in made_by(case, result) {
            let name = match &result[field] {
                Value::String(text) => text.rsplit('/').next().unwrap_or(text).to_owned(),
                Value::Number(number) => number.to_string(),
                Value::Object(tag) if field == "_etag" => {
                    tag.get("$oid").and_then(Value::as_str).unwrap_or_default().to_owned()
                }
                _ => continue,
            };
            // The trial that was begun last lasts longest.
            if case.typed.id == "beginTestSequence" {
                self.names.remove(&(case.typed.service, parameter.clone()));
            }
            self.names.entry((case.typed.service, parameter)).or_insert(name);
        }
    }

    /// The journal names the operation, and the answer was not made of what an unknown path or
    /// method gets.
    fn arrived(&mut self, case: &'static Case, error: Option<&Error>) {
        let requests = self.mock.requests();
        let shares_path = |id: &str| {
            CASES.iter().any(|other| {
                other.operation.template == case.operation.template
                    && other.operation.method == case.operation.method
                    && other.operation.id == id
            })
        };
        let named = requests.last().and_then(|request| request.operation.clone());
        match named {
            Some((service, id)) if service == case.typed.service && shares_path(&id) => {}
            other => self.fault(case, &format!("arrived as {other:?}, {error:?}")),
        }
        if requests.len() != 1 {
            self.fault(case, &format!("{} requests arrived", requests.len()));
        }
    }

    /// What does not exist may be missed, what exists may stand in the way, and what somebody else
    /// has may be withheld. Other failures are known one by one.
    fn failed(&mut self, case: &'static Case, error: &Error) {
        *self.kinds.entry(format!("{:?}", error.kind())).or_default() += 1;
        let Some(status) = error.status().map(|status| status.as_u16()) else {
            return self.fault(case, &format!("never sent: {error}"));
        };
        if self.mock.requests().last().and_then(|request| request.status) != Some(status) {
            self.fault(case, &format!("the mock answered with another status: {error}"));
        }
        // Some services answer with 500 for what is not there or in the way.
        let is_told = error.is_conflict() || error.is_not_found();
        let unserved = self.deployed && UNSERVED.contains(&case.typed.id);
        if (status == 405 && !unserved) || (status >= 500 && !is_told) {
            self.fault(case, &format!("refused: {error}"));
        }
        let said = said(error.body());
        if error.message() != said && !error.is_decoding() {
            self.fault(case, &format!("the mock said {said:?}, the client {:?}", error.message()));
        }
        let kind = match status {
            401 => ErrorKind::Authentication,
            403 => ErrorKind::Permission,
            404 => ErrorKind::NotFound,
            409 => ErrorKind::Conflict,
            _ => error.kind(),
        };
        if error.kind() != kind {
            self.fault(case, &format!("not a failure of {kind:?}: {error:?}"));
        }
        if error.is_decoding() && self.deployed && SYNCHRONOUS.contains(&case.typed.id) {
            return;
        }
        let usual = [ErrorKind::NotFound, ErrorKind::Conflict, ErrorKind::Permission];
        if usual.contains(&kind) {
            return;
        }
        let name = case.to_string();
        let known = REFUSALS.iter().find(|(operation, what)| {
            operation.split(' ').any(|o| o == name) && said.contains(what)
        });
        match known {
            Some(known) => drop(self.refused.insert(known)),
            None => self.fault(case, &format!("{status} {kind:?} {said}")),
        }
    }

    fn fault(&mut self, case: &Case, what: &str) {
        self.faults.push(format!("{case}: {what}"));
    }
}

/// What the mock says in a body, as the client is to give it on one line.
fn said(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let said = match serde_json::from_slice::<Value>(body) {
        Ok(json) => match &json["message"] {
            Value::Array(lines) => {
                lines.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; ")
            }
            message => message.as_str().unwrap_or_default().to_owned(),
        },
        Err(_) => text.into_owned(),
    };
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}
