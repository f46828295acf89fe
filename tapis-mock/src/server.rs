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

/// How long a caller may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a call that is being answered may hold up the end.
const FAREWELL: Duration = Duration::from_secs(1);

/// A running server. It stops when dropped, and its connections end with it.
///
/// It has threads and a runtime of its own, so that a test that blocks its runtime, or stops the
/// time in it, does not starve the mock.
pub(crate) struct Server {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Takes the address, before anything else needs to know it.
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
                // Calls that hang on purpose end here and hold nothing up. Without waiting, what
                // they hold of the world could outlive the program, and its folder with it.
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
            // It ends only if the thread panicked, and there is nobody to tell.
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
            // Out of file handles, as a rule. Others may be given back in a moment.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn serve(stream: TcpStream, world: Arc<World>, tls: Tls) {
    // Answers are small and whole; waiting for more to send only makes them late.
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
    // How a connection ends is the caller's business, or a fault that was asked for.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
