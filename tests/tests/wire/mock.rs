//! Every operation against the mock: what the document allows is neither refused nor answered with
//! something that the client cannot read.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use tapis_client::{Error, ErrorKind, Tapis};
use tapis_mock::{Mint, MockTapis, Strictness};

use super::calls::Decoded;
use super::maker::{Maker, Optional, Style};
use super::world::{CASES, Case, OPERATIONS};

/// A mock that has everything that calls refer to, a client, and what has been found.
struct Sweep {
    mock: MockTapis,
    deployed: bool,
    tapis: Tapis,
    /// Names of what was made, by service and path parameter.
    names: BTreeMap<(&'static str, String), String>,
    succeeded: BTreeSet<String>,
    kinds: BTreeMap<String, usize>,
    /// The refusals that have occurred.
    refused: BTreeSet<&'static Refusal>,
    faults: Vec<String>,
}

/// Operations, with blanks in between, and what their message holds.
type Refusal = (&'static str, &'static str);

/// The refusals that are in order although the document allows the request: what it leaves out is
/// needed, or what it allows one by one does not go together.
const REFUSALS: &[Refusal] = &[
    (
        "apps.getApps apps.searchAppsQueryParameters apps.searchAppsRequestBody files.listPostIts \
         jobs.getJobList jobs.getJobSearchList jobs.getJobSearchListByPostSqlStr \
         systems.getSystems systems.searchSystemsQueryParameters systems.searchSystemsRequestBody",
        "startAfter and skip cannot be given together",
    ),
    // Bodies that the documents call optional and the services cannot do without.
    ("files.mkdir files.moveCopy files.runLinuxNativeOp", "Invalid JSON in the body"),
    ("jobs.shareJob", "A share needs a grantee"),
    ("systems.unlinkChildren", "Name the children or say all=true"),
    ("tokens.update_keys", "tenant_id is required"),
    // What depends on how something else was made.
    ("jobs.submitJob", "Neither the request nor the app names an execution system"),
    ("systems.createSystem systems.putSystem", "A system that can run jobs needs jobRuntimes"),
    ("systems.getGlobusAuthUrl systems.generateGlobusTokens", "not of type GLOBUS"),
    ("tenants.delete_site", "a tenant uses it"),
    ("workflows.terminatePipeline", "Only a run that is still going"),
    // Credentials of another kind.
    ("tokens.create_token", "No Tapis access token found"),
    ("tokens.refresh_token", "Invalid PUT data"),
];

/// What a deployed service answers with whatever the actor gave, and the documents with JSON.
const SYNCHRONOUS: [&str; 2] = ["send_binary_message", "send_message"];

/// How many operations of each service succeed at least.
const SUCCEEDING: &[(&str, usize)] = &[
    ("actors", 30),
    ("apps", 29),
    ("authenticator", 17),
    ("datasets", 9),
    ("files", 32),
    ("globus-proxy", 11),
    ("jobs", 24),
    ("meta", 16),
    ("models", 11),
    ("notifications", 16),
    ("pgrest", 19),
    ("pods", 74),
    ("sk", 40),
    ("streams", 51),
    ("systems", 35),
    ("tenants", 16),
    ("tokens", 4),
    ("workflows", 51),
];

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
            if std::mem::replace(&mut is_making, case.operation.method == "POST") && !is_making {
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

/// Making comes first, so that there is something to look at, and what ends things comes last.
fn in_order() -> Vec<&'static Case> {
    const ENDING: [&str; 9] =
        ["delete", "remove", "disable", "revoke", "cancel", "terminate", "hide", "stop", "unshare"];
    const LATE: [&str; 3] = ["create_measurement", "add_table_rows", "add_table_row"];
    let mut cases: Vec<&Case> = CASES.iter().collect();
    cases.sort_by_key(|case| {
        let operation = &case.operation;
        let depth = operation.template.matches('/').count();
        let ends = ENDING.iter().any(|word| operation.id.to_lowercase().starts_with(word));
        // Files and jobs need systems and apps.
        let is_below_others = matches!(case.typed.service, "systems" | "apps");
        match operation.method.as_str() {
            // These need what is made further down; a hidden job is as good as gone.
            _ if LATE.contains(&operation.id.as_str()) => (1, 0),
            _ if operation.id == "hideJob" => (6, 0),
            _ if ends && is_below_others => (5, 100 - depth),
            "DELETE" => (4, 100 - depth),
            _ if ends => (3, 100 - depth),
            "POST" => (0, depth),
            "GET" => (1, depth),
            _ => (2, depth),
        }
    });
    cases
}

impl Sweep {
    async fn new(strictness: Strictness) -> Self {
        let mock = MockTapis::builder().admin("root", "secret").strictness(strictness);
        let mock = mock.start().await.unwrap();
        let token = mock.mint_access_token(Mint::user("root")).unwrap();
        let tapis = Tapis::builder(mock.base_url()).access_token(token).build().unwrap();
        Self {
            mock,
            deployed: strictness == Strictness::AsDeployed,
            tapis,
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
        let calling = case.typed.make(full, &self.tapis, body.as_bytes(), &texts);
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
    /// What the request carries: JSON as the document describes it, with the names of what exists
    /// where it refers to something.
    fn body(&self, case: &'static Case, full: bool) -> String {
        let Some(body) = case.operation.body.as_ref().filter(|body| body.is_json()) else {
            return String::new();
        };
        if !full && !body.required {
            return String::new();
        }
        let optional = if full { Optional::Filled } else { Optional::Absent(0) };
        let style = Style { optional, proper: true, ..Style::default() };
        let mut made = Maker::new(case.document, style).make(&body.schema);
        self.refer(case, &mut made);
        self.settle(case, &mut made);
        if let Some(member) = member_parameter(case) {
            let stem = member.trim_end_matches("_id").trim_end_matches("_uuid");
            let name = self.text(case, &member).unwrap_or_default();
            let objects = match &mut made {
                Value::Array(items) => items.iter_mut().take(1).collect(),
                one => vec![one],
            };
            for object in objects.into_iter().filter_map(Value::as_object_mut) {
                for field in [member.as_str(), "id", stem, &format!("{stem}_name")] {
                    if let Some(text) = object.get_mut(field).filter(|value| value.is_string()) {
                        *text = json!(name);
                        break;
                    }
                }
            }
        }
        made.to_string()
    }

    /// Puts names of what exists in place of texts that are names.
    fn refer(&self, case: &'static Case, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.refer(case, item)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    let own = || names_something(case.typed.service, name);
                    let is_made_up = value.as_str().is_some_and(|text| text.starts_with("text "));
                    match (is_made_up, reference(name)) {
                        (true, Some((service, parameter))) => {
                            *value = json!(self.name(service, parameter));
                        }
                        (true, None) if own() => {
                            *value = json!(self.name(case.typed.service, name));
                        }
                        _ => self.refer(case, value),
                    }
                }
            }
            _ => {}
        }
    }

    /// Puts into a body what no schema says: words that have to be of a language, and members that
    /// have to fit each other.
    fn settle(&self, case: &'static Case, body: &mut Value) {
        let file = "tapis://a-systemid/a-path";
        each_member(body, &mut |name, value| match (name, &*value) {
            ("search" | "match", Value::Array(_)) => *value = json!(["id LIKE '%'"]),
            ("permissions", Value::Array(_)) => *value = json!(["READ"]),
            ("sourceUrl" | "sourceURI" | "destinationURI", Value::String(_)) => {
                *value = json!(file)
            }
            ("sourceUrls", Value::Array(_)) => *value = json!([file]),
            ("allowedUses", Value::Number(_)) => *value = json!(9),
            ("validSeconds", Value::Number(_)) => *value = json!(86_400),
            _ => {}
        });
        match case.to_string().as_str() {
            "apps.createAppVersion" => body["version"] = json!(self.name("apps", "appVersion")),
            "systems.createSystem" => {
                if let Some(queue) = body.pointer("/batchLogicalQueues/0/name").cloned() {
                    body["batchDefaultLogicalQueue"] = queue;
                }
                body["canExec"] = json!(body.get("jobRuntimes").is_some());
            }
            "actors.create_actor" => body["stateless"] = json!(false),
            "streams.create_measurement" => {
                body["vars"] = json!([{"datetime": "2026-11-22T23:00:49Z", "a-var-id": 1.5}]);
            }
            "files.mkdir" => body["path"] = json!("a-folder"),
            "files.moveCopy" => {
                body["operation"] = json!("COPY");
                body["newPath"] = json!("a-folder/a-copy");
            }
            "authenticator.create_token" => {
                *body = json!({"grant_type": "password", "username": "root", "password": "secret"});
            }
            "authenticator.revoke_token" | "tokens.revoke_token" => {
                *body = json!({"token": self.mock.mint_access_token(Mint::user("root")).unwrap()});
            }
            _ => {}
        }
    }

    /// The text of a parameter, where it is not to be a text full of what has to be escaped.
    fn text(&self, case: &'static Case, name: &str) -> Option<String> {
        // Others make a folder of `a-path`.
        let wants_file = ["insert", "getContents", "createPostIt"];
        if name == "path" && wants_file.contains(&case.typed.id) {
            return Some("a-file".to_owned());
        }
        let is_path = case.operation.template.contains(&format!("{{{name}}}"));
        if is_path || member_parameter(case).as_deref() == Some(name) {
            return Some(self.name(case.typed.service, name));
        }
        match name {
            "search" => Some("(id.like.*)".to_owned()),
            "orderBy" => Some("id".to_owned()),
            "pattern" => Some("*".to_owned()),
            "start_date" | "end_date" => Some("2026-11-22T23:00:49Z".to_owned()),
            _ => None,
        }
    }

    /// What the path parameter of a service names: what was made, or nothing.
    fn name(&self, service: &'static str, parameter: &str) -> String {
        let known = self.names.get(&(service, parameter.to_owned()));
        known.cloned().unwrap_or_else(|| match parameter {
            "permission" => "READ".to_owned(),
            "envVarName" => "HOME".to_owned(),
            "outputPath" => "tapisjob.out".to_owned(),
            "parentSystemId" | "childSystemId" => "a-systemid".to_owned(),
            "username" | "userName" => "root".to_owned(),
            _ if parameter.ends_with("uuid") => "00000000-0000-4000-8000-000000000007".to_owned(),
            _ => format!("a-{}", parameter.to_lowercase().replace('_', "-")),
        })
    }

    /// Keeps the name that a service has given to what was made.
    fn learn(&mut self, case: &'static Case, decoded: &Decoded) {
        let Ok(result) = serde_json::from_slice::<Value>(&decoded.encoded) else { return };
        let result = if result.is_array() { &result[0] } else { &result };
        let Some((parameter, field)) = made_by(case, result) else { return };
        let name = match &result[field] {
            Value::String(text) => text.rsplit('/').next().unwrap_or(text).to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return,
        };
        self.names.entry((case.typed.service, parameter)).or_insert(name);
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
        if status == 405 || (status >= 500 && !error.is_conflict()) {
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

/// The parameter that names what the operation makes: that of the path below its own.
fn member_parameter(case: &Case) -> Option<String> {
    let operation = &case.operation;
    let below = format!("{}/{{", operation.template);
    let mut others = CASES.iter().map(|other| &other.operation);
    let member = others.find(|other| {
        other.service == operation.service
            && other.template.starts_with(&below)
            && other.template.ends_with('}')
            && other.template.matches('/').count() == operation.template.matches('/').count() + 1
    })?;
    let name = member.template.rsplit_once("/{")?.1.trim_end_matches('}').to_owned();
    (operation.method == "POST").then_some(name)
}

/// The path parameter that what was made is named by, and the field of the result that has the name.
fn made_by(case: &Case, result: &Value) -> Option<(String, &'static str)> {
    match case.to_string().as_str() {
        "pgrest.add_table_rows" => return Some(("item".to_owned(), "_pkid")),
        "actors.send_json_message" => return Some(("execution_id".to_owned(), "execution_id")),
        "files.createPostIt" => return Some(("postitId".to_owned(), "postitId")),
        "files.createTransferTask" => return Some(("transferTaskId".to_owned(), "uuid")),
        "jobs.submitJob" => return Some(("jobUuid".to_owned(), "uuid")),
        "workflows.runPipeline" => return Some(("pipeline_run_uuid".to_owned(), "uuid")),
        _ => {}
    }
    let parameter = member_parameter(case)?;
    let fields: &[&str] =
        if parameter.ends_with("uuid") { &["uuid", "url"] } else { &["id", "url"] };
    let is_named = result.get(&parameter).is_some_and(Value::is_string);
    let field = fields.iter().find(|field| !is_named && result.get(field).is_some())?;
    Some((parameter, field))
}

/// Whether a path of the service has a parameter of this name.
fn names_something(service: &str, name: &str) -> bool {
    let parameter = format!("{{{name}}}");
    let mut cases = CASES.iter().filter(|case| case.typed.service == service);
    cases.any(|case| case.operation.template.contains(&parameter))
}

/// Calls `change` with every member of every object in `value`.
fn each_member(value: &mut Value, change: &mut dyn FnMut(&str, &mut Value)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| each_member(item, change)),
        Value::Object(fields) => {
            for (name, value) in fields {
                change(name, value);
                each_member(value, change);
            }
        }
        _ => {}
    }
}

/// Of what service and path parameter a field of a request holds the name.
fn reference(field: &str) -> Option<(&'static str, &'static str)> {
    Some(match field {
        "systemId" | "execSystemId" | "archiveSystemId" => ("systems", "systemId"),
        "appId" => ("apps", "appId"),
        "appVersion" => ("apps", "appVersion"),
        "tenant_id" => ("tenants", "tenant_id"),
        _ => return None,
    })
}
