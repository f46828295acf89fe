//! Any bytes to the mock, over a connection: as they are, and as path, query and body of any
//! operation by a user who is logged in. It has to answer or to close; a panic of any thread ends
//! the run.

#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use tapis_mock::{Mint, MockTapis};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

struct World {
    runtime: Runtime,
    mock: MockTapis,
    token: String,
    /// Method and path of each operation.
    operations: Vec<(String, String)>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let runtime = Runtime::new().expect("a runtime");
    let mock =
        runtime.block_on(MockTapis::builder().user("testuser", "secret").start()).expect("a mock");
    let token = mock.mint_access_token(Mint::user("testuser")).expect("a token");
    let mut operations = Vec::new();
    for service in tapis_specs::SERVICES {
        let document = tapis_specs::document(service).expect("a document");
        let document: serde_json::Value = serde_json::from_str(document).expect("JSON");
        for (path, item) in document["paths"].as_object().expect("paths") {
            for method in item.as_object().expect("methods").keys() {
                operations.push((method.to_uppercase(), path.clone()));
            }
        }
    }
    World { runtime, mock, token, operations }
});

/// The path with a piece of the input for each parameter.
fn path<'a>(template: &str, pieces: &mut impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut path = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        path.extend_from_slice(before.as_bytes());
        path.extend_from_slice(pieces.next().unwrap_or(b"x"));
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    path.extend_from_slice(rest.as_bytes());
    path
}

/// A request of the operation that the first two bytes choose; the rest, cut at zeros, is its path
/// values, query and body.
fn request(world: &World, data: &[u8]) -> Option<Vec<u8>> {
    let (choice, rest) = data.split_first_chunk::<2>()?;
    let choice = usize::from(u16::from_le_bytes(*choice)) % world.operations.len();
    let (method, template) = &world.operations[choice];
    let mut pieces = rest.split(|byte| *byte == 0);
    let mut request = format!("{method} ").into_bytes();
    request.extend(path(template, &mut pieces));
    request.push(b'?');
    request.extend_from_slice(pieces.next().unwrap_or_default());
    let body = pieces.next().unwrap_or_default();
    let head = format!(
        " HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-tapis-token: {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        world.token,
        body.len(),
    );
    request.extend_from_slice(head.as_bytes());
    request.extend_from_slice(body);
    Some(request)
}

async fn send(world: &World, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(world.mock.address()).await.expect("it listens");
    // It may close as soon as it has seen enough.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let reading = stream.read_to_end(&mut answer);
    tokio::time::timeout(Duration::from_secs(20), reading).await.expect("it ends").ok();
    answer
}

fuzz_target!(|data: &[u8]| {
    let world = &*WORLD;
    // The reserved prefix may be told to be slow, to stall or to forget its users.
    if data.windows(5).any(|window| window == b"_mock") {
        return;
    }
    world.runtime.block_on(async {
        match request(world, data) {
            Some(request) => {
                let answer = send(world, &request).await;
                assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 "), "{answer:?}");
            }
            None => drop(send(world, data).await),
        }
        if data.first().is_some_and(|first| first % 8 == 0) {
            send(world, data).await;
        }
    });
});
