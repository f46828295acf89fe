//! How fast the mock starts, and how many simple calls it answers in a second.
//!
//! The callers run on threads of their own and keep their connections, as real clients do. With
//! `cargo bench` the figures are those of an optimised build.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a report for the user")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tapis_mock::{Mint, MockTapis};

const CALLERS: usize = 8;
const TIME: Duration = Duration::from_secs(3);

fn main() {
    let begun = Instant::now();
    let mock = MockTapis::builder().user("testuser", "secret").workers(2).start_blocking().unwrap();
    let token = mock.mint_access_token(Mint::user("testuser")).unwrap();
    call(
        &mut BufReader::new(TcpStream::connect(mock.address()).unwrap()),
        &request("/v3/sites", None),
    );
    println!("from nothing to the first answer: {:?}", begun.elapsed());
    for (what, path, token) in [
        ("without a token", "/v3/sites", None),
        ("with a token", "/v3/oauth2/userinfo", Some(token.as_str())),
        ("a list of systems", "/v3/systems", Some(token.as_str())),
        ("an example", "/v3/ml-hub/models", Some(token.as_str())),
    ] {
        let rate = measure(mock.address(), &request(path, token));
        println!("{what:>20}: {rate:>8.0} calls per second");
    }
}

fn request(path: &str, token: Option<&str>) -> String {
    let token = token.map(|token| format!("x-tapis-token: {token}\r\n")).unwrap_or_default();
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{token}\r\n")
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn measure(address: SocketAddr, request: &str) -> f64 {
    let (stop, count) = (AtomicBool::new(false), AtomicU64::new(0));
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                let stream = TcpStream::connect(address).unwrap();
                stream.set_nodelay(true).unwrap();
                let mut stream = BufReader::new(stream);
                while !stop.load(Ordering::Relaxed) {
                    call(&mut stream, request);
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        std::thread::sleep(TIME);
        stop.store(true, Ordering::Relaxed);
    });
    count.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64()
}

/// Sends one request and reads its answer.
fn call(stream: &mut BufReader<TcpStream>, request: &str) {
    stream.get_mut().write_all(request.as_bytes()).unwrap();
    let mut length = 0;
    let mut first = String::new();
    stream.read_line(&mut first).unwrap();
    assert!(first.contains(" 200 "), "{first}");
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
}
