//! A web server that says what a test tells it to say, faults of the network included.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

/// What one request gets.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// 200 with this body.
    Document(String),
    /// This status with an empty body.
    Status(u16),
    /// 200, half of this body, and the connection closes.
    Half(String),
    /// The connection closes without a word.
    HangUp,
    /// Nothing, for as long as the client cares to wait.
    Silence,
}

/// The answers of each path, in their order; the last one holds for ever.
#[derive(Default)]
struct Script {
    answers: HashMap<String, VecDeque<Answer>>,
    requests: HashMap<String, usize>,
}

impl Script {
    fn next(&mut self, path: &str) -> Answer {
        *self.requests.entry(path.to_owned()).or_default() += 1;
        match self.answers.get_mut(path) {
            Some(answers) if answers.len() > 1 => answers.pop_front(),
            Some(answers) => answers.front().cloned(),
            None => None,
        }
        .unwrap_or(Answer::Status(404))
    }
}

/// The server; it ends, and every connection with it, when this is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    _runtime: Runtime,
}

impl Server {
    pub(crate) fn start() -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let script = Arc::new(Mutex::new(Script::default()));
        let shared = Arc::clone(&script);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { address, script, _runtime: runtime }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// From now on, and from the beginning of `answers`, requests for `path` get these.
    pub(crate) fn script(&self, path: &str, answers: impl Into<VecDeque<Answer>>) {
        self.script.lock().unwrap().answers.insert(path.to_owned(), answers.into());
    }

    /// How often `path` has been asked for.
    pub(crate) fn requests(&self, path: &str) -> usize {
        self.script.lock().unwrap().requests.get(path).copied().unwrap_or_default()
    }
}

async fn serve(mut stream: TcpStream, script: Arc<Mutex<Script>>) {
    let Some(path) = requested_path(&mut stream).await else { return };
    let answer = script.lock().unwrap().next(&path);
    let (status, body, sent) = match &answer {
        Answer::Document(body) => (200, body.as_str(), body.len()),
        Answer::Half(body) => (200, body.as_str(), body.len() / 2),
        Answer::Status(status) => (*status, "", 0),
        Answer::HangUp => return,
        Answer::Silence => return std::future::pending().await,
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} Said\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    // A client that has left needs no answer.
    let _ = stream.write_all(&[head.as_bytes(), &body.as_bytes()[..sent]].concat()).await;
    let _ = stream.shutdown().await;
}

/// Reads a request without a body; its path.
async fn requested_path(stream: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8(request).ok()?.split(' ').nth(1)?.to_owned())
}
