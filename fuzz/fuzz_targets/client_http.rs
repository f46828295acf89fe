//! The client, with a server that answers anything. Each call ends, with a result or with an error on one line, and
//! writes nothing outside of the folder that it is given.
//!
//! The first byte of an input chooses the call. The rest are the answers, in their order, separated by a line `%%`. An
//! answer is a line with the status, lines with headers, an empty line and the body. After them comes 404.

#![no_main]

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use tapis_client::time::{Clock, jiff};
use tapis_client::{BoxFuture, Error, Tapis};
use tapis_mock::{Mint, MockTapis};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

type Answers = Arc<Mutex<VecDeque<Vec<u8>>>>;

struct World {
    runtime: Runtime,
    answers: Answers,
    base_url: String,
    token: String,
    client: Tapis,
}

/// Pauses take no time.
#[derive(Debug)]
struct Impatient;

impl Clock for Impatient {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::task::yield_now())
    }

    fn time_limit(&self, limit: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(limit))
    }
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let runtime = Runtime::new().expect("a runtime");
    let answers = Answers::default();
    let (base_url, token) = runtime.block_on(async {
        // A mock issues the token; no call goes there.
        let mock = MockTapis::builder().user("testuser", "secret").start().await.expect("a mock");
        let token = mock.mint_access_token(Mint::user("testuser")).expect("a token");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(serve(listener, answers.clone()));
        (format!("http://{address}"), token)
    });
    let client = client(&base_url, &token);
    World { runtime, answers, base_url, token, client }
});

fn client(base_url: &str, token: &str) -> Tapis {
    let builder = Tapis::builder(base_url).access_token(token).clock(Impatient);
    builder.build().expect("a client")
}

async fn serve(listener: TcpListener, answers: Answers) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(stream, answers.clone()));
    }
}

async fn answer(mut stream: TcpStream, answers: Answers) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let next = answers.lock().expect("no panic").pop_front();
    stream.write_all(&next.unwrap_or_else(|| wire(b"404"))).await?;
    stream.shutdown().await
}

/// An answer as it is sent. Its body ends with the connection, unless a header says otherwise.
fn wire(answer: &[u8]) -> Vec<u8> {
    let end = answer.windows(2).position(|window| window == b"\n\n").unwrap_or(answer.len());
    let (head, body) = answer.split_at(end);
    let mut wire = b"HTTP/1.1 ".to_vec();
    for line in head.split(|byte| *byte == b'\n') {
        wire.extend_from_slice(line);
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(b"connection: close\r\n\r\n");
    wire.extend_from_slice(body.get(2..).unwrap_or_default());
    wire
}

fn answers(mut data: &[u8]) -> VecDeque<Vec<u8>> {
    const BORDER: &[u8] = b"\n%%\n";
    let mut answers = VecDeque::new();
    while let Some(at) = data.windows(BORDER.len()).position(|window| window == BORDER) {
        answers.push_back(wire(&data[..at]));
        data = &data[at + BORDER.len()..];
    }
    answers.push_back(wire(data));
    answers
}

async fn call(world: &World, choice: u8, folder: &Path) -> Result<(), Error> {
    let t = &world.client;
    match choice % 8 {
        0 => t.systems.get_systems().items().collect_all(100).await.map(drop),
        1 => t.files.download("s", "d/f.txt").to_path(folder.join("f.txt")).await.map(drop),
        2 => {
            let download =
                || t.files.download("s", "d/f.txt").to_path(folder.join("f.txt")).resume();
            match download().await {
                Ok(_) => Ok(()),
                Err(_) => download().await.map(drop),
            }
        }
        3 => t.jobs.download_output("u", "out/result.dat").bytes().await.map(drop),
        4 => t.files.at(("s", "d")).download_folder(folder).parallel(1).await.map(drop),
        5 => {
            let table = t.streams.read_measurements("p", "s", "i").await?;
            drop(table.to_csv());
            Ok(())
        }
        6 => {
            let mut tail = t.jobs.tail("u", "out/log.txt");
            for _ in 0..10 {
                if tail.next().await?.is_none() {
                    break;
                }
            }
            Ok(())
        }
        // A client fetches keys once, so this one is new.
        _ => {
            let t = client(&world.base_url, &world.token);
            t.validate_token(world.token.as_str()).await.map(drop)
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else { return };
    let world = &*WORLD;
    let top = tempfile::tempdir().expect("a folder");
    let folder = top.path().join("given");
    std::fs::create_dir(&folder).expect("a folder");
    *world.answers.lock().expect("no panic") = answers(rest);
    world.runtime.block_on(async {
        let call = call(world, *choice, &folder);
        let result = tokio::time::timeout(Duration::from_secs(20), call).await.expect("it ends");
        if let Err(error) = result {
            let text = error.to_string();
            assert!(!text.contains(['\n', '\r']), "an error of more than one line: {text:?}");
        }
    });
    let made = std::fs::read_dir(top.path()).expect("the folder").count();
    assert_eq!(made, 1, "something was written beside the folder");
});
