//! The server: a listener and the thread that serves it.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use crate::connection::Connection;
use crate::error::Error;
use crate::pipeline;
use crate::tls::Tls;
use crate::world::World;

/// The time limit for the headers of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a running call may delay the end of the server.
const FAREWELL: Duration = Duration::from_secs(1);

/// A running server. It stops when dropped, and its connections are closed.
///
/// It has its own threads and runtime, so a test can block its runtime, or stop the time in it,
/// without stopping the mock.
///
/// It has threads and a runtime of its own, so that a test that blocks its runtime, or stops the
/// time in it, does not starve the mock.
pub(crate) struct Server {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Binds the address before other code needs it.
pub(crate) fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    let failed = |source| Error::Listen { address, source };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

impl Server {
    pub(crate) fn start(
        listener: TcpListener,
        world: Arc<World>,
        workers: usize,
        tls: Tls,
    ) -> Result<Self, Error> {
        let runtime = runtime(workers).map_err(Error::Start)?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener).map_err(Error::Start)?
        };
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("tapis-mock".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = accept(listener, world, tls) => {}
                        _ = stopped => {}
                    }
                });
                // Calls that hang on purpose are ended here. Without waiting, their references to
                // the state could outlive the program, and its directory too.
                runtime.shutdown_timeout(FAREWELL);
            })
            .map_err(Error::Start)?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // This fails only if the thread panicked, and then nobody can be informed.
            let _ = thread.join();
        }
    }
}

fn runtime(workers: usize) -> std::io::Result<Runtime> {
    if workers > 1 {
        Builder::new_multi_thread().worker_threads(workers).enable_all().build()
    } else {
        Builder::new_current_thread().enable_all().build()
    }
}

async fn accept(listener: tokio::net::TcpListener, world: Arc<World>, tls: Tls) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(serve(stream, Arc::clone(&world), tls.clone()));
            }
            // Usually there are no file handles left. Others may be closed soon.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn serve(stream: TcpStream, world: Arc<World>, tls: Tls) {
    // Replies are small and complete; waiting for more data would only delay them.
    let _ = stream.set_nodelay(true);
    let reset = Arc::new(AtomicBool::new(false));
    let connection = Connection::new(stream, Arc::clone(&reset));
    match tls {
        Tls::Off => serve_http(connection, world, reset).await,
        #[cfg(feature = "tls")]
        Tls::On(acceptor) => {
            if let Ok(stream) = acceptor.accept(connection).await {
                serve_http(stream, world, reset).await;
            }
        }
    }
}

async fn serve_http(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    world: Arc<World>,
    reset: Arc<AtomicBool>,
) {
    let service =
        service_fn(move |request| pipeline::serve(Arc::clone(&world), Arc::clone(&reset), request));
    // A connection may end for reasons of the caller, or because of a fault.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
