//! A server that says exactly what a test tells it to, byte for byte.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// What happens to one request.
#[derive(Clone, Debug)]
pub enum Step {
    /// The bytes are sent and the connection stays open for more.
    Send(Vec<u8>),
    /// The bytes are sent and the connection is closed.
    SendAndClose(Vec<u8>),
    /// The bytes are sent, and then nothing more.
    SendAndStall(Vec<u8>),
    /// The connection is reset without a word.
    Reset,
    /// The bytes are sent and the connection is reset.
    SendAndReset(Vec<u8>),
    /// Pieces for ever.
    Endless,
}

impl Step {
    /// A whole reply with a length.
    #[must_use]
    pub fn reply(status: &str, headers: &str, body: &str) -> Self {
        Self::Send(whole(status, headers, body))
    }
}

/// A whole reply with a length, as bytes.
#[must_use]
pub fn whole(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n{body}").into_bytes()
}

/// The server. It stops when dropped.
pub struct ScriptServer {
    base_url: String,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

/// What happens to a request, by its number and its head in small letters.
type Answer = Box<dyn Fn(usize, &str) -> Option<Step> + Send + Sync>;

struct Shared {
    answer: Answer,
    /// How long a connection is kept that nobody uses.
    idle: Duration,
    requests: AtomicUsize,
    /// The heads of the requests, in small letters.
    heads: Mutex<Vec<String>>,
    connections: AtomicUsize,
}

impl ScriptServer {
    /// Serves `steps`, one for each request; the last is repeated.
    ///
    /// # Panics
    /// The machine has no port to give.
    #[allow(clippy::unwrap_used)] // a test that cannot listen has failed
    pub async fn start(steps: Vec<Step>) -> Self {
        // Longer than any test.
        Self::closing_idle(steps, Duration::from_secs(3600)).await
    }

    /// As [`start`](Self::start), and closes a connection on which nothing came for `idle`.
    ///
    /// # Panics
    /// The machine has no port to give.
    pub async fn closing_idle(steps: Vec<Step>, idle: Duration) -> Self {
        let answer = move |number, _: &str| steps.get(number).or_else(|| steps.last()).cloned();
        Self::serving(Box::new(answer), idle).await
    }

    /// Serves what `answer` says to the head of each request, in small letters.
    ///
    /// # Panics
    /// The machine has no port to give.
    pub async fn answering(answer: impl Fn(&str) -> Step + Send + Sync + 'static) -> Self {
        let answer = move |_, head: &str| Some(answer(head));
        Self::serving(Box::new(answer), Duration::from_secs(3600)).await
    }

    #[allow(clippy::unwrap_used)] // a test that cannot listen has failed
    async fn serving(answer: Answer, idle: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            answer,
            idle,
            requests: AtomicUsize::new(0),
            heads: Mutex::default(),
            connections: AtomicUsize::new(0),
        });
        let accepting = shared.clone();
        let task = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                accepting.connections.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(serve(connection, accepting.clone()));
            }
        });
        Self { base_url, shared, task }
    }

    /// Where the server listens.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// How many whole requests have arrived.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::Relaxed)
    }

    /// The heads of the requests so far, in small letters.
    #[must_use]
    pub fn heads(&self) -> Vec<String> {
        self.shared.heads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many connections were made.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }
}

impl std::fmt::Debug for ScriptServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScriptServer").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

impl Drop for ScriptServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut connection: TcpStream, shared: Arc<Shared>) {
    let mut received = Vec::new();
    while let Ok(Some(head)) =
        timeout(shared.idle, read_request(&mut connection, &mut received)).await
    {
        let number = shared.requests.fetch_add(1, Ordering::Relaxed);
        let step = (shared.answer)(number, &head);
        shared.heads.lock().unwrap_or_else(PoisonError::into_inner).push(head);
        let (bytes, then_close) = match step {
            None => return,
            Some(Step::Reset) => return reset(connection),
            Some(Step::SendAndReset(bytes)) => {
                let _ = connection.write_all(&bytes).await;
                return reset(connection);
            }
            Some(Step::SendAndStall(bytes)) => {
                let _ = connection.write_all(&bytes).await;
                return std::future::pending().await;
            }
            Some(Step::Endless) => {
                let _ = connection
                    .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
                    .await;
                let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
                while connection.write_all(&chunk).await.is_ok() {}
                return;
            }
            Some(Step::Send(bytes)) => (bytes, false),
            Some(Step::SendAndClose(bytes)) => (bytes, true),
        };
        if connection.write_all(&bytes).await.is_err() || then_close {
            let _ = connection.shutdown().await;
            return;
        }
    }
}

fn reset(connection: TcpStream) {
    // Closing with a linger of nothing is a reset.
    let _ = connection.set_zero_linger();
}

/// Reads one request with its body, and gives its head; `None` at the end of the connection.
async fn read_request(connection: &mut TcpStream, received: &mut Vec<u8>) -> Option<String> {
    loop {
        if let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&received[..end]).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
            if head.contains("transfer-encoding: chunked") {
                // The tests send nothing after a chunked body.
                if received.ends_with(b"0\r\n\r\n") {
                    received.clear();
                    return Some(head);
                }
            } else if received.len() >= end + 4 + length {
                received.drain(..end + 4 + length);
                return Some(head);
            }
        }
        let mut piece = [0; 4096];
        match connection.read(&mut piece).await {
            Ok(0) | Err(_) => return None,
            // The beginning of TLS, which this server does not speak.
            Ok(_) if received.is_empty() && piece[0] == 0x16 => return None,
            Ok(count) => received.extend_from_slice(&piece[..count]),
        }
    }
}
