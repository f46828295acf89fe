//! What every test needs: the operations, a client with a token, a server, and a place for faults.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{LazyLock, Mutex};

use serde_json::{Value, json};
use tapis_client::{Error, Tapis};

use super::calls::{Calling, Decoded, TYPED, Typed};
use super::document::{self, Operation, Reply};
use super::server::{Answer, Recorded, Server};

/// How many operations the documents have.
pub(crate) const OPERATIONS: usize = 533;

/// An unsigned token of `user@tenant` that expires in the year 3000.
pub(crate) const TOKEN: &str = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJleHAiOjMyNTAzNjgwMDAwLCJzdW\
                                IiOiJ1c2VyQHRlbmFudCIsInRhcGlzL3Rva2VuX3R5cGUiOiJhY2Nlc3MifQ.";

/// One operation: what its document says, and its typed calls.
pub(crate) struct Case {
    pub(crate) document: &'static Value,
    pub(crate) operation: Operation,
    pub(crate) typed: &'static Typed,
}

impl Case {
    /// The schema of what the reply holds, if it holds JSON of one.
    pub(crate) fn result(&self) -> Option<&Value> {
        match &self.operation.reply {
            Reply::Enveloped(result) => result.as_ref(),
            Reply::Json(schema) => Some(schema),
            Reply::Bytes | Reply::Empty => None,
        }
    }

    pub(crate) fn is_enveloped(&self) -> bool {
        matches!(self.operation.reply, Reply::Enveloped(_))
    }

    /// The body of a reply whose result is `result`.
    pub(crate) fn wrap(&self, result: Option<&Value>) -> Value {
        if !self.is_enveloped() {
            return result.cloned().unwrap_or(Value::Null);
        }
        let mut envelope = json!({
            "status": "success",
            "message": "it went well",
            "version": "1.2.3",
            "commit": null,
            "build": "a build",
            "metadata": {"recordCount": 2, "orderBy": null, "more": [1]},
        });
        if let Some(result) = result {
            envelope["result"] = result.clone();
        }
        envelope
    }

    /// The answer that says nothing more than that the call succeeded.
    pub(crate) fn plain_answer(&self, result: Option<&Value>) -> Answer {
        let body = match self.operation.reply {
            Reply::Bytes | Reply::Empty => Vec::new(),
            Reply::Enveloped(_) | Reply::Json(_) => self.wrap(result).to_string().into_bytes(),
        };
        Answer { status: 200, content_type: Some("application/json"), body }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.operation.service, self.operation.id)
    }
}

/// Every operation of every document.
pub(crate) static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let mut cases = Vec::new();
    for service in tapis_specs::SERVICES {
        let text = tapis_specs::document(service).unwrap();
        let document: &Value = Box::leak(Box::new(serde_json::from_str(text).unwrap()));
        for operation in document::operations(service, document) {
            let typed = TYPED
                .iter()
                .find(|typed| typed.service == *service && typed.id == operation.id)
                .unwrap_or_else(|| panic!("{service}.{} has no call", operation.id));
            cases.push(Case { document, operation, typed });
        }
    }
    cases
});

/// A client, its server, and what has been found.
pub(crate) struct World {
    pub(crate) tapis: Tapis,
    server: Server,
    tally: Tally,
    faults: Vec<String>,
}

/// What has been done.
#[derive(Clone, Default)]
pub(crate) struct Tally {
    operations: BTreeSet<(&'static str, &'static str)>,
    requests: usize,
    replies: usize,
    leaves: usize,
    /// What stood there in another form than the schema says.
    variations: usize,
}

impl Tally {
    /// How many operations were called.
    pub(crate) fn operations(&self) -> usize {
        self.operations.len()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} operations called, {} requests compared, {} replies decoded, {} leaves compared, \
             {} values varied",
            self.operations.len(),
            self.requests,
            self.replies,
            self.leaves,
            self.variations,
        )
    }
}

/// What all tests of this run have done so far.
static TOTAL: Mutex<Tally> = Mutex::new(Tally {
    operations: BTreeSet::new(),
    requests: 0,
    replies: 0,
    leaves: 0,
    variations: 0,
});

impl World {
    async fn new() -> Self {
        let server = Server::start().await;
        let tapis = Tapis::builder(&server.url).access_token(TOKEN).build().unwrap();
        Self { tapis, server, tally: Tally::default(), faults: Vec::new() }
    }

    /// Makes the call, answers it, and gives what was sent and what became of the answer.
    pub(crate) async fn exchange(
        &mut self,
        case: &Case,
        call: Result<Calling, serde_json::Error>,
        answer: Answer,
    ) -> Option<(Recorded, Result<Decoded, Error>)> {
        self.tally.operations.insert((case.typed.service, case.typed.id));
        let calling = match call {
            Ok(calling) => calling,
            Err(error) => {
                self.fault(case, format!("the body is not of the call's type: {error}"));
                return None;
            }
        };
        self.server.queue(answer);
        let outcome = calling.await;
        let mut requests = self.server.take();
        if requests.len() != 1 {
            let why = outcome.as_ref().err().map(ToString::to_string).unwrap_or_default();
            self.fault(case, format!("{} requests were sent: {why}", requests.len()));
        }
        Some((requests.pop()?, outcome))
    }

    /// The address of the server.
    pub(crate) fn url(&self) -> &str {
        &self.server.url
    }

    /// Runs a command that may ask for more than one page, and gives the first request and what the command printed.
    pub(crate) async fn first_exchange(
        &mut self,
        case: &Case,
        calling: Calling,
        answer: Answer,
    ) -> (Option<Recorded>, Decoded) {
        self.tally.operations.insert((case.typed.service, case.typed.id));
        self.server.queue(answer);
        let output = calling.await.unwrap();
        (self.server.take().into_iter().next(), output)
    }

    pub(crate) fn compared_request(&mut self) {
        self.tally.requests += 1;
    }

    pub(crate) fn varied(&mut self, variations: usize) {
        self.tally.variations += variations;
    }

    pub(crate) fn decoded_reply(&mut self, leaves: usize) {
        self.tally.replies += 1;
        self.tally.leaves += leaves;
    }

    pub(crate) fn fault(&mut self, case: &Case, what: impl fmt::Display) {
        self.faults.push(format!("{case}: {what}"));
    }
}

/// Runs `check` for every operation, on a server of its own, and requires that each was called.
pub(crate) fn every_operation(check: impl AsyncFn(&mut World, &'static Case)) {
    let tally = operations(|_| true, check);
    assert_eq!(tally.operations.len(), OPERATIONS);
}

/// As [`every_operation`], for replies and bodies that deviate from their schemas: some must.
pub(crate) fn every_operation_varied(check: impl AsyncFn(&mut World, &'static Case)) {
    let tally = operations(|_| true, check);
    assert_eq!(tally.operations.len(), OPERATIONS);
    assert!(tally.variations > 0, "nothing was varied");
}

/// Runs `check` for the operations that it concerns, on a server of its own, and prints what was
/// done.
pub(crate) fn operations(
    concerns: impl Fn(&Case) -> bool,
    check: impl AsyncFn(&mut World, &'static Case),
) -> Tally {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let World { tally, faults, .. } = runtime.block_on(async {
        let mut world = World::new().await;
        for case in CASES.iter().filter(|case| concerns(case)) {
            check(&mut world, case).await;
        }
        world
    });
    let name = std::thread::current().name().unwrap_or_default().to_owned();
    let total = {
        let mut total = TOTAL.lock().unwrap();
        total.operations.extend(&tally.operations);
        total.requests += tally.requests;
        total.replies += tally.replies;
        total.leaves += tally.leaves;
        total.variations += tally.variations;
        total.to_string()
    };
    println!("{name}: {tally}\nin all so far: {total}");
    let shown = faults.iter().take(200).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(faults.is_empty(), "{} faults:\n{shown}", faults.len());
    tally
}
