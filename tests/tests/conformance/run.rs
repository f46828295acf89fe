//! Executes a case.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde_json::Value;
use xtask::conformance::{Body, Case, Expect, Generated, Part, Request, Step, Tree, User};

use crate::arrange;
use crate::matcher::Verdict;
use crate::reply::Reply;
use crate::target::Target;
use crate::variables::{Stop, Variables};

/// How often a request whose expectation is to hold in the end is made at most, and what passes on
/// the mock's clock in between.
const MOCK: (usize, Duration) = (100, Duration::from_secs(10));
/// The same against any other Tapis, where this is waited for.
const REAL: (usize, Duration) = (300, Duration::from_secs(2));
const BOUNDARY: &str = "conformance-boundary";
/// Uploads of small files that are under way at once.
const UPLOADS: usize = 8;

/// The result of a case.
#[derive(Debug)]
pub(crate) enum Outcome {
    Held,
    Failed(String),
    Skipped(String),
}

/// Runs a case, and cleans up behind it.
pub(crate) async fn run(case: &Case, target: &Target) -> Outcome {
    if let (Some(reason), None) = (&case.mock_only, &target.mock) {
        return Outcome::Skipped(format!("only against the mock: {reason}"));
    }
    let mut run = Run { target, variables: target.variables.clone() };
    let outcome = match run.all(case).await {
        Ok(()) => Outcome::Held,
        Err(Stop::Failed(what)) => Outcome::Failed(what),
        Err(Stop::Skipped(why)) => Outcome::Skipped(why),
    };
    if target.mock.is_none() {
        run.clean_up(case).await;
    }
    outcome
}

struct Run<'a> {
    target: &'a Target,
    variables: Variables,
}

impl Run<'_> {
    async fn all(&mut self, case: &Case) -> Result<(), Stop> {
        let steps = case.given.iter().map(|step| ("given", step));
        for (part, step) in steps.chain(case.steps.iter().map(|step| ("steps", step))) {
            self.step(step).await.map_err(|stop| match stop {
                Stop::Failed(what) => Stop::Failed(format!("in {part}: {what}")),
                skipped => skipped,
            })?;
        }
        Ok(())
    }

    async fn clean_up(&mut self, case: &Case) {
        for step in &case.finally {
            let _ = self.step(step).await;
        }
        for system in ["linux", "linux2", "batch", "s3"] {
            let path = format!("/v3/files/ops/${{{system}}}/${{prefix}}");
            let request = Request::to("DELETE", path);
            let _ = self.send(&request).await;
        }
    }

    async fn step(&mut self, step: &Step) -> Result<(), Stop> {
        match step {
            Step::Request(request) => self.request(request).await,
            Step::Files(tree) => self.upload(tree).await,
            Step::Arrange(arrangements) => {
                if self.target.mock.is_none() {
                    let names: Vec<_> = arrangements.keys().map(String::as_str).collect();
                    return Err(Stop::Skipped(format!("cannot be arranged: {}", names.join(", "))));
                }
                for (name, value) in arrangements {
                    self.arrange(name, &self.variables.json(value)?).await?;
                }
                Ok(())
            }
        }
    }

    async fn request(&mut self, request: &Request) -> Result<(), Stop> {
        let (attempts, pause) = if self.target.mock.is_some() { MOCK } else { REAL };
        let attempts = if request.eventually { attempts } else { 1 };
        for attempt in 1.. {
            let reply = self.send(request).await?;
            let verdict = match &request.expect {
                Some(expect) => self.judge(expect, &reply)?,
                None => success(&reply),
            };
            if verdict.faults.is_empty() {
                self.variables.0.extend(verdict.captured);
                return Ok(());
            }
            if attempt == attempts {
                let Request { method, path, .. } = request;
                let faults = verdict.faults.join("\n  ");
                return Err(Stop::Failed(format!("{method} {path}\n  {faults}\n  came: {reply}")));
            }
            match &self.target.mock {
                Some(mock) => mock.advance(pause),
                None => tokio::time::sleep(pause).await,
            }
        }
        Ok(())
    }

    fn judge(&self, expect: &Expect, reply: &Reply) -> Result<Verdict, Stop> {
        let mut verdict = Verdict::default();
        if !expect.status.contains(&reply.status) {
            let expected =
                expect.status.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ");
            verdict.faults.push(format!("status is to be {expected}: {}", reply.status));
        }
        for (name, expected) in &expect.headers {
            let found = reply.headers.get(&name.to_lowercase()).map(|text| text.as_str().into());
            verdict.compare(name, &self.variables.json(expected)?, found.as_ref());
        }
        let parts = [
            ("body", &expect.body, &(|| reply.json()) as &dyn Fn() -> Result<Value, String>),
            ("text", &expect.text, &|| Ok(reply.text().into())),
            ("bytes", &expect.bytes, &|| Ok(reply.bytes())),
            ("zip", &expect.zip, &|| reply.zip()),
        ];
        for (part, expected, found) in parts {
            let Some(expected) = expected else { continue };
            match found() {
                Ok(found) => verdict.compare(part, &self.variables.json(expected)?, Some(&found)),
                Err(fault) => verdict.faults.push(fault),
            }
        }
        Ok(verdict)
    }

    /// Sends the request once.
    async fn send(&self, request: &Request) -> Result<Reply, Stop> {
        if let Some(mock) = &self.target.mock {
            // As much time as passes between two requests at least, so that no two records are of
            // the same time.
            mock.advance(Duration::from_millis(1));
        }
        let path = self.variables.text(&request.path)?;
        let mut url = url(&format!("{}{path}", self.target.base_url))?;
        for (name, value) in &request.query {
            let values = match self.variables.json(value)? {
                Value::Array(values) => values,
                one => vec![one],
            };
            for value in values {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                url.query_pairs_mut().append_pair(&self.variables.text(name)?, &text);
            }
        }
        let method = Method::from_bytes(request.method.as_bytes());
        let method = method.map_err(|error| Stop::Failed(error.to_string()))?;
        let mut send = self.target.http.request(method, url);
        if let Some(token) = self.target.token(request.user).map_err(Stop::without)? {
            send = send.header("x-tapis-token", token);
        }
        if request.user == User::Service {
            send = send.header("x-tapis-tenant", self.variables.text("${tenant}")?);
            send = send.header("x-tapis-user", self.variables.text("${user}")?);
        }
        let (body, media_type) = self.body(&request.body)?;
        if let Some(media_type) = media_type
            && !request.headers.keys().any(|name| name.eq_ignore_ascii_case("content-type"))
        {
            send = send.header(CONTENT_TYPE, media_type).body(body);
        } else {
            send = send.body(body);
        }
        if let Some((name, password)) = &request.basic {
            let password = self.variables.text(password)?;
            send = send.basic_auth(self.variables.text(name)?, Some(password));
        }
        for (name, value) in &request.headers {
            let name = HeaderName::from_bytes(name.as_bytes());
            let name = name.map_err(|error| Stop::Failed(error.to_string()))?;
            let value = HeaderValue::from_str(&self.variables.text(value)?);
            send = send.header(name, value.map_err(|error| Stop::Failed(error.to_string()))?);
        }
        receive(send).await.map_err(Stop::Failed)
    }

    fn body(&self, body: &Body) -> Result<(Vec<u8>, Option<String>), Stop> {
        Ok(match body {
            Body::Empty => (Vec::new(), None),
            Body::Json(value) => {
                (self.variables.json(value)?.to_string().into(), Some("application/json".into()))
            }
            Body::Text(text) => (self.variables.text(text)?.into(), Some("text/plain".into())),
            Body::Bytes(bytes) => (bytes.bytes(), Some("application/octet-stream".into())),
            Body::Form(parts) => {
                let mut body = Vec::new();
                for (name, part) in parts {
                    let Part { filename, text, bytes } = part;
                    let filename = filename.as_ref().map(|name| format!("; filename=\"{name}\""));
                    body.extend_from_slice(
                        format!(
                            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{}\r\n\r\n",
                            filename.unwrap_or_default()
                        )
                        .as_bytes(),
                    );
                    if let Some(text) = text {
                        body.extend_from_slice(self.variables.text(text)?.as_bytes());
                    }
                    body.extend(bytes.map(Generated::bytes).unwrap_or_default());
                    body.extend_from_slice(b"\r\n");
                }
                body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
                (body, Some(format!("multipart/form-data; boundary={BOUNDARY}")))
            }
        })
    }

    /// Uploads the files of a tree, several at once.
    async fn upload(&self, tree: &Tree) -> Result<(), Stop> {
        use futures_util::TryStreamExt as _;
        let under = self.variables.text(&tree.under)?;
        let system = self.variables.text(&tree.system)?;
        let all = tree.all().into_iter().enumerate().map(Ok);
        let (under, system) = (&under, &system);
        futures_util::stream::iter(all)
            .try_for_each_concurrent(UPLOADS, |(number, path)| async move {
                let bytes = Generated {
                    size: tree.size,
                    seed: u64::try_from(number).unwrap_or_default(),
                    from: 0,
                    length: None,
                };
                let part = Part { filename: Some("f".into()), text: None, bytes: Some(bytes) };
                let path = format!("/v3/files/ops/{system}/{under}/{path}");
                let mut request = Request::to("POST", path);
                request.body = Body::Form([("file".to_owned(), part)].into());
                let reply = self.send(&request).await?;
                match success(&reply).faults.is_empty() {
                    true => Ok(()),
                    false => Err(Stop::Failed(format!("{} came: {reply}", request.path))),
                }
            })
            .await
    }

    async fn arrange(&self, name: &str, value: &Value) -> Result<(), Stop> {
        let (path, body) = arrange::request(name, value).map_err(Stop::Failed)?;
        let url = url(&format!("{}/_mock/{path}", self.target.base_url))?;
        let reply = receive(self.target.http.post(url).body(body.to_string())).await;
        let reply = reply.map_err(Stop::Failed)?;
        match success(&reply).faults.is_empty() {
            true => Ok(()),
            false => Err(Stop::Failed(format!("arrange {name}: {reply}"))),
        }
    }
}

fn url(text: &str) -> Result<Url, Stop> {
    Url::parse(text).map_err(|error| Stop::Failed(format!("{text}: {error}")))
}

fn success(reply: &Reply) -> Verdict {
    let mut verdict = Verdict::default();
    if !(200..300).contains(&reply.status) {
        verdict.faults.push(format!("is to succeed: {}", reply.status));
    }
    verdict
}

async fn receive(send: reqwest::RequestBuilder) -> Result<Reply, String> {
    let reply = send.send().await.map_err(|error| format!("{error:?}"))?;
    let status = reply.status().as_u16();
    let headers = reply.headers().iter();
    let headers = headers
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let body = reply.bytes().await.map_err(|error| format!("{error:?}"))?.to_vec();
    Ok(Reply { status, headers, body })
}
