//! A server that answers with what it was given and keeps what it was sent.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::service::service_fn;
use hyper::{Request, Response, server::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// What arrived.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) method: String,
    /// As it stood in the request line.
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    /// Names in lower case, in the order of their arrival.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Recorded {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut named = self.headers.iter().filter(|(known, _)| known == name);
        named.next().map(|(_, value)| value.as_str())
    }
}

/// What the next request is answered with.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) body: Vec<u8>,
}

/// The server, on a port of this machine.
pub(crate) struct Server {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    answer: Option<Answer>,
    recorded: Vec<Recorded>,
}

impl Server {
    /// Starts serving on the current runtime.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::<Mutex<State>>::default();
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = shared.clone();
                tokio::spawn(async move {
                    let serve = service_fn(|request| answer(&state, request));
                    // A client that goes away is no concern of the server's.
                    let _ =
                        http1::Builder::new().serve_connection(TokioIo::new(stream), serve).await;
                });
            }
        });
        Self { url, state }
    }

    /// Answers the next request with `answer`, and forgets those before.
    pub(crate) fn queue(&self, answer: Answer) {
        *self.state.lock().unwrap() = State { answer: Some(answer), recorded: Vec::new() };
    }

    /// The requests since the last [`queue`](Self::queue).
    pub(crate) fn take(&self) -> Vec<Recorded> {
        std::mem::take(&mut self.state.lock().unwrap().recorded)
    }
}

async fn answer(
    state: &Mutex<State>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let headers = head.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let mut state = state.lock().unwrap();
    state.recorded.push(Recorded {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: headers.collect(),
        body,
    });
    let mut response = Response::builder();
    let Some(answer) = state.answer.take() else {
        return Ok(response.status(418).body(Full::default()).unwrap());
    };
    response = response.status(answer.status);
    if let Some(content_type) = answer.content_type {
        response = response.header(CONTENT_TYPE, content_type);
    }
    Ok(response.body(Full::new(answer.body.into())).unwrap())
}
