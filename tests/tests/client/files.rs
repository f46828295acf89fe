//! Files up and down, with connections that break in the middle.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use sha2::{Digest as _, Sha256};
use tapis_client::blocking::{IntoBlockingIter as _, Wait as _};
use tapis_client::files::TapisPath;
use tapis_client::http::Retry;
use tapis_client::{Error, Tapis};
use tapis_mock::Fault;
use tapis_tests::{ScriptServer, Step, TestClock, World};

const CONTENT: &str = "files.getContents";
const INSERT: &str = "files.insert";
const LIST: &str = "files.listFiles";

async fn world() -> World {
    let world = World::new().await.unwrap();
    world.make_system("s").await.unwrap();
    world
}

/// Bytes that nothing else looks like.
fn noise(length: usize) -> Bytes {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let bytes = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    });
    bytes.take(length).collect()
}

fn header<'a>(request: &'a tapis_mock::RecordedRequest, name: &str) -> Option<&'a str> {
    let found = request.headers.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

async fn content(t: &Tapis, path: &str) -> Bytes {
    t.files.download("s", path).bytes().await.unwrap()
}

#[tokio::test]
async fn a_file_bytes_a_reader_and_a_stream_arrive_as_they_are() {
    let World { t, mock, .. } = world().await;
    let folder = tempfile::tempdir().unwrap();
    let bytes = noise(1_000_003);
    let local = folder.path().join("in.bin");
    std::fs::write(&local, &bytes).unwrap();
    let up = |path| t.files.upload("s", path);

    let sent = up("a/path").from_path(&local).await.unwrap();
    assert_eq!(sent.bytes, 1_000_003);
    up("a/bytes").from_bytes(bytes.clone()).await.unwrap();
    up("a/reader").from_reader(std::io::Cursor::new(bytes.clone())).await.unwrap();
    let pieces: Vec<Result<Bytes, Error>> =
        bytes.chunks(7919).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    let sent =
        up("a/stream").from_stream(stream::iter(pieces)).with_length(1_000_003).await.unwrap();
    assert_eq!(sent.bytes, 1_000_003);
    up("a/empty").from_bytes("").await.unwrap();

    for path in ["a/path", "a/bytes", "a/reader", "a/stream"] {
        assert_eq!(content(&t, path).await, bytes, "{path}");
    }
    assert_eq!(content(&t, "a/empty").await, "");
    let known = |request: &tapis_mock::RecordedRequest| header(request, "content-length").is_some();
    let lengths: Vec<bool> = mock.requests_for(INSERT).iter().map(known).collect();
    assert_eq!(lengths, [true, true, false, true, true], "a length is announced where it is known");
}

#[tokio::test]
async fn progress_is_told_up_and_down() {
    let World { t, mock: _mock, .. } = world().await;
    let folder = tempfile::tempdir().unwrap();
    let bytes = noise(1_000_003);
    for (name, from_memory) in [("memory", true), ("file", false)] {
        let told = Arc::new(Mutex::new(Vec::new()));
        let tell = {
            let told = Arc::clone(&told);
            move |progress| told.lock().unwrap().push(progress)
        };
        let local = folder.path().join(name);
        std::fs::write(&local, &bytes).unwrap();
        let upload = t.files.upload("s", name).on_progress(tell);
        let upload =
            if from_memory { upload.from_bytes(bytes.clone()) } else { upload.from_path(&local) };
        upload.await.unwrap();
        let told = std::mem::take(&mut *told.lock().unwrap());
        assert!(told.windows(2).all(|pair| pair[0].bytes < pair[1].bytes));
        assert!(told.len() > 3 && told.iter().all(|progress| progress.total == Some(1_000_003)));
        assert_eq!(told.last().unwrap().bytes, 1_000_003);
    }
    let last = Arc::new(AtomicU64::new(0));
    let tell = {
        let last = Arc::clone(&last);
        move |progress: tapis_client::files::Progress| {
            assert_eq!(progress.total, Some(1_000_003));
            last.store(progress.bytes, Ordering::Relaxed);
        }
    };
    let saving = t.files.download("s", "file").on_progress(tell);
    saving.to_path(folder.path().join("back")).await.unwrap();
    assert_eq!(last.load(Ordering::Relaxed), 1_000_003);
}

#[tokio::test]
async fn a_download_that_is_cut_at_ten_places_is_whole_in_the_end() {
    let World { t, mock, .. } = world().await;
    let folder = tempfile::tempdir().unwrap();
    let bytes = noise(3_000_000);
    // The service passes a path to a shell as it is: one that means something there is never sent with a range.
    for name in ["my file; rm -r $(x).dat", "f"] {
        t.files.upload("s", name).from_bytes(bytes.clone()).await.unwrap();
        mock.clear_requests();
        for place in 0..10 {
            let cut = Fault::truncate(100_000 + 200_017 * place).on(CONTENT);
            mock.inject(cut.times(1));
        }
        let path = folder.path().join("f");
        let done = t.files.download("s", name).to_path(&path).await.unwrap();
        assert_eq!((done.bytes, done.resumed_from), (3_000_000, 0));
        let got = std::fs::read(&path).unwrap();
        assert_eq!(Sha256::digest(&got), Sha256::digest(&bytes));
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            1,
            "nothing is left beside it"
        );
        let asked = mock.requests_for(CONTENT);
        let ranges = asked.iter().filter_map(|request| header(request, "range")).count();
        assert_eq!(ranges > 0, name == "f", "{ranges} of {}", asked.len());
        // A part of the known content is requested again, for comparison.
        let first = asked.iter().find_map(|request| header(request, "range"));
        assert!(first.is_none_or(|range| range == "99744,3000000"), "{first:?}");
        mock.clear_faults();
    }
}

#[tokio::test]
async fn a_range_that_is_no_range_is_not_believed() {
    let bytes = noise(1000);
    let listing = r#"[{"name":"f","path":"f","type":"file","size":1000}]"#;
    let envelope = |result: &str| {
        let body = format!(r#"{{"status":"success","result":{result}}}"#);
        Step::reply("200 OK", "content-type: application/json\r\n", &body)
    };
    let content = |kind: &str, content: &[u8]| {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
            content.len()
        );
        Step::Send([head.as_bytes(), content].concat())
    };
    let replies: [(&str, &str, Vec<u8>); 6] = [
        ("the whole file", "text/plain", bytes.to_vec()),
        ("the whole file, as such", "application/octet-stream", bytes[400..].to_vec()),
        ("nothing", "text/plain", Vec::new()),
        ("too little", "text/plain", bytes[400..500].to_vec()),
        ("too much", "text/plain", [&bytes[400..], b"more"].concat()),
        ("the range", "text/plain", bytes[400..].to_vec()),
    ];
    for (what, kind, part) in replies {
        let (whole, part) = (content("application/octet-stream", &bytes), content(kind, &part));
        let listing = envelope(listing);
        let system = envelope(r#"{"systemType":"LINUX"}"#);
        let server = ScriptServer::answering(move |head| {
            if head.starts_with("get /v3/systems/") {
                system.clone()
            } else if head.starts_with("get /v3/files/ops/") {
                listing.clone()
            } else if head.contains("\r\nrange:") {
                part.clone()
            } else {
                whole.clone()
            }
        })
        .await;
        let t = Tapis::builder(server.base_url()).access_token("x.e30.x").build().unwrap();
        let got = t.files.download("s", "f").range(400..1000).bytes().await.unwrap();
        assert_eq!(got, bytes[400..], "{what}");
        let fetched = server.heads().iter().filter(|head| head.contains("/content/")).count();
        assert_eq!(fetched, if what == "the range" { 1 } else { 2 }, "{what}");
    }
}

#[tokio::test]
async fn a_download_ends_at_the_length_that_was_listed() {
    let listing = r#"[{"name":"f","path":"f","type":"file","size":5}]"#;
    let listing = format!(r#"{{"status":"success","result":{listing}}}"#);
    let server = ScriptServer::start(vec![
        Step::reply("200 OK", "content-type: application/json\r\n", &listing),
        Step::Endless,
    ])
    .await;
    let t = Tapis::builder(server.base_url()).access_token("x.e30.x").build().unwrap();
    assert_eq!(t.files.download("s", "f").bytes().await.unwrap(), "     ");
}

#[tokio::test]
async fn an_archive_that_breaks_off_is_an_error() {
    let World { t, mock: _mock, .. } = world().await;
    t.files.upload("s", "d/f").from_bytes(noise(10_000)).await.unwrap();
    let whole = t.files.download("s", "d").zip().bytes().await.unwrap();
    // The end of the connection is the end of the reply.
    let reply = |content: &[u8]| {
        let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\nconnection: close\r\n\r\n";
        vec![Step::SendAndClose([&head[..], content].concat())]
    };
    for (length, is_whole) in [(whole.len(), true), (whole.len() - 22, false), (5_000, false)] {
        let server = ScriptServer::start(reply(&whole[..length])).await;
        let t = Tapis::builder(server.base_url()).access_token("x.e30.x").build().unwrap();
        let outcome = t.files.download("s", "d").zip().bytes().await;
        assert_eq!(outcome.as_ref().ok(), is_whole.then_some(&whole), "{length}");
        assert!(is_whole || outcome.unwrap_err().message().contains("ended early"));
    }
}

#[tokio::test]
async fn a_download_to_a_writer_and_to_memory_goes_on_too() {
    let World { t, mock, .. } = world().await;
    let bytes = noise(500_000);
    t.files.upload("s", "f").from_bytes(bytes.clone()).await.unwrap();
    mock.inject(Fault::truncate(123_456).on(CONTENT).times(2));
    assert_eq!(content(&t, "f").await, bytes);
    mock.inject(Fault::truncate(123_456).on(CONTENT).times(2));
    let folder = tempfile::tempdir().unwrap();
    let file = tokio::fs::File::create(folder.path().join("f")).await.unwrap();
    let done = t.files.download("s", "f").to_writer(file).await.unwrap();
    assert_eq!(done.bytes, 500_000);
    assert_eq!(std::fs::read(folder.path().join("f")).unwrap(), bytes);
}

#[tokio::test]
async fn a_download_as_a_stream_goes_on_too_and_can_be_waited_for_piece_by_piece() {
    let World { t, mock, .. } = world().await;
    let bytes = noise(1_000_000);
    t.files.upload("s", "f").from_bytes(bytes.clone()).await.unwrap();
    mock.inject(Fault::truncate(400_000).on(CONTENT).times(1));
    let stream = t.files.download("s", "f").open().await.unwrap().into_stream();
    let each = tokio::task::spawn_blocking(|| {
        Box::pin(stream).blocking_iter().collect::<Result<Vec<Bytes>, Error>>()
    });
    let pieces = each.await.unwrap().unwrap();
    assert!(pieces.len() > 1);
    assert!(pieces.concat() == bytes);
    assert_eq!(mock.requests_for(CONTENT).len(), 2, "the second goes on");
}

#[tokio::test]
async fn a_download_that_cannot_be_had_fails_and_leaves_what_was_there() {
    let World { t, mock, .. } = world().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    std::fs::write(&path, "old").unwrap();
    t.files.upload("s", "f").from_bytes(noise(100_000)).await.unwrap();
    mock.inject(Fault::reset().on(CONTENT).always());
    let error = t.files.download("s", "f").to_path(&path).await.unwrap_err();
    assert!(error.is_connection(), "{error}");
    assert_eq!(mock.requests_for(CONTENT).len(), 4, "as often as any call is tried");
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn replies_that_break_off_without_a_byte_are_asked_for_five_times_again() {
    let listing =
        r#"{"status":"success","result":[{"name":"f","path":"f","type":"file","size":5}]}"#;
    let looked_at = || Step::reply("200 OK", "", listing);
    let begun = || Step::SendAndClose(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n".to_vec());
    let mut steps = vec![looked_at()];
    for _ in 0..10 {
        steps.extend([begun(), looked_at()]);
    }
    let server = ScriptServer::start(steps).await;
    let t = Tapis::builder(server.base_url()).access_token("x.e30.x").clock(TestClock::default());
    let t = t.build().unwrap();
    let error = t.files.download("s", "f").bytes().await.unwrap_err();
    assert!(error.is_connection(), "{error}");
    assert_eq!(server.requests(), 1 + 6 + 5);
}

#[tokio::test]
async fn a_file_that_changes_on_the_way_is_not_mixed_with_itself() {
    let World { t, mock, clock } = world().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    t.files.upload("s", "f").from_bytes(noise(300_000)).await.unwrap();
    let mut content = t.files.download("s", "f").open().await.unwrap();
    mock.inject(Fault::truncate(50_000).on(CONTENT).times(1));
    content.chunk().await.unwrap().unwrap();
    clock.advance(Duration::from_secs(5));
    t.files.upload("s", "f").from_bytes(noise(300_000)).await.unwrap();
    let error = loop {
        match content.chunk().await {
            Ok(piece) => assert!(piece.is_some(), "it must not end well"),
            Err(error) => break error,
        }
    };
    assert!(error.is_conflict(), "{error}");
    assert!(error.message().contains("changed while it was read"), "{error}");
    assert!(!path.exists());
}

#[tokio::test]
async fn a_download_goes_on_from_what_an_earlier_one_left() {
    let World { t, mock, clock } = world().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    let bytes = noise(5_000_000);
    t.files.upload("s", "f").from_bytes(bytes.clone()).await.unwrap();
    let save = || t.files.download("s", "f").to_path(&path).resume();
    let names = || {
        std::fs::read_dir(folder.path())
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect::<Vec<_>>()
    };

    mock.inject(Fault::truncate(3_000_000).on(CONTENT).times(1));
    mock.inject(Fault::status(404).on(LIST).after(1).times(1));
    save().await.unwrap_err();
    assert!(!path.exists());
    assert!(matches!(&names()[..], [name] if name.starts_with(".f.") && name.ends_with(".part")));

    let done = save().await.unwrap();
    assert_eq!(done.bytes, 5_000_000);
    assert!(done.resumed_from > 2_000_000, "{done:?}");
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    assert_eq!(names(), ["f"]);

    // What belongs to another content is not gone on with.
    mock.inject(Fault::truncate(3_000_000).on(CONTENT).times(1));
    mock.inject(Fault::status(404).on(LIST).after(1).times(1));
    save().await.unwrap_err();
    clock.advance(Duration::from_secs(5));
    let other = Bytes::from(vec![b'x'; 5_000_000]);
    t.files.upload("s", "f").from_bytes(other.clone()).await.unwrap();
    let done = save().await.unwrap();
    assert_eq!(done.resumed_from, 0);
    assert_eq!(std::fs::read(&path).unwrap(), other);
}

#[tokio::test]
async fn ranges_give_just_what_was_asked_for() {
    let World { t, mock: _mock, .. } = world().await;
    let bytes = noise(1000);
    t.files.upload("s", "f").from_bytes(bytes.clone()).await.unwrap();
    for (start, end) in
        [(0, 1), (0, 10), (5, 6), (10, 1000), (990, 2000), (999, 1000), (400, 600), (0, 1000)]
    {
        let got = t.files.download("s", "f").range(start..end).bytes().await.unwrap();
        let end = usize::try_from(end.min(1000)).unwrap();
        assert_eq!(got, bytes[usize::try_from(start).unwrap()..end], "{start}..{end}");
    }
    assert_eq!(t.files.download("s", "f").range(1000..1010).bytes().await.unwrap(), "");
    #[allow(clippy::reversed_empty_ranges)]
    for (range, why) in [(1001..1010, "outside of the file"), (10..5, "is reversed")] {
        let error = t.files.download("s", "f").range(range).bytes().await.unwrap_err();
        assert!(error.is_input() && error.message().contains(why), "{error}");
    }
}

#[tokio::test]
async fn a_directory_is_downloaded_packed_or_not_at_all() {
    let World { t, mock: _mock, .. } = world().await;
    t.files.upload("s", "d/f").from_bytes("text").await.unwrap();
    let error = t.files.download("s", "d").bytes().await.unwrap_err();
    assert!(error.is_input() && error.message().contains("is a directory"), "{error}");
    let packed = t.files.download("s", "d").zip().bytes().await.unwrap();
    assert_eq!(packed[..2], *b"PK");
}

#[tokio::test]
async fn an_upload_is_sent_again_when_it_can_be() {
    let World { t, mock, .. } = world().await;
    mock.inject(Fault::reset().on(INSERT).times(1));
    t.files.upload("s", "f").from_bytes("text").await.unwrap();
    assert_eq!(content(&t, "f").await, "text");
    assert_eq!(mock.requests_for(INSERT).len(), 2);

    mock.inject(Fault::reset().on(INSERT).times(1));
    let error =
        t.files.upload("s", "g").from_reader(std::io::Cursor::new("text")).await.unwrap_err();
    assert!(error.is_connection() && error.maybe_sent(), "{error}");
    assert_eq!(mock.requests_for(INSERT).len(), 3);
}

#[tokio::test]
async fn bad_input_is_refused_before_anything_is_sent() {
    let World { t, mock, .. } = world().await;
    mock.clear_requests();
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let up = |system: &str, path: &str| t.files.upload(system, path);
    let errors = [
        up("s", "f").from_path(&missing).await.unwrap_err(),
        up("s", "f").from_path(folder.path()).await.unwrap_err(),
        up("s", "").from_bytes("x").await.unwrap_err(),
        up("", "f").from_bytes("x").await.unwrap_err(),
        up("s", "a/../f").from_bytes("x").await.unwrap_err(),
        up("s", "f").await.unwrap_err(),
        t.files.at("s/f").stat().await.unwrap_err(),
        t.files.at("tapis://s/f").mv("tapis://other/f").await.unwrap_err(),
        t.files.at("tapis://s/").rm().recursive().await.unwrap_err(),
        t.files.at("tapis://s/...").rm().recursive().await.unwrap_err(),
        t.files.at("tapis://s/f").mv("tapis://s/.../g").await.unwrap_err(),
        t.files.delete("s", "....").await.unwrap_err(),
        t.files.delete("s", " ").await.unwrap_err(),
        t.files.at("tapis://s/f").post_it().valid_for(Duration::MAX).await.unwrap_err(),
        t.files.at("tapis://s/f").post_it().valid_for(Duration::ZERO).await.unwrap_err(),
        t.files.at("tapis://s/f").post_it().uses(0).await.unwrap_err(),
        t.files.transfer("tapis://s/f", "https://example.org/f").await.unwrap_err(),
        t.files.transfer("https://example.org/f", "tapis://s/d/").await.unwrap_err(),
        up("s", "a\\b").from_bytes("x").await.unwrap_err(),
        t.files.transfer("tapis://s/f", "nowhere").await.unwrap_err(),
        t.files.at("tapis://s/f").upload_folder(&missing).await.unwrap_err(),
        t.files.at("tapis://s/f").upload_folder(folder.path()).exclude("a[").await.unwrap_err(),
    ];
    for error in errors {
        assert!(error.is_input() || error.is_io(), "{error}");
        assert!(!error.maybe_sent() && !error.message().is_empty(), "{error}");
    }
    assert!(mock.requests().is_empty(), "{:?}", mock.requests());
}

#[tokio::test]
async fn files_are_looked_at_moved_copied_and_deleted() {
    let World { t, mock: _mock, .. } = world().await;
    let at = |path: &str| t.files.at(("s", path));
    at("d/e").mkdir().await.unwrap();
    at("d/e").mkdir().await.unwrap();
    at("d/f").upload().from_bytes("text").await.unwrap();
    assert!(at("d").exists().await.unwrap() && at("d/f").exists().await.unwrap());
    assert!(!at("d/g").exists().await.unwrap());
    assert!(at("d/g").stat().await.unwrap_err().is_not_found());
    let stat = at("d/f").stat().await.unwrap();
    assert_eq!((stat.is_dir, stat.size), (false, Some(4)));
    assert!(stat.modified.is_some());
    assert!(at("d").stat().await.unwrap().is_dir && at("").stat().await.unwrap().is_dir);
    assert!(at("d/e").stat().await.unwrap().is_dir, "an empty directory");

    at("d/f").cp(("s", "d/g")).await.unwrap();
    at("d/f").mv("tapis://s/d/h").await.unwrap();
    assert!(!at("d/f").exists().await.unwrap());
    assert_eq!(content(&t, "d/g").await, content(&t, "d/h").await);

    let error = at("d").rm().await.unwrap_err();
    assert!(error.is_input() && error.message().contains("recursive()"), "{error}");
    at("d/h").rm().await.unwrap();
    assert!(at("d/g").exists().await.unwrap() && !at("d/h").exists().await.unwrap());
    at("d").rm().recursive().await.unwrap();
    assert!(!at("d").exists().await.unwrap());
}

#[tokio::test]
async fn a_target_that_is_a_directory_is_refused_unless_it_is_asked_for() {
    let World { t, mock, .. } = world().await;
    let at = |path: &str| t.files.at(("s", path));
    at("d/e/f").upload().from_bytes("text").await.unwrap();
    at("g").upload().from_bytes("other").await.unwrap();
    mock.clear_requests();
    for (from, to, why) in [
        ("g", "d", "into_directory()"),
        ("d/e", "d", "into_directory()"),
        ("g", "g", "both the source and the target"),
        ("g", "/g/", "both the source and the target"),
        ("d", "d/e/f", "into itself"),
        ("d", "d/x", "into itself"),
    ] {
        for moving in [at(from).mv(("s", to)), at(from).cp(("s", to))] {
            let error = moving.await.unwrap_err();
            assert!(error.is_input() && error.message().contains(why), "{from} to {to}: {error}");
        }
    }
    for (from, to, why) in [
        ("g", "d/e/f", "is a file, not a directory"),
        ("d/e/f", "d/e", "both the source and the target"),
        ("d", "d/e", "into itself"),
    ] {
        let error = at(from).mv(("s", to)).into_directory().await.unwrap_err();
        assert!(error.is_input() && error.message().contains(why), "{from} into {to}: {error}");
    }
    assert!(at("g").cp(("s", "nowhere")).into_directory().await.unwrap_err().is_not_found());
    assert!(mock.requests().iter().all(|request| request.method == "GET"), "nothing was done");

    at("g").cp(("s", "d/e/f")).await.unwrap();
    assert_eq!(content(&t, "d/e/f").await, "other", "a file is replaced");
    at("g").cp(("s", "d")).into_directory().await.unwrap();
    at("d/e").mv("tapis://s/").into_directory().await.unwrap();
    let listed = at("").list().recursive().collect_all(100).await.unwrap();
    let mut paths: Vec<&str> = listed.iter().map(|entry| entry.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["d", "d/g", "e", "e/f", "g"]);
    // One of that name is there already, and the service would go on into it.
    at("d/e").mkdir().await.unwrap();
    let error = at("e").cp(("s", "d")).into_directory().await.unwrap_err();
    assert!(
        error.is_input() && error.message().contains("tapis://s/d/e is a directory"),
        "{error}"
    );
}

#[tokio::test]
async fn a_move_whose_reply_was_lost_is_looked_up() {
    let World { t, mock, .. } = world().await;
    let at = |path: &str| t.files.at(("s", path));
    at("f").upload().from_bytes("text").await.unwrap();
    at("d/f").upload().from_bytes("text").await.unwrap();
    for (from, to) in [("f", "g"), ("d", "e")] {
        mock.inject(Fault::truncate(0).on("files.moveCopy").times(1));
        at(from).mv(("s", to)).await.unwrap();
        assert!(at(to).exists().await.unwrap() && !at(from).exists().await.unwrap());
    }
    // Nothing was moved, or nobody can tell how much was copied.
    mock.inject(Fault::reset().on("files.moveCopy").times(1));
    let error = at("g").mv(("s", "h")).await.unwrap_err();
    assert!(error.is_connection() && error.maybe_sent(), "{error}");
    mock.inject(Fault::truncate(0).on("files.moveCopy").times(1));
    assert!(at("g").cp(("s", "h")).await.unwrap_err().is_connection());
    assert_eq!(mock.requests_for("files.moveCopy").len(), 4, "none is sent twice");
    assert!(at("missing").mv(("s", "x")).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_deletion_whose_reply_was_lost_is_a_deletion() {
    let World { t, mock, .. } = world().await;
    t.files.upload("s", "d/f").from_bytes("text").await.unwrap();
    mock.inject(Fault::truncate(0).on("files.delete").times(1));
    t.files.at(("s", "d")).rm().recursive().await.unwrap();
    assert!(t.files.at(("s", "d")).rm().recursive().await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn only_a_missing_path_does_not_exist() {
    let refused = |status: &'static str, message: &str| {
        let body = format!(r#"{{"status":"error","message":"{message}"}}"#);
        async move {
            let server = ScriptServer::start(vec![Step::reply(status, "", &body)]).await;
            let t = Tapis::builder(server.base_url()).access_token("x.e30.x").build().unwrap();
            (t.files.at("tapis://s/f").exists().await, server)
        }
    };
    for (status, message) in [
        ("404 Not Found", "FILES_PATH_NOT_FOUND Path not found."),
        ("404 Not Found", "FILES_CLIENT_SSH_NOT_FOUND no such path"),
        ("404 Not Found", "a text of a later service"),
        ("500 Internal Server Error", "FILES_IRODS_FILE_NOT_FOUND the file was not found"),
    ] {
        assert!(!refused(status, message).await.0.unwrap(), "{message}");
    }
    for (status, message) in [
        ("404 Not Found", "FILES_SYS_NOTFOUND System not found."),
        ("404 Not Found", "FILES_SYS_NOTENABLED System is not enabled."),
        ("404 Not Found", "SYSAPI_NOT_FOUND System not found."),
        ("500 Internal Server Error", "FILES_OPSC_ERR no such host"),
        ("403 Forbidden", "FILES_NOT_AUTHORIZED Permission denied by Tapis."),
    ] {
        let error = refused(status, message).await.0.unwrap_err();
        assert!(error.message().contains(message), "{error}");
    }
    // A page of a proxy says nothing about the path.
    let page = "<html><title>404 Not Found</title></html>";
    let server = ScriptServer::start(vec![Step::reply("404 Not Found", "", page)]).await;
    let t = Tapis::builder(server.base_url()).access_token("x.e30.x").build().unwrap();
    assert!(t.files.at("tapis://s/f").exists().await.unwrap_err().is_not_found());
    // A login that the host refuses is not the caller's.
    for status in ["401 Unauthorized", "500 Internal Server Error"] {
        let (outcome, server) =
            refused(status, "FILES_CLIENT_SSH_SESSION_POOL_ERROR no session").await;
        let error = outcome.unwrap_err();
        assert!(error.is_system_credential() && error.hint().is_some(), "{error}");
        assert_eq!(server.requests(), 1, "another token would not help");
    }
}

#[tokio::test]
async fn a_listing_goes_as_deep_as_the_tree_and_pages_by_itself() {
    let World { t, mock, .. } = world().await;
    let top = t.files.at(("s", "top"));
    let deep = (0..45).map(|n| format!("d{n}")).collect::<Vec<_>>();
    top.join(deep.join("/")).upload().from_bytes("x").await.unwrap();
    top.join("empty").mkdir().await.unwrap();
    let listed = top.list().recursive().collect_all(100).await.unwrap();
    let mut paths: Vec<&str> = listed.iter().map(|entry| entry.path.as_str()).collect();
    paths.sort_unstable();
    let mut wanted: Vec<String> = (1..=45)
        .map(|n| format!("top/{}", deep[..n].join("/")))
        .chain(["top/empty".to_owned()])
        .collect();
    wanted.sort_unstable();
    assert_eq!(paths, wanted);
    let own = top.list().collect_all(10).await.unwrap();
    assert_eq!(own.len(), 2);
    let error = top.list().recursive().collect_all(10).await.unwrap_err();
    assert!(error.message().contains("more than 10"), "{error}");

    let wide = t.files.at(("s", "wide"));
    for n in 0..1003 {
        wide.join(format!("f{n}")).upload().from_bytes("").await.unwrap();
    }
    mock.clear_requests();
    assert_eq!(wide.list().collect_all(2000).await.unwrap().len(), 1003);
    assert_eq!(mock.requests_for(LIST).len(), 2);
    assert_eq!(wide.list().pattern("f100*").collect_all(10).await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_post_it_gives_the_file_to_everybody_who_has_its_url() {
    let World { t, mock: _mock, .. } = world().await;
    t.files.upload("s", "f").from_bytes("text").await.unwrap();
    let note =
        t.files.at(("s", "f")).post_it().uses(3).valid_for(Duration::from_secs(60)).await.unwrap();
    assert_eq!(note.allowed_uses, Some(3));
    let unlimited = t.files.at(("s", "f")).post_it().unlimited_uses().await.unwrap();
    assert_eq!(unlimited.allowed_uses, Some(-1));
    let id = note.identifier().unwrap().to_owned();
    assert!(id.ends_with("-010") && note.id.as_deref() == Some(id.as_str()));
    let content = t.files.redeem_post_it(id.as_str()).await.unwrap();
    assert_eq!(content.bytes().await.unwrap(), "text");
    let mut change = tapis_client::files::types::UpdatePostItRequest::default();
    change.valid_seconds = Some(5);
    let changed = t.files.update_post_it(id.as_str(), change).await.unwrap();
    assert_ne!(changed.expiration, note.expiration);
    t.files.delete_post_it(id.as_str()).await.unwrap();
    let error = t.files.at(("s", "missing")).post_it().await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    let by_address = tapis_client::files::types::PostIt::from_json(
        r#"{"redeemUrl": "https://x/v3/files/postits/redeem/abc-010?zip=true"}"#,
    );
    assert_eq!(by_address.unwrap().identifier(), Some("abc-010"));
}

#[tokio::test]
async fn a_transfer_is_waited_for_with_its_progress() {
    let world = world().await;
    world.make_system("other").await.unwrap();
    let World { t, mock, .. } = &world;
    t.files.upload("s", "d/f").from_bytes(noise(1234)).await.unwrap();
    t.files.upload("s", "g").from_bytes("text").await.unwrap();
    let transfer =
        t.files.transfer("tapis://s/d/f", "tapis://other/f").and("tapis://s/g", "tapis://other/g");
    let task = transfer.tag("mine").start().await.unwrap();
    mock.inject(Fault::reset().on("files.getTransferTask").after(1).times(4));
    let mut watch = t.files.wait_transfer(&task.uuid).watch();
    let mut states = Vec::new();
    while let Some(task) = watch.next().await.unwrap() {
        states.push(task.status.unwrap().as_str().to_owned());
    }
    assert_eq!(states, ["ACCEPTED", "IN_PROGRESS", "COMPLETED"]);
    assert_eq!(t.files.at("tapis://other/g").download().bytes().await.unwrap(), "text");

    let done = t.files.transfer("tapis://s/g", "tapis://other/h").await.unwrap();
    assert_eq!(done.complete_transfers, Some(1));
    let error = t.files.transfer("tapis://s/missing", "tapis://other/h").await.unwrap_err();
    assert!(error.is_failed() && error.message().contains("is FAILED"), "{error}");

    let task = t.files.transfer("tapis://s/g", "tapis://other/i").start().await.unwrap();
    let error =
        t.files.wait_transfer(&task.uuid).timeout(Duration::from_secs(5)).await.unwrap_err();
    assert!(error.is_timeout() && error.message().contains("still ACCEPTED after 5s"), "{error}");
}

#[test]
fn everything_can_be_waited_for_without_a_runtime() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let World { t, mock: _mock, .. } = runtime.block_on(world());
    let folder = tempfile::tempdir().unwrap();
    let local = folder.path().join("a");
    std::fs::write(&local, "text").unwrap();
    t.files.upload("s", "d/a").from_path(&local).wait().unwrap();
    let back = folder.path().join("b");
    t.files.download("s", "d/a").to_path(&back).wait().unwrap();
    assert_eq!(std::fs::read(&back).unwrap(), b"text");
    t.files
        .at(("s", "d"))
        .download_folder(folder.path().join("d"))
        .wait()
        .unwrap()
        .into_result()
        .unwrap();
    t.files.at(("s", "d")).rm().recursive().wait().unwrap();
    assert!(!t.files.at(("s", "d")).exists().wait().unwrap());
}

#[tokio::test]
async fn a_download_can_be_dropped_at_any_point() {
    let World { t, mock, .. } = world().await;
    let folder = tempfile::tempdir().unwrap();
    let bytes = noise(2_000_000);
    t.files.upload("s", "f").from_bytes(bytes.clone()).await.unwrap();
    for after in [0, 1, 3, 8] {
        mock.inject(Fault::stall(1_500_000).on(CONTENT).times(1));
        let saving = t.files.download("s", "f").to_path(folder.path().join("f")).into_future();
        let mut saving = Box::pin(saving);
        for _ in 0..after {
            let _ =
                std::future::poll_fn(|context| Poll::Ready(saving.as_mut().poll(context))).await;
            tokio::task::yield_now().await;
        }
        drop(saving);
        mock.clear_faults();
        assert_eq!(content(&t, "f").await, bytes, "the session is as good as before");
    }
    t.files.download("s", "f").to_path(folder.path().join("f")).await.unwrap();
    assert_eq!(std::fs::read(folder.path().join("f")).unwrap(), bytes);
}

#[tokio::test]
async fn an_upload_can_be_dropped_on_its_way() {
    let World { t, mock, .. } = world().await;
    let folder = tempfile::tempdir().unwrap();
    // More than what is read at once and what the sockets hold, which may have left already.
    let bytes = noise(16_000_000);
    let local = folder.path().join("f");
    std::fs::write(&local, &bytes).unwrap();
    t.files.upload("s", "f").from_bytes("what was there").await.unwrap();
    let sent = Arc::new(AtomicU64::new(0));
    let tell = {
        let sent = Arc::clone(&sent);
        move |progress: tapis_client::files::Progress| sent.store(progress.bytes, Ordering::Relaxed)
    };
    mock.inject(Fault::hang().on(INSERT).times(1));
    let mut upload = t.files.upload("s", "f").on_progress(tell).from_path(&local).into_future();
    while sent.load(Ordering::Relaxed) == 0 {
        let _ = std::future::poll_fn(|context| Poll::Ready(upload.as_mut().poll(context))).await;
        tokio::task::yield_now().await;
    }
    drop(upload);
    mock.clear_faults();
    assert!(content(&t, "f").await == "what was there", "nothing of it is there");
    t.files.upload("s", "f").from_path(&local).await.unwrap();
    assert!(content(&t, "f").await == bytes, "the whole of it is there");
}

#[tokio::test]
async fn a_listing_lives_with_failures_in_its_middle() {
    let World { t, mock, .. } = world().await;
    // So deep that it takes several questions.
    let deep = (0..45).map(|n| format!("d{n}")).collect::<Vec<_>>().join("/");
    t.files.at(("s", "top")).join(deep).upload().from_bytes("x").await.unwrap();
    for fault in [Fault::reset(), Fault::status(503), Fault::truncate(20)] {
        mock.inject(fault.on(LIST).after(1).times(2));
        let listed = t.files.at(("s", "top")).list().recursive().collect_all(100).await.unwrap();
        assert_eq!(listed.len(), 45);
        assert!(mock.faults().is_empty(), "it has struck");
    }
    mock.inject(Fault::status(403).on(LIST).after(1).times(1));
    let mut entries = t.files.at(("s", "top")).list().recursive();
    let error = loop {
        match entries.next().await {
            Ok(entry) => assert!(entry.is_some(), "an end is no failure"),
            Err(error) => break error,
        }
    };
    assert!(error.is_permission(), "{error}");
}

#[tokio::test]
async fn a_slash_at_the_end_of_a_destination_puts_a_file_into_it() {
    let world = world().await;
    world.make_system("other").await.unwrap();
    let World { t, .. } = &world;
    t.files.upload("s", "d/f").from_bytes("text").await.unwrap();
    let done = t
        .files
        .transfer("tapis://s/d/f", "tapis://other/slash/")
        .and(("s", "d/f"), ("other", "pair/"))
        .and("tapis://s/d/f", TapisPath::new("other", "asked").unwrap())
        .into_directory()
        .and("tapis://s/d/f", "tapis://other/itself")
        .and("tapis://s/d", "tapis://other/content")
        .await
        .unwrap();
    assert_eq!(done.failed_elements().count(), 0);
    assert_eq!(done.parent_tasks.unwrap().len(), 5);
    for path in ["slash/f", "pair/f", "asked/f", "itself", "content/f"] {
        assert_eq!(t.files.download("other", path).bytes().await.unwrap(), "text", "{path}");
    }
}

#[tokio::test]
async fn optional_elements_that_fail_are_shown() {
    let world = world().await;
    world.make_system("other").await.unwrap();
    let World { t, .. } = &world;
    t.files.upload("s", "f").from_bytes("text").await.unwrap();
    let transfer = t.files.transfer("tapis://s/f", "tapis://other/f");
    let transfer = transfer.and("tapis://s/missing", "tapis://other/g");
    let done = transfer.clone().optional().await.unwrap();
    let failed: Vec<_> = done.failed_elements().collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].source_uri.as_deref(), Some("tapis://s/missing"));
    let error = transfer.await.unwrap_err();
    assert!(error.is_failed() && !error.message().contains("NULL"), "{error}");
}

#[tokio::test]
async fn a_transfer_that_is_over_is_not_cancelled() {
    let world = world().await;
    world.make_system("other").await.unwrap();
    let World { t, mock, .. } = &world;
    t.files.upload("s", "f").from_bytes("text").await.unwrap();
    let task = t.files.transfer("tapis://s/f", "tapis://other/f").start().await.unwrap();
    let mut watch = t.files.wait_transfer(&task.uuid).cancel_on_drop().watch();
    watch.next().await.unwrap().unwrap();
    mock.clock().advance(Duration::from_secs(600));
    drop(watch);
    let looked = || mock.requests_for("files.getTransferTask").len();
    while looked() < 2 {
        tokio::task::yield_now().await;
    }
    let now = t.files.get_transfer_task(task.uuid.as_str()).await.unwrap();
    assert_eq!(now.status.unwrap().as_str(), "COMPLETED");
    assert!(mock.requests_for("files.cancelTransferTask").is_empty());
}

#[tokio::test]
async fn a_transfer_is_cancelled_with_its_waiter_only_when_asked() {
    let world = world().await;
    world.make_system("other").await.unwrap();
    let World { t, mock, .. } = &world;
    t.files.upload("s", "g").from_bytes("text").await.unwrap();
    for asked in [false, true] {
        let task = t.files.transfer("tapis://s/g", "tapis://other/g").start().await.unwrap();
        let waiter = t.files.wait_transfer(&task.uuid);
        let mut watch = if asked { waiter.cancel_on_drop() } else { waiter }.watch();
        watch.next().await.unwrap().unwrap();
        drop(watch);
        // Cancelling is a task of its own, and is sent after what else is ready.
        let cancelled = || mock.requests_for("files.cancelTransferTask").len();
        for _ in 0..if asked { usize::MAX } else { 100 } {
            if cancelled() > 0 {
                break;
            }
            tokio::task::yield_now().await;
        }
        assert_eq!(cancelled(), usize::from(asked));
    }
}

#[tokio::test]
async fn a_path_is_what_it_says() {
    let path: TapisPath = "tapis://s/a b/ü#?%/f".parse().unwrap();
    let World { t, mock: _mock, .. } = world().await;
    t.files.at(&path).upload().from_bytes("text").await.unwrap();
    assert_eq!(t.files.at(path.to_string()).download().bytes().await.unwrap(), "text");
    let listed = t.files.at(path.parent().unwrap()).list().collect_all(10).await.unwrap();
    assert_eq!(listed[0].path, path.path());
    let quiet = t.with_options(tapis_client::http::Options::new().with_retry(Retry::never()));
    assert!(quiet.files.at(&path).exists().await.unwrap(), "views have files too");
}
