//! A small fast server that answers what the benchmark asks for, and counts. It is not a mock: what
//! it says is always the same, so that what is measured is the client.

mod replies;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// How much of a file leaves at a time.
const PIECE: usize = 256 * 1024;

#[derive(Default)]
struct Counts {
    connections: AtomicU64,
    requests: AtomicU64,
    tokens: AtomicU64,
    uploaded: AtomicU64,
    /// How long tokens live, in seconds.
    life: AtomicU64,
}

struct Server {
    counts: Counts,
    base_url: String,
    userinfo: Bytes,
    systems: Bytes,
    piece: Bytes,
}

/// Serves as long as it is polled.
pub async fn serve(listener: TcpListener) -> std::io::Result<Infallible> {
    let server = Arc::new(Server {
        counts: Counts { life: AtomicU64::new(14_400), ..Counts::default() },
        userinfo: replies::userinfo(),
        systems: systems(),
        piece: Bytes::from(vec![b'x'; PIECE]),
        base_url: format!("http://{}", listener.local_addr()?),
    });
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        server.counts.connections.fetch_add(1, Relaxed);
        let server = Arc::clone(&server);
        tokio::spawn(async move {
            let service = service_fn(|request| answer(&server, request));
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// The list of a hundred systems, as it is sent.
pub fn systems() -> Bytes {
    replies::systems()
}

type Reply = Response<BoxBody<Bytes, Infallible>>;

async fn answer(server: &Server, request: Request<Incoming>) -> Result<Reply, hyper::Error> {
    let counts = &server.counts;
    counts.requests.fetch_add(1, Relaxed);
    let path = request.uri().path();
    let get = request.method() == Method::GET;
    if let Some(path) = path.strip_prefix("/counts") {
        // `/counts` tells and starts anew; `/counts/life/SECONDS` says how long tokens live.
        if let Some(life) = path.strip_prefix("/life/").and_then(|life| life.parse().ok()) {
            counts.life.store(life, Relaxed);
        }
        return Ok(json(replies::counts(
            counts.connections.swap(0, Relaxed),
            counts.requests.swap(0, Relaxed),
            counts.tokens.swap(0, Relaxed),
            counts.uploaded.swap(0, Relaxed),
        )));
    }
    Ok(match path {
        "/v3/oauth2/userinfo" => json(server.userinfo.clone()),
        "/v3/systems" => json(server.systems.clone()),
        "/v3/oauth2/tokens" => {
            request.into_body().collect().await?;
            counts.tokens.fetch_add(1, Relaxed);
            json(replies::token(&server.base_url, counts.life.load(Relaxed)))
        }
        "/v3/sites" => json(replies::sites(&server.base_url)),
        "/v3/tenants" => json(replies::tenants(&server.base_url)),
        path if path.starts_with("/v3/tenants/") => json(replies::tenant(&server.base_url)),
        path if path.starts_with("/v3/files/content/") => {
            let size = size(path);
            let last = size % PIECE;
            let whole = std::iter::repeat_n(server.piece.clone(), size / PIECE);
            let rest = (last > 0).then(|| server.piece.slice(..last));
            let pieces = whole.chain(rest).map(|piece| Ok(Frame::data(piece)));
            let body = StreamBody::new(stream::iter(pieces)).boxed();
            let mut reply = Response::new(body);
            let kind = HeaderValue::from_static("application/octet-stream");
            reply.headers_mut().insert(CONTENT_TYPE, kind);
            reply
        }
        path if path.starts_with("/v3/files/ops/") && get => json(replies::file(size(path))),
        path if path.starts_with("/v3/files/ops/") => {
            let mut body = request.into_body();
            while let Some(frame) = body.frame().await {
                let length = frame?.data_ref().map_or(0, Bytes::len);
                counts.uploaded.fetch_add(length as u64, Relaxed);
            }
            json(replies::nothing())
        }
        _ => {
            let mut reply = json(replies::nothing());
            *reply.status_mut() = hyper::StatusCode::NOT_FOUND;
            reply
        }
    })
}

/// A file's name is its size.
fn size(path: &str) -> usize {
    path.rsplit('/').next().and_then(|name| name.parse().ok()).unwrap_or_default()
}

fn json(body: Bytes) -> Reply {
    let mut reply = Response::new(Full::new(body).boxed());
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    reply
}
